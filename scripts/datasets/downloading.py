"""Downloading one file from one of its mirrors, into a part that is continued by HTTP Range."""

import logging
import os
import re
import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, BinaryIO, NamedTuple

from components.addresses import redacted, shown

from .places import sha256_of

if TYPE_CHECKING:
    import requests  # slow to import, and only needed by downloads

TIMEOUT = (15, 60)  # seconds to connect, and between two packets
FLOOR, WINDOW = 10_000, 60  # bytes/s over seconds; after a slower mirror the next is tried
LARGEST = 4 * 10**9  # bytes of a file whose size is not declared
DECLARE = "(declare the size of a larger file in config.yaml)"
TRIES = 3  # connections to one mirror, as long as each delivers bytes
CHUNK = 1 << 16

logger = logging.getLogger(__name__)


class Wanted(NamedTuple):
    """The file that is downloaded; its size in bytes, if it is declared."""

    name: str
    sha256: str
    size: int | None


class MirrorError(Exception):
    """Why a mirror did not deliver."""


class OtherFile(MirrorError):
    """The mirror has a file, but not the wanted one."""


class TooSlow(MirrorError):
    def __init__(self, rate: float):
        sent = f"sends {rate / 1000:.3g} kB/s over {WINDOW} s"
        super().__init__(f"{sent}, expected at least {FLOOR / 1000:g}")
        self.rate = rate


def download(url: str, file: BinaryIO, wanted: Wanted, patient: bool) -> None:
    """Complete `file` from one mirror; raise a MirrorError if that fails.

    Without `patient`, that includes a mirror that sends less than FLOOR over a WINDOW.
    """
    import requests
    import urllib3

    for _ in range(TRIES):
        start = size_of(file)
        try:
            with _deadline() as postpone:
                resumed = _append(url, file, wanted, patient, postpone)
        except (requests.RequestException, urllib3.exceptions.HTTPError, OSError) as error:
            failure = MirrorError(redacted(_explain(error)))
            if size_of(file) > start:
                continue  # the connection broke off: resume there
            raise failure from None
        found = sha256_of(file)
        if found == wanted.sha256:
            return
        length = size_of(file)
        failure = OtherFile(f"sha256 is {found}, expected {wanted.sha256} ({length} bytes)")
        file.truncate(0)
        if not resumed:
            break  # the mirror is wrong; after resuming, the part may have been wrong
    raise failure


@contextmanager
def _deadline() -> Iterator[Callable[[], None]]:
    """Raise a TimeoutError after the time of TIMEOUT; yield a function that starts the time again.

    A socket's own timeout restarts with each byte, even of a header or a chunk's length. It is all that
    other threads than the main one have, because only that one handles signals.
    """

    def late(*_: object) -> None:
        raise TimeoutError

    if threading.current_thread() is not threading.main_thread():
        yield lambda: None
        return
    before = signal.signal(signal.SIGALRM, late)
    signal.setitimer(signal.ITIMER_REAL, sum(TIMEOUT))
    try:
        yield lambda: signal.setitimer(signal.ITIMER_REAL, sum(TIMEOUT))
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


def _append(
    url: str, file: BinaryIO, wanted: Wanted, patient: bool, postpone: Callable[[], None]
) -> bool:
    """Download the rest of `file`; return whether the mirror resumed it."""
    import requests

    if size_of(file) >= (wanted.size or LARGEST):
        file.truncate(0)  # complete, but with another checksum
    start = size_of(file)
    # Ask for the stored bytes: requests unpacks a .gz file that a server calls "encoded".
    headers = {"Accept-Encoding": "identity"} | ({"Range": f"bytes={start}-"} if start else {})
    from_byte = f" (byte {start} on)" * (start > 0)
    logger.info("%s: downloading from %s%s", wanted.name, shown(url), from_byte)
    with requests.get(url, headers=headers, stream=True, timeout=TIMEOUT) as response:
        resumed = response.status_code == 206
        first = _number(response, "Content-Range", "bytes ([0-9]{1,18})-.*") if resumed else 0
        if start and (response.status_code == 416 or (resumed and first != start)):
            file.truncate(0)  # no such range: the part does not belong to this file
            return _append(url, file, wanted, patient, postpone)
        response.raise_for_status()
        start = start if resumed else 0
        length = _number(response, "Content-Length", "([0-9]{1,18})")
        total = None if length is None else start + length
        if wanted.size and total not in (None, wanted.size):
            raise OtherFile(f"has {total} bytes, expected {wanted.size}")
        if not wanted.size and (total or 0) > LARGEST:
            raise MirrorError(f"has {total} bytes, expected at most {LARGEST} {DECLARE}")
        if not resumed:
            file.truncate(0)  # only now, so that an error page keeps the part
        _receive(response, file, wanted, start, total, patient, postpone)
    return resumed


def _receive(
    response: "requests.Response",
    file: BinaryIO,
    wanted: Wanted,
    start: int,
    total: int | None,
    patient: bool,
    postpone: Callable[[], None],
) -> None:
    """Append a body to `file`, each piece as it comes, up to the size that the file may have.

    Raises TooSlow if less than FLOOR arrives in a WINDOW, unless `patient`.
    """
    from tqdm import tqdm

    left = (wanted.size or LARGEST) - start
    since, received = time.monotonic(), 0
    with tqdm(
        desc=wanted.name,
        total=total or wanted.size,
        initial=start,
        unit="B",
        unit_scale=True,
        disable=None,  # unless stderr is a terminal
    ) as bar:
        # read1 returns the bytes that have arrived; read and iter_content wait for a full chunk.
        while left and (piece := response.raw.read1(min(left, CHUNK), decode_content=False)):
            postpone()
            file.write(piece)
            file.flush()  # a killed process could not
            bar.update(len(piece))
            left -= len(piece)
            received += len(piece)
            seconds = time.monotonic() - since
            if seconds >= WINDOW:
                if received < FLOOR * seconds and not patient:
                    raise TooSlow(received / seconds)
                since, received = time.monotonic(), 0
    if size_of(file) < (wanted.size or 0):  # without a Content-Length
        raise OSError(f"broke off after {size_of(file)} of {wanted.size} bytes")
    if not left and not wanted.size and total is None:
        file.truncate(0)
        raise MirrorError(f"sent {LARGEST} bytes and did not end {DECLARE}")


def _number(response: "requests.Response", header: str, pattern: str) -> int | None:
    """Return the number in a header, or None without one; raise a MirrorError for anything else."""
    text = response.headers.get(header)
    found = re.fullmatch(pattern, text or "")
    if text is not None and not found:
        raise MirrorError(f"its {header} is {text!r}, which cannot be read")
    return int(found[1]) if found else None


def _explain(error: Exception) -> str:
    """Return the cause of a failed request in a few words."""
    import requests
    import urllib3

    if isinstance(error, requests.HTTPError):
        return f"HTTP {error.response.status_code} {error.response.reason}"
    if isinstance(error, requests.Timeout | urllib3.exceptions.TimeoutError | TimeoutError):
        return f"no answer within {TIMEOUT[0]} s, or no data for {TIMEOUT[1]} s"
    wrong = requests.exceptions
    if isinstance(error, wrong.InvalidURL | wrong.InvalidSchema | wrong.MissingSchema):
        return (
            "not an address of a web server, expected https://HOST/FILE"  # their messages quote it
        )
    if isinstance(error, OSError) and error.strerror:
        return error.strerror
    cause = error.args[0] if error.args else error
    return str(getattr(cause, "reason", None) or cause)


def size_of(file: BinaryIO) -> int:
    """Return the size in bytes of an open file, after writing its buffer to disk."""
    file.flush()
    return os.fstat(file.fileno()).st_size
