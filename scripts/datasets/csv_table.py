"""Tables in CSV files: numbers and categories in columns, the class in one of them."""

import csv
import hashlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from .errors import MOST_CLASSES, DatasetError
from .format import NAMES, PLACE, SHARE, SPLITS, Format, Parsed, Splits, shared
from .holdout import splits_of

MOST_CATEGORIES = 100  # more different texts than this are names or remarks, not categories
MOST_INPUTS = 1000  # of a column under `categorical`: each row takes 8 bytes for each of its texts
MISSING = {"", "na", "n/a", "nan", "null", "none", "?"}


class Table(NamedTuple):
    """A table as it is read: what its columns are, and its cells.

    `columns` has each column that is an input, and its categories, None for a column of numbers;
    `rows` the cells of these columns, and `targets` those of the label, as texts.
    """

    columns: dict[str, list[str] | None]
    classes: list[str]
    rows: list[list[str]]
    targets: list[str]

    @property
    def width(self) -> int:
        """How many inputs a row is: one a number, one for each category."""
        return sum(len(kinds) if kinds else 1 for kinds in self.columns.values())


def read_table(
    path: str | Path, label: str, categorical: Sequence[str] = (), ignore: Sequence[str] = ()
) -> Table:
    """Read a CSV file with a line of column names; a column with other texts than numbers has
    categories.

    Categories are sorted as texts, classes that are numbers by their value. Raises DatasetError for a file
    that is none, for a missing value (with its row and column), and for a label that is a measure.
    """
    names, cells, numbers = _cells(path)
    for name in (label, *categorical, *ignore):
        if name not in names:
            raise DatasetError(f"{path}: has no column {name!r}; it has {', '.join(names)}")
    used = [name for name in names if name not in {label, *ignore}]
    if not used:
        raise DatasetError(f"{path}: has no column beside the label {label!r}; expected inputs")
    by_name = {name: [row[number] for row in cells] for number, name in enumerate(names)}
    for name in (*used, label):
        for number, text in zip(numbers, by_name[name], strict=True):
            if text.strip().lower() in MISSING:
                raise DatasetError(
                    f"{path}: row {number} has no value in the column {name!r}; fill it in, remove the "
                    "row, or list the column under `ignore`"
                )
    columns = {
        name: _categories(path, name, by_name[name], numbers, name in categorical) for name in used
    }
    rows = [list(row) for row in zip(*(by_name[name] for name in used), strict=True)]
    return Table(columns, _classes(path, label, by_name[label]), rows, by_name[label])


def _cells(path: str | Path) -> tuple[list[str], list[list[str]], list[int]]:
    """The names of the columns, the cells of each row, and its number in the file: blank rows count."""
    try:
        with open(path, encoding="utf-8-sig", newline="") as file:
            reader = csv.reader(file, strict=True)
            lines = [(line, number) for number, line in enumerate(reader, start=1) if line]
    except FileNotFoundError:
        raise DatasetError(f"{path}: no such file, expected a table in CSV") from None
    except OSError as error:
        raise DatasetError(f"{path}: cannot be read ({error.strerror})") from None
    except (UnicodeDecodeError, csv.Error) as error:
        raise DatasetError(f"{path}: no CSV file in UTF-8 ({error}); save it as one") from None
    if len(lines) < 2:
        raise DatasetError(f"{path}: has {len(lines)} lines, expected column names and rows")
    names = [name.strip() for name in lines[0][0]]
    if len(names) == 1 and (other := set(names[0]) & set(";\t|")):
        raise DatasetError(
            f"{path}: {min(other)!r} separates its columns, expected commas (and points in numbers); "
            "save it so"
        )
    if len(set(names)) < len(names):
        raise DatasetError(f"{path}: two columns have the same name: {', '.join(names)}")
    for line, number in lines[1:]:
        if len(line) != len(names):
            raise DatasetError(
                f"{path}: row {number} has {len(line)} cells, expected {len(names)}: {', '.join(names)}"
            )
    return names, [line for line, _ in lines[1:]], [number for _, number in lines[1:]]


def _number(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None


def _categories(
    path: str | Path, name: str, texts: list[str], numbers: list[int], declared: bool
) -> list[str] | None:
    """The sorted categories of a column, or None where it is one of numbers."""
    values = [_number(text) for text in texts]
    if not declared and None not in values:
        for number, value in zip(numbers, values, strict=True):
            if not np.isfinite(value):
                raise DatasetError(
                    f"{path}: row {number}, column {name!r}: {value} is no finite number"
                )
        return None
    kinds = sorted({text.strip() for text in texts})
    if not declared and len(kinds) > MOST_CATEGORIES:
        odd = values.index(None)
        raise DatasetError(
            f"{path}: the column {name!r} has {len(kinds)} different texts (in row {numbers[odd]}: "
            f"{texts[odd]!r}); list it under `ignore`, or under `categorical` if it is meant"
        )
    if len(kinds) > MOST_INPUTS:
        raise DatasetError(
            f"{path}: the column {name!r} has {len(kinds)} different texts, and each is an input of its "
            f"own; expected at most {MOST_INPUTS}: list it under `ignore`, or write groups in their place"
        )
    return kinds


def _classes(path, label: str, texts: list[str]) -> list[str]:
    """The sorted names of the classes."""
    kinds = {text.strip() for text in texts}
    numbers = {text: _number(text) for text in kinds}
    measured = all(n is not None for n in numbers.values())
    if len(kinds) > MOST_CLASSES or (
        measured and not all(n.is_integer() for n in numbers.values())
    ):
        raise DatasetError(
            f"{path}: the label {label!r} has {len(kinds)} different values, as {min(kinds)}: it seems "
            "to be a measure. This project classifies; regression is out of its scope"
        )
    return sorted(kinds, key=lambda text: (numbers[text], text)) if measured else sorted(kinds)


def encoded(path: str | Path, table: Table, columns: dict, classes: list[str]) -> tuple:
    """A table as inputs float64 (n, d), one-hot where a column has categories, and labels (n,).

    `columns` and `classes` are those of the training table; a category or class that it has not is a
    DatasetError. Third, a digest of each row's content.
    """
    if list(table.columns) != list(columns):
        raise DatasetError(
            f"{path}: has the columns {', '.join(table.columns)}, expected {', '.join(columns)}"
        )
    parts: list[np.ndarray] = []
    for number, (name, kinds) in enumerate(columns.items()):
        texts = [row[number].strip() for row in table.rows]
        if kinds is None:
            parts.append(np.array([[_known_number(path, name, text)] for text in texts]))
        else:
            places = [_place(path, name, text, kinds) for text in texts]
            parts.append(np.eye(len(kinds))[places])
    labels = np.array([_place(path, "label", text.strip(), classes) for text in table.targets])
    digests = [
        hashlib.sha256("\x1f".join([*row, target]).encode()).digest()
        for row, target in zip(table.rows, table.targets, strict=True)
    ]
    return np.concatenate(parts, axis=1, dtype=np.float64), labels, digests


def _known_number(path, name: str, text: str) -> float:
    number = _number(text)
    if number is None or not np.isfinite(number):
        raise DatasetError(f"{path}: {text!r} in the column {name!r}, expected a number")
    return number


def _place(path, name: str, text: str, kinds: list[str]) -> int:
    if text not in kinds:
        raise DatasetError(f"{path}: {text!r} ({name}) is not in the training table")
    return kinds.index(text)


def input_names(columns: dict[str, Any]) -> list[str]:
    """What each input is: ``age``, ``colour=red``."""
    return [
        name if kind is None else f"{name}={kind}"
        for name, kinds in columns.items()
        for kind in (kinds or [None])
    ]


def parse_csv(settings: dict[str, Any], files: dict[str, str]) -> Parsed:
    """Read a table, and another one for the test split or a share of it."""
    tables = {split: read_csv_of(settings, files[f"{split}_table"]) for split in SPLITS
              if f"{split}_table" in files}  # fmt: skip
    columns, classes = tables["train"].columns, tables["train"].classes
    splits: Splits = {}
    for split, table in tables.items():
        coded = encoded(files[f"{split}_table"], table, columns, classes)
        sides = splits_of(*coded, settings["test"] if split == "train" else 0)
        splits |= sides if split == "train" else {"test": sides["train"]}
    about = {"columns": list(columns.items()), "inputs": input_names(columns)}
    return Parsed(splits, classes, about)


def csv_sizes(settings: dict[str, Any]) -> dict[str, Any]:
    table = read_csv_of(settings, settings["path"])
    if len(table.classes) < 2:
        raise DatasetError(
            f"{settings['path']}: the label {settings['label']!r} has one value alone; expected two or "
            "more"
        )
    counts = {"train": len(table.rows)}
    if settings["test_path"]:
        counts["test"] = len(read_csv_of(settings, settings["test_path"]).rows)
    found = {"classes": table.classes, "shape": [table.width]}
    return found | shared(settings, counts)


def read_csv_of(settings: dict[str, Any], path: str) -> Table:
    if settings["test"] and settings["test_path"]:
        raise DatasetError(f"{path}: test_path and a share for the test are set; remove one")
    return read_table(path, settings["label"], settings["categorical"], settings["ignore"])


CSV = Format(
    parse_csv,
    settings={
        "path": PLACE,
        "test_path": PLACE | {"type": ["string", "null"], "default": None},
        "label": {"type": "string", "description": "the column that has the class"},
        "categorical": NAMES,
        "ignore": NAMES,
        "test": SHARE,
    },
    required=("path", "label"),
    sizes=csv_sizes,
    places={"train_table": "path", "test_table": "test_path"},
)
