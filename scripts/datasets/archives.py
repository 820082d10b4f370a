"""Reading members of a tar archive by name, in one pass, without unpacking anything to disk."""

import gzip
import hashlib
import os
import tarfile
import zlib
from collections.abc import Collection, Iterator
from pathlib import PurePosixPath

from .errors import DatasetError


def read_members(archive: str | os.PathLike, names: Collection[str]) -> Iterator[tuple[str, bytes]]:
    """Yield (name, content) of the files called `names`, one at a time, in the archive's order.

    A member is known by the last part of its path. The order is the archive's because going back
    in a compressed archive means unpacking it from the start again.
    Raises DatasetError where the archive is damaged, lacks a member or has it twice.
    """
    missing = set(names)
    try:
        with tarfile.open(archive) as tar:
            for member in tar:
                name = PurePosixPath(member.name).name
                if name not in names or not member.isfile():
                    continue
                if name not in missing:
                    raise DatasetError(f"{archive}: has more than one member called {name}")
                missing.remove(name)
                yield name, tar.extractfile(member).read()
    except (tarfile.TarError, gzip.BadGzipFile, EOFError, zlib.error) as error:
        raise DatasetError(f"{archive}: damaged tar archive ({error}); fetch it again") from error
    if missing:
        raise DatasetError(f"{archive}: lacks the members {', '.join(sorted(missing))}")


def member_checksums(archive: str | os.PathLike, names: Collection[str]) -> dict[str, str]:
    """Return the md5 of the members called `names`; raises what `read_members` raises."""
    return {
        name: hashlib.md5(content, usedforsecurity=False).hexdigest()
        for name, content in read_members(archive, names)
    }
