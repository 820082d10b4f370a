"""Read a manifest, and find where two files of one name differ."""

import os
import re
from pathlib import Path

import numpy as np

from files import artifacts

LINE = re.compile(r"([0-9a-f]{64})  (.+)")


def listed(manifest: str | Path) -> dict[str, str]:
    """Return the checksums of a manifest by file; raise an ArtifactError if it is missing or damaged."""
    try:
        *lines, end = Path(manifest).read_text("utf-8").split("\n")
    except (FileNotFoundError, UnicodeDecodeError):
        lines, end = [], ""
    found = [LINE.fullmatch(line) for line in lines]
    if end or not found or None in found:
        raise artifacts.ArtifactError(
            f"{manifest}: missing, empty or truncated, expected a line `<sha256>  <file>` for each "
            "file; delete it and run snakemake, which writes it"
        )
    return {line[2]: line[1] for line in found}


def first_difference(here: Path, again: Path) -> str:
    """Name the first array of an archive, the first line of a text, or the first byte that differs."""
    try:
        if here.suffix == ".npz":
            return _arrays(*map(artifacts.load_arrays, (here, again)))
        return _lines(here.read_text("utf-8"), again.read_text("utf-8"))
    except artifacts.ArtifactError as error:
        return str(error)
    except UnicodeDecodeError:
        return f"at byte {_same(here.read_bytes(), again.read_bytes())}"


def _arrays(one: dict[str, np.ndarray], two: dict[str, np.ndarray]) -> str:
    for name in sorted({*one, *two}):
        if name not in one or name not in two:
            return f"array {name}: only {'here' if name in one else 'in the second build'}"
        a, b = one[name], two[name]
        if a.dtype.kind == b.dtype.kind == "U" and a.shape == b.shape == () and a != b:
            return f"array {name}, {_lines(str(a), str(b))}"
        if (a.shape, a.dtype) != (b.shape, b.dtype):
            return f"array {name}: {a.dtype} {a.shape} here, {b.dtype} {b.shape} again"
        if (x := a.tobytes()) != (y := b.tobytes()):
            bits = f"V{a.itemsize}"
            differing = np.flatnonzero(np.frombuffer(x, bits) != np.frombuffer(y, bits))
            place = tuple(map(int, np.unravel_index(differing[0], a.shape)))
            count = f"{len(differing)} of {a.size} values differ"
            return f"array {name} {list(place)}: {a[place]} here, {b[place]} again ({count})"
    return "the same arrays, written in another way"


def _lines(one: str, two: str) -> str:
    a, b = one.split("\n"), two.split("\n")
    if (number := _same(a, b)) == min(len(a), len(b)):
        return f"{len(a)} lines here, {len(b)} again"
    start = max(0, _same(a[number], b[number]) - 30)
    parts = (repr(lines[number][start : start + 60]) for lines in (a, b))
    return f"line {number + 1}: {' here, '.join(parts)} again"


def _same(a: str | bytes | list[str], b: str | bytes | list[str]) -> int:
    return len(os.path.commonprefix([a, b]))
