"""Record the origin of a file inside it: digests of its settings, data and code, and nothing else."""

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
    """Return the digest of a program's code."""
    from .code_digest import digest  # rules pass it to programs, so a training does not import this

    return digest(program, PORTABLE)


def made(program: str, settings: Any, data: Mapping, code: str | None, **about: Any) -> dict:
    """Return a record; `data` has digests of the inputs, `code` is computed if it is None."""
    code = code or code_of(program)
    about |= {"program": Path(program).stem, "settings": digest(settings)}
    return {**about, "data": dict(data), "code": code}
