"""Get a raw file from a local copy, or from the first of its mirrors that delivers it.

A download grows in `<file>.part` next to its destination and gets the real name only after its
checksum matched. After a broken or slow connection the next mirror, or the next run, resumes it.
"""

import logging
import os
import shutil
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

from components.addresses import shown

from .downloading import MirrorError, OtherFile, TooSlow, download, size_of
from .errors import DatasetError, escaped
from .wanted import refusal

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
    (4 GB if None). If stderr is a terminal, a bar shows the progress.
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
                shutil.copyfile(candidate, part)
                os.replace(part, destination)
                logger.info("%s: copied from %s", destination.name, candidate)
            return str(candidate)
        failures.append(_failed(candidate, reason))
    if part.exists() and refusal(part, sha256) is None:  # killed before it was renamed
        os.replace(part, destination)
        return str(part)
    errors: dict[str, MirrorError] = {}
    reasons: dict[str, str] = {}
    for url, patient in _attempts(urls, errors):
        logger.info("%s: downloading from %s", destination.name, shown(url))
        try:
            download(url, part, sha256, size, patient)
        except MirrorError as error:
            errors[url] = error
            reasons[url] = _failed(shown(url), error)
        else:
            # The checksum was checked, and another fetch that still has this part open writes the same
            # bytes to the same places. So two at the same moment at worst download the file twice.
            os.replace(part, destination)
            logger.info("%s: fetched from %s", destination.name, shown(url))
            return shown(url)
    failures += reasons.values()
    lines = [f"{destination.name} could not be fetched:", *(f"  {line}" for line in failures)]
    if not failures:
        lines.append("  there is no local mirror and no address to fetch it from")
    if kept := size_of(part):
        lines.append(f"{kept} bytes are kept in {part}: the next run resumes there")
    else:
        part.unlink(missing_ok=True)
    if errors and all(isinstance(error, OtherFile) for error in errors.values()):
        advice = "No address has the file that config.yaml expects: correct its sha256 or mirrors."
    raise DatasetError("\n".join(filter(None, [*lines, advice])))


def _attempts(urls: Sequence[str], errors: Mapping[str, Exception]) -> Iterator[tuple[str, bool]]:
    """Yield the mirrors in order, and whether each may be slow; the caller adds to `errors`.

    If all fail, the slow ones get a second chance, the fastest first, because the user's own connection
    may be slow.
    """
    for url in urls:
        yield url, False
    slow = {url: error.received for url, error in errors.items() if isinstance(error, TooSlow)}
    for url in sorted(slow, key=slow.get, reverse=True):
        yield url, True


def _failed(source: object, reason: object) -> str:
    """Log and return why a source failed, in one line that is safe to print."""
    failure = escaped(f"{source}: {reason}").replace("\n", "\\n")
    logger.info(failure)
    return failure
