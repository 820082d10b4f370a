"""Read a manifest, and find the first difference of two files."""

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
        wrong = "missing, empty or truncated, expected a line `<sha256>  <file>` for each file"
        raise artifacts.ArtifactError(f"{manifest}: {wrong}; delete it and run snakemake")
    return {line[2]: line[1] for line in found}


def first_difference(here: Path, again: Path) -> str:
    """Describe the first array of an archive, or the first line of a text, that differs."""
    try:
        if here.suffix == ".npz":
            return _arrays(*map(artifacts.load_arrays, (here, again)))
        return _lines(here.read_text("utf-8"), again.read_text("utf-8"))
    except artifacts.ArtifactError as error:
        return str(error)
    except UnicodeDecodeError:
        return f"{here.stat().st_size} bytes here, {again.stat().st_size} in the second build"


def _arrays(one: dict[str, np.ndarray], two: dict[str, np.ndarray]) -> str:
    for name in sorted({*one, *two}):
        if name not in one or name not in two:
            return f"array {name}: only {'here' if name in one else 'in the second build'}"
        a, b = one[name], two[name]
        if a.dtype.kind == b.dtype.kind == "U" and a.tobytes() != b.tobytes():
            return f"array {name}, {_lines(str(a), str(b))}"
        if (a.shape, a.dtype) != (b.shape, b.dtype):
            return (
                f"array {name}: {a.dtype} {a.shape} here, {b.dtype} {b.shape} in the second build"
            )
        if a.tobytes() != b.tobytes():
            bits = [np.frombuffer(each.tobytes(), f"V{a.itemsize}") for each in (a, b)]
            differing = np.flatnonzero(bits[0] != bits[1])
            first = differing[0]
            return (
                f"array {name}: {len(differing)} of {a.size} values differ, at position {first} "
                f"{a.flat[first]} here, {b.flat[first]} in the second build"
            )
    return "the same arrays, written in another way"


def _lines(one: str, two: str) -> str:
    lines = [text.split("\n") for text in (one, two)]
    number = len(os.path.commonprefix(lines))
    if number == min(map(len, lines)):
        counts = [len(each) for each in lines]
        here = f"{counts[0]} line" if counts[0] == 1 else f"{counts[0]} lines"
        return f"{here} here, {counts[1]} in the second build"
    a, b = (each[number] for each in lines)
    start = max(0, len(os.path.commonprefix([a, b])) - 30)
    a, b = a[start : start + 60], b[start : start + 60]
    return f"line {number + 1}: {a!r} here, {b!r} in the second build"
