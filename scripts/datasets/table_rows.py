"""Encode rows of a table as inputs of a network, as the columns of the training table demand."""

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from .cells import NOTHING, Missing, clean
from .columns import UNSEEN, Column, read_columns
from .csv_file import ROW_NAMES, layout_of
from .errors import DatasetError, count, some
from .messages import Report, rows, short
from .table_inputs import Rows, matrix

Cells = Mapping[str, Sequence[Any]]
Source = str | Path | Cells | Sequence[Mapping[str, Any]]  # a file, columns, or a list of rows


class NewRows(NamedTuple):
    """New rows for a model.

    `numbers` are their row numbers in the file, int64 (n,), `usable` the mask of the rows that can be
    classified, bool (n,), and `inputs` the inputs of these, float64 (m, d).
    """

    numbers: np.ndarray
    usable: np.ndarray
    inputs: np.ndarray
    notes: list[str]


def new_rows(source: Source, table: Mapping[str, Any]) -> NewRows:
    """Read new rows for a model trained on a table; `table` describes the columns, as `fit` does."""
    numbers, keep, found, notes = encoded(source, table)
    return NewRows(numbers, keep, matrix(found.values, table), notes)


def encoded(
    source: Source, table: Mapping[str, Any], labelled: bool = False
) -> tuple[np.ndarray, np.ndarray, Rows, list[str]]:
    """Read a table like the training table.

    Returns the row numbers (n,), the mask of usable rows, bool (n,), these rows, and notes. Under
    `missing: row`, rows with missing values are not usable. ``labelled`` demands the label; without
    it a label is ignored. Raises DatasetError with all problems: missing columns, cells that are not
    numbers, and so on.
    """
    label, group = table["label"], table["group"] if labelled else None
    missing = Missing(table["missing_values"], table["decimal"])
    columns = {entry["name"]: _reader(entry, missing) for entry in table["columns"]}
    if labelled:
        columns[label] = Column(label, "text", missing, declared=table["classes"])
    where, names, said, read = _opened(source, table, list(columns))
    if lacking := [name for name in columns if name not in names]:
        noun = "columns" if len(lacking) > 1 else "column"
        raise DatasetError(
            f"{where}: lacks the {noun} {some(map(short, lacking), listed=20)}; "
            f"it has {some(map(short, names), listed=20)}"
        )
    report = Report(where)
    known = {*table["names"], label, table["group"]}
    for name in names:
        if name not in known:
            report.note("ignored, because the training table does not have it", name)
    if group and group not in names:
        report.note(f"has no column {short(group)}, so its groups may be in the training table too")
    elif group:
        columns[group] = Column(group, "text", missing)
    numbers = read(columns)
    if not len(numbers):
        raise DatasetError(f"{where}: has no rows")
    values = {
        entry["name"]: _cells(entry, columns[entry["name"]], table, labelled, report)
        for entry in table["columns"]
    }
    codes = _known_classes(columns[label], table, numbers, report) if labelled else None
    groups = columns[group].keys() if group in columns else None
    report.check()
    keep = np.ones(len(numbers), bool)
    if table["missing"] == "row":
        for name in columns.keys() - {group}:
            keep &= ~columns[name].empty
    if not keep.all():
        left = (~keep).sum()
        report.note(f"{left} of {len(keep)} rows have missing values and are left out")
        if not keep.any() and labelled:
            raise DatasetError(
                f"{where}: each row has a missing value, so `missing: row` leaves none"
            )
    found = Rows(numbers, values, codes, groups).chosen(keep)
    return numbers, keep, found, said + report.notes()


def _reader(entry: Mapping[str, Any], missing: Missing) -> Column:
    """Return a column to read, in its role in the training table."""
    role = "text" if entry["kind"] == "category" else entry["kind"]
    role = "numeric" if "numeric" in entry else role
    return Column(entry["name"], role, missing, entry.get("format"))


def _wanted(column: Column, table: Mapping[str, Any], labelled: bool) -> str:
    """Say what to do about cells that do not fit the column of the training table."""
    if labelled and column.role != "date":
        return f"correct {column.them}, or list the texts under `missing_values`"
    wanted = f"numbers such as 1{table['decimal']}5"
    if column.role == "date":
        wanted = "dates in this format"
    empty = "" if table["missing"] == "refuse" else ", or empty cells for missing values"
    return f"expected {wanted}, as in the training table{empty}; correct {column.them}"


def _cells(
    entry: Mapping[str, Any],
    column: Column,
    table: Mapping[str, Any],
    labelled: bool,
    report: Report,
) -> np.ndarray:
    """Return the values of an input column, or codes of its categories, UNSEEN for unknown ones."""
    name = entry["name"]
    if column.odd:
        report.problem(f"{column.misfits()}; {_wanted(column, table, labelled)}", name)
    if "numeric" in entry and (units := set(column.units) or {""}) != {entry["numeric"]}:
        unit = max(units - {entry["numeric"]}, default="")
        here = f"with the unit {unit!r}" if unit else "without unit"
        there = repr(entry["numeric"]) if entry["numeric"] else "none"
        report.note(f"has numbers {here}; the training table has {there}", name)
    if column.missing.count and table["missing"] == "refuse":
        way = "fill it in (the model was trained without missing values)"
        way = "fill it in, or set `missing`" if labelled else way
        report.problem(f"no value in {column.missing.rows}; {way}", name)
    if entry["kind"] != "category":
        return column.values
    codes = column.places_in(entry["categories"])
    if unseen := int((codes == UNSEEN).sum()):
        texts = some(short(column.texts[c]) for c in np.unique(column.values[codes == UNSEEN]))
        has = count(unseen, "cell has a category", "cells have categories")
        said = f"{has} that the training table does not have ({texts}), treated as unknown"
        report.note(said, name)
    return codes


def _known_classes(
    label: Column, table: Mapping[str, Any], numbers: np.ndarray, report: Report
) -> np.ndarray:
    """Return the class of each row; other classes, and missing ones unless dropped, are problems."""
    codes = label.places_in(table["classes"])
    wrong = codes == UNSEEN
    if wrong.any():
        texts = some(short(label.texts[code]) for code in np.unique(label.values[wrong]))
        places = rows(numbers[wrong][:5].tolist(), int(wrong.sum()))
        report.problem(f"{texts} in {places} is not in the training table", label.name, "label")
    if label.missing.count and table["missing"] != "row":
        report.missing(label.name, label.missing, "label")
    return codes


def _opened(
    source: Source, table: Mapping[str, Any], needed: Sequence[str]
) -> tuple[str, list[str], list[str], Callable[[dict[str, Column]], np.ndarray]]:
    """Return a table's name for messages, its columns, notes, and a function that reads columns.

    The encoding and the separator of a file may differ from those of the training table.
    """
    if not isinstance(source, str | Path):
        given = _as_columns(source)
        return "the table", list(given), [], partial(_taken, given, table["decimal"])
    try:
        layout = layout_of(source, {**table, "encoding": None}, needed)
    except DatasetError:
        layout = layout_of(source, table, needed)
    names = table["names"]
    if ROW_NAMES in layout.names and ROW_NAMES not in names:
        raise DatasetError(
            f"{layout.path}: its rows have one cell more than the line of column names; put cells that "
            "contain the separator (such as decimal commas) into quotes, or name the first column"
        )
    if not table["header"] and layout.width == len(names) - 1:  # new rows have no label
        layout = layout._replace(names=[name for name in names if name != table["label"]])
    return layout.path, layout.names, layout.notes, partial(read_columns, layout)


def _taken(given: Cells, decimal: str, columns: dict[str, Column]) -> np.ndarray:
    """Read columns of a Python table; return the number of each row from 1 on, int64 (n,)."""
    numbers = np.arange(1, 1 + max(map(len, given.values()), default=0))
    for name, column in columns.items():
        texts = [_as_text(value, decimal, column.form) for value in given[name]]
        column.add(numbers.tolist(), texts)
        column.finish()
    return numbers


def _as_columns(source: Cells | Sequence[Mapping[str, Any]]) -> dict[str, Sequence[Any]]:
    """Return columns by name: of a mapping of columns (a DataFrame is one), or a list of rows."""
    if isinstance(source, Mapping) and any(
        isinstance(cell, str) or not np.iterable(cell) for cell in source.values()
    ):
        source = [source]  # one row
    if isinstance(source, list | tuple) and source:
        names = dict.fromkeys(name for row in source for name in row)
        return {clean(str(name)): [row.get(name) for row in source] for name in names}
    found = {clean(str(name)): list(source[name]) for name in source}
    if not found:
        raise DatasetError("the table: has no rows")
    if len(sizes := {len(cells) for cells in found.values()}) > 1:
        raise DatasetError(f"the table: its columns have different lengths: {some(sorted(sizes))}")
    return found


def _as_text(value: Any, decimal: str, form: str | None) -> str:
    """Return a cell of a Python table as a file would have it; ``form`` is the format of dates."""
    try:
        absent = value is None or bool(value != value)
    except TypeError:  # pandas.NA, which is neither true nor false
        absent = True
    if absent:
        return NOTHING
    if isinstance(value, bytes):
        return value.decode(errors="backslashreplace")
    if form and isinstance(value, date):  # or a datetime
        return value.strftime(form)
    if isinstance(value, float | np.floating | Decimal):
        return repr(float(value)).replace(".", decimal)
    return str(value)
