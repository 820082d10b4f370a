"""Read a training table: decide if columns are numbers, categories or an index, or ask the user."""

import difflib
import re
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from .cells import Missing, clean, plain
from .columns import ABSENT, Column, read_columns
from .csv_file import Layout, layout_of
from .errors import DatasetError, count, some
from .leaks import tells_the_class
from .messages import Report, short
from .table_classes import classes_of, merged
from .table_inputs import Rows, input_names
from .table_kinds import column_kind

MOST_INPUTS = 1000  # of one column under `categorical`: each takes 8 bytes a row
LARGEST = 1e100  # the square of a larger number is hardly a number
PIXELS = 50  # with this many inputs, constant zeros are probably a picture's border
FILLED = ("mean", "median", "most_frequent")
WORDS = {"none", "nil"}  # missing values that may be categories
ROLES = ("categorical", "numeric", "dates", "ignore", "group", "label")


def fit(path: str, settings: Mapping[str, Any]) -> tuple[dict[str, Any], Rows, list[str]]:
    """Read a training table; return the meaning of its columns, its rows, and notes for the user.

    The meaning of the columns is JSON data; `encoded` needs it to read other tables. Raises
    DatasetError with a line for each problem of the table.
    """
    named = [(key, name) for key in ROLES for name in names_in(settings[key])]
    layout = layout_of(path, settings, [name for _, name in named])
    _check_known(layout, named, settings["header"])
    label, group = settings["label"], settings["group"]
    used = [n for n in layout.names if n not in {label, group, *settings["ignore"]}]
    if not used:
        raise DatasetError(
            f"{path}: has no column except the label {label!r}; expected at least one input"
        )
    numbers, columns = _read(layout, settings)
    report = Report(path)
    marks = sorted(set().union(*(column.marks - {""} for column in columns.values())))
    detected = {**settings, "separator": layout.separator, "marks": marks}
    kinds = {name: column_kind(columns[name], numbers, detected, report) for name in used}
    if settings["header"]:
        _note_repeated_names([columns[name] for name in (*used, label)], report)
    classes, label_codes = classes_of(columns[label], numbers, settings, report)
    inputs = [name for name in used if kinds[name] in ("number", "category", "date")]
    keep, incomplete = _complete_rows(inputs, columns, numbers, settings, report)
    report.check()
    if not inputs:
        raise DatasetError(f"{path}: has no column that is an input; {'; '.join(report.notes())}")
    described, values = [], {}
    for name in inputs:
        describe = _category if kinds[name] == "category" else _number
        about, values[name] = describe(columns[name], keep, len(inputs), report)
        if not report.problems and tells_the_class(values[name][keep], label_codes[keep]):
            report.note(
                "each value occurs with one class only: list it under `ignore` if it follows from the "
                "label, or set `group` to it if it names persons or devices",
                name,
            )
        described.append({"name": name, "kind": kinds[name], **about})
        columns[name].values = np.empty(0)  # its memory
    report.check()
    groups = columns[group].keys() if group else None
    kept = ("decimal", "missing_values", "separator", "encoding", "header")
    table = {
        "columns": described,
        "label": label,
        "classes": classes,
        "group": group,
        "left_out": [n for n in layout.names if n not in inputs and n not in (label, group)],
        "names": layout.names,
        "missing": settings["missing"],
        "indicators": incomplete if settings["missing_indicator"] else [],
        **{key: settings[key] for key in kept},
    }
    table["inputs"] = input_names(table)
    rows = Rows(numbers, values, label_codes, groups).chosen(keep)
    return table, rows, layout.notes + report.notes()


def names_in(value: Any) -> list[str]:
    """Return the names of columns in a setting: one, a list, a mapping, or null."""
    return [value] if isinstance(value, str) else list(value or ())


def _check_known(layout: Layout, named: Sequence[tuple[str, str]], header: bool) -> None:
    """Raise DatasetError for columns in the settings that the table does not have."""
    lines = []
    for key, name in named:
        if name not in layout.names:
            near = difflib.get_close_matches(name, layout.names, n=1)
            hint = f"; did you mean {near[0]!r}?" if near else ""
            known = some((n if len(n) <= 40 else short(n) for n in layout.names), listed=20)
            lines.append(f"has no column {name!r} ({key}); it has {known}{hint}")
    if lines and header:
        if len([name for name in layout.names if not re.fullmatch(r"column \d+", name)]) == 1:
            lines[0] += (
                "; if that is the line of column names, set `separator`, otherwise delete the "
            )
            lines[0] += "lines above it"
        if any(plain(name) is not None for name in layout.names):
            lines[0] += "; for a table without a line of column names set `header: false`"
    Report(layout.path, lines).check()


def _read(layout: Layout, settings: Mapping[str, Any]) -> tuple[np.ndarray, dict[str, Column]]:
    """Return the row numbers, int64 (n,), and the columns by name."""
    missing = Missing(settings["missing_values"], settings["decimal"])
    label, group = settings["label"], settings["group"]
    roles = {name: "text" for name in (*settings["categorical"], label, group) if name}
    roles |= {name: "numeric" for name in settings["numeric"]}
    roles |= {name: "date" for name in settings["dates"]}
    classes = [clean(name) for name in settings.get("classes") or ()]

    def column(name: str, role: str | None) -> Column:
        form, declared = settings["dates"].get(name), classes if name == label else ()
        return Column(name, role, missing, form, declared)

    ignored = {*settings["ignore"]} - {group}
    columns = {n: column(n, roles.get(n)) for n in layout.names if n not in ignored}
    numbers = read_columns(layout, columns)
    if again := {name: column(name, None) for name, found in columns.items() if found.mixed}:
        for found in again.values():
            found.role = "text"
        read_columns(layout, again)
        columns |= again
    if not len(numbers):
        raise DatasetError(f"{layout.path}: has no rows below its column names")
    return numbers, columns


def _note_repeated_names(columns: Sequence[Column], report: Report) -> None:
    """Note that all columns are texts with their names among their values, as from a second header."""
    if all(column.role == "text" and column.name in column.texts for column in columns):
        for column in columns:
            report.note(
                "the name is also a value: if the first line is a row, set `header: false`; if the line of "
                "names is repeated, delete it",
                column.name,
            )


def _complete_rows(
    inputs: list[str],
    columns: Mapping[str, Column],
    numbers: np.ndarray,
    settings: Mapping[str, Any],
    report: Report,
) -> tuple[np.ndarray, list[str]]:
    """Return the mask of the rows to keep, and the inputs whose missing values are filled in."""
    strategy, keep, incomplete = settings["missing"], np.ones(len(numbers), bool), []
    required = {settings[what]: what for what in ("label", "group") if settings[what]}
    for name in (*inputs, *required):
        seen, marks = columns[name].missing, columns[name].marks
        if not seen.count:
            continue
        words = marks - {""} if name in required else {m for m in marks if m.casefold() in WORDS}
        if words and columns[name].role == "text" and settings["missing_values"] is None:
            are = "count" if len(words) > 1 else "counts"
            report.note(
                f"{some(map(short, sorted(words)))} {are} as missing; if that is a value of its own, set "
                "`missing_values` to the texts that are missing",
                name,
            )
        if strategy == "row":
            keep &= ~columns[name].empty
        elif name in required:
            report.missing(name, seen, required[name])
        elif seen.count == len(keep):
            report.problem("has no values; list it under `ignore`", name)
        elif strategy == "refuse":
            report.missing(name, seen)
        else:
            incomplete.append(name)
            report.note(f"missing values are filled in ({strategy})", name)
    if not keep.all() and inputs and not report.problems:
        are = count(
            int((~keep).sum()), "row with missing values is", "rows with missing values are"
        )
        report.note(f"{are} left out")
        if not keep.any():
            raise DatasetError(
                f"{report.path}: each row has a missing value, so `missing: row` leaves none"
            )
    return keep, incomplete


def _number(
    column: Column, keep: np.ndarray, inputs: int, report: Report
) -> tuple[dict[str, Any], np.ndarray]:
    """Return the JSON description of a column of numbers or dates, and its values."""
    about = {"format": column.form} if column.role == "date" else {}
    if column.role == "numeric":
        about["numeric"] = max(column.units, default="")
    present = column.values[keep]
    low, high = np.nanmin(present), np.nanmax(present)
    usual = np.nanquantile(present, [0.05, 0.95])
    if column.role != "date" and usual[0] < usual[1]:
        about["range"] = [float(low), float(high)]
    if max(-low, high) > LARGEST:
        report.problem(
            f"has numbers up to {max(-low, high):g}; expected at most {LARGEST:g}: correct them, or change "
            "their unit",
            column.name,
        )
    border = low == 0 and inputs >= PIXELS
    if low == high and not border and not np.isnan(present).any():
        report.note("has the same value in all rows", column.name)
    return about, column.values


def _category(
    column: Column, keep: np.ndarray, _: int, report: Report
) -> tuple[dict[str, Any], np.ndarray]:
    """Return the JSON description of a column of categories, and their codes."""
    values, decimal = column.values, column.absent.decimal
    used = np.unique(values[keep & (values >= 0)])
    names, places = merged(column.name, [column.texts[code] for code in used], decimal, report)
    if len(names) > MOST_INPUTS:
        report.problem(
            f"has {len(names)} different texts, and each is an input of its own; expected at most "
            f"{MOST_INPUTS}: list it under `ignore`, or replace texts by groups of them",
            column.name,
        )
    if len(names) == 1 and not column.missing.count:
        report.note("has the same value in all rows", column.name)
    codes = np.full(len(column.texts) + 1, ABSENT, np.int32)
    codes[used] = places
    return {"categories": names}, codes[values]
