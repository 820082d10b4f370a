"""Archives of numpy arrays as files: their headers, and single arrays of them."""

import math
import os
import sys
import zipfile
from pathlib import Path

import numpy as np

from .errors import DatasetError, most_unpacked, some
from .places import what_is

METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
HINTS = {
    "a single numpy array (.npy)": "save images and labels together",
    "a text file": "a table is read by `format: csv`",
    "an IDX file": "MNIST's files are read by `format: idx`",
    "a gzip file": "unpack it; MNIST's files are read by `format: idx`",
    "a folder": "name the file in it",
}
SAVE = "save arrays with np.savez('data.npz', x_train=..., y_train=...)"

Headers = dict[str, tuple[tuple[int, ...], np.dtype]]


def headers(path: str | Path) -> Headers:
    """Return shape and dtype of each array, without reading the arrays.

    Raises DatasetError if the file is not an archive of arrays, or misstates their sizes.
    """
    try:
        return _headers(path)
    except FileNotFoundError:
        raise DatasetError(f"{path}: no such file, expected an archive of numpy arrays") from None
    except Exception as error:  # numpy and zipfile raise almost anything on damaged files
        kind = "a folder" if os.path.isdir(path) else what_is(path)
        said = (
            error if kind in (None, "a zip archive") else f"it is {kind}; {HINTS.get(kind, SAVE)}"
        )
        raise DatasetError(f"{path}: not an archive of numpy arrays ({said})") from None


def _headers(path: str | Path) -> Headers:
    found: Headers = {}
    unpacked, most = 0, most_unpacked(os.path.getsize(path))
    with zipfile.ZipFile(path) as archive:
        members = [m for m in archive.infolist() if m.filename.endswith(".npy")]
        if not members:
            names = ", ".join(archive.namelist()[:8])
            raise ValueError(f"it is a zip archive of {names or 'nothing'}; {SAVE}")
        for member in members:
            name, unpacked = member.filename.removesuffix(".npy"), unpacked + member.file_size
            if unpacked > most:
                raise ValueError(f"it unpacks to more than {most} bytes")
            if member.compress_type not in METHODS:
                raise ValueError("it is compressed by another method than numpy's")
            if name in found:
                raise ValueError(f"it has two arrays {name!r}")
            with archive.open(member) as file:
                version = np.lib.format.read_magic(file)
                read = {(1, 0): np.lib.format.read_array_header_1_0}.get(
                    version, np.lib.format.read_array_header_2_0
                )
                shape, _, dtype = read(file)
                expected = file.tell() + math.prod(shape) * dtype.itemsize
            if not dtype.hasobject and expected != member.file_size:
                raise ValueError(f"{name} has {member.file_size} bytes, its header says {expected}")
            found[name] = shape, dtype
    return found


def load(path: str | Path, name: str) -> np.ndarray:
    """Read one array in native byte order. Raises DatasetError for a damaged file."""
    try:
        with np.load(path, allow_pickle=False) as archive:
            array = archive[name]
    except Exception as error:
        raise DatasetError(f"{path}: damaged ({error})") from None
    array = array.astype(array.dtype.newbyteorder("="), copy=False)
    if array.dtype.kind == "U" and array.nbytes:
        codes = np.ascontiguousarray(array).reshape(-1).view(np.uint32)
        if codes.max() > sys.maxunicode:  # Python's text would raise a SystemError
            raise DatasetError(f"{path}: damaged ({name} has texts that are not Unicode)")
    return array


def listing(known: Headers) -> str:
    """Name the arrays of an archive with their shapes, for a message."""
    return some((f"{name} {shape}" for name, (shape, _) in known.items()), listed=12)
