"""Decide whether a raw file is the wanted one, by its checksum or those of its members."""

import hashlib
import os
from collections.abc import Mapping

from .cifar10 import read_members
from .errors import DatasetError
from .places import checksum


def refusal(
    path: str | os.PathLike, sha256: str, members_md5: Mapping[str, str] | None = None
) -> str | None:
    """Return why the file is not the wanted one, or None if it is."""
    try:
        found = checksum(path)
        if found == sha256:
            return None
        reason = f"sha256 is {found}, expected {sha256}"
        if not members_md5:
            return reason
        sums = {
            name: hashlib.md5(content, usedforsecurity=False).hexdigest()
            for name, content in read_members(path, members_md5)
        }
    except FileNotFoundError:
        return "no such file"
    except OSError as error:
        return error.strerror or str(error)
    except DatasetError as error:
        return f"{reason}; {error}"
    wrong = [name for name, md5 in members_md5.items() if sums[name] != md5]
    return f"{reason}; wrong md5 of its members {', '.join(wrong)}" if wrong else None
