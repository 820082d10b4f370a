"""Checksums of results in the format of `sha256sum`: the manifest, and a list of the published experiments.

The list has tables and predictions, which keep their bytes while the numbers are the same. It has no models
and figures, which carry the digest of their code, and no files with a digest in their names, which an edit
renames even if it changes no number: their bytes decide the tables anyway. Its comments say what made the
results.
"""

from common import artifacts, kernels

import json
import os
import platform
import re
from collections.abc import Iterable
from importlib.metadata import version
from pathlib import Path
from typing import Any

from . import made

MANIFEST = Path("results/MANIFEST.sha256")
LINE = re.compile(r"([0-9a-fA-F]{64}) [ *](.+)")  # a * if sha256sum was called with --binary
CARRIES_CODE = re.compile(r"/model\.npz$|/figures/|[/.][0-9a-f]{10}[/.]|/plan\.json$|/runs\.json$")
SHARED = ("results/datasets/", "results/gradient_checks/")
TITLE = (
    "# Artifacts of the published experiments, for `python scripts/verify.py --against {name}`\n"
)


class ChecklistError(ValueError):
    """Results that cannot be listed, or a list that cannot be read: the message says why."""

    user_error = True


def read_list(path: Path) -> tuple[dict[str, str], list[str]]:
    """Return the checksums of a list by file, and its comments.

    Raises a ChecklistError if a line is none of sha256sum, or the list is empty.
    """
    comments, sums = [], {}
    for number, line in enumerate(path.read_text("utf-8", errors="replace").splitlines(), 1):
        if line.startswith("#"):
            comments.append(line.removeprefix("# "))
        elif found := LINE.fullmatch(line):
            sums[found[2]] = found[1].lower()
        elif line.strip():
            raise ChecklistError(
                f"{path}, line {number}: no line of sha256sum, `<64 digits>  <file>`"
            )
    if not sums:
        raise ChecklistError(f"{path}: it has no line of sha256sum, so there is nothing to compare")
    return sums, comments


def recorded(manifest: Path = MANIFEST) -> dict[str, str]:
    """Return the checksums of a manifest by file; empty if it is missing or damaged."""
    try:
        return read_list(manifest)[0]
    except (FileNotFoundError, ChecklistError):
        return {}


def made_with(paths: Iterable[str]) -> list[str]:
    """Describe what computes here, and which kernels computed the models among some files."""
    numbers = f"numpy {version('numpy')}, Python {platform.python_version()}"
    models = (path for path in paths if path.endswith("model.npz") and os.path.exists(path))
    found = {kernel for path in models for kernel in carried(path, "config").get("kernels", [])}
    return [f"{numbers}, {kernel}" for kernel in sorted(found or {kernels.name(kernels.kernel())})]


def carried(model: str | Path, name: str) -> dict[str, Any]:
    """Return `config` or `made` of a model, or of the first in a bundle; empty for another archive."""
    arrays = artifacts.load_arrays(model)
    found = (arrays[key] for key in arrays if key.rpartition("/")[2] == name)
    return json.loads(str(next(found, "{}")))


def write_list(path: Path, names: Iterable[str]) -> int:
    """Write the list of some experiments, those of the manifest; return how many artifacts it has.

    Raises a ChecklistError if the manifest has other experiments, or a file differs from it.
    """
    sums, names = recorded(), set(names)
    listed = {name.split("/")[2] for name in sums if name.startswith("results/experiments/")}
    if listed != names:
        raise ChecklistError(
            f"{MANIFEST} is not that of {', '.join(sorted(names))}; call `snakemake published` first"
        )
    kept = {name: sums[name] for name in sums if name.startswith(("results/experiments/", *SHARED))}
    for name, sha256 in kept.items():
        if not os.path.exists(name) or made.file_digest(name) != sha256:
            raise ChecklistError(f"{name} is not as it was made; delete it, and call snakemake")
    comments = "".join(f"# made with {line}\n" for line in made_with(kept))
    lines = [f"{kept[name]}  {name}\n" for name in sorted(kept) if not CARRIES_CODE.search(name)]
    artifacts.write_text(path, TITLE.format(name=path.name) + comments + "".join(lines))
    return len(lines)


def compare_with_list(path: Path) -> tuple[int, list[str], list[str], list[str]]:
    """Compare files here with a list: how many it has, which differ or are missing, and its comments."""
    wanted, comments = read_list(path)
    missing = [name for name in wanted if not os.path.isfile(name)]
    there = {name: wanted[name] for name in wanted if name not in missing}
    wrong = sorted(name for name, sha256 in there.items() if made.file_digest(name) != sha256)
    return len(wanted), wrong, missing, comments
