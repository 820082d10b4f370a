"""Record in a file what made it: digests of its settings, data and code.

The same settings, data and code give the same record, and so the same bytes of the file that carries it.
"""

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from .kernels import PORTABLE


def digest(settings: Any) -> str:
    """Return the SHA-256 of settings, as JSON with sorted keys."""
    return hashlib.sha256(json.dumps(settings, sort_keys=True).encode()).hexdigest()


def file_digest(path: str | Path) -> str:
    """Return the SHA-256 of a file."""
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def code_of(program: str | Path) -> str:
    """Return the digest of a program, as its rule has it."""
    from . import code_digest  # which the rules give: a training does not import it

    return code_digest.digest(program) + (" portable" if PORTABLE else "")


def made(
    program: str, settings: Any, data: Mapping[str, Any], code: str | None, **about: Any
) -> dict[str, Any]:
    """Return a record; `data` are digests of what was read, `code` is computed where it is None."""
    code = code or code_of(program)
    about |= {"program": Path(program).stem, "settings": digest(settings)}
    return {**about, "data": dict(data), "code": code}
