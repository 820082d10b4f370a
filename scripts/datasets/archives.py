"""Reading members of a tar archive by name, in one pass, without unpacking anything to disk.

The archive is a stranger's: what its headers say is checked before anything is read or allocated. A
header has 512 bytes: the name in the first 100, the size from byte 124, a checksum from byte 148, the
type in byte 156 (POSIX.1-1988, "ustar"). A longer name stands in a header of its own, before that of the
member. Links, folders and other headers (times) are passed over.
"""

import gzip
import hashlib
import os
import re
import zlib
from collections.abc import Collection, Iterator
from pathlib import PurePosixPath
from typing import BinaryIO

from .errors import DatasetError, most_unpacked
from .places import MOST_SHOWN, what_is

LARGEST_MEMBER = 1 << 26  # bytes; a batch of CIFAR-10 has 31 million
BLOCK = 512
REGULAR, SPARSE = b"0\x007", b"S"
LONG_NAME = {  # by the type of its header: GNU's, and that of POSIX.1-2001 ("pax")
    b"L": re.compile(rb"([^\0]+)"),
    b"x": re.compile(rb"^[0-9]+ path=(.+)$", re.MULTILINE),
}
LONGEST_NAME = 1 << 14  # bytes of such a header
GZIP_MAGIC = b"\x1f\x8b"
OTHER_MAGIC = {b"BZ": "bzip2", b"\xfd7": "xz", b"PK": "zip"}


class MissingMembers(DatasetError):
    """An archive that lacks members; ``found`` are the names of the first files that it has."""

    def __init__(self, archive: str | os.PathLike, missing: Collection[str], found: list[str]):
        has = f"; it has {', '.join(found)}" if found else ""
        super().__init__(f"{archive}: lacks the members {', '.join(sorted(missing))}{has}")
        self.found = found


def read_members(archive: str | os.PathLike, names: Collection[str]) -> Iterator[tuple[str, bytes]]:
    """Yield (name, content) of the files called `names`, one at a time, in the archive's order.

    The archive is gzipped or plain. A member is known by the last part of its path. The order is the
    archive's because going back in a compressed archive means unpacking it from the start again.
    Raises DatasetError where the archive is damaged, lacks a member or has it twice, and before it
    takes more memory than LARGEST_MEMBER, or unpacks more than any data would need.
    """
    missing, others, unpacked, long_name = set(names), [], 0, None
    try:
        with open(archive, "rb") as raw:
            most = most_unpacked(os.fstat(raw.fileno()).st_size)
            magic = raw.read(2)
            raw.seek(0)
            if how := OTHER_MAGIC.get(magic):
                raise DatasetError(
                    f"{archive}: packed by {how}, expected gzip or nothing; pack it anew"
                )
            file = gzip.GzipFile(fileobj=raw) if magic == GZIP_MAGIC else raw
            while header := _header(file):
                path, size, kind = header
                padding = -size % BLOCK
                unpacked += size
                if unpacked > most:
                    raise DatasetError(
                        f"{archive}: unpacks to more than {most} bytes; do not use this file"
                    )
                if kind in SPARSE:
                    raise DatasetError(
                        f"{archive}: {path} is stored as a sparse file, which is not read"
                    )
                if kind in LONG_NAME and size <= LONGEST_NAME:
                    found = LONG_NAME[kind].search(_exactly(file, size))
                    long_name = found and found[1].decode("utf-8", "replace")
                    _skip(file, padding)
                    continue
                name, long_name = PurePosixPath(long_name or path).name, None
                if name not in names or kind not in REGULAR:
                    if kind in REGULAR and len(others) < MOST_SHOWN:
                        others.append(name)
                    _skip(file, size + padding)
                    continue
                if name not in missing:
                    raise DatasetError(f"{archive}: has more than one member called {name}")
                if size > LARGEST_MEMBER:
                    raise DatasetError(
                        f"{archive}: {name} has {size} bytes, expected at most {LARGEST_MEMBER}; do not "
                        "use this file"
                    )
                missing.remove(name)
                yield name, _exactly(file, size)
                _skip(file, padding)
    except (gzip.BadGzipFile, EOFError, zlib.error) as error:
        kind = what_is(archive)
        why = error if kind in (None, "a gzip file", "a tar archive") else f"it is {kind}"
        raise DatasetError(f"{archive}: damaged tar archive ({why}); fetch it again") from error
    if missing:
        raise MissingMembers(archive, missing, others)


def _header(file: BinaryIO) -> tuple[str, int, bytes] | None:
    """The path, size and type of the next member; None at the end, which is a block of zeros."""
    block = _exactly(file, BLOCK)
    if not any(block):
        return None
    size, checksum = (
        re.fullmatch(rb" *([0-7]+)[ \0]*", block[i:j]) for i, j in ((124, 136), (148, 156))
    )
    found = sum(block) - sum(block[148:156]) + 8 * ord(" ")
    if not size or not checksum or int(checksum[1], 8) != found:
        raise EOFError("no header of a member where one has to be")
    return block[:100].split(b"\0")[0].decode("utf-8", "replace"), int(size[1], 8), block[156:157]


def _exactly(file: BinaryIO, size: int) -> bytes:
    content = file.read(size)
    if len(content) < size:
        raise EOFError("it ends too early")
    return content


def _skip(file: BinaryIO, size: int) -> None:
    while size:
        size -= len(_exactly(file, min(size, 1 << 20)))


def member_checksums(archive: str | os.PathLike, names: Collection[str]) -> dict[str, str]:
    """Return the md5 of the members called `names`; raises what `read_members` raises."""
    return {
        name: hashlib.md5(content, usedforsecurity=False).hexdigest()
        for name, content in read_members(archive, names)
    }
