"""Strip user, password and query from addresses, which may be secret, before they are printed or stored."""

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
    """Return a text with every address in it stripped as by `shown`."""
    return WORD.sub(lambda found: _word(found[0]), text)


def _word(word: str) -> str:
    """Return a word whose address, if it has one, is stripped."""
    if found := SCHEME.search(word):
        return _word(word[: found.start()]) + shown(word[found.start() :])
    colon, at = word.find(":", 1), word.rfind("@")
    return shown(word) if 0 < colon < at - 1 else word
