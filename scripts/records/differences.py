"""Where two builds of the same differ: the artifact, in it the tensor, the row and the value, and why."""

from common import artifacts, kernels
from common.models import load_model

import csv
import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from . import made
from .provenance import Record

SHOWN = 60  # characters of a line


def differing(before: Record, after: Record, folder: Path) -> dict[str, str]:
    """What differs between here and a second build in a folder, each with where and why.

    What was made from something that differs is left out of the reasons: its text is empty.
    """
    old, new = before["artifacts"], after["artifacts"]
    sums = {
        path: made.file_digest(path) for path in old.keys() & new.keys() if os.path.exists(path)
    }
    found = [
        path for path in sorted(old.keys() & new.keys()) if sums.get(path) != new[path]["sha256"]
    ]
    texts = {}
    for path in found:
        texts[path] = ""
        if path not in sums:
            texts[path] = "it is missing here"
        elif not set(found) & set(new[path]["inputs"]) or sums[path] != old[path]["sha256"]:
            where = first_difference(Path(path), folder / path)
            texts[path] = f"{where}\n  {cause(path, sums[path], before, after)}"
    return texts


def cause(path: str, sha256: str, before: Record, after: Record) -> str:
    """Why an artifact may differ from the one that was built again."""
    old, new = before["artifacts"][path], after["artifacts"][path]
    if sha256 != old["sha256"]:
        return f"because it was changed after it was made: its sha256 was {old['sha256']}"
    if old.get("settings") != new.get("settings"):
        return "because of another config: it was made with other settings"
    then, now = (
        record["not_compared"]["environments"].get(record["not_compared"]["made_in"].get(path))
        for record in (before, after)
    )
    if not then or not now:
        return "the cause is not known: nor is what it was made with"
    reasons = [
        f"{name} {version} then, {now['packages'].get(name)} now"
        for name, version in then["packages"].items()
        if version != now["packages"].get(name)
    ]
    if then.get("libc") != now.get("libc"):
        reasons.append(f"{then.get('libc')} then, {now.get('libc')} now")
    if then["kernel"] != now["kernel"]:
        one, two = (kernels.name(place["kernel"]) for place in (then, now))
        reasons.append(f"{one} then, {two} now; `portable: true` gives the same bits with both")
    if old.get("code") != new.get("code") and not reasons:
        reasons.append(f"code {old['code'][:8]} then, {new['code'][:8]} now")
    if not reasons:
        return "the cause is not known: same config, code, versions and kernel"
    return f"likely because of another kernel, version or code: {'; '.join(reasons)}"


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
    """Of models the network's parameters by their names, then all arrays as they are in the file."""
    one, two = artifacts.load_arrays(here), artifacts.load_arrays(again)
    if all("parameters" in arrays for arrays in (one, two)):
        networks = [load_model(path).network.named_parameters() for path in (here, again)]
        for (name, a, *_), (_, b, *_) in zip(*networks, strict=True):
            yield from _arrays(name, a, b)
    for name in sorted({*one, *two}, key=lambda name: (name == "made", name)):
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
