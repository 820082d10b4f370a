"""Files of the pipeline: written whole or not at all, and the same bytes for the same content.

Every program of ``scripts/`` reads and writes through this module, so that the rules for artifacts
(a temporary name and a rename, no time stamps, sorted keys) and for messages to the user stand once.
"""

import argparse
import csv
import errno
import glob
import hashlib
import json
import os
import signal
import sys
import tokenize
import zipfile
import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import numpy as np

from . import kernels


class ArtifactError(ValueError):
    """A file of the pipeline that is damaged, or not the one that another file tells of."""

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
        # Errors that have their own message; but zipfile seeks before the file, without a name, and
        # a SyntaxError's file is not this one.
        told = isinstance(error, OSError) and error.filename
        if getattr(error, "user_error", False) or told:
            raise
        raise ArtifactError(
            f"{path}: damaged, it cannot be read ({error}); delete it, and it is made again"
        ) from None


@contextmanager
def atomic(path: str | Path) -> Iterator[Path]:
    """Give a temporary path beside ``path`` that becomes ``path`` when the block succeeds.

    A killed job, or one whose Snakemake died, leaves at most the temporary file (its name starts
    with a dot), which the next writer of ``path`` removes: a file under its real name is always whole.
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
    """Write a text, unless the file has it already; a folder that cannot be written stays as it is."""
    with suppress(OSError, ValueError):
        if Path(path).read_text(encoding="utf-8") == text:
            return
    with suppress(OSError):
        write_text(path, text)


def read_json(path: str | Path) -> Any:
    """Read a JSON file; raise an ArtifactError where it is damaged."""
    with whole(path):
        return json.loads(Path(path).read_text(encoding="utf-8"))


def json_with(*keys: str) -> Callable[[str], Any]:
    """The type of an option that is JSON, for argparse; with ``keys`` a mapping that has to have them."""

    def read(text: str) -> Any:
        shown = text if len(text) <= 60 else f"{text[:60]} ..."
        try:
            value = json.loads(text)
        except ValueError as error:
            raise argparse.ArgumentTypeError(f"{shown!r} is not JSON: {error}") from None
        for key in keys:
            if not isinstance(value, dict) or key not in value:
                raise argparse.ArgumentTypeError(
                    f"{shown!r} lacks the key {key!r}; expected {', '.join(keys)}"
                )
        return value

    return read


def pair(text: str) -> tuple[str, str]:
    """The type of an option `name=file`, for argparse."""
    name, equals, file = text.partition("=")
    if not equals:
        raise argparse.ArgumentTypeError(f"{text!r} is not of the form NAME=FILE")
    return name, file


def write_csv(path: str | Path, columns: Iterable[str], rows: Iterable[Mapping[str, Any]]) -> None:
    """Write rows as CSV; a value that is missing or ``None`` leaves its cell empty.

    Floats are written with ``repr``: reading them back gives the same numbers.
    """
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
    """Read the arrays of an ``.npz``, or those named, refusing pickles.

    Raises:
        ArtifactError: where the file is damaged.
    """
    with whole(path), np.load(path, allow_pickle=False) as archive:
        return {name: archive[name] for name in names or archive.files}


def under(prefix: str, arrays: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
    """Name arrays for an archive of several groups: ``prefix/name``."""
    return {f"{prefix}/{name}": array for name, array in arrays.items()}


def below(prefix: str, arrays: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
    """The arrays of a group, by their own names."""
    start = f"{prefix}/"
    return {k.removeprefix(start): array for k, array in arrays.items() if k.startswith(start)}


def open_array(path: str | Path, sha256: str | None = None) -> np.ndarray:
    """Open an ``.npy`` memory-mapped; its content has to have this checksum, if one is given.

    Raises:
        ArtifactError: where the file is damaged, or is another one.
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


def cli(main: Callable[[], int | None]) -> None:
    """Run a program: a mistake of the user ends in one message and exit code 1, not a traceback.

    SIGTERM, and the end of its terminal, end it like Ctrl-C, so that no temporary file is left.

    Such mistakes are the project's own errors (``ArtifactError``, ``DatasetError``, ``ConfigError``,
    ``SettingsError``, ...: all marked by ``user_error = True``) and whatever the operating system
    refuses. Any other exception is a defect of this project and keeps its traceback.
    """
    for stop in (signal.SIGTERM, signal.SIGHUP):
        if signal.getsignal(stop) is not signal.SIG_IGN:  # as nohup has it
            signal.signal(stop, lambda number, frame: sys.exit(128 + number))
    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(errors="backslashreplace")  # a locale may lack letters of a name
    try:
        kernels.check()
        code = main()
        sys.stdout.flush()
        sys.exit(code)
    except KeyboardInterrupt:
        sys.exit(130)
    except BrokenPipeError:  # by `| head`; Python would complain again when it ends
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(128 + signal.SIGPIPE)
    except Exception as error:
        if not isinstance(error, OSError) and not getattr(error, "user_error", False):
            raise
        if isinstance(error, OSError) and error.filename and error.strerror:
            error = f"{error.filename}: {error.strerror.lower()}"  # without [Errno 2]
        print(f"error: {error}", file=sys.stderr)
        sys.exit(1)
