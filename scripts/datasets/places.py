"""Files of this machine: check that they exist, name the kind of each, and compute checksums."""

import difflib
import hashlib
import os
from collections.abc import Mapping
from pathlib import Path
from typing import BinaryIO

from .errors import DatasetError, some

START = 512  # bytes from which the kind of a file is recognised
MOST_SHOWN = 8  # names in a message
KINDS = {
    b"\x93NUMPY": "a single numpy array (.npy)",
    b"PK\x03\x04": "a zip archive",
    b"PK\x05\x06": "an empty zip archive",
    b"\x89HDF\r\n\x1a\n": "an HDF5 file (.h5, or .mat of Matlab 7.3)",
    b"MATLAB 5.0": "a Matlab file (.mat)",
    b"\x1f\x8b": "a gzip file",
    b"BZh": "a bzip2 file",
    b"\xfd7zXZ": "an xz file",
    b"\x28\xb5\x2f\xfd": "a zstd file",
    b"7z\xbc\xaf": "a 7-Zip archive",
    b"Rar!": "a RAR archive",
    b"PAR1": "a Parquet table",
    b"ARROW1": "an Arrow table",
    b"SQLite format 3": "an SQLite database",
    b"\x89PNG": "a PNG picture",
    b"\xff\xd8\xff": "a JPEG picture",
    b"GIF8": "a GIF picture",
    b"%PDF": "a PDF document",
    b"\xd0\xcf\x11\xe0": "an old Excel workbook",
    b"version https://git-lfs": "a pointer of Git LFS, not the data (run `git lfs pull`)",
}
TEXTS = {
    b"<!doctype html": "a web page",
    b"<html": "a web page",
    b"@relation": "an ARFF file",
    b"{": "a JSON file",
    b"[{": "a JSON file",
}


def what_is(path: str | os.PathLike) -> str | None:
    """Name the kind of a file by its first bytes; None if it is unknown."""
    with open(path, "rb") as file:
        return kind_of(file.read(START))


def kind_of(start: bytes) -> str | None:
    """Name the kind of a file that starts with these bytes, as `what_is` does."""
    if not start:
        return "an empty file"
    for magic, kind in KINDS.items():
        if start.startswith(magic):
            return kind
    if start[:2] in (b"\x80\x02", b"\x80\x03", b"\x80\x04", b"\x80\x05"):
        return "a Python pickle"
    if start[:2] == b"\0\0" and start[2:3] in b"\x08\x09\x0b\x0c\x0d\x0e" and start[3:4] > b"\0":
        return "an IDX file"
    if start[257:262] == b"ustar":
        return "a tar archive"
    for begin, kind in TEXTS.items():
        if start.lstrip().lower().startswith(begin):
            return kind
    try:
        text = start.decode("utf-8", "ignore" if len(start) >= START else "strict")
    except UnicodeDecodeError:
        return None
    return "a text file" if all(c.isprintable() or c in "\t\r\n" for c in text) else None


def check_files(files: Mapping[str, str]) -> None:
    """Raise DatasetError for a folder, or for a missing file in a folder that exists.

    A folder that does not exist is left to Snakemake: a storage or another rule may have the files.
    """
    for path in files.values():
        folder, name = os.path.split(path)
        if os.path.isdir(path):
            inside = names_in(path)
            holds = f"; it holds {some(inside, listed=MOST_SHOWN)}" if inside else ""
            if len(inside) == 1:
                holds += ": replace the folder with that file"
            raise DatasetError(f"{path} is a folder, expected a file{holds}")
        if not os.path.exists(path) and os.path.isdir(folder or "."):
            near = {_plain(other): other for other in names_in(folder or ".")}
            nearest = difflib.get_close_matches(_plain(name), near, n=1)
            hint = f"; did you mean {near[nearest[0]]}?" if nearest else ""
            raise DatasetError(f"{path}: no such file{hint}")


def names_in(folder: str | Path) -> list[str]:
    """Return the sorted names in a folder except hidden ones; none if it cannot be listed."""
    try:
        return sorted(name for name in os.listdir(folder) if not name.startswith("."))
    except OSError:
        return []


def _plain(name: str) -> str:
    """Normalise a name, so `train-images.idx3-ubyte.gz` equals `train-images-idx3-ubyte`."""
    return name.lower().removesuffix(".gz").replace(".", "-").replace("_", "-")


def checksum(path: str | os.PathLike) -> str:
    """Return the SHA-256 of a file, in 64 hexadecimal digits."""
    with open(path, "rb") as file:
        return sha256_of(file)


def sha256_of(file: BinaryIO) -> str:
    """Return the SHA-256 of an open file, read from its beginning."""
    file.seek(0)
    return hashlib.file_digest(file, hashlib.sha256).hexdigest()
