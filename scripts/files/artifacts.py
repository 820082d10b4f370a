"""Files of the pipeline: written whole or not at all, and the same bytes for the same content."""

import csv
import errno
import glob
import hashlib
import json
import os
import tokenize
import zipfile
import zlib
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import numpy as np


class ArtifactError(ValueError):
    """A file of the pipeline is damaged, or not the one that another file describes."""

    user_error = True


# What json, zipfile and numpy were seen to raise on files with changed bytes, or of another kind.
DAMAGE = (
    ValueError,
    TypeError,
    LookupError,
    EOFError,
    SyntaxError,
    NotImplementedError,
    tokenize.TokenError,
    zipfile.BadZipFile,
    zlib.error,
)


@contextmanager
def whole(path: str | Path) -> Iterator[None]:
    """Turn what a damaged file, or another one, makes its reader raise into one message."""
    try:
        yield
    except (*DAMAGE, OSError) as error:
        # Some errors have their own message; but zipfile's seek before the file names no file, and a
        # SyntaxError's file is not this one.
        named = isinstance(error, OSError) and error.filename
        if getattr(error, "user_error", False) or named:
            raise
        raise ArtifactError(
            f"{path}: damaged, it cannot be read ({error}); delete it, and it is made again"
        ) from None


@contextmanager
def atomic(path: str | Path) -> Iterator[Path]:
    """Give a temporary path beside ``path`` that becomes ``path`` when the block succeeds.

    A killed job leaves at most this hidden file, which the next writer of ``path`` removes.
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
        if error.errno is None:  # numpy's, of an array that was written in part
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(path)) from None
        error.filename = error.filename or str(path)  # which a full disk does not say
        raise
    finally:
        temporary.unlink(missing_ok=True)


def write_text(path: str | Path, text: str) -> None:
    """Write ``text`` as UTF-8."""
    with atomic(path) as temporary:
        temporary.write_text(text, encoding="utf-8", newline="\n")


def write_json(path: str | Path, content: Any) -> None:
    """Write JSON with sorted keys, refusing NaN (no JSON reader but Python's would take it)."""
    write_text(path, json.dumps(content, indent=2, sort_keys=True, allow_nan=False) + "\n")


def write_if_other(path: str | Path, text: str) -> None:
    """Write a text unless the file has it already, or its folder cannot be written."""
    with suppress(OSError, ValueError):
        if Path(path).read_text(encoding="utf-8") == text:
            return
    with suppress(OSError):
        write_text(path, text)


def read_json(path: str | Path) -> Any:
    """Read a JSON file; raise an ArtifactError if it is damaged."""
    with whole(path):
        return json.loads(Path(path).read_text(encoding="utf-8"))


def write_csv(path: str | Path, columns: Iterable[str], rows: Iterable[Mapping[str, Any]]) -> None:
    """Write rows as CSV, with floats by ``repr``; a value that is missing or None is an empty cell."""
    columns = list(columns)
    with atomic(path) as temporary, open(temporary, "w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(columns)
        for row in rows:
            values = (row.get(column) for column in columns)
            writer.writerow([float(v) if isinstance(v, np.floating) else v for v in values])


def read_csv(path: str | Path) -> list[dict[str, str]]:
    """Read a CSV file as one dictionary of strings a row."""
    with open(path, encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def save_array(path: str | Path, array: np.ndarray) -> None:
    """Write one array as ``.npy``, without pickles."""
    with atomic(path) as temporary:
        np.save(temporary, array, allow_pickle=False)


def save_arrays(path: str | Path, arrays: Mapping[str, np.ndarray]) -> None:
    """Write named arrays as ``.npz``, without pickles (numpy dates its entries 1980: same bytes)."""
    with atomic(path) as temporary:
        np.savez(temporary, allow_pickle=False, **arrays)


def load_arrays(path: str | Path, *names: str) -> dict[str, np.ndarray]:
    """Read the arrays of an ``.npz``, or those named; raise an ArtifactError if it is damaged."""
    with whole(path), np.load(path, allow_pickle=False) as archive:
        return {name: archive[name] for name in names or archive.files}


def under(prefix: str, arrays: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
    """Name arrays for an archive of several groups: ``prefix/name``."""
    return {f"{prefix}/{name}": array for name, array in arrays.items()}


def below(prefix: str, arrays: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
    """The arrays of a group, by their own names."""
    start = f"{prefix}/"
    return {k[len(start) :]: array for k, array in arrays.items() if k.startswith(start)}


def open_array(path: str | Path, sha256: str | None = None) -> np.ndarray:
    """Open an ``.npy`` memory-mapped.

    Raises an ArtifactError if it is damaged, or its content does not have the given checksum.
    """
    with whole(path):
        array = np.load(path, mmap_mode="r", allow_pickle=False)
        if not isinstance(array, np.ndarray):
            raise ValueError("not one array")
    if sha256 is not None and (found := hashlib.sha256(array).hexdigest()) != sha256:
        raise ArtifactError(
            f"{path}: the sha256 of its array is {found}, expected {sha256}: it was changed after it "
            "was parsed; delete it, and it is made again"
        )
    return array
