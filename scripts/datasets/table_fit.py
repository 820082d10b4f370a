"""Decide what the columns of a training table are: numbers, categories or an index; or ask the user."""

import difflib
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from .cells import (
    ADVICE,
    CODES,
    MARKED,
    NOTHING,
    PLAIN_NUMBER,
    TEXT,
    UNIT,
    Missing,
    clean,
    kind_of,
    plain,
)
from .columns import ABSENT, SURVEYED, Column, Seen, read_columns
from .csv_file import Layout, layout_of, short, some
from .errors import MOST_CLASSES, DatasetError
from .table_rows import (
    Notes,
    Rows,
    as_notes,
    input_names,
    key_of,
    keys_of,
    missing_label,
    not_of_role,
    raise_all,
    without,
)

MOST_CATEGORIES = 100  # more different texts than this are names or remarks, not categories
MOST_INPUTS = 1000  # of one column under `categorical`: each takes 8 bytes a row
MANY_CATEGORIES = 20  # more get a note
MANY_CLASSES = 20  # more whole numbers may be a measure
FEW_ROWS = 10  # in fewer rows, different values do not suggest an index
FEW_GROUPS = 10
LARGEST = 1e100  # the square of a larger number is hardly a number
PIXELS = 50  # with as many inputs, those that are 0 in all rows are likely a picture's border
LARGEST_WHOLE = 2.0**53  # float64 has all whole numbers up to here
SENTINELS = [-9.0, *(s * (10.0**n - 1) for n in range(2, 7) for s in (-1, 1))]  # 99, -999, ...
IDENTIFIER = re.compile(
    r"(?:.*[\W_])?(?:id|index|idx|nr|no|key|uuid|guid|row|rownames?|rowid)|.*[a-z](?:Id|ID|Key|Index)"
    r"|.*[\W_](?:id|code)[\W_]number|row[\W_]?(?:names?|numbers?|nr|no)",
    re.DOTALL,
)
UNNAMED = re.compile(r"Unnamed: 0|column 1")
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
            f"{path}: has no column beside the label {label!r}; expected at least one input"
        )
    missing = Missing(settings["missing_values"], settings["decimal"])
    roles = {name: "text" for name in (*settings["categorical"], label, group) if name}
    roles |= {name: "numeric" for name in settings["numeric"]}
    roles |= {name: "date" for name in settings["dates"]}
    declared = [clean(name) for name in settings.get("classes") or ()]

    def column(name: str, role: str | None) -> Column:
        texts = declared if name == label else ()
        return Column(name, role, missing, settings["dates"].get(name), texts)

    columns = {n: column(n, roles.get(n)) for n in layout.names if n not in settings["ignore"]}
    if group:
        columns[group] = column(group, "text")
    numbers = read_columns(layout, columns)
    if again := {name: column(name, None) for name, found in columns.items() if found.mixed}:
        for found in again.values():
            found.role = "text"
        read_columns(layout, again)
        columns |= again
    if not len(numbers):
        raise DatasetError(f"{path}: has no rows below its column names")
    problems: list[str] = []
    notes: Notes = {}
    state = {
        "path": path,
        "rows": numbers,
        "settings": settings,
        "notes": notes,
        "problems": problems,
    }
    kinds = {name: _kind(columns[name], state) for name in used}
    classes, label_codes = _classes(columns[label], declared, state)
    keep = np.ones(len(numbers), bool)
    inputs = [name for name in used if kinds[name] in ("number", "category", "date")]
    strategy, incomplete = settings["missing"], []
    for name in (*inputs, label, *filter(None, [group])):
        seen = columns[name].missing
        if not seen.count:
            continue
        if strategy == "row":
            keep &= ~without(columns[name])
        elif name in (label, group):
            problems.append(missing_label(name, seen, name == label))
        elif seen.count == len(numbers):
            problems.append(f"column {short(name)}: has no values; list it under `ignore`")
        elif strategy == "refuse":
            problems.append(_refused(name, seen))
        else:
            incomplete.append(name)
            notes.setdefault(f"missing values are filled in ({strategy})", []).append(name)
    raise_all(path, problems)
    if not inputs:
        raise DatasetError(f"{path}: has no column that is an input; {'; '.join(as_notes(notes))}")
    state["inputs"] = len(inputs)
    if not keep.all():
        left = int((~keep).sum())
        rows_are = "row with missing values is" if left == 1 else "rows with missing values are"
        notes[f"{left} {rows_are} left out"] = []
        if not keep.any():
            raise DatasetError(
                f"{path}: each row has a missing value, so `missing: row` leaves none"
            )
    described, values = [], {}
    for name in inputs:
        entry, values[name] = _described(columns[name], kinds[name], keep, state)
        described.append(entry)
        columns[name].values = np.empty(0)  # its memory
    groups = None if not group else keys_of(columns[group], settings["decimal"])
    found = Rows(numbers, values, label_codes, groups).chosen(keep)
    raise_all(path, problems)
    table = {
        "columns": described,
        "label": label,
        "classes": classes,
        "group": group,
        "left_out": [n for n in layout.names if n not in inputs and n not in (label, group)],
        "names": layout.names,
        "missing": strategy,
        "indicators": incomplete if settings["missing_indicator"] else [],
        **{
            key: settings[key]
            for key in ("decimal", "missing_values", "separator", "encoding", "header")
        },
    }
    table["inputs"] = input_names(table)
    return table, found, layout.notes + as_notes(notes)


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


def _kind(column: Column, state: dict[str, Any]) -> str | None:
    """Decide what an input column is: "number", "date", "category", "left out", or a problem (None)."""
    name, settings, notes = column.name, state["settings"], state["notes"]

    def note(text: str, kind: str | None = None) -> str | None:
        notes.setdefault(text, []).append(name)
        return kind

    def problem(text: str) -> None:
        if 0 < column.missing.count < len(state["rows"]) and settings["missing"] == "refuse":
            text += f"; also, there is no value in {column.missing.rows}"
        state["problems"].append(f"column {short(name)}: {text}")

    if not column.unknown:
        if column.role != "text" and column.odd:
            return problem(not_of_role(column))
        if column.role == "numeric" and (mixed := _mixed_units(column)):
            return problem(mixed)
        return {"numeric": "number", "date": "date", "text": "category"}[column.role]
    if UNNAMED.fullmatch(name) and (name != "column 1" or settings["header"]):
        return note("left out, because it has no name and seems to number the rows; list it under "
                    "`numeric` or `categorical` to use it", "left out")  # fmt: skip
    if column.missing.count == len(state["rows"]):
        if settings["header"] and re.fullmatch(r"column \d+", name):
            return note("left out, because it has neither a name nor values", "left out")
        return problem("has no values; list it under `ignore`")
    if column.role is None:
        if column.odd:
            return problem(
                _odd_cells(name, column.odd, len(state["rows"]) - column.missing.count, state)
            )
        return _kind_of_numbers(column, note)
    found = column.survey(state["rows"])
    cells, texts = sum(seen.count for seen in found.values()), len(column.texts)
    like = {kind: seen for kind, seen in found.items() if kind not in (TEXT, CODES)}
    looked_at = column.texts[:SURVEYED]
    different = sum(kind_of(text, settings["decimal"]) in like for text in looked_at)
    if like and (
        2 * sum(s.count for s in like.values()) >= cells or 2 * different >= len(looked_at)
    ):
        return problem(_odd_cells(name, found, cells, state))
    cells = len(state["rows"]) - column.missing.count  # beyond the surveyed ones, too
    units = Counter(m[2] for text in column.texts if (m := UNIT.fullmatch(text)))
    usual = units.most_common(3)
    if sum(count for _, count in usual) > max(10, texts / 2):
        shown = some([repr(unit) for unit, _ in usual])
        way = (
            "list it under `numeric`,"
            if len(units) == 1
            else "convert it to one unit, or list it under"
        )
        return problem(
            f"looks like numbers with the unit{'s' * (len(usual) > 1)} {shown} ({found[TEXT]}); {way} "
            "`categorical` or `ignore`"
        )
    if sum(map(bool, map(MARKED.fullmatch, column.texts))) > max(10, texts / 2):
        return problem(
            f"looks like numbers with signs around them ({found[TEXT]}); remove the signs, or list it "
            "under `categorical` or `ignore`"
        )
    if texts == cells and cells >= FEW_ROWS:
        return note("left out, because all its texts are different: it seems to name the rows; list it "
                    "under `categorical` to use it", "left out")  # fmt: skip
    if texts > MOST_CATEGORIES:
        return problem(
            f"has {texts} different texts ({found[next(iter(found))]}); list it under `ignore`, under "
            "`categorical` if they are categories, or under `group` if its equal rows belong together"
        )
    if CODES in found:
        note(f"texts such as {short(found[CODES].first[0][1])} are categories, not numbers")
    if like:
        note("some categories look like numbers: " + str(next(iter(like.values()))))
    if texts > MANY_CATEGORIES:
        note(f"has {texts} different texts, and each becomes an input")
    return "category"


def _odd_cells(name: str, found: Mapping[str, Seen], cells: int, state: dict[str, Any]) -> str:
    """Describe a column that is neither numbers nor texts, and name the key that decides."""
    decimal = state["settings"]["decimal"]
    forms = {kind: s for kind, s in found.items() if kind not in (TEXT, CODES, PLAIN_NUMBER)}
    others = [found[kind] for kind in (TEXT, CODES) if kind in found]
    unsure = "thousands separators or decimal commas"
    for kind in ("decimal commas", "thousands separators"):
        if kind in forms and unsure in forms:  # other cells show which of the two it is
            forms[kind].count += forms.pop(unsure).count
    best = max(forms, key=lambda kind: forms[kind].count, default=None)
    texts = sum(seen.count for seen in others)
    if best is None or texts > forms[best].count:
        seen = others[0] if best is None else max(others, key=lambda s: s.count)
        count = sum(s.count for s in (*others, *forms.values()))
        return (
            f"has numbers and {count} other cell{'s' * (count > 1)} ({seen}); correct them, list the texts "
            "that mean a missing value under `missing_values`, or list the column under `categorical` or "
            "`ignore`"
        )
    advice = ADVICE.get(best, "list it under `numeric`,")
    if decimal == "," and "`decimal" in advice:
        advice = "list it under `numeric`,"
    advice = advice.replace("COLUMN", name[:40])
    if best == "times" and forms[best].first[0][1].count(":") == 2:
        advice = advice.replace("%M", "%M:%S")
    advice += " " if advice.endswith(("under", ",")) else ", or list it under "
    rest = sum(seen.count for kind, seen in forms.items() if kind != best) + texts
    also = f", and {rest} other cell{'s' * (rest > 1)}" if rest else ""
    shown = f"{forms[best]}{f'; {others[0]}' if others else ''}"
    look, few = "looks like", forms[best].count
    if 2 * few < cells:
        look = f"has numbers and {few} cell{'s' * (few > 1)} like"
        advice = f"correct {'them' if few > 1 else 'it'}, or {advice}"
    return f"{look} {best}{also} ({shown}); {advice}`categorical` or `ignore`"


def _mixed_units(column: Column) -> str | None:
    """Describe numbers with different units (`5 %` and `0.05`, `$5` and `5 €`), if there are any."""
    units = {unit for unit in column.units if unit}
    if len(units) > 1 or ("%" in units and column.units[""]):
        shown = some([short(unit) for unit in sorted(units)])
        none = " and none" * bool(column.units[""])
        return (
            f"has numbers with different units ({shown}{none}); convert them to one unit, or list the "
            "column under `categorical` or `ignore`"
        )
    return None


def _kind_of_numbers(column: Column, note: Any) -> str | None:
    """Return "number" for an input, "left out" for a column that numbers the rows; note oddities."""
    values = column.values
    present = values[~np.isnan(values)]
    whole = bool((present == np.floor(present)).all())
    if not whole:
        _note_sentinels(present, note)
        return "number"
    unique = np.unique(present)
    if _are_days(unique):
        return note(
            "numbers such as 20241231 look like dates; list it under `dates` to use it as days, or "
            "under `numeric`",
            "number",
        )
    identifier = bool(
        IDENTIFIER.fullmatch(column.name) or IDENTIFIER.fullmatch(column.name.lower())
    )
    different = len(unique) == len(values) >= FEW_ROWS
    if different and unique[-1] - unique[0] == len(values) - 1:
        return note(
            "left out, because it counts the rows; list it under `numeric` to use it", "left out"
        )
    if different and identifier:
        return note("left out, because its numbers are all different and its name is that of an "
                    "identifier; list it under `numeric` to use it", "left out")  # fmt: skip
    if different:
        note(
            "whole numbers, all different: if they only name the rows, list the column under `ignore`"
        )
    elif identifier and len(values) >= FEW_ROWS:
        note("has the name of an identifier; if it is one, list it under `ignore`, or set `group` to it "
             "to keep its rows together")  # fmt: skip
    if abs(unique).max() > LARGEST_WHOLE:
        note("has whole numbers beyond 2**53, which are rounded")
    if column.zeros and len(unique) > 1:
        note(
            "some numbers have leading zeros, as codes have; list it under `categorical` if they are codes"
        )
    _note_sentinels(present, note)
    return "number"


def _are_days(numbers: np.ndarray) -> bool:
    """Are these whole numbers dates written without separators, as 20241231?"""
    month, day = numbers // 100 % 100, numbers % 100
    years = (numbers > 1900_00_00) & (numbers < 2100_00_00)
    valid = years & (month >= 1) & (month <= 12) & (day >= 1) & (day <= 31)
    return len(numbers) >= FEW_ROWS and bool(valid.all())


def _note_sentinels(values: np.ndarray, note: Any) -> None:
    """Note numbers such as -999 that seem to mean missing values."""
    for value in (values.min(), values.max()) if len(values) else ():
        others = values[values != value]
        if (
            value in SENTINELS
            and len(others)
            and abs(value) > 5 * abs(others).max()
            and len(others) < len(values) - 1
        ):
            count = len(values) - len(others)
            note(f"{count} cells are {value:g}: if it means a missing value, list it under "
                 "`missing_values`")  # fmt: skip


def _classes(
    label: Column, declared: Sequence[str], state: dict[str, Any]
) -> tuple[list[str], np.ndarray]:
    """Return the names of the classes, and the class of each row, ABSENT for a missing label."""
    decimal, problems, notes = state["settings"]["decimal"], state["problems"], state["notes"]
    name, texts = label.name, label.texts
    where = f"label {short(name)}"
    numeric = [value for text in texts if (value := plain(text, decimal)) is not None]
    if len(numeric) == len(texts) and len(set(numeric)) > MANY_CLASSES:
        notes.setdefault(
            f"has {len(set(numeric))} different numbers, and each is a class of its own; if it is a "
            "measure, replace its values by ranges", []
        ).append(name)  # fmt: skip
    if declared:
        places = {key_of(text, decimal): place for place, text in enumerate(declared)}
        if len(places) < len(declared):
            problems.append(f"{where}: two of the `classes` are equal: {some(declared)}")
        unknown = Seen()
        keys = [places.get(key_of(text, decimal), ABSENT) for text in texts]
        codes, first, counts = np.unique(label.values, return_index=True, return_counts=True)
        for code, row, count in zip(codes, state["rows"][first], counts, strict=True):
            if code != ABSENT and keys[code] == ABSENT:
                unknown.add(int(row), texts[code])
                unknown.count += int(count) - 1
        if unknown.count:
            problems.append(
                f"{where}: {unknown} not among the `classes` {some(declared, listed=20)}"
            )
        note_merged(name, texts, decimal, notes)
        table = np.array([*keys, ABSENT], np.int64)
        return list(declared), table[label.values]
    found = label.survey(state["rows"])
    whole = all(value.is_integer() for value in numeric)
    forms = set(found) - {TEXT, CODES, PLAIN_NUMBER}
    if forms and TEXT not in found and CODES not in found:
        kind = max(forms, key=lambda kind: found[kind].count)
        problems.append(
            f"{where}: looks like {kind} ({found[kind]}); if they are classes, list them under `classes`"
        )
    elif (not whole and 2 * len(numeric) >= len(texts)) or len(set(numeric)) > MOST_CLASSES:
        odd = next((t for t in texts if not float(plain(t, decimal) or 0).is_integer()), texts[0])
        problems.append(
            f"{where}: has {len(texts)} different values, such as {short(odd)}: it seems to be a measure. "
            "This project classifies; regression is out of its scope. If the values are classes (at most "
            f"{MOST_CLASSES}), list them under `classes`"
        )
    elif len({key_of(text, decimal) for text in texts}) > MOST_CLASSES:
        problems.append(
            f"{where}: has {len(texts)} different texts ({next(iter(found.values()))}), and at most "
            f"{MOST_CLASSES} can be classes; is it the right column?"
        )
    names, places = merged(name, texts, decimal, notes)
    if len(names) == len(state["rows"]) >= FEW_ROWS and not problems:
        problems.append(
            f"{where}: has a different value in each row ({some(list(map(short, names)), listed=3)}); is "
            "it the right column?"
        )
    if len(names) == 1 and not problems and not label.missing.count:
        problems.append(f"{where}: has only one value ({short(names[0])}); expected two or more")
    return names, np.append(places, ABSENT)[label.values]


def merged(
    name: str, texts: Sequence[str], decimal: str, notes: Notes
) -> tuple[list[str], np.ndarray]:
    """Return sorted categories, numbers before texts, and the category of each text, int64 (n,)."""
    groups: dict[float | str, list[str]] = {}
    keys = [key_of(text, decimal) for text in texts]
    for key, text in zip(keys, texts, strict=True):
        groups.setdefault(key, []).append(text)
    ordered = sorted(groups, key=lambda key: (isinstance(key, str), key))
    note_merged(name, texts, decimal, notes)
    place = {key: number for number, key in enumerate(ordered)}
    names = [min(groups[key], key=lambda text: (len(text), text)) for key in ordered]
    return names, np.array([place[key] for key in keys], np.int64)


def note_merged(name: str, texts: Sequence[str], decimal: str, notes: Notes) -> None:
    """Note texts that are equal as numbers, and texts that differ only in case."""
    alike = "differ only in upper and lower case, and count as different"
    for key, text in (
        (key_of, "are equal as numbers, and count as one"),
        (lambda text, _: text.casefold(), alike),
    ):
        groups: dict[Any, list[str]] = {}
        for each in texts:
            groups.setdefault(key(each, decimal), []).append(each)
        if several := [sorted(group) for group in groups.values() if len(group) > 1]:
            shown = some([" and ".join(map(short, group[:3])) for group in several], listed=3)
            notes.setdefault(f"{shown} {text}", []).append(name)


def _refused(name: str, seen: Seen) -> str:
    texts = some(
        [short(text) for text in dict.fromkeys(t for _, t in seen.first if t not in ("", NOTHING))]
    )
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
