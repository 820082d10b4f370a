"""Download a file from one mirror, and resume a download that broke off by an HTTP Range request."""

import signal
import threading
from collections.abc import Iterator
from pathlib import Path

import requests
import urllib3
from tqdm import tqdm

from components.addresses import redacted

from .places import checksum

TIMEOUT = (15, 60)  # seconds to connect, and between two packets
WINDOW = 60  # seconds in which a mirror must send enough of the file
SPEED = 10_000  # bytes per second that are enough; CIFAR-10's own host sends 50 kB/s
TRIES = 3  # connections to one mirror, as long as each delivers bytes
LARGEST = 4 * 10**9  # bytes of a file whose size is not declared
DECLARE = "(declare the size of a larger file in config.yaml)"
CHUNK = 1 << 16


class MirrorError(Exception):
    """Why a mirror did not deliver."""


class OtherFile(MirrorError):
    """The mirror has a file, but not the wanted one."""


class TooSlow(MirrorError):
    """The mirror sent only `received` bytes of the file in a WINDOW."""

    def __init__(self, received: int, least: float):
        super().__init__(f"sent {received} bytes in {WINDOW} s, expected at least {least:.0f}")
        self.received = received


class Pace:
    """While this context is open, raise TooSlow after a WINDOW that brought less than `least` bytes.

    A socket's timeout restarts with every byte, even of a header or of a chunk's length. It is all that
    threads other than the main one have, because only that one handles signals.
    """

    def __init__(self, least: float):
        self.least, self.received = least, 0
        self.in_main_thread = threading.current_thread() is threading.main_thread()

    def __enter__(self) -> "Pace":
        if self.in_main_thread:
            self.handler = signal.signal(signal.SIGALRM, self._check)
            self.timer = signal.setitimer(signal.ITIMER_REAL, WINDOW, WINDOW)
        return self

    def __exit__(self, *_: object) -> None:
        if self.in_main_thread:
            signal.setitimer(signal.ITIMER_REAL, *self.timer)
            signal.signal(signal.SIGALRM, self.handler)

    def _check(self, *_: object) -> None:
        received, self.received = self.received, 0
        if received < self.least:
            raise TooSlow(received, self.least)


def download(url: str, part: Path, sha256: str, size: int | None, patient: bool) -> None:
    """Complete the file `part` from one mirror; raise a MirrorError if that fails.

    The mirror must keep up SPEED over each WINDOW; if `patient`, one byte is enough.
    """
    for _ in range(TRIES):
        before = size_of(part)
        try:
            with Pace(1 if patient else SPEED * WINDOW) as pace:
                _receive(url, part, before, size, pace)
            found, length = checksum(part), size_of(part)
        except (requests.RequestException, urllib3.exceptions.HTTPError, OSError) as error:
            failure = MirrorError(redacted(_explain(error)))
            if size_of(part) > before:
                continue  # the connection broke off: resume there
            raise failure from None
        if found == sha256:
            return
        part.unlink(missing_ok=True)
        failure = OtherFile(f"sha256 is {found}, expected {sha256} ({length} bytes)")
        if not before:
            break  # the mirror is wrong; after resuming, the bytes from before may have been
    raise failure


def _receive(url: str, part: Path, before: int, size: int | None, pace: Pace) -> None:
    """Append the rest of the file to `part`, which has `before` bytes; or all of it, from its start."""
    # Ask for the stored bytes: requests unpacks a .gz file that a server calls "encoded".
    headers = {"Accept-Encoding": "identity"}
    if before:
        headers["Range"] = f"bytes={before}-"
    with requests.get(url, headers=headers, stream=True, timeout=TIMEOUT) as response:
        if response.status_code == requests.codes.requested_range_not_satisfiable:
            return  # all bytes are there; the checksum decides
        response.raise_for_status()
        if response.status_code != requests.codes.partial_content:
            before = 0  # this server does not resume
        elif before and not _continues(response, before):
            return _receive(url, part, 0, size, pace)
        _check_length(response.raw.length_remaining, before, size)
        with open(part, "r+b" if before else "wb") as file:
            file.seek(before)
            bar = tqdm.wrapattr(
                file, "write", desc=part.stem, total=size, initial=before, disable=None
            )
            with bar as counted:  # the bar is shown only in a terminal
                for piece in _pieces(response.raw, (size or LARGEST) - before):
                    counted.write(piece)
                    file.flush()  # a killed process could not
                    pace.received += len(piece)
            length = file.tell()
    if size and length < size:  # without a Content-Length
        raise OSError(f"broke off after {length} of {size} bytes")
    if not size and length >= LARGEST:
        part.unlink()
        raise MirrorError(f"sent {LARGEST} bytes and did not end {DECLARE}")


def _continues(response: requests.Response, before: int) -> bool:
    """Return whether an answer to a Range request starts at the byte that was asked for."""
    return response.headers.get("Content-Range", "").startswith(f"bytes {before}-")


def _check_length(length: int | None, before: int, size: int | None) -> None:
    """Refuse a body whose Content-Length shows another file, before the part is overwritten."""
    total = before + (length or 0)
    if size and length is not None and total != size:
        raise OtherFile(f"has {total} bytes, expected {size}")
    if not size and total > LARGEST:
        raise MirrorError(f"has {total} bytes, expected at most {LARGEST} {DECLARE}")


def _pieces(body: urllib3.BaseHTTPResponse, most: int) -> Iterator[bytes]:
    """Yield the bytes of a body as they arrive, at most this many."""
    # read1 returns what has arrived; read and stream wait for a full chunk.
    while most > 0 and (piece := body.read1(min(most, CHUNK), decode_content=False)):
        most -= len(piece)
        yield piece


def _explain(error: Exception) -> str:
    """Return the cause of a failed request in a few words."""
    if isinstance(error, requests.HTTPError):
        return f"HTTP {error.response.status_code} {error.response.reason}"
    if isinstance(error, requests.Timeout | urllib3.exceptions.TimeoutError):
        return f"no answer within {TIMEOUT[0]} s, or no data for {TIMEOUT[1]} s"
    wrong = requests.exceptions
    if isinstance(error, wrong.InvalidURL | wrong.InvalidSchema | wrong.MissingSchema):
        return "not an address of a web server, expected https://HOST/FILE"  # theirs quote it
    if isinstance(error, OSError) and error.strerror:
        return error.strerror
    cause = error.args[0] if error.args else error
    return str(getattr(cause, "reason", None) or cause)


def size_of(part: Path) -> int:
    """Return the size in bytes of a file that may not exist."""
    return part.stat().st_size if part.exists() else 0
