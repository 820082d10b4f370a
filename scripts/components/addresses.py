"""Show addresses without user, password and query, which may be secret: nothing else is printed or kept."""

import re

ADDRESS = re.compile(
    r"([\w+.-]+://)(?:[^/?#\s]*@)?([^/?#\s@:]+|\[[\w:.]+\])(:\d+)?(/[^?#\s]*)?(?:[?#].*)?"
)
WORD = re.compile(r"\S+")
SCHEME = re.compile(r"(?<![\w+.-])[\w+.-]+://")


def shown(address: str) -> str:
    """Return an address without user, password, query and fragment."""
    found = ADDRESS.fullmatch(address)
    return "".join(part or "" for part in found.groups()) if found else "(an unreadable address)"


def redacted(text: str) -> str:
    """Return a text with all its addresses as they may be shown."""
    return WORD.sub(lambda found: _word(found[0]), text)


def _word(word: str) -> str:
    """Return a word, with what may be an address as it may be shown."""
    if found := SCHEME.search(word):
        return _word(word[: found.start()]) + shown(word[found.start() :])
    colon, at = word.find(":", 1), word.rfind("@")
    return shown(word) if 0 < colon < at - 1 else word
