"""Get a raw file from a local copy, or from the first of its mirrors that delivers all of it.

A download grows in `<file>.part` next to its destination and gets the real name only after its
checksum matched. After a broken connection it is resumed, from any mirror, by an HTTP Range request:
CIFAR-10's own host sends 50 kB/s. After a mirror slower than FLOOR the next is tried.
"""

import fcntl
import hashlib
import logging
import os
import shutil
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from components.addresses import shown

from .cifar10 import read_members
from .downloading import MirrorError, OtherFile, TooSlow, Wanted, download, size_of
from .errors import DatasetError, escaped
from .places import sha256_of

logger = logging.getLogger(__name__)


def fetch(
    urls: Sequence[str],
    sha256: str,
    destination: str | os.PathLike,
    local_candidates: Iterable[str | os.PathLike] = (),
    members_md5: Mapping[str, str] | None = None,
    advice: str = "",
    size: int | None = None,
) -> str:
    """Put the file with this sha256 at `destination`; return the source that it came from.

    `local_candidates` are tried first, then `urls`, each list in its order. `members_md5` (name in
    the archive -> md5) accepts a local tar archive by its members too. A download ends at `size` bytes
    (LARGEST if None). If stderr is a terminal, a bar shows the progress.
    Raises DatasetError, with the reason of every source and `advice`, if none delivers.
    """
    destination = Path(destination)
    destination.parent.mkdir(parents=True, exist_ok=True)
    part = destination.with_name(destination.name + ".part")
    failures = []
    there = [destination] if destination.exists() else []
    for candidate in (*there, *map(Path, local_candidates)):
        reason = refusal(candidate, sha256, members_md5)
        if reason is None:
            if candidate != destination:
                _copy(candidate, destination)
                part.unlink(missing_ok=True)
                logger.info("%s: copied from %s", destination.name, candidate)
            return str(candidate)
        failures.append(_failed(candidate, reason))
    with _locked(part) as file:
        # Another process may have finished while this one waited for the lock, or may have been
        # killed between its last byte and the renaming.
        if destination.exists() and refusal(destination, sha256, members_md5) is None:
            return str(destination)
        complete = size_of(file) and sha256_of(file) == sha256
        wanted = Wanted(destination.name, sha256, size)
        errors: dict[str, MirrorError] = {}
        source = str(part) if complete else _downloaded(urls, file, wanted, errors)
        if source is not None:
            os.replace(part, destination)
            logger.info("%s: fetched from %s", destination.name, source)
            return source
        kept = size_of(file)
    failures += [f"{shown(url)}: {error}" for url, error in errors.items()]
    lines = [f"{destination.name} could not be fetched:", *(f"  {line}" for line in failures)]
    if not failures:
        lines.append("  there is no local mirror and no address to fetch it from")
    if kept:
        lines.append(f"{kept} bytes are kept in {part}: the next try resumes there")
    if errors and all(isinstance(error, OtherFile) for error in errors.values()):
        advice = "No address has the file that config.yaml expects: correct its sha256 or mirrors."
    raise DatasetError("\n".join(filter(None, [*lines, advice])))


def refusal(
    path: str | os.PathLike, sha256: str, members_md5: Mapping[str, str] | None = None
) -> str | None:
    """Return why the file is not the wanted one, or None if it is."""
    try:
        with open(path, "rb") as file:
            found = sha256_of(file)
        if found == sha256:
            return None
        reason = f"sha256 is {found}, expected {sha256}"
        if not members_md5:
            return reason
        sums = {
            name: hashlib.md5(content, usedforsecurity=False).hexdigest()
            for name, content in read_members(path, members_md5)
        }
    except FileNotFoundError:
        return "no such file"
    except OSError as error:
        return error.strerror or str(error)
    except DatasetError as error:
        return f"{reason}; {error}"
    wrong = [name for name, md5 in members_md5.items() if sums[name] != md5]
    return f"{reason}; wrong md5 of its members {', '.join(wrong)}" if wrong else None


def _downloaded(
    urls: Sequence[str], file: BinaryIO, wanted: Wanted, errors: dict[str, MirrorError]
) -> str | None:
    """Complete `file` from a mirror; return its address, or None with the error of each mirror."""
    for url, patient in _attempts(urls, errors):
        try:
            download(url, file, wanted, patient)
            return shown(url)
        except MirrorError as error:
            errors[url] = error
            _failed(shown(url), error)
    return None


def _attempts(urls: Sequence[str], errors: Mapping[str, Exception]) -> Iterator[tuple[str, bool]]:
    """Yield the mirrors in order, and whether each may be slow; the caller adds to `errors`.

    The last mirror may be slow, unless an earlier one was too slow: then the slow ones are tried again,
    the fastest first, because the user's own connection may be slow.
    """
    for number, url in enumerate(urls, 1):
        slow = any(isinstance(error, TooSlow) for error in errors.values())
        yield url, number == len(urls) and not slow
    rates = {url: error.rate for url, error in errors.items() if isinstance(error, TooSlow)}
    for url in sorted(rates, key=rates.get, reverse=True):
        yield url, True


def _failed(source: object, reason: object) -> str:
    failure = escaped(f"{source}: {reason}")
    logger.info(failure)
    return failure


def _copy(source: Path, destination: Path) -> None:
    temporary = destination.with_name(f".{destination.name}.{os.getpid()}")
    try:
        shutil.copyfile(source, temporary)
        os.replace(temporary, destination)
    finally:
        temporary.unlink(missing_ok=True)


@contextmanager
def _locked(part: Path) -> Iterator[BinaryIO]:
    """Open `part` for appending, one process at a time.

    A Snakemake that was killed leaves its downloads running; two that append to one file would
    spoil it. The kernel releases the lock when its holder ends, however it ends.
    """
    while True:
        with open(part, "a+b") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                logger.info("%s: another process downloads this file, waiting for it", part)
                fcntl.flock(file, fcntl.LOCK_EX)
            except OSError as error:  # some network file systems have no locks
                logger.info("%s: downloading without a lock (%s)", part, error.strerror)
            # The holder before may have renamed the file that is open here: then open the new one.
            if part.exists() and os.path.samestat(os.fstat(file.fileno()), os.stat(part)):
                try:
                    yield file
                finally:
                    if not size_of(file):
                        part.unlink(missing_ok=True)
                return
