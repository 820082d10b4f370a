"""What a file says of its own making, to be told of the file alone: digests of settings, data and code.

Same settings, same data, same code: the same record, and so the same bytes of the file that carries it.
"""

from common import PORTABLE

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any


def digest(settings: Any) -> str:
    """Return the SHA-256 of settings, as JSON with sorted keys."""
    return hashlib.sha256(json.dumps(settings, sort_keys=True).encode()).hexdigest()


def code_of(program: str | Path) -> str:
    """Return the digest of a program as its rule has it, for one that was called by hand."""
    from common import code

    return code.digest(program) + (" portable" if PORTABLE else "")


def made(
    program: str | Path, settings: Any, data: Mapping[str, Any], code: str | None, **about: Any
) -> dict[str, Any]:
    """Return what a file carries of its making.

    Args:
        program: the file of the program that makes it.
        settings: what it was told to do; a digest of them is kept.
        data: SHA-256 of what it read, by names.
        code: the digest of the program, or None to compute it.
        about: further values, as they are.
    """
    return {
        **about,
        "program": Path(program).stem,
        "settings": digest(settings),
        "data": dict(data),
        "code": code or code_of(program),
    }


def file_digest(path: str | Path) -> str:
    """Return the SHA-256 of a file."""
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def text(made: Mapping[str, Any]) -> str:
    """Write a record as one line of JSON."""
    return json.dumps(made, sort_keys=True)
