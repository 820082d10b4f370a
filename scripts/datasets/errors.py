"""The package's one exception, helpers for its messages, and the limits that all formats have."""

import os
import re
from collections.abc import Iterable
from typing import Any

from components.errors import UserError, shortened

MOST_CLASSES = 256  # labels are 8-bit
LONGEST_LINE, LONGEST_MESSAGE = 1500, 4500  # characters
CONTROLS = re.compile(  # and marks that turn the direction of the text around them
    r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]"
)
SMALL, MOST_TIMES = 1 << 26, 50  # MNIST unpacks to 5 times its size, CIFAR-10 to 1.1, zeros to 1000


class DatasetError(UserError):
    """Data that cannot be fetched, read or used; the message says what to do.

    A message may quote a file: control characters are escaped. A long line loses its middle, a long
    message its end.
    """

    def __init__(self, message: str):
        super().__init__(escaped(shortened(message, LONGEST_LINE, LONGEST_MESSAGE)))


def escaped(text: str) -> str:
    """Return a text that is safe to print: control characters except line breaks are escaped."""
    return CONTROLS.sub(lambda found: repr(found[0])[1:-1], text)


def readable(name: str | os.PathLike) -> str:
    """Return a file's name for people: UTF-8 whatever the locale, other bytes and controls escaped."""
    if isinstance(name, str) and name.isascii() and name.isprintable():
        return name
    return escaped(os.fsencode(name).decode(errors="backslashreplace")).replace("\n", "\\n")


def count(number: int, one: str, more: str | None = None) -> str:
    """Return `1 cell`, or `3 cells`."""
    return f"{number} {one if number == 1 else more or f'{one}s'}"


def some(items: Iterable[Any], total: int | None = None, listed: int = 5) -> str:
    """Return the first items of a list, which may have a larger total: `3, 7 and 12 more`."""
    items = [str(item) for item in items]
    shown, total = items[:listed], len(items) if total is None else total
    if total > len(shown):
        return f"{', '.join(shown)} and {total - len(shown)} more"
    return " and ".join(filter(None, [", ".join(shown[:-1]), *shown[-1:]]))


def most_unpacked(packed: int) -> int:
    """Return how many bytes a file of `packed` bytes may unpack to: 64 MB, or 50 times its size."""
    return max(SMALL, MOST_TIMES * packed)
