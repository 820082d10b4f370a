"""Check that a JSON file has the keys and types that its reader relies on."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

from . import artifacts

LARGEST = 2**53  # the whole numbers up to here are exact as floats


class Kind(NamedTuple):
    """Values of a kind, and its name in messages."""

    words: str
    holds: Callable[[Any], bool]


def _number(value: Any, low: float, high: float, types: Any = (int, float)) -> bool:
    return isinstance(value, types) and not isinstance(value, bool) and low <= value <= high


TEXT = Kind("a text", lambda value: isinstance(value, str))
COUNT = Kind(f"a whole number from 0 to {LARGEST}", lambda value: _number(value, 0, LARGEST, int))
SHARE = Kind("a number from 0 to 1", lambda value: _number(value, 0, 1))
SHARE_OR_NULL = Kind("a number from 0 to 1, or null", lambda v: v is None or SHARE.holds(v))
# A kind, a list of one shape, or a mapping of shapes by key; a key that ends in "?" may be missing.
Shape = Kind | list | dict


def read_shaped(path: Path, shape: Shape) -> Any:
    """Read a JSON file; raise ArtifactError if it is damaged, or its content has another shape."""
    content = artifacts.read_json(path)
    for place, found, expected in _misfits(content, shape, ""):
        shown = json.dumps(found)
        shown = shown if len(shown) <= 40 else f"{shown[:40]} ..."
        raise artifacts.ArtifactError(
            f"{path}: {place.lstrip('.') or 'its content'} is {shown}, expected {expected}; delete the "
            "file to rebuild it"
        )
    return content


def _misfits(value: Any, shape: Shape, place: str) -> Iterator[tuple[str, Any, str]]:
    """Yield the place of each value of another shape, the value, and the expected shape."""
    if isinstance(shape, Kind):
        if not shape.holds(value):
            yield place, value, shape.words
    elif isinstance(shape, list):
        if not isinstance(value, list):
            yield place, value, "a list"
            return
        for number, each in enumerate(value):
            yield from _misfits(each, shape[0], f"{place}[{number}]")
    elif not isinstance(value, dict):
        yield place, value, "a mapping"
    else:
        for key, part in shape.items():
            name = key.removesuffix("?")
            if name in value:
                yield from _misfits(value[name], part, f"{place}.{name}")
            elif name == key:
                yield place, sorted(value), f"a mapping with {name}"
