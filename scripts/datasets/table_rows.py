"""Encode rows of a table as inputs of a network, as the columns of the training table demand."""

import hashlib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from .cells import NOTHING, Missing, clean, plain
from .columns import ABSENT, Column, Seen, read_columns
from .csv_file import Layout, layout_of, rows, short, some
from .errors import DatasetError

MOST_PROBLEMS = 20  # lines of a message
UNSEEN = -2  # the code of a category that the training table does not have
Notes = dict[str, list[str]]  # a sentence -> the columns that it is about


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
        found += [[start, stop]] * (column["kind"] == "category")
        start = stop
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


Cells = Mapping[str, Sequence[Any]]


def encoded(
    source: str | Path | Cells | Sequence[Mapping[str, Any]],
    table: Mapping[str, Any],
    labelled: bool = False,
) -> tuple[np.ndarray, np.ndarray, Rows, list[str]]:
    """Read a table like the training table: a file, a list of rows, or a mapping of columns.

    Returns the row numbers (n,), the mask of usable rows, bool (n,), these rows, and notes. Under
    `missing: row`, rows with missing values are not usable. ``labelled`` demands the label; without
    it a label is ignored. Raises DatasetError with all problems: missing columns, cells that are not
    numbers, and so on.
    """
    label, missing = table["label"], Missing(table["missing_values"], table["decimal"])
    columns = {c["name"]: _reader(c, missing) for c in table["columns"]}
    if labelled:
        columns[label] = Column(label, "text", missing, declared=table["classes"])
    group = table["group"] if labelled else None
    if isinstance(source, str | Path):
        where, layout = str(source), _layout_of_new(source, table, list(columns))
        names = layout.names
    else:
        where, given = "the table", _as_columns(source)
        if not given:
            raise DatasetError(f"{where}: has no rows")
        names = list(given)
    if lacking := [name for name in columns if name not in names]:
        raise DatasetError(
            f"{where}: lacks the column{'s' * (len(lacking) > 1)} "
            f"{some(list(map(short, lacking)), listed=20)}; it has "
            f"{some(list(map(short, names)), listed=20)}"
        )
    notes: Notes = {}
    known = {*table["names"], label, table["group"]}
    if extra := [name for name in names if name not in known]:
        notes["ignored, because the training table does not have it"] = extra
    if group and group not in names:
        notes[f"has no column {short(group)}, so its groups may be in the training table too"] = []
    elif group:
        columns[group] = Column(group, "text", missing)
    if isinstance(source, str | Path):
        numbers = read_columns(layout, columns)
        said = layout.notes
    else:
        said, numbers = [], np.arange(1, 1 + max(map(len, given.values()), default=0))
        for name, column in columns.items():
            column.add(numbers.tolist(), [_as_text(v, table["decimal"]) for v in given[name]])
            column.finish()
    if not len(numbers):
        raise DatasetError(f"{where}: has no rows")
    problems: list[str] = []
    keep, values = np.ones(len(numbers), bool), {}
    for entry in table["columns"]:
        name, column = entry["name"], columns[entry["name"]]
        if column.odd:
            problems.append(f"column {short(name)}: {not_of_role(column)}")
        if "numeric" in entry and (units := set(column.units) or {""}) != {entry["numeric"]}:
            unit = max(units - {entry["numeric"]}, default="")
            here = f"with the unit {unit!r}" if unit else "without unit"
            there = repr(entry["numeric"]) if entry["numeric"] else "none"
            note = f"has numbers {here}; the training table has {there}"
            notes.setdefault(note, []).append(name)
        if column.missing.count and table["missing"] == "refuse":
            problems.append(
                f"column {short(name)}: no value in {column.missing.rows}; fill it in, or train with "
                "another setting of `missing`"
            )
        elif column.missing.count and table["missing"] == "row":
            keep &= ~without(column)
        values[name] = (
            _codes(entry, column, table, notes) if entry["kind"] == "category" else column.values
        )
    codes = None
    if labelled:
        codes, wrong = _known_classes(columns[label], table, numbers)
        problems += wrong
        if columns[label].missing.count and table["missing"] == "row":
            keep &= ~without(columns[label])
        elif columns[label].missing.count:
            problems.append(missing_label(label, columns[label].missing, True))
    groups = keys_of(columns[group], table["decimal"]) if group in columns else None
    raise_all(where, problems)
    if not keep.all():
        notes[f"{(~keep).sum()} of {len(keep)} rows have missing values and are left out"] = []
        if not keep.any() and labelled:
            raise DatasetError(
                f"{where}: each row has a missing value, so `missing: row` leaves none"
            )
    return numbers, keep, Rows(numbers, values, codes, groups).chosen(keep), said + as_notes(notes)


class NewRows(NamedTuple):
    """New rows for a model.

    `numbers` are their row numbers in the file, int64 (n,), `usable` the mask of the rows that can be
    classified, bool (n,), and `inputs` the inputs of these, float64 (m, d).
    """

    numbers: np.ndarray
    usable: np.ndarray
    inputs: np.ndarray
    notes: list[str]


def new_rows(
    source: str | Path | Cells | Sequence[Mapping[str, Any]], table: Mapping[str, Any]
) -> NewRows:
    """Read new rows for a model trained on a table; `table` describes the columns, as `fit` does."""
    numbers, keep, found, notes = encoded(source, table)
    return NewRows(numbers, keep, matrix(found.values, table), notes)


def _reader(entry: Mapping[str, Any], missing: Missing) -> Column:
    """Return a column to read, in its role in the training table."""
    role = {"category": "text", "date": "date", "number": "number"}[entry["kind"]]
    role = "numeric" if "numeric" in entry else role
    return Column(entry["name"], role, missing, entry.get("format"))


def _layout_of_new(source: str | Path, table: Mapping[str, Any], needed: Sequence[str]) -> Layout:
    """Return the layout of a new table; its encoding and separator may differ."""
    try:
        layout = layout_of(source, {**table, "encoding": None}, needed)
    except DatasetError:
        layout = layout_of(source, table, needed)
    names = table["names"]
    if not table["header"] and layout.width == len(names) - 1:  # new rows have no label
        layout = layout._replace(names=[name for name in names if name != table["label"]])
    return layout


def _as_columns(source: Cells | Sequence[Mapping[str, Any]]) -> dict[str, Sequence[Any]]:
    """Return columns by name: of a mapping of columns (a DataFrame is one), or a list of rows."""
    if isinstance(source, Mapping) and any(
        isinstance(cell, str) or not np.iterable(cell) for cell in source.values()
    ):
        source = [source]  # one row
    if isinstance(source, list | tuple):
        names = dict.fromkeys(name for row in source for name in row)
        return {clean(str(name)): [row.get(name) for row in source] for name in names}
    found = {clean(str(name)): list(source[name]) for name in source}
    if len(sizes := {len(cells) for cells in found.values()}) > 1:
        raise DatasetError(f"the table: its columns have different lengths: {some(sorted(sizes))}")
    return found


def _as_text(value: Any, decimal: str) -> str:
    """Return a cell of a Python table as a file would have it."""
    try:
        absent = value is None or bool(value != value)
    except TypeError:  # pandas.NA, which is neither true nor false
        absent = True
    if absent:
        return NOTHING
    if isinstance(value, float | np.floating):
        return repr(float(value)).replace(".", decimal)
    return str(value)


def _codes(
    entry: Mapping[str, Any], column: Column, table: Mapping[str, Any], notes: Notes
) -> np.ndarray:
    """Return the codes of categories, UNSEEN for unknown ones, which are noted."""
    decimal = table["decimal"]
    places = {key_of(kind, decimal): place for place, kind in enumerate(entry["categories"])}
    found = np.array(
        [places.get(key_of(t, decimal), UNSEEN) for t in column.texts] + [ABSENT], np.int32
    )
    codes = found[column.values.astype(np.int64)]
    if unseen := int((codes == UNSEEN).sum()):
        texts = [text for text, code in zip(column.texts, found, strict=False) if code == UNSEEN]
        said = (
            f"{unseen} cell{'s have categories' if unseen > 1 else ' has a category'} that the training "
            f"table does not have ({some(list(map(short, texts)))}), treated as unknown"
        )
        notes.setdefault(said, []).append(entry["name"])
    return codes


def _known_classes(
    label: Column, table: Mapping[str, Any], numbers: np.ndarray
) -> tuple[np.ndarray, list[str]]:
    """Return the class of each row, and a problem if there are other classes."""
    places = {key_of(name, table["decimal"]): place for place, name in enumerate(table["classes"])}
    found = [places.get(key_of(text, table["decimal"]), UNSEEN) for text in label.texts]
    unknown = [text for text, place in zip(label.texts, found, strict=True) if place == UNSEEN]
    codes = np.array([*found, ABSENT], np.int64)[label.values.astype(np.int64)]
    if not unknown:
        return codes, []
    wrong = numbers[codes == UNSEEN]
    return codes, [
        f"label {short(label.name)}: {some(list(map(short, unknown)))} in "
        f"{rows(wrong[:5].tolist(), len(wrong))} is not in the training table"
    ]


def raise_all(path: str, lines: Sequence[str]) -> None:
    """Raise DatasetError with a line for each problem, if there is any."""
    if len(lines) == 1:
        raise DatasetError(f"{path}: {lines[0]}")
    if lines:
        shown = [f"  {line}" for line in lines[:MOST_PROBLEMS]]
        if len(lines) > MOST_PROBLEMS:
            shown.append(f"  ... and {len(lines) - MOST_PROBLEMS} more columns")
        raise DatasetError("\n".join([f"{path}: {len(lines)} problems:", *shown]))


def as_notes(notes: Notes) -> list[str]:
    """Return a sentence for each note, with the columns that it is about."""
    return [
        f"columns {some(list(map(short, names)))}: {text.replace('has ', 'have ', text[:4] == 'has ')}"
        if len(names) > 1
        else "".join(f"column {short(name)}: " for name in names) + text
        for text, names in notes.items()
    ]


def without(column: Column) -> np.ndarray:
    """Return the mask, bool (n,), of the rows without a value in a column."""
    return column.values == ABSENT if column.role == "text" else np.isnan(column.values)


def key_of(text: str, decimal: str) -> float | str:
    """Return the key that equal categories share: the value of a number, otherwise the text."""
    value = plain(text, decimal)
    return text if value is None else value


def keys_of(column: Column, decimal: str) -> np.ndarray:
    """Return the value of each cell as text, equal for numbers that are equal."""
    keys = np.array([*(repr(key_of(text, decimal)) for text in column.texts), ""], object)
    return keys[column.values]


def not_of_role(column: Column) -> str:
    """Describe the cells of a declared column that do not fit its role."""
    count = sum(seen.count for seen in column.odd.values())
    shown = max(column.odd.values(), key=lambda seen: seen.count)
    cells = f"{count} cell{'s' * (count > 1)}"
    if column.role == "date":
        form = f"in the format {column.form!r}" if column.form else "dates in ISO 8601 (2024-12-31)"
        return (
            f"{cells} not {form} ({shown}); give the format, for example "
            'dates: {when: "%d.%m.%Y"}'.replace("when", column.name[:40])
        )
    return f"{cells} not a number ({shown}); correct them, or list the texts under `missing_values`"


def missing_label(name: str, seen: Seen, is_label: bool) -> str:
    what = "label" if is_label else "group"
    texts = [(row, text) for row, text in seen.first if text not in ("", NOTHING)]
    if not texts:
        return f"{what} {short(name)}: no value in {seen.rows}; fill it in, or set `missing: row`"
    row, text = texts[0]
    also = f", and so do {seen.count - 1} more cells" if seen.count > 1 else ""
    way = f"list all classes under `classes`, {text!r} among them, or " if is_label else ""
    return (
        f"{what} {short(name)}: row {row}: {text!r} counts as missing{also}; if it is a "
        f"{'class' if is_label else 'group'}, {way}set `missing_values` to the texts that are missing"
    )
