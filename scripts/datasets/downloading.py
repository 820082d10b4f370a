"""Download a file from one mirror, and resume a download that broke off by an HTTP Range request."""

from pathlib import Path

import requests
import urllib3
from tqdm import tqdm

from components.addresses import redacted

from .places import checksum

TIMEOUT = (15, 60)  # seconds to connect, and between two packets
LARGEST = 4 * 10**9  # bytes of a file whose size is not declared
CHUNK = 1 << 16


class MirrorError(Exception):
    """Why a mirror did not deliver."""


class OtherFile(MirrorError):
    """The mirror has a file, but not the wanted one."""


def download(url: str, part: Path, sha256: str, size: int | None) -> None:
    """Complete the file `part` from one mirror; raise a MirrorError if that fails."""
    before = part.stat().st_size if part.exists() else 0
    try:
        _receive(url, part, before, size)
        found, length = checksum(part), part.stat().st_size
    except (requests.RequestException, urllib3.exceptions.HTTPError, OSError) as error:
        raise MirrorError(redacted(_explain(error))) from None
    if found == sha256:
        return
    part.unlink(missing_ok=True)
    if before:  # the bytes from before may be wrong: start again
        download(url, part, sha256, size)
    else:
        raise OtherFile(f"sha256 is {found}, expected {sha256} ({length} bytes)")


def _receive(url: str, part: Path, before: int, size: int | None) -> None:
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
        with open(part, "ab" if before else "wb") as file:
            bar = tqdm.wrapattr(
                file, "write", desc=part.stem, total=size, initial=before, disable=None
            )
            with bar as counted:  # the bar is shown only in a terminal
                for piece in response.raw.stream(CHUNK, decode_content=False):
                    counted.write(piece)
                    if file.tell() > (size or LARGEST):
                        break  # another file, and perhaps an endless one


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
