"""Getting a raw file from a local copy or from the first of its mirrors that delivers it whole.

A download grows in `<file>.part` beside its destination and gets the real name only after its
checksum matched. What a broken connection leaves is continued, from any mirror, by an HTTP Range
request: CIFAR-10's own host sends 50 kB/s.
"""

import fcntl
import logging
import os
import shutil
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from .checksums import refusal, sha256_of
from .errors import DatasetError

TIMEOUT = (15, 60)  # seconds to connect, and between two packets
TRIES = 3  # connections to one mirror, as long as each brings something
CHUNK = 1 << 16

logger = logging.getLogger(__name__)


def fetch(
    urls: Sequence[str],
    sha256: str,
    destination: str | os.PathLike,
    local_candidates: Iterable[str | os.PathLike] = (),
    members_md5: Mapping[str, str] | None = None,
    progress: bool | None = None,
    advice: str = "",
) -> str:
    """Put the file with this sha256 at `destination`; return the source that it came from.

    `local_candidates` are tried first, then `urls`, each list in its order. `members_md5` (name in
    the archive -> md5) accepts a local tar archive by its members too, for one that was packed
    anew. `progress` draws a bar; None draws it where stderr is a terminal.
    Raises DatasetError, with the reason of every source and `advice`, where none delivers.
    """
    destination = Path(destination)
    destination.parent.mkdir(parents=True, exist_ok=True)
    part = destination.with_name(destination.name + ".part")
    failures = []
    if destination.exists():
        reason = refusal(destination, sha256, members_md5)
        if reason is None:
            return str(destination)
        failures.append(_failed(destination, reason))
    for candidate in map(Path, local_candidates):
        reason = refusal(candidate, sha256, members_md5)
        if reason is None:
            _copy(candidate, destination)
            part.unlink(missing_ok=True)
            logger.info("%s: copied from %s", destination.name, candidate)
            return str(candidate)
        failures.append(_failed(candidate, reason))
    progress = sys.stderr.isatty() if progress is None else progress
    with _locked(part) as file:
        # Another process may have finished while this one waited for the lock, or may have been
        # killed between its last byte and the renaming.
        if destination.exists() and refusal(destination, sha256, members_md5) is None:
            return str(destination)
        source = str(part) if _size(file) and sha256_of(file) == sha256 else None
        for url in urls if source is None else ():
            reason = _download(url, file, sha256, destination.name, progress)
            if reason is None:
                source = url
                break
            failures.append(_failed(url, reason))
        if source is not None:
            os.replace(part, destination)
            logger.info("%s: fetched from %s", destination.name, source)
            return source
        kept = _size(file)
    lines = [f"{destination.name} could not be fetched:", *(f"  {line}" for line in failures)]
    if not failures:
        lines.append("  there is no local mirror and no address to fetch it from")
    if kept:
        lines.append(f"{kept} bytes are kept in {part}: the next try goes on from there")
    raise DatasetError("\n".join(filter(None, [*lines, advice])))


def _failed(source: object, reason: str) -> str:
    logger.info("%s: %s", source, reason)
    return f"{source}: {reason}"


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
            # The holder before may have renamed the file that is open here: then open the new one.
            if part.exists() and os.path.samestat(os.fstat(file.fileno()), os.stat(part)):
                try:
                    yield file
                finally:
                    if not _size(file):
                        part.unlink(missing_ok=True)
                return


def _download(url: str, file: BinaryIO, sha256: str, name: str, progress: bool) -> str | None:
    """Complete `file` from one mirror; return None, or the reason why that failed."""
    import requests  # slow to import, needed here alone
    import urllib3

    for _ in range(TRIES):
        start = _size(file)
        try:
            resumed = _append(url, file, name, progress)
        except (requests.RequestException, urllib3.exceptions.HTTPError, OSError) as error:
            reason = _explain(error)
            if _size(file) > start:
                continue  # the connection broke off: go on from there
            return reason
        found = sha256_of(file)
        if found == sha256:
            return None
        reason = f"sha256 is {found}, expected {sha256} ({_size(file)} bytes)"
        file.truncate(0)
        if not resumed:
            return reason  # this mirror's own fault; after resuming it may have been the part's
    return reason


def _append(url: str, file: BinaryIO, name: str, progress: bool) -> bool:
    """Download what `file` lacks; return whether that continued what was there."""
    import requests
    from tqdm import tqdm

    start = _size(file)
    # The bytes as they are stored: a server that "encodes" a .gz file must not have it unpacked.
    headers = {"Accept-Encoding": "identity"} | ({"Range": f"bytes={start}-"} if start else {})
    logger.info("%s: downloading from %s%s", name, url, f" (byte {start} on)" if start else "")
    with requests.get(url, headers=headers, stream=True, timeout=TIMEOUT) as response:
        continues = response.headers.get("Content-Range", "").startswith(f"bytes {start}-")
        if start and (
            response.status_code == 416 or (response.status_code == 206 and not continues)
        ):
            file.truncate(0)  # no such range: the part is no beginning of this file
            return _append(url, file, name, progress)
        response.raise_for_status()
        resumed = response.status_code == 206
        if not resumed:
            file.truncate(0)
            start = 0
        length = int(response.headers.get("Content-Length", 0))
        with tqdm(
            desc=name,
            total=start + length if length else None,
            initial=start,
            unit="B",
            unit_scale=True,
            disable=not progress,
        ) as bar:
            for chunk in response.raw.stream(CHUNK, decode_content=False):
                file.write(chunk)
                bar.update(len(chunk))
    return resumed


def _explain(error: Exception) -> str:
    """Return the cause of a failed request in a few words."""
    import requests
    import urllib3

    if isinstance(error, requests.HTTPError):
        return f"HTTP {error.response.status_code} {error.response.reason}"
    if isinstance(error, requests.Timeout | urllib3.exceptions.TimeoutError):
        return f"no answer within {TIMEOUT[0]} s, or silent for {TIMEOUT[1]} s"
    if isinstance(error, OSError) and error.strerror:
        return error.strerror
    cause = error.args[0] if error.args else error
    return str(getattr(cause, "reason", None) or cause)


def _size(file: BinaryIO) -> int:
    file.flush()
    return os.fstat(file.fileno()).st_size
