"""The spaces of a sweep, expanded to a list of changes: dictionaries from dotted keys to values."""

import itertools
import math
from collections.abc import Callable
from typing import Any

import numpy as np

from .errors import ConfigError

Change = dict[str, Any]


def expand(sweep: dict | list) -> list[Change]:
    """Return the changes of a space or a list of spaces, in order, each once.

    No sweep is one empty change. Values with the same meaning are one value: equal numbers, as 1, 1.0
    and 1e0; the name of a component and a mapping with only the name; a component and a list of it.
    """
    spaces = sweep if isinstance(sweep, list) else [sweep]
    changes = [change for space in spaces for kind in space for change in SPACES[kind](space[kind])]
    # One spelling of a value, and one order of keys, replaces all others.
    spellings: dict[tuple[str, str], Any] = {}
    for change in changes:
        for key, value in change.items():
            spelled = [value, spellings.get((key, meaning(value)), value)]
            spellings[key, meaning(value)] = min(spelled, key=lambda v: (len(repr(v)), repr(v)))
    unique: dict[str, Change] = {}
    for change in changes:
        change = {key: spellings[key, meaning(value)] for key, value in change.items()}
        values = meaning(change)
        unique[values] = min(change, unique.get(values, change), key=list)
    return list(unique.values()) or [{}]


def meaning(value: Any) -> str:
    """Return a text that is the same for values with the same meaning."""
    if isinstance(value, dict):
        if value.keys() == {"name"}:
            return meaning(value["name"])
        return repr(sorted((repr(key), meaning(part)) for key, part in value.items()))
    if isinstance(value, list):
        parts = list(map(meaning, value))
        return parts[0] if len(value) == 1 and isinstance(value[0], str | dict) else repr(parts)
    return repr(int(value) if isinstance(value, float) and value.is_integer() else value)


def count(sweep: dict | list) -> int:
    """Return the largest number of changes that `expand` would return, without making them."""
    spaces = sweep if isinstance(sweep, list) else [sweep]
    return sum(COUNTS[kind](space[kind]) for space in spaces for kind in space) or 1


def grid(values: dict[str, list]) -> list[Change]:
    """Return every combination; the last key varies fastest."""
    return [dict(zip(values, row, strict=True)) for row in itertools.product(*values.values())]


def together(values: dict[str, list]) -> list[Change]:
    """Return the first values of all lists together, then the second ones, and so on."""
    lengths = {key: len(column) for key, column in values.items()}
    if len(set(lengths.values())) > 1:
        raise ConfigError(f"the lists of a zip differ in length: {lengths}; make them equal")
    return [dict(zip(values, row, strict=True)) for row in zip(*values.values(), strict=True)]


def random(space: dict[str, Any]) -> list[Change]:
    """Draw ``samples`` changes, each from its own stream, so more samples keep the earlier ones."""
    changes = []
    for i in range(space["samples"]):
        rng = np.random.default_rng(np.random.SeedSequence(space.get("seed", 0), spawn_key=(i,)))
        change = {}
        for key, distribution in space["values"].items():
            ((kind, argument),) = distribution.items()
            if kind != "choice" and not argument[0] < argument[1]:
                raise ConfigError(f"{key}: the interval {argument} is empty; write [low, high]")
            change[key] = DISTRIBUTIONS[kind](rng, argument)
        changes.append(change)
    return changes


def _rounded(value: float, low: float, high: float) -> float:
    """Round to four significant digits, because a run's name has the value that was used.

    Keeps more digits if the rounded value would leave its bounds, or move by more than 0.5 % of the
    interval.
    """
    value, step = min(max(value, low), high), (high - low) / 200
    rounded = (float(f"{value:.{digits}g}") for digits in range(4, 18))  # 17 digits are exact
    return next(x for x in rounded if low <= x <= high and abs(x - value) <= step)


SPACES: dict[str, Callable[[Any], list[Change]]] = {"grid": grid, "zip": together, "random": random}
COUNTS: dict[str, Callable[[Any], int]] = {
    "grid": lambda values: math.prod(map(len, values.values())),
    "zip": lambda values: max(map(len, values.values())),
    "random": lambda space: space["samples"],
}
DISTRIBUTIONS: dict[str, Callable[[np.random.Generator, Any], Any]] = {
    "uniform": lambda rng, bounds: _rounded(rng.uniform(*bounds), *bounds),
    "loguniform": lambda rng, bounds: _rounded(
        math.exp(rng.uniform(*map(math.log, bounds))), *bounds
    ),
    "integer": lambda rng, bounds: int(rng.integers(*bounds, endpoint=True)),
    "choice": lambda rng, values: values[int(rng.integers(len(values)))],
}
