"""Turn labels of any usual form into class numbers, with the names of the classes."""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from .errors import MOST_CLASSES, DatasetError, some

MISSING = {"", "nan", "NaN", "<NA>", "NaT"}  # as numpy and pandas write missing values
WHOLE = re.compile(r"0(\.0*)?|-?[1-9]\d*(\.0*)?", re.ASCII)
FEW_EXAMPLES = 5  # a class on average; with fewer, many classes look like a quantity
MEASURE = "predicting a quantity (regression) is out of this project's scope"


def as_classes(
    arrays: Mapping[str, np.ndarray], declared: Sequence[str] | int | None = None
) -> tuple[list[np.ndarray], list[str], list[str]]:
    """Return class numbers int64 (n,) for each array, the classes' names, and notes.

    ``arrays``: by their names in messages, (n,), (n, 1) or one-hot (n, k); whole numbers of any type,
    or text. ``declared``: the names of the classes, or how many, if the config has them. Whole
    numbers within the declared names are positions in them; other values become classes in their
    order. Raises DatasetError for arrays that are not labels of classes.
    """
    notes: list[str] = []
    columns = 0  # of one-hot labels
    found: list[tuple[list[Any], np.ndarray]] = []
    for name, array in arrays.items():
        flat, width = _flat(array, name, notes)
        if width and columns and width != columns:
            raise DatasetError(f"{name} has {width} one-hot columns, another array has {columns}")
        columns = max(columns, width)
        found.append(_values(flat, name, notes))
    several = ", ".join(arrays)
    if all(WHOLE.fullmatch(str(key)) for values, _ in found for key in values):
        found = [([int(str(v).partition(".")[0]) for v in some], rows) for some, rows in found]
    keys = {key for values, _ in found for key in values} | set(range(columns))
    if len({type(key) for key in keys}) > 1:
        raise DatasetError(
            f"{several}: text in one and numbers in the other, expected the same in both"
        )
    if len(keys) > MOST_CLASSES:
        raise DatasetError(
            f"{several}: {len(keys)} different labels, expected at most {MOST_CLASSES} classes; "
            f"{MEASURE}"
        )
    examples = sum(len(inverse) for _, inverse in found)
    if len(keys) > 20 and examples < FEW_EXAMPLES * len(keys):
        notes.append(
            f"{several}: {len(keys)} different labels in {examples} examples; if they are a "
            f"quantity, these classes make no sense: {MEASURE}"
        )
    order, classes = _named(keys, declared, several, notes)
    place = {key: number for number, key in enumerate(order)}
    numbers = [np.array([place[v] for v in values])[inverse] for values, inverse in found]
    return numbers, classes, notes


def _named(
    keys: set, declared: Sequence[str] | int | None, name: str, notes: list[str]
) -> tuple[list, list[str]]:
    """Return the labels in the order of the classes, and the names of the classes."""
    order = sorted(keys)
    shown = some(map(repr, order))
    text = isinstance(order[0], str)
    own = [str(key) for key in order]
    if declared is None or declared == own:
        if len(order) < 2:
            raise DatasetError(f"{name}: all labels are {shown}, expected at least two classes")
        if text:
            notes.append(f"{name}: labels are text; the classes are {shown}")
        elif order != list(range(len(order))):
            notes.append(
                f"{name}: labels are {shown}, not 0 to {len(order) - 1}; each value is a class "
                "of that name"
            )
        return order, own
    names = [str(n) for n in range(declared)] if isinstance(declared, int) else list(declared)
    if set(names) == set(own):
        return sorted(order, key=lambda key: names.index(str(key))), names
    if text and isinstance(declared, int) and declared == len(order):
        return order, own
    if text:
        raise DatasetError(f"{name}: labels are {shown}, but `classes` is {some(map(repr, names))}")
    if keys <= set(range(len(names))):
        return list(range(len(names))), names
    if len(order) == len(names):
        notes.append(
            f"{name}: labels are {shown}; {order[0]} is the class {names[0]!r}, {order[-1]} is "
            f"{names[-1]!r}"
        )
        return order, names
    raise DatasetError(
        f"{name}: labels are {shown} ({len(order)} different), but `classes` has {len(names)} "
        "names; expected a name for each label"
    )


def _flat(array: np.ndarray, name: str, notes: list[str]) -> tuple[np.ndarray, int]:
    """Return labels as (n,), and how many one-hot columns they had (0 if none)."""
    if array.dtype.kind not in "biufUS":
        raise DatasetError(f"{name}: labels are {array.dtype}, expected whole numbers or text")
    if array.ndim == 0 or not array.size:
        raise DatasetError(f"{name}: labels of shape {array.shape}, expected (n,)")
    if array.size == max(array.shape):  # (n, 1), (1, n)
        return array.reshape(-1), 0
    if array.ndim == 2 and array.dtype.kind in "biuf":
        return _one_hot(array, name, notes), array.shape[1]
    raise DatasetError(
        f"{name}: labels of shape {array.shape}, expected one for each example, (n,), or one-hot "
        "(n, classes)"
    )


def _one_hot(array: np.ndarray, name: str, notes: list[str]) -> np.ndarray:
    hot = array == 1
    several = hot.sum(axis=1)
    if (wrong := ~(hot | (array == 0))).any():
        row = int(np.argmax(wrong.any(axis=1)))
        soft = np.allclose(array.sum(axis=1), 1, atol=1e-3)
        about = "soft labels (shares of each class)" if soft else "not one-hot labels"
        advice = f"save {name}.argmax(axis=1)" if soft else "expected labels (n,)"
        values = ", ".join(f"{v:g}" for v in array[row, :5])
        if array.shape[1] > 5:
            values += ", ..."
        raise DatasetError(f"{name}: {about}: row {row} is {values}; {advice}")
    if (several != 1).any():
        row = int(np.argmax(several != 1))
        raise DatasetError(
            f"{name}: row {row} has {several[row]} of {array.shape[1]} classes, expected one for each "
            "example (multi-label classification is out of this project's scope)"
        )
    notes.append(f"{name}: one-hot labels {array.shape}; the class is the column that is 1")
    return hot.argmax(axis=1)


def _values(flat: np.ndarray, name: str, notes: list[str]) -> tuple[list[Any], np.ndarray]:
    """Return different labels, as int or str, and which of them (n,) each example has."""
    if flat.dtype.kind == "f":
        wrong = ~np.isfinite(flat) | (flat != np.round(flat))
        if wrong.any():
            row = int(np.argmax(wrong))
            missing = "a missing label; remove these examples" if np.isnan(flat[row]) else MEASURE
            raise DatasetError(
                f"{name}: label {row} is {flat[row]}, expected whole numbers or text; {missing}"
            )
        notes.append(f"{name}: labels are {flat.dtype}, all of them whole numbers")
    values, inverse = np.unique(flat, return_inverse=True)
    if flat.dtype.kind not in "US":
        return [int(value) for value in values], inverse.reshape(-1)
    texts = [_text(value, name) for value in values]
    for number, text in enumerate(texts):
        if text in MISSING:
            row = int(np.argmax(inverse == number))
            raise DatasetError(
                f"{name}: label {row} is {text!r}, a missing label; remove these examples"
            )
    return texts, inverse.reshape(-1)


def _text(value: str | bytes, name: str) -> str:
    try:
        text = value.decode() if isinstance(value, bytes) else str(value)
    except UnicodeDecodeError:
        raise DatasetError(f"{name}: the label {value[:50]!r} is not UTF-8") from None
    return unicodedata.normalize("NFC", text).strip()
