"""Open the files of pictures: only regular ones, small ones in memory, large ones in threads."""

import io
import os
import stat
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO

SMALL = 1 << 16  # bytes; such a file is read at once, and no header in it takes long
LARGEST = 1 << 30  # bytes; no picture that is small enough to be read needs more
MOST_READS = 800  # of a header: a JPEG has four for each part of 64 kB
TOGETHER = 64  # files opened before they are decoded, which takes a tenth less time than one by one
MOST_THREADS = 4  # that decode
KINDS = {stat.S_IFIFO: "a pipe", stat.S_IFSOCK: "a socket", stat.S_IFDIR: "a folder"}


def not_a_file(path: str | Path) -> str | None:
    """Return why a path is not safe to open as a picture, None if it is."""
    try:
        found = os.stat(path)
    except FileNotFoundError:
        return "this link leads nowhere" if os.path.islink(path) else "no such file"
    except OSError as error:
        return f"this file cannot be read: {(error.strerror or str(error)).lower()}"
    if not stat.S_ISREG(found.st_mode):
        return f"this is {KINDS.get(stat.S_IFMT(found.st_mode), 'a device')}, expected a picture"
    if found.st_size > LARGEST:
        return f"this file has {found.st_size / 1e9:.1f} GB, expected a picture"
    # Most files have this mode, which saves asking the system.
    anyone_may = found.st_mode & 0o444 == 0o444
    if anyone_may or os.access(path, os.R_OK):
        return None
    return "this file cannot be read: permission denied"


def opened(path: str | Path) -> BinaryIO:
    """Open a file in which `not_a_file` saw nothing wrong, a small one in memory. Raises ValueError."""
    try:
        file = os.open(path, os.O_RDONLY)  # takes three quarters of the time of io.FileIO
        try:
            start = os.read(file, SMALL)
            if os.read(file, 1):
                os.lseek(file, 0, os.SEEK_SET)
                return Opened(io.FileIO(os.dup(file)))
        finally:
            os.close(file)
    except OSError as error:
        raise ValueError(not_a_file(path) or f"this image cannot be read: {error}") from None
    if not start:
        raise ValueError("this file is empty")
    return io.BytesIO(start)


class Opened(io.BufferedReader):
    """A file whose header is read in at most MOST_READS pieces: EXIF in 1500 parts takes minutes."""

    reads = 0

    def read(self, size: int | None = -1) -> bytes:
        self.reads += 1
        if self.reads > MOST_READS:
            raise ValueError("its header has too many parts")
        return super().read(size)


def each_opened(
    files: Sequence[str], bad: Mapping[str, str], use: Callable[[BinaryIO], Any], threads: int
) -> Iterator[Any]:
    """Yield what `use` returns for each opened file, or a text that says why there is nothing.

    `bad` has files that are not opened, and why. `use` may raise a ValueError. Large files are used in
    threads.
    """

    def result(content: BinaryIO | str) -> Any:
        if isinstance(content, str):
            return content
        try:
            with content:
                return use(content)
        except ValueError as error:
            return str(error)

    with _mapping(files, threads) as each:
        for start in range(0, len(files), TOGETHER):
            part = files[start : start + TOGETHER]
            yield from each(result, [bad.get(file) or _opened_or_why(file) for file in part])


def _opened_or_why(file: str) -> BinaryIO | str:
    try:
        return opened(file)
    except ValueError as error:
        return str(error)


@contextmanager
def _mapping(files: Sequence[str], threads: int) -> Iterator[Callable[..., Iterator[Any]]]:
    """Give a `map` over these files, with threads if they are large.

    Decoding a small picture holds the interpreter lock, so threads would only slow it down.
    """
    if threads <= 1 or _mean_size(files) <= SMALL:
        yield map
        return
    from concurrent.futures import ThreadPoolExecutor

    import PIL.Image

    PIL.Image.preinit()  # threads that load the formats at the same time may miss one
    PIL.Image.init()
    with ThreadPoolExecutor(min(threads, MOST_THREADS)) as pool:
        yield pool.map


def _mean_size(files: Sequence[str]) -> float:
    """Return the mean size of 100 of the files in bytes."""
    sample = files[:: len(files) // 100 + 1]
    return sum(os.path.getsize(file) for file in sample if os.path.isfile(file)) / len(sample)
