"""The error of this package, and suggestions for misspelt names."""

import difflib
from collections.abc import Iterable
from typing import Any

from components.errors import UserError, shortened

LONGEST_LINE, LONGEST_MESSAGE = 800, 1900  # characters


class ConfigError(UserError):
    """A mistake in config.yaml: the message names the key, its value and the allowed values.

    A message has one line for each mistake. A long line loses its middle, a long message its end.
    """

    def __init__(self, message: str, room: int = LONGEST_MESSAGE):
        super().__init__(shortened(message, LONGEST_LINE, room))


def suggestion(word: Any, known: Iterable[Any]) -> str:
    """Return ``; did you mean 'x'?`` for the nearest of ``known``, or an empty text."""
    lower = {str(name).lower(): str(name) for name in known}
    near = difflib.get_close_matches(str(word)[:100].lower(), lower, n=1)
    return f"; did you mean {lower[near[0]]!r}?" if near else ""
