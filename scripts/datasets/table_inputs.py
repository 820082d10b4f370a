"""Rows of a table as inputs of a network: numbers in one column each, categories one-hot."""

import hashlib
from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np

from .cells import key_of
from .columns import ABSENT

FEW_NEW = 5  # new rows, of which most may be unusual


class Rows(NamedTuple):
    """The cells of an encoded table: float64 (n,) or codes int32 (n,) for each column.

    ``numbers`` are the row numbers in the file. ``label`` has codes of the classes, ``groups`` the
    values of the column that keeps rows together; both are None if they were not read.
    """

    numbers: np.ndarray
    values: dict[str, np.ndarray]
    label: np.ndarray | None = None
    groups: np.ndarray | None = None

    def chosen(self, keep: np.ndarray) -> "Rows":
        """Return the rows that a mask keeps."""
        if keep.all():
            return self
        values = {name: column[keep] for name, column in self.values.items()}
        label, groups = (None if part is None else part[keep] for part in self[2:])
        return Rows(self.numbers[keep], values, label, groups)


def input_names(table: Mapping[str, Any]) -> list[str]:
    """Return the name of each input: ``age``, ``colour=red``, ``age is missing``."""
    names = [
        name
        for column in table["columns"]
        for name in (
            [f"{column['name']}={kind}" for kind in column["categories"]]
            if column["kind"] == "category"
            else [column["name"]]
        )
    ]
    return names + [f"{name} is missing" for name in table["indicators"]]


def one_hot(table: Mapping[str, Any]) -> list[list[int]]:
    """Return the range [start, stop] of inputs of each column of categories."""
    found, start = [], 0
    for column in table["columns"]:
        stop = start + len(column.get("categories", [None]))
        if column["kind"] == "category":
            found.append([start, stop])
        start = stop
    return found


def unlike_training(inputs: np.ndarray, table: Mapping[str, Any]) -> list[str]:
    """Name the columns of numbers whose values are far from the training rows, as in other units.

    ``inputs``: new rows (n, d), NaN for missing values. Half of the values have to be outside of the
    range of the training rows. A few values may just be unusual, so they have to be farther away.
    """
    found = []
    for column in table["columns"]:
        if "range" not in column:  # of other kinds, or with one value in nearly all rows
            continue
        low, high = column["range"]
        values = inputs[:, table["inputs"].index(column["name"])]
        values = values[~np.isnan(values)]
        if not len(values):
            continue
        beyond, below = (1, 1 / 3) if len(values) < FEW_NEW else (0.2, 1 / 2)
        usual, width = np.median(values), high - low
        above = usual > high + beyond * width
        if above or usual < low - beyond * width or (low > 0 and usual < below * low):
            found.append(column["name"])
    return found


def matrix(
    values: dict[str, np.ndarray], table: Mapping[str, Any], order: np.ndarray | None = None
) -> np.ndarray:
    """Return the inputs, float64 (n, d), in some order of the rows; empties `values` to save memory.

    A missing category is NaN in all inputs of its column, an unseen one is 0 in all.
    """
    n = len(next(iter(values.values()))) if order is None else len(order)
    order = np.arange(n) if order is None else order
    out = np.zeros((n, len(table["inputs"])))
    place = 0
    first_indicator = out.shape[1] - len(table["indicators"])
    for column in table["columns"]:
        cells = values.pop(column["name"])[order]
        if column["kind"] == "category":
            stop = place + len(column["categories"])
            seen = np.flatnonzero(cells >= 0)
            out[seen, place + cells[seen]] = 1
            absent = cells == ABSENT
            out[absent, place:stop] = np.nan
            place = stop
        else:
            absent = np.isnan(cells)
            out[:, place] = cells
            place += 1
        if column["name"] in table["indicators"]:
            out[:, first_indicator + table["indicators"].index(column["name"])] = absent
    return out


def canonical(values: Mapping[str, np.ndarray], table: Mapping[str, Any]) -> list[np.ndarray]:
    """Return columns of 8-byte values that are equal if and only if cells are, whatever the codes."""
    found = []
    for column in table["columns"]:
        cells = values[column["name"]]
        if column["kind"] == "category":
            keys = [repr(key_of(kind, table["decimal"])) for kind in column["categories"]]
            hashes = [hashlib.sha256(key.encode()).digest()[:8] for key in keys]
            hashes += [b"unseen..", b"absent.."]  # at UNSEEN and ABSENT
            cells = np.frombuffer(b"".join(hashes), np.float64)[cells]
        found.append(cells)
    return found
