"""Show addresses without user, password and query, which may be secret: nothing else is printed or kept."""

import re

ADDRESS = re.compile(
    r"([\w+.-]+://)(?:[^/?#\s]*@)?([^/?#\s@:]+|\[[\w:.]+\])(:\d+)?(/[^?#\s]*)?(?:[?#].*)?"
)
IN_TEXT = re.compile(r"[\w+.-]+://\S*|(?![^\s@]*://)\S+:\S+@\S*")


def shown(address: str) -> str:
    """Return an address without user, password, query and fragment."""
    found = ADDRESS.fullmatch(address)
    return "".join(part or "" for part in found.groups()) if found else "(an unreadable address)"


def redacted(text: str) -> str:
    """Return a text with all its addresses as they may be shown."""
    return IN_TEXT.sub(lambda found: shown(found[0]), text)
