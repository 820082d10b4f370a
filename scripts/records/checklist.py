"""A list of checksums of the published experiments, which the results on another machine are compared with.

Listed are arrays and tables, which have the same bytes while the numbers are the same; not models and
figures, which carry the digest of their code: an edit that changes no number would make another list.

The format is that of `sha256sum --check`, which takes lines that begin with # for comments; these say
what the artifacts were made with.
"""

from common import artifacts, kernels

import os
import re
from collections.abc import Iterable
from pathlib import Path

from . import made
from .provenance import Record, manifest

LINE = re.compile(r"([0-9a-fA-F]{64}) [ *](.+)")  # a * where sha256sum was called with --binary
CARRIES_CODE = re.compile(r"/model\.npz$|/figures/")
TITLE = (
    "# Artifacts of the published experiments, for `python scripts/verify.py --against {name}`\n"
)


class ChecklistError(ValueError):
    """Results that cannot be listed, or a list that cannot be read: the message says why."""

    user_error = True


def lines_of(recorded: Record, names: Iterable[str]) -> str:
    """The lines of the artifacts of experiments, and of all that they were made from.

    Raises a ChecklistError where a file is not as it was made.
    """
    entries = recorded["artifacts"]
    folders = tuple(f"results/experiments/{name}/" for name in names)
    found: set[str] = set()
    waiting = [path for path in entries if path.startswith(folders)]
    while waiting:
        path = waiting.pop()
        if path in entries and path not in found:
            found.add(path)
            waiting += entries[path]["inputs"]
    for path in sorted(found):
        if not os.path.exists(path) or made.file_digest(path) != entries[path]["sha256"]:
            raise ChecklistError(f"{path} is not as it was made; delete it, and call snakemake")
    return manifest({path: entries[path] for path in found if not CARRIES_CODE.search(path)})


def made_with(recorded: Record) -> list[str]:
    """What made the artifacts, a line an environment."""
    environments = recorded["not_compared"]["environments"].values()
    return sorted(
        f"numpy {place['packages']['numpy']}, {kernels.name(place['kernel'])}, Python {place['python']}"
        for place in environments
    )


def write_list(path: Path, recorded: Record, names: Iterable[str]) -> int:
    """Write the list of some experiments; return how many artifacts it has."""
    lines = lines_of(recorded, names)
    comments = "".join(f"# made with {line}\n" for line in made_with(recorded))
    artifacts.write_text(path, TITLE.format(name=path.name) + comments + lines)
    return lines.count("\n")


def compare_with_list(path: Path) -> tuple[int, list[str], list[str], list[str]]:
    """Compare files here with a list: how many it has, which differ or are missing, and its comments.

    Raises a ChecklistError where a line is none of sha256sum, or there is none.
    """
    comments, wanted = [], {}
    for number, line in enumerate(path.read_text("utf-8", errors="replace").splitlines(), 1):
        if line.startswith("#"):
            comments.append(line.removeprefix("# "))
        elif found := LINE.fullmatch(line):
            wanted[found[2]] = found[1].lower()
        elif line.strip():
            raise ChecklistError(
                f"{path}, line {number}: no line of sha256sum, `<64 digits>  <file>`"
            )
    if not wanted:
        raise ChecklistError(f"{path}: it has no line of sha256sum, so there is nothing to compare")
    missing = [name for name in wanted if not os.path.isfile(name)]
    there = wanted.keys() - set(missing)
    wrong = sorted(name for name in there if made.file_digest(name) != wanted[name])
    return len(wanted), wrong, missing, comments
