"""Lists of files that are too long for a command: bash takes 128 kB, and 5000 names are 500 kB."""

import base64
import lzma
from collections.abc import Iterable


def pack(names: Iterable[str]) -> str:
    """Write names, sorted, as one short word for the command line; `unpack` reads it."""
    packed = lzma.compress("\n".join(sorted(names)).encode(), preset=9 | lzma.PRESET_EXTREME)
    return base64.urlsafe_b64encode(packed).decode()


def unpack(word: str) -> list[str]:
    """Return the names that `pack` was given, sorted."""
    return lzma.decompress(base64.urlsafe_b64decode(word)).decode().splitlines()
