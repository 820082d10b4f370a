"""Write files completely or not at all, with the same bytes for the same content, and read them."""

import csv
import errno
import glob
import hashlib
import json
import math
import os
import textwrap
import tokenize
import zipfile
import zlib
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np

from components.errors import UserError


class ArtifactError(UserError):
    """A file of the pipeline is damaged, or does not match its description in another."""


# Errors that json, zipfile and numpy raise for damaged files, or files of another kind.
DAMAGE = (
    *(ValueError, TypeError, LookupError, AttributeError, OverflowError, RuntimeError, EOFError),
    *(SyntaxError, tokenize.TokenError),  # in the head of an array
    *(zipfile.BadZipFile, zlib.error),
)
DAMAGED = "damaged, cannot be read ({}); delete it to rebuild it"


@contextmanager
def whole(path: str | Path, message: str = DAMAGED) -> Iterator[None]:
    """Turn errors of reading a damaged or foreign file into one message, with a place for the reason."""
    try:
        if Path(path).is_char_device():
            raise ValueError("a device, which may have no end")
        if Path(path).is_fifo():
            raise ValueError("a pipe, whose writer may never come")
        yield
    except (*DAMAGE, OSError) as error:
        # zipfile's OSErrors have no file name; a SyntaxError's is another file's.
        named = isinstance(error, OSError) and error.filename
        if isinstance(error, UserError) or named:
            raise
        reason = textwrap.shorten(str(error), 300, placeholder=" ...")
        reason = "".join(c if c.isprintable() else repr(c)[1:-1] for c in reason)
        raise ArtifactError(f"{path}: {message.format(reason)}") from None


@contextmanager
def atomic(path: str | Path) -> Iterator[Path]:
    """Give a temporary path in the same folder, renamed to ``path`` when the block succeeds.

    A killed job leaves at most this hidden file; the next writer of ``path`` removes it.
    """
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    for left in path.parent.glob(f".{glob.escape(path.stem)}.{'[0-9a-f]' * 8}{path.suffix}"):
        left.unlink(missing_ok=True)
    temporary = path.with_name(f".{path.stem}.{os.urandom(4).hex()}{path.suffix}")
    try:
        yield temporary
        os.replace(temporary, path)
    except OSError as error:
        if error.errno is None:  # numpy's, for an array written in part
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(path)) from None
        error.filename = error.filename or str(path)  # missing if the disk is full
        raise
    finally:
        temporary.unlink(missing_ok=True)


def write_text(path: str | Path, text: str) -> None:
    """Write ``text`` as UTF-8."""
    with atomic(path) as temporary:
        temporary.write_text(text, encoding="utf-8", newline="\n")


def write_json(path: str | Path, content: Any) -> None:
    """Write JSON with sorted keys and finite numbers."""
    write_text(path, json.dumps(content, indent=2, sort_keys=True, allow_nan=False) + "\n")


def write_if_other(path: str | Path, text: str) -> None:
    """Write a text unless the file already has it or cannot be written."""
    with suppress(OSError, ValueError):
        if Path(path).read_text(encoding="utf-8") == text:
            return
    with suppress(OSError):
        write_text(path, text)


def read_json(path: str | Path) -> Any:
    """Read a JSON file; raise an ArtifactError if it is damaged."""
    with whole(path):
        return parsed_json(Path(path).read_text(encoding="utf-8"))


def parsed_json(text: str) -> Any:
    """Parse JSON without NaN and infinities, which only Python's reader accepts."""

    def refuse(constant: str) -> None:
        raise ValueError(f"found {constant}, which is not JSON")

    return json.loads(text, parse_constant=refuse)


def write_csv(path: str | Path, columns: Iterable[str], rows: Iterable[Mapping[str, Any]]) -> None:
    """Write rows as CSV, with floats by ``repr``; a missing value or None is an empty cell.

    A text that a spreadsheet would run as a formula gets a leading ', which `read_csv` removes.
    """
    columns = list(columns)
    with atomic(path) as temporary, open(temporary, "w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(columns)
        for row in rows:
            writer.writerow([as_cell(row.get(column)) for column in columns])


def as_cell(value: Any) -> Any:
    if isinstance(value, np.floating):
        return float(value)
    if isinstance(value, str) and value.startswith(("=", "+", "-", "@")):
        try:
            float(value)  # a class named -1 is no formula
        except ValueError:
            return f"'{value}"
    return value


def from_cell(text: Any) -> Any:
    quoted = isinstance(text, str) and text.startswith("'")
    return text[1:] if quoted and as_cell(text[1:]) == text else text


def read_csv(path: str | Path) -> list[dict[str, str]]:
    """Read a CSV file as one dictionary of strings per row; raise an ArtifactError if it is empty."""
    return list(each_row(path))


def each_row(path: str | Path) -> Iterator[dict[str, str]]:
    """Yield the rows of a CSV file as `read_csv` returns them, without keeping all in memory."""
    with open(path, encoding="utf-8", newline="") as file:
        rows = csv.DictReader(file)
        if not rows.fieldnames:
            raise ArtifactError(f"{path}: empty; delete it to rebuild it")
        for row in rows:
            yield {name: from_cell(cell) for name, cell in row.items()}


def save_array(path: str | Path, array: np.ndarray) -> None:
    """Write one array as ``.npy``, without pickles."""
    with atomic(path) as temporary:
        np.save(temporary, array, allow_pickle=False)


def save_arrays(path: str | Path, arrays: Mapping[str, np.ndarray]) -> None:
    """Write named arrays as ``.npz``, without pickles (numpy dates its entries 1980: same bytes)."""
    with atomic(path) as temporary:
        np.savez(temporary, allow_pickle=False, **arrays)


def load_arrays(path: str | Path, *names: str, message: str = DAMAGED) -> dict[str, np.ndarray]:
    """Read the arrays of an ``.npz``, or those named; raise an ArtifactError if it is damaged.

    Reads no more than the file holds, whatever sizes its headers announce.
    """
    with whole(path, message), zipfile.ZipFile(path) as archive:
        members = {member.filename.removesuffix(".npy"): member for member in archive.infolist()}
        announced = sum(member.file_size for member in members.values())
        if any(m.compress_type for m in members.values()) or announced > os.path.getsize(path):
            raise ValueError("its arrays are compressed, or overlap")
        return {name: array_in(archive.read(members[name])) for name in names or members}


def array_in(content: bytes) -> np.ndarray:
    """Return the array of a ``.npy`` file; raise a ValueError unless it has the announced size."""
    file, format = BytesIO(content), np.lib.format
    headers = {(1, 0): format.read_array_header_1_0, (2, 0): format.read_array_header_2_0}
    try:
        shape, fortran, dtype = headers[format.read_magic(file)](file)
    except MemoryError:  # from Python's parser, for deeply nested brackets
        raise ValueError("an array with an unreadable header") from None
    size, found = math.prod(shape) * dtype.itemsize, len(content) - file.tell()
    if dtype.hasobject or min(shape, default=0) < 0 or size != found:
        raise ValueError(f"an array of {dtype} {shape} in {found} bytes")
    flat = np.frombuffer(content, dtype, offset=file.tell()).copy()
    return flat.reshape(shape, order="F" if fortran else "C")


def as_text(content: Any) -> np.ndarray:
    """Return JSON with sorted keys as an array of one text."""
    return np.array(json.dumps(content, sort_keys=True))


def open_array(path: str | Path, sha256: str | None = None) -> np.ndarray:
    """Open an ``.npy`` memory-mapped; raise an ArtifactError if it is damaged or has another checksum."""
    with whole(path):
        array = np.load(path, mmap_mode="r", allow_pickle=False)
        if not isinstance(array, np.ndarray):
            raise ValueError("not one array")
    if sha256 is not None:
        found = hashlib.sha256(array).hexdigest()
        if found != sha256:
            wrong = f"the sha256 of its array is {found}, expected {sha256}"
            advice = "it was changed after it was parsed; delete it to rebuild it"
            raise ArtifactError(f"{path}: {wrong}: {advice}")
    return array
