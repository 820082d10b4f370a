"""Read a training table: decide if columns are numbers, categories or an index, or ask the user."""

import difflib
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from .cells import NOTHING, Missing, clean, plain
from .columns import ABSENT, Column, read_columns
from .csv_file import Layout, layout_of
from .errors import DatasetError
from .messages import Notes, Seen, as_notes, raise_all, short, some
from .table_classes import classes_of, merged
from .table_inputs import Rows, input_names
from .table_kinds import column_kind

MOST_INPUTS = 1000  # of one column under `categorical`: each takes 8 bytes a row
FEW_GROUPS = 10
LARGEST = 1e100  # the square of a larger number is hardly a number
PIXELS = (
    50  # with this many inputs, the ones that are 0 in all rows are probably a picture's border
)
FILLED = ("mean", "median", "most_frequent")
ROLES = ("categorical", "numeric", "dates", "ignore", "group", "label")


def fit(path: str, settings: Mapping[str, Any]) -> tuple[dict[str, Any], Rows, list[str]]:
    """Read a training table; return the meaning of its columns, its rows, and notes for the user.

    The meaning of the columns is JSON data; `encoded` needs it to read other tables. Raises
    DatasetError with a line for each problem of the table.
    """
    named = [name for key in ROLES for name in _names(settings[key])]
    layout = layout_of(path, settings, named)
    _check_known(layout, settings)
    label, group = settings["label"], settings["group"]
    used = [n for n in layout.names if n not in {label, group, *settings["ignore"]}]
    if not used:
        raise DatasetError(
            f"{path}: has no column except the label {label!r}; expected at least one input"
        )
    declared = [clean(name) for name in settings.get("classes") or ()]
    numbers, columns = _read(layout, settings, declared)
    problems: list[str] = []
    notes: Notes = {}
    state = {"path": path, "rows": numbers, "settings": settings}
    state |= {"notes": notes, "problems": problems}
    kinds = {name: column_kind(columns[name], state) for name in used}
    classes, label_codes = classes_of(columns[label], declared, state)
    inputs = [name for name in used if kinds[name] in ("number", "category", "date")]
    keep, incomplete = _complete_rows([columns[name] for name in inputs], columns, state)
    raise_all(path, problems)
    if not inputs:
        raise DatasetError(f"{path}: has no column that is an input; {'; '.join(as_notes(notes))}")
    state["inputs"] = len(inputs)
    described, values = [], {}
    for name in inputs:
        entry, values[name] = _described(columns[name], kinds[name], keep, state)
        described.append(entry)
        columns[name].values = np.empty(0)  # its memory
    groups = columns[group].keys() if group else None
    found = Rows(numbers, values, label_codes, groups).chosen(keep)
    raise_all(path, problems)
    table = {
        "columns": described,
        "label": label,
        "classes": classes,
        "group": group,
        "left_out": [n for n in layout.names if n not in inputs and n not in (label, group)],
        "names": layout.names,
        "missing": settings["missing"],
        "indicators": incomplete if settings["missing_indicator"] else [],
    }
    kept = ("decimal", "missing_values", "separator", "encoding", "header")
    table |= {key: settings[key] for key in kept}
    table["inputs"] = input_names(table)
    return table, found, layout.notes + as_notes(notes)


def _read(
    layout: Layout, settings: Mapping[str, Any], declared: Sequence[str]
) -> tuple[np.ndarray, dict[str, Column]]:
    """Return the row numbers, int64 (n,), and the columns by name."""
    missing = Missing(settings["missing_values"], settings["decimal"])
    label, group = settings["label"], settings["group"]
    roles = {name: "text" for name in (*settings["categorical"], label, group) if name}
    roles |= {name: "numeric" for name in settings["numeric"]}
    roles |= {name: "date" for name in settings["dates"]}

    def column(name: str, role: str | None) -> Column:
        texts = declared if name == label else ()
        return Column(name, role, missing, settings["dates"].get(name), texts)

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


def _complete_rows(
    inputs: list[Column], columns: Mapping[str, Column], state: dict[str, Any]
) -> tuple[np.ndarray, list[str]]:
    """Return the mask of the rows to keep, and the inputs whose missing values are filled in."""
    settings, problems, notes = state["settings"], state["problems"], state["notes"]
    strategy, keep, incomplete = settings["missing"], np.ones(len(state["rows"]), bool), []
    required = {settings[what]: what for what in ("group", "label") if settings[what]}
    for column in (*inputs, *(columns[name] for name in reversed(required))):
        name, seen = column.name, column.missing
        if not seen.count:
            continue
        if strategy == "row":
            keep &= ~column.empty
        elif name in required:
            problems.append(seen.required(required[name], name))
        elif seen.count == len(keep):
            problems.append(f"column {short(name)}: has no values; list it under `ignore`")
        elif strategy == "refuse":
            problems.append(_refused(name, seen))
        else:
            incomplete.append(name)
            notes.setdefault(f"missing values are filled in ({strategy})", []).append(name)
    if not keep.all() and inputs and not problems:
        left = int((~keep).sum())
        rows_are = "row with missing values is" if left == 1 else "rows with missing values are"
        notes[f"{left} {rows_are} left out"] = []
        if not keep.any():
            raise DatasetError(
                f"{state['path']}: each row has a missing value, so `missing: row` leaves none"
            )
    return keep, incomplete


def _names(value: Any) -> list[str]:
    return [value] if isinstance(value, str) else list(value or ())


def _check_known(layout: Layout, settings: Mapping[str, Any]) -> None:
    """Raise DatasetError for columns in the settings that the table does not have."""
    lines = []
    for key in ROLES:
        for name in _names(settings[key]):
            if name not in layout.names:
                near = difflib.get_close_matches(name, layout.names, n=1)
                hint = f"; did you mean {near[0]!r}?" if near else ""
                known = some([n if len(n) <= 40 else short(n) for n in layout.names], listed=20)
                lines.append(f"has no column {name!r} ({key}); it has {known}{hint}")
    named = [name for name in layout.names if not re.fullmatch(r"column \d+", name)]
    if lines and settings["header"] and len(named) == 1:
        lines[0] += "; if that is the line of column names, set `separator`, otherwise delete the "
        lines[0] += "lines above it"
    if lines and settings["header"] and any(plain(name) is not None for name in layout.names):
        lines[0] += "; for a table without a line of column names set `header: false`"
    raise_all(layout.path, lines)


def _refused(name: str, seen: Seen) -> str:
    texts = dict.fromkeys(text for _, text in seen.first if text not in ("", NOTHING))
    texts = some(list(map(short, texts)))
    said = f" ({texts} counts as missing; see `missing_values`)" if texts else ""
    return (
        f"column {short(name)}: no value in {seen.rows}{said}; fill it in, or set `missing` to mean, "
        "median, most_frequent or row"
    )


def _described(
    column: Column, kind: str, keep: np.ndarray, state: dict[str, Any]
) -> tuple[dict[str, Any], np.ndarray]:
    """Return the JSON description of an input column, and its values or codes of categories."""
    name, notes = column.name, state["notes"]
    entry: dict[str, Any] = {"name": name, "kind": kind}
    values = column.values
    if kind != "category":
        if kind == "date":
            entry["format"] = column.form
        if column.role == "numeric":
            entry["numeric"] = max(column.units, default="")
        present = values[keep]
        low, high = np.nanmin(present), np.nanmax(present)
        if max(-low, high) > LARGEST:
            state["problems"].append(
                f"column {short(name)}: has numbers up to {max(-low, high):g}; expected at most "
                f"{LARGEST:g}: correct them, or change their unit"
            )
        border = low == 0 and state["inputs"] >= PIXELS
        if low == high and not border and not np.isnan(present).any():
            notes.setdefault("has the same value in all rows", []).append(name)
        return entry, values
    used = np.unique(values[keep & (values >= 0)])
    names, places = merged(
        name, [column.texts[code] for code in used], state["settings"]["decimal"], notes
    )
    if len(names) > MOST_INPUTS:
        state["problems"].append(
            f"column {short(name)}: has {len(names)} different texts, and each is an input of its own; "
            f"expected at most {MOST_INPUTS}: list it under `ignore`, or replace texts by groups of them"
        )
    if len(names) == 1 and not column.missing.count:
        notes.setdefault("has the same value in all rows", []).append(name)
    table = np.full(len(column.texts) + 1, ABSENT, np.int32)
    table[used] = places
    return entry | {"categories": names}, table[values]


def shared_groups(name: str, training: np.ndarray | None, test: np.ndarray | None) -> Iterator[str]:
    """Note rows of a test table whose group the training table has too."""
    if training is None or test is None:
        return
    if shared := int(np.isin(test, list(set(training) - {""})).sum()):
        yield (
            f"group: {shared} of {len(test)} rows of the test table have a value of {name!r} that the "
            "training table has too, so the test score may be too good"
        )


def group_notes(name: str, groups: np.ndarray) -> Iterator[str]:
    sizes = Counter(groups.tolist())
    value, most = sizes.most_common(1)[0]
    if 2 * most > len(groups):
        yield f"group: {most} of {len(groups)} rows have the {name} {value}, and stay together"
    if len(sizes) < FEW_GROUPS:
        yield f"group: the column {name!r} has {len(sizes)} different values, so splits are coarse"
