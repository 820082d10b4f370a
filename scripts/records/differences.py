"""Where two builds of the same differ: the artifact, in it the tensor, the row and the value, and why."""

from common import artifacts
from common.models import model_of

import csv
import json
import os
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from . import made
from .checklist import carried

SHOWN = 60  # characters of a line
# What the names of files contain, by the order in which they are made.
STAGES = ("/datasets/", "/gradient_checks/", "/rungs/", "/bundles/", "/runs/", "/selection.json",
          "/final/", "/test", "/experiments/")  # fmt: skip


def differing(names: Iterable[str], folder: Path) -> list[str]:
    """Return which files differ between here and a second build in a folder, in the order of the stages."""
    found = [
        name
        for name in names
        if not os.path.exists(name) or made.file_digest(name) != made.file_digest(folder / name)
    ]
    return sorted(found, key=lambda name: (_stage(name), name))


def _stage(name: str) -> int:
    return next((i for i, part in enumerate(STAGES) if part in name), len(STAGES))


def explained(name: str, folder: Path, recorded: str | None) -> str:
    """Say where a file differs from that of a second build, and why, as far as its content says so.

    ``recorded`` is its checksum in the manifest.
    """
    if not os.path.exists(name):
        return "it is missing here"
    return f"{first_difference(Path(name), folder / name)}\n  {cause(name, folder, recorded)}"


def cause(name: str, folder: Path, recorded: str | None) -> str:
    """Say why a file may differ; only models say which code and kernels made them."""
    if recorded and made.file_digest(name) != recorded:
        return f"because it was changed after it was made: its sha256 was {recorded}"
    reasons = []
    if name.endswith(".npz") and not _damage(Path(name)):
        one, two = (
            "; ".join(carried(place, "config").get("kernels", []))
            for place in (name, folder / name)
        )
        if one != two:
            reasons.append(f"{one} then, {two} now; `portable: true` gives the same bits with both")
        one, two = (carried(place, "made").get("code", "") for place in (name, folder / name))
        if one != two:
            reasons.append(f"code or packages: digest {one[:8]} then, {two[:8]} now")
    return f"likely because of {'; '.join(reasons)}" if reasons else "the cause is not known"


def first_difference(here: Path, again: Path) -> str:
    """Tell where two files of one name differ first, with both values; of a damaged one that it is."""
    try:
        return next(
            READERS.get(here.suffix, _lines)(here, again), "in how it is written, not in what"
        )
    except (*artifacts.DAMAGE, OSError):
        return _damage(here) or f"at byte {_first(here.read_bytes(), again.read_bytes())}"


def _damage(path: Path) -> str:
    try:
        artifacts.load_arrays(path) if path.suffix == ".npz" else None
    except artifacts.ArtifactError as error:
        return str(error).removeprefix(f"{path}: ")
    return ""


def _first(a: bytes, b: bytes) -> int:
    return next(
        (i for i, (x, y) in enumerate(zip(a, b, strict=False)) if x != y), min(len(a), len(b))
    )


def _archives(here: Path, again: Path) -> Iterator[str]:
    """Of models, alone or in a bundle, the parameters by their names, then all arrays of the file."""
    one, two = artifacts.load_arrays(here), artifacts.load_arrays(again)
    for key in sorted(one.keys() & two.keys()):
        run, _, array = key.rpartition("/")
        made = f"{run}/config".lstrip("/") in one and array == "parameters"
        if made and one[key].tobytes() != two[key].tobytes():
            models = (model_of(artifacts.below(run, x) if run else x) for x in (one, two))
            networks = (model.network.named_parameters() for model in models)
            for (name, a, *_), (_, b, *_) in zip(*networks, strict=True):
                yield from _arrays(f"{run} {name}".lstrip(), a, b)
    for name in sorted({*one, *two}, key=lambda name: (name.rpartition("/")[2] == "made", name)):
        if name not in one or name not in two:
            yield f"{name} is only {'here' if name in one else 'in what was built again'}"
        elif one[name].dtype.kind == "U" and not one[name].ndim:
            yield from _values(name, json.loads(str(one[name])), json.loads(str(two[name])))
        else:
            yield from _arrays(name, one[name], two[name])


def _arrays(name: str, a: np.ndarray, b: np.ndarray) -> Iterator[str]:
    if (a.shape, a.dtype) != (b.shape, b.dtype):
        yield f"{name}: {a.dtype} {a.shape} here, {b.dtype} {b.shape} again"
        return
    one, two = (np.frombuffer(x.tobytes(), f"V{a.itemsize}") for x in (a, b)) if a.size else (a, b)
    differing = np.flatnonzero(one != two)
    if len(differing):
        place = np.unravel_index(differing[0], a.shape)
        where = f" [{', '.join(map(str, place))}]" if place else ""
        count = f" ({len(differing)} of {a.size} values differ)"
        yield f"{name}{where}: {a[place]} here, {b[place]} again{count}"


def _array(here: Path, again: Path) -> Iterator[str]:
    one, two = (np.load(path, allow_pickle=False) for path in (here, again))
    yield from _arrays("array", one, two)


def _values(name: str, a: Any, b: Any) -> Iterator[str]:
    if isinstance(a, dict) and isinstance(b, dict):
        for key in sorted(a.keys() | b.keys()):
            if key in a and key in b:
                yield from _values(f"{name}.{key}".lstrip("."), a[key], b[key])
            else:
                yield f"{name}.{key}".lstrip(".") + f" is only {'here' if key in a else 'again'}"
    elif isinstance(a, list) and isinstance(b, list) and len(a) == len(b):
        for number, (x, y) in enumerate(zip(a, b, strict=True)):
            yield from _values(f"{name}[{number}]", x, y)
    elif a != b:
        yield f"{name}: {_short(a)} here, {_short(b)} again"


def _json(here: Path, again: Path) -> Iterator[str]:
    yield from _values("", artifacts.read_json(here), artifacts.read_json(again))


def _table(here: Path, again: Path) -> Iterator[str]:
    one, two = (list(csv.reader(p.open(encoding="utf-8", newline=""))) for p in (here, again))
    for number, (a, b) in enumerate(zip(one, two, strict=False)):
        for column, x, y in zip(one[0], a, b, strict=False):
            if x != y:
                yield f"row {number}, column {column}: {_short(x)} here, {_short(y)} again"
    if len(one) != len(two):
        yield f"{len(one)} rows here, {len(two)} again"


def _picture(here: Path, again: Path) -> Iterator[str]:
    with Image.open(here) as one, Image.open(again) as two:
        yield from _arrays("pixel", np.asarray(one), np.asarray(two))
        yield from _values("metadata", dict(one.text), dict(two.text))


def _lines(here: Path, again: Path) -> Iterator[str]:
    one, two = (path.read_text(encoding="utf-8").splitlines() for path in (here, again))
    for number, (a, b) in enumerate(zip(one, two, strict=False), 1):
        if a != b:
            start = max(0, _first(a.encode(), b.encode()) - SHOWN // 2)
            yield f"line {number}: {_short(a[start:])} here, {_short(b[start:])} again"
    if len(one) != len(two):
        yield f"{len(one)} lines here, {len(two)} again"


def _short(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= SHOWN else f"{text[:SHOWN]} ..."


READERS = {".npz": _archives, ".npy": _array, ".json": _json, ".csv": _table, ".png": _picture}
