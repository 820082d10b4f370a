"""Tables in CSV files: numbers, categories and dates in columns, the class in one of them."""

import difflib
import hashlib
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from .cells import (
    ADVICE,
    CODES,
    NOTHING,
    PLAIN_NUMBER,
    TEXT,
    UNIT,
    Missing,
    clean,
    kind_of,
    plain,
    valid_format,
)
from .columns import ABSENT, Column, Seen, read_columns
from .csv_file import Layout, layout_of, rows, short, some
from .errors import MOST_CLASSES, DatasetError
from .format import NAMES, PLACE, SHARE, SPLITS, Format, Parsed
from .holdout import digests_of_groups, digests_of_rows, sides_of

MOST_CATEGORIES = 100  # more different texts than this are names or remarks, not categories
MOST_INPUTS = 1000  # of a column under `categorical`: each row takes 8 bytes for each of its texts
MANY_CATEGORIES = 20  # are worth a note
MANY_CLASSES = 20  # whole numbers: perhaps a measure
FEW_ROWS = 10  # in fewer rows, different values are no sign of an index
FEW_GROUPS = 10
MOST_PROBLEMS = 20  # lines of a message
LARGEST_WHOLE = 2.0**53  # float64 has all whole numbers up to here
SENTINELS = [-9.0, *(s * (10.0**n - 1) for n in range(2, 7) for s in (-1, 1))]  # 99, -999, ...
IDENTIFIER = re.compile(
    r"(?:.*[\W_])?(?:id|index|idx|nr|no|key|uuid|guid|row|rownames?|rowid)|.*[a-z](?:Id|ID|Key|Index)"
    r"|.*[\W_](?:id|code)[\W_]number|row[\W_]?(?:names?|numbers?|nr|no)",
    re.DOTALL,
)
UNNAMED = re.compile(r"Unnamed: 0|column 1")
UNSEEN = -2  # the code of a category that the training table does not have
FILLED = ("mean", "median", "most_frequent")
ROLES = ("categorical", "numeric", "dates", "ignore", "group", "label")
HEADERLESS = "column {}"
Notes = dict[str, list[str]]  # what is said of columns, by the sentence


class Rows(NamedTuple):
    """The cells of a table as it is encoded: float64 (n,) or codes int32 (n,) for each column.

    ``numbers`` are the row numbers in the file; ``label`` codes of the classes, ``groups`` the values
    of the column that keeps rows together; both None if they were not read.
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


# ------------------------------------------------------------------ the training table


def parse_csv(settings: dict[str, Any], files: dict[str, str]) -> Parsed:
    """Read a table, and another one for the test split or a share of it."""
    settings = complete(settings)
    table, train, notes = fit(files["train_table"], settings)
    share = settings["test"]
    if share and "test_table" in files:
        raise DatasetError(
            f"{files['train_table']}: test_path and a share for the test are set; remove one"
        )
    sides = {"train": train}
    if "test_table" in files:
        found, sides["test"], said = encoded(files["test_table"], table, labelled=True)
        notes += [f"the test table: {note}" for note in said]
    splits, groups = {}, None
    for name, side in sides.items():
        digests = digests_of_rows(_canonical(side.values, table))
        owners = None
        if name == "train" and side.groups is not None:
            owners = digests_of_groups(side.groups.tolist())
            notes += _group_notes(settings["group"], side.groups)
        orders, sizes = sides_of(digests, share if name == "train" else 0, owners)
        groups = sizes if owners is not None else groups
        whole = np.concatenate(list(orders.values()))
        labels, images = side.label[whole], matrix(side.values, table, whole)
        start = 0
        for split, order in orders.items():
            rows_of_split = slice(start, start := start + len(order))
            splits["test" if name == "test" else split] = (
                images[rows_of_split],
                labels[rows_of_split],
            )
    about = {"inputs": table["inputs"], "one_hot": one_hot(table), "table": table}
    if table["missing"] in FILLED:
        about["missing"] = table["missing"]
    return Parsed(splits, table["classes"], about, tuple(notes), groups=groups)


def complete(settings: Mapping[str, Any]) -> dict[str, Any]:
    """Return settings with defaults, and check what they say without a look at the table."""
    defaults = {key: rule["default"] for key, rule in CSV.settings.items() if "default" in rule}
    settings = {**defaults, **settings}
    uses: dict[str, list[str]] = {}
    for key in ROLES:
        value = settings[key]
        named = [value] if isinstance(value, str) else list(value or ())
        if isinstance(value, dict):
            settings[key] = {clean(name): valid_format(name, form) for name, form in value.items()}
        elif key == "dates":
            settings[key] = dict.fromkeys(map(clean, named))
        else:
            settings[key] = (
                clean(value) if isinstance(value, str) else value and list(map(clean, value))
            )
        for name in map(clean, named):
            uses.setdefault(name, []).append(key)
    for name, keys in uses.items():
        keys = [key for key in dict.fromkeys(keys) if set(keys) != {"group", "ignore"}]
        if len(keys) > 1:
            raise DatasetError(
                f"the column {name!r} stands under {' and '.join(keys)}; keep one of them"
            )
    if settings["missing_indicator"] and settings["missing"] not in FILLED:
        raise DatasetError(
            f"missing_indicator: needs `missing: mean`, median or most_frequent, not {settings['missing']}"
        )
    return settings


def fit(path: str, settings: Mapping[str, Any]) -> tuple[dict[str, Any], Rows, list[str]]:
    """Read a training table: what its columns mean, its rows, and what a user should know of it.

    What the columns mean is JSON data; `encoded` reads other tables by it. Raises DatasetError with a
    line for each problem of the table.
    """
    named = [name for key in ROLES for name in _names(settings[key])]
    layout = layout_of(path, settings, named)
    _check_known(layout, settings)
    label, group = settings["label"], settings["group"]
    used = [n for n in layout.names if n not in {label, group, *settings["ignore"]}]
    if not used:
        raise DatasetError(f"{path}: has no column beside the label {label!r}; expected inputs")
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
    again = {n: column(n, "text") for n in used if kinds[n] == "category" and columns[n].mixed}
    if again:
        read_columns(layout, again)
        columns |= again
    classes, label_codes = _classes(columns[label], declared, state)
    keep = np.ones(len(numbers), bool)
    inputs = [name for name in used if kinds[name] in ("number", "category", "date")]
    strategy, incomplete = settings["missing"], []
    for name in (*inputs, label, *filter(None, [group])):
        seen = columns[name].missing
        if not seen.count:
            continue
        if strategy == "row":
            keep &= ~_without(columns[name])
        elif name in (label, group):
            problems.append(_missing_label(name, seen, name == label))
        elif seen.count == len(numbers):
            problems.append(f"column {short(name)}: has no values; list it under `ignore`")
        elif strategy == "refuse":
            problems.append(_refused(name, seen))
        else:
            incomplete.append(name)
    _raise(path, problems)
    if not inputs:
        raise DatasetError(f"{path}: has no column that is an input; {_as_notes(notes)}")
    if not keep.all():
        left = int((~keep).sum())
        notes[f"{left} rows with missing values are left out"] = []
        if not keep.any():
            raise DatasetError(
                f"{path}: each row has a missing value, so `missing: row` leaves none"
            )
    described, values = [], {}
    for name in inputs:
        entry, values[name] = _described(columns[name], kinds[name], keep, state)
        described.append(entry)
        columns[name].values = np.empty(0)  # its memory
    groups = None if not group else _keys_of(columns[group], settings["decimal"])
    found = Rows(numbers, values, label_codes, groups).chosen(keep)
    _raise(path, problems)
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
    return table, found, layout.notes + _as_notes(notes)


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
    if lines and settings["header"] and any(plain(name) is not None for name in layout.names):
        lines[0] += "; for a table without a line of column names set `header: false`"
    _raise(layout.path, lines)


def _raise(path: str, lines: Sequence[str]) -> None:
    """Raise DatasetError with a line for each problem, if there is any."""
    if len(lines) == 1:
        raise DatasetError(f"{path}: {lines[0]}")
    if lines:
        shown = [f"  {line}" for line in lines[:MOST_PROBLEMS]]
        if len(lines) > MOST_PROBLEMS:
            shown.append(f"  ... and {len(lines) - MOST_PROBLEMS} more columns")
        raise DatasetError("\n".join([f"{path}: {len(lines)} problems:", *shown]))


def _as_notes(notes: Notes) -> list[str]:
    """Return a sentence for each note, with the columns that it is about."""
    return [
        f"column{'s' * (len(names) > 1)} {some(list(map(short, names)))}: {text}" if names else text
        for text, names in notes.items()
    ]


def _kind(column: Column, state: dict[str, Any]) -> str | None:
    """Decide what an input column is: "number", "date", "category", "left out", or a problem (None)."""
    name, settings, notes = column.name, state["settings"], state["notes"]

    def note(text: str, kind: str | None = None) -> str | None:
        notes.setdefault(text, []).append(name)
        return kind

    def problem(text: str) -> None:
        state["problems"].append(f"column {short(name)}: {text}")

    if not column.unknown:
        if column.role != "text" and column.odd:
            return problem(_not_of_role(column))
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
            return problem(_odd_cells(column.odd, state))
        return _kind_of_numbers(column, note)
    found = column.survey(state["rows"])
    cells, texts = sum(seen.count for seen in found.values()), len(column.texts)
    like = {kind: seen for kind, seen in found.items() if kind not in (TEXT, CODES)}
    different = sum(_different(column, kind, state) for kind in like)
    if like and (2 * sum(s.count for s in like.values()) >= cells or 2 * different >= texts):
        return problem(_odd_cells(found, state))
    if column.mixed:
        texts = max(texts, MOST_CATEGORIES + 1)
    if texts == cells and cells >= FEW_ROWS:
        return note("left out, because all its texts are different: it seems to name the rows; list it "
                    "under `categorical` to use it", "left out")  # fmt: skip
    if texts > MOST_CATEGORIES:
        return problem(
            f"has {texts} different texts ({found[next(iter(found))]}); list it under `ignore`, or under "
            "`categorical` if they are categories"
        )
    units = Counter(m[2] for text in column.texts if (m := UNIT.fullmatch(text)))
    if units and (unit := units.most_common(1)[0])[1] > max(10, texts / 2):
        return problem(
            f"looks like numbers with the unit {unit[0]!r} ({found[TEXT]}); list it under `numeric`, or "
            "under `categorical` if they are categories"
        )
    if CODES in found:
        note(f"texts such as {short(found[CODES].first[0][1])} are categories, not numbers")
    if like:
        note("some categories look like numbers: " + str(next(iter(like.values()))))
    if texts > MANY_CATEGORIES and not column.mixed:
        note(f"has {texts} different texts, and each becomes an input")
    return "category"


def _different(column: Column, kind: str, state: dict[str, Any]) -> int:
    return sum(kind_of(text, column.absent.decimal) == kind for text in column.texts[:10_000])


def _odd_cells(found: Mapping[str, Seen], state: dict[str, Any]) -> str:
    """Say what a column looks like that is neither numbers nor texts, and which key decides."""
    decimal = state["settings"]["decimal"]
    forms = {kind: s for kind, s in found.items() if kind not in (TEXT, CODES, PLAIN_NUMBER)}
    others = [found[kind] for kind in (TEXT, CODES) if kind in found]
    best = max(forms, key=lambda kind: forms[kind].count, default=None)
    if best == "thousands separators or decimal commas":  # the others tell which
        best = next((kind for kind in forms if kind != best and kind in (
            "decimal commas", "thousands separators")), best)  # fmt: skip
    texts = sum(seen.count for seen in others)
    if best is None or texts > forms[best].count:
        seen = others[0] if best is None else max(others, key=lambda s: s.count)
        count = sum(s.count for s in (*others, *forms.values()))
        return (
            f"has numbers and {count} other cell{'s' * (count > 1)} ({seen}); correct them, list the texts "
            "that mean a missing value under `missing_values`, or list the column under `categorical` or "
            "`ignore`"
        )
    advice = ADVICE.get(best, "list it under `numeric`")
    if decimal == "," and "`decimal" in advice:
        advice = "list it under `numeric`"
    advice = advice.replace("COLUMN", "NAME")
    rest = sum(seen.count for kind, seen in forms.items() if kind != best) + texts
    also = f", and {rest} other cell{'s' * (rest > 1)}" if rest else ""
    shown = f"{forms[best]}{f'; {others[0]}' if others else ''}"
    end = "" if best == "hexadecimal numbers" else ", or list it under `categorical` or `ignore`"
    return f"looks like {best}{also} ({shown}); {advice}{end}"


def _not_of_role(column: Column) -> str:
    """Say which cells of a declared column do not fit."""
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


def _mixed_units(column: Column) -> str | None:
    """Say that numbers have different units: `5 %` and `0.05`, `$5` and `5 €`."""
    units = {unit for unit in column.units if unit}
    if len(units) > 1 or ("%" in units and column.units[""]):
        shown = some([short(unit) for unit in sorted(units)])
        return f"has numbers with different units ({shown}{' and none' * bool(column.units[''])})"
    return None


def _kind_of_numbers(column: Column, note: Any) -> str | None:
    """A column of numbers: is it an input, or does it number the rows? Note what is odd."""
    values = column.values
    present = values[~np.isnan(values)]
    whole = bool((present == np.floor(present)).all())
    if not whole:
        _note_sentinels(present, note)
        return "number"
    unique = np.unique(present)
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


def _note_sentinels(values: np.ndarray, note: Any) -> None:
    """Note numbers such as -999 that seem to stand for missing values."""
    for value in (values.min(), values.max()) if len(values) else ():
        others = values[values != value]
        if (
            value in SENTINELS
            and len(others)
            and abs(value) > 5 * abs(others).max()
            and len(others) < len(values) - 1
        ):
            count = len(values) - len(others)
            note(f"{count} cells are {value:g}: if it stands for a missing value, list it under "
                 "`missing_values`")  # fmt: skip


def _classes(
    label: Column, declared: Sequence[str], state: dict[str, Any]
) -> tuple[list[str], np.ndarray]:
    """Return the names of the classes, and the class of each row, ABSENT for a missing label."""
    decimal, problems, notes = state["settings"]["decimal"], state["problems"], state["notes"]
    name, texts = label.name, label.texts
    where = f"label {short(name)}"
    if declared:
        places = {_key(text, decimal): place for place, text in enumerate(declared)}
        if len(places) < len(declared):
            problems.append(f"{where}: two of the `classes` are equal: {some(declared)}")
        unknown = Seen()
        keys = [places.get(_key(text, decimal), ABSENT) for text in texts]
        for code in (c for c, place in enumerate(keys) if place == ABSENT):
            cells = np.flatnonzero(label.values == code)
            unknown.add(int(state["rows"][cells[0]]), texts[code])
            unknown.count += len(cells) - 1
        if unknown.count:
            problems.append(
                f"{where}: {unknown} not among the `classes` {some(declared, listed=20)}"
            )
        _note_merged(name, texts, decimal, notes)
        table = np.array([*keys, ABSENT], np.int64)
        return list(declared), table[label.values]
    kinds = Counter(kind for kind, seen in label.survey(state["rows"]).items() for _ in [seen])
    found = label.survey(state["rows"])
    numeric = [value for text in texts if (value := plain(text, decimal)) is not None]
    whole = all(value.is_integer() for value in numeric)
    forms = set(kinds) - {TEXT, CODES, PLAIN_NUMBER}
    if forms and not kinds[TEXT] and not kinds[CODES]:
        kind = max(forms, key=lambda kind: found[kind].count)
        problems.append(
            f"{where}: looks like {kind} ({found[kind]}); if they are classes, list them under `classes`"
        )
    elif (not whole and 2 * len(numeric) >= len(texts)) or len(set(numeric)) > MOST_CLASSES:
        odd = next((t for t in texts if not float(plain(t, decimal) or 0).is_integer()), texts[0])
        problems.append(
            f"{where}: has {len(texts)} different values, as {short(odd)}: it seems to be a measure. This "
            "project classifies; regression is out of its scope. If the values are classes (at most "
            f"{MOST_CLASSES}), list them under `classes`"
        )
    elif len({_key(text, decimal) for text in texts}) > MOST_CLASSES:
        problems.append(
            f"{where}: has {len(texts)} different texts ({next(iter(found.values()))}), and at most "
            f"{MOST_CLASSES} can be classes; is it the right column?"
        )
    names, places = _merged(name, texts, decimal, notes)
    if len(names) == 1 and not problems:
        problems.append(f"{where}: has one value alone ({short(names[0])}); expected two or more")
    if len(numeric) == len(texts) and len(names) > MANY_CLASSES:
        notes.setdefault(
            f"the label has {len(names)} different numbers, and each is a class of its own; if it is a "
            "measure, write groups of its values in its place", []
        ).append(name)  # fmt: skip
    return names, np.append(places, ABSENT)[label.values]


def _key(text: str, decimal: str) -> float | str:
    """Return what makes categories equal: the value of a number, otherwise the text."""
    value = plain(text, decimal)
    return text if value is None else value


def _merged(
    name: str, texts: Sequence[str], decimal: str, notes: Notes
) -> tuple[list[str], np.ndarray]:
    """Return sorted categories, numbers before texts, and the category of each text, int64 (n,)."""
    groups: dict[float | str, list[str]] = {}
    keys = [_key(text, decimal) for text in texts]
    for key, text in zip(keys, texts, strict=True):
        groups.setdefault(key, []).append(text)
    ordered = sorted(groups, key=lambda key: (isinstance(key, str), key))
    _note_merged(name, texts, decimal, notes)
    place = {key: number for number, key in enumerate(ordered)}
    names = [min(groups[key], key=lambda text: (len(text), text)) for key in ordered]
    return names, np.array([place[key] for key in keys], np.int64)


def _note_merged(name: str, texts: Sequence[str], decimal: str, notes: Notes) -> None:
    """Note texts that are equal as numbers, and texts that differ only in case."""
    for key, text in ((_key, "are equal as numbers and count as one"), (
        lambda text, _: text.casefold(), "differ only in upper and lower case, and count as different")):  # fmt: skip
        groups: dict[Any, list[str]] = {}
        for each in texts:
            groups.setdefault(key(each, decimal), []).append(each)
        if several := [sorted(group) for group in groups.values() if len(group) > 1]:
            shown = some([" and ".join(map(short, group[:3])) for group in several], listed=3)
            notes.setdefault(f"{shown} {text}", []).append(name)


def _without(column: Column) -> np.ndarray:
    """Which rows, bool (n,), have no value in a column."""
    return column.values == ABSENT if column.role == "text" else np.isnan(column.values)


def _refused(name: str, seen: Seen) -> str:
    texts = some(
        [short(text) for text in dict.fromkeys(t for _, t in seen.first if t not in ("", NOTHING))]
    )
    said = f" ({texts} counts as missing; see `missing_values`)" if texts else ""
    return (
        f"column {short(name)}: no value in {seen.rows}{said}; fill it in, or set `missing` to mean, "
        "median, most_frequent or row"
    )


def _missing_label(name: str, seen: Seen, is_label: bool) -> str:
    what = "label" if is_label else "group"
    texts = [(row, text) for row, text in seen.first if text not in ("", NOTHING)]
    if not texts:
        return f"{what} {short(name)}: no value in {seen.rows}; fill it in, or set `missing: row`"
    row, text = texts[0]
    also = f", as {seen.count - 1} more cells" if seen.count > 1 else ""
    way = f"list all classes under `classes`, {text!r} among them, or " if is_label else ""
    return (
        f"{what} {short(name)}: row {row}: {text!r} counts as missing{also}; if it is a "
        f"{'class' if is_label else 'group'}, {way}set `missing_values` to the texts that are missing"
    )


def _described(
    column: Column, kind: str, keep: np.ndarray, state: dict[str, Any]
) -> tuple[dict[str, Any], np.ndarray]:
    """Return what an input column means, as JSON, and its values or the codes of its categories."""
    name, notes = column.name, state["notes"]
    entry: dict[str, Any] = {"name": name, "kind": kind}
    values = column.values
    if kind != "category":
        if kind == "date":
            entry["format"] = column.form
        if column.role == "numeric":
            entry["numeric"] = True
        present = values[keep]
        if np.nanmin(present) == np.nanmax(present) and not np.isnan(present).any():
            notes.setdefault("has the same value in all rows", []).append(name)
        return entry, values
    used = np.unique(values[keep & (values >= 0)])
    names, places = _merged(
        name, [column.texts[code] for code in used], state["settings"]["decimal"], notes
    )
    if len(names) > MOST_INPUTS:
        state["problems"].append(
            f"column {short(name)}: has {len(names)} different texts, and each is an input of its own; "
            f"expected at most {MOST_INPUTS}: list it under `ignore`, or write groups in their place"
        )
    if len(names) == 1 and not column.missing.count:
        notes.setdefault("has the same value in all rows", []).append(name)
    table = np.full(len(column.texts) + 1, ABSENT, np.int32)
    table[used] = places
    return entry | {"categories": names}, table[values]


def _keys_of(column: Column, decimal: str) -> np.ndarray:
    """Return the value of each cell as text, equal for numbers that are equal."""
    keys = np.array([*(repr(_key(text, decimal)) for text in column.texts), ""], object)
    return keys[column.values]


def _group_notes(name: str, groups: np.ndarray) -> Iterator[str]:
    sizes = Counter(groups.tolist())
    value, most = sizes.most_common(1)[0]
    if 2 * most > len(groups):
        yield f"group: {most} of {len(groups)} rows have the {name} {value}, and stay together"
    if len(sizes) < FEW_GROUPS:
        yield f"group: the column {name!r} has {len(sizes)} different values, so splits are coarse"


# ------------------------------------------------------------------ encoding


def input_names(table: Mapping[str, Any]) -> list[str]:
    """What each input is: ``age``, ``colour=red``, ``age is missing``."""
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
    """The ranges [start, stop] of inputs that stand for one column of categories."""
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


def _canonical(values: Mapping[str, np.ndarray], table: Mapping[str, Any]) -> list[np.ndarray]:
    """Return columns of 8-byte values that are equal if and only if cells are, whatever the codes."""
    found = []
    for column in table["columns"]:
        cells = values[column["name"]]
        if column["kind"] == "category":
            keys = [repr(_key(kind, table["decimal"])) for kind in column["categories"]]
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
) -> tuple[np.ndarray, Rows, list[str]]:
    """Read a table as the training table was read: a file, a list of rows, or a mapping of columns.

    Returns which rows can be used, bool (n,) (not those with missing values under `missing: row`),
    these rows, and notes. With ``labelled`` it has to have the label, otherwise a label is ignored.
    Raises DatasetError with all problems: missing columns, cells that are no numbers, and so on.
    """
    label, missing = table["label"], Missing(table["missing_values"], table["decimal"])
    columns = {c["name"]: _reader(c, missing) for c in table["columns"]}
    if labelled:
        columns[label] = Column(label, "text", missing, declared=table["classes"])
    if isinstance(source, str | Path):
        where, layout = str(source), _layout_of_new(source, table, list(columns))
        names = layout.names
    else:
        where, given = "the table", _as_columns(source)
        names = list(given)
    if lacking := [name for name in columns if name not in names]:
        raise DatasetError(
            f"{where}: lacks the column{'s' * (len(lacking) > 1)} "
            f"{some(list(map(short, lacking)), listed=20)}; it has {some(list(map(short, names)), listed=20)}"
        )
    notes: Notes = {}
    known = {*table["names"], label, table["group"]}
    if extra := [name for name in names if name not in known]:
        notes["ignored, because the training table does not have it"] = extra
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
            problems.append(f"column {short(name)}: {_not_of_role(column)}")
        if column.missing.count and table["missing"] == "refuse":
            problems.append(
                f"column {short(name)}: no value in {column.missing.rows}; fill it in, or train with "
                "another setting of `missing`"
            )
        elif column.missing.count and table["missing"] == "row":
            keep &= ~_without(column)
        values[name] = (
            _codes(entry, column, table, notes) if entry["kind"] == "category" else column.values
        )
    codes = None
    if labelled:
        codes, wrong = _known_classes(columns[label], table, numbers)
        problems += wrong
        if columns[label].missing.count and table["missing"] == "row":
            keep &= ~_without(columns[label])
        elif columns[label].missing.count:
            problems.append(_missing_label(label, columns[label].missing, True))
    _raise(where, problems)
    if not keep.all():
        notes[f"{(~keep).sum()} of {len(keep)} rows have missing values and are left out"] = []
        if not keep.any() and labelled:
            raise DatasetError(
                f"{where}: each row has a missing value, so `missing: row` leaves none"
            )
    return keep, Rows(numbers, values, codes).chosen(keep), said + _as_notes(notes)


def classified(
    source: str | Path | Cells | Sequence[Mapping[str, Any]], table: Mapping[str, Any]
) -> tuple[np.ndarray, np.ndarray, np.ndarray, list[str]]:
    """Read new rows for a trained model: row numbers (n,), inputs (m, d), which rows they are, bool (n,),
    and notes."""
    keep, found, notes = encoded(source, table)
    numbers = np.zeros(len(keep), np.int64)
    numbers[keep] = found.numbers
    return numbers, matrix(found.values, table), keep, notes


def _reader(entry: Mapping[str, Any], missing: Missing) -> Column:
    """Return a column to read by what it meant in the training table."""
    role = {"category": "text", "date": "date", "number": "number"}[entry["kind"]]
    role = "numeric" if entry.get("numeric") else role
    return Column(entry["name"], role, missing, entry.get("format"))


def _layout_of_new(source: str | Path, table: Mapping[str, Any], needed: Sequence[str]) -> Layout:
    """Find out how a new table is laid out; its encoding and separator may differ."""
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
    if isinstance(source, list | tuple):
        names = dict.fromkeys(name for row in source for name in row)
        return {clean(str(name)): [row.get(name) for row in source] for name in names}
    found = {clean(str(name)): list(source[name]) for name in source}
    if len(sizes := {len(cells) for cells in found.values()}) > 1:
        raise DatasetError(f"the table: its columns have different lengths: {some(sorted(sizes))}")
    return found


def _as_text(value: Any, decimal: str) -> str:
    """Return a cell of a Python table as it would stand in a file."""
    if value is None or value != value:
        return NOTHING
    if isinstance(value, float | np.floating):
        return repr(float(value)).replace(".", decimal)
    return str(value)


def _codes(
    entry: Mapping[str, Any], column: Column, table: Mapping[str, Any], notes: Notes
) -> np.ndarray:
    """Return the codes of known categories; note the cells that have others, which become UNSEEN."""
    decimal = table["decimal"]
    places = {_key(kind, decimal): place for place, kind in enumerate(entry["categories"])}
    found = np.array(
        [places.get(_key(t, decimal), UNSEEN) for t in column.texts] + [ABSENT], np.int32
    )
    codes = found[column.values.astype(np.int64)]
    if unseen := int((codes == UNSEEN).sum()):
        texts = [text for text, code in zip(column.texts, found, strict=False) if code == UNSEEN]
        said = (
            f"{unseen} cell{'s have categories' if unseen > 1 else ' has a category'} that the training "
            f"table does not have ({some(list(map(short, texts)))}), and count as none of the known"
        )
        notes.setdefault(said, []).append(entry["name"])
    return codes


def _known_classes(
    label: Column, table: Mapping[str, Any], numbers: np.ndarray
) -> tuple[np.ndarray, list[str]]:
    """Return the class of each row, and a problem if there are other classes."""
    places = {_key(name, table["decimal"]): place for place, name in enumerate(table["classes"])}
    found = [places.get(_key(text, table["decimal"]), UNSEEN) for text in label.texts]
    unknown = [text for text, place in zip(label.texts, found, strict=True) if place == UNSEEN]
    codes = np.array([*found, ABSENT], np.int64)[label.values.astype(np.int64)]
    if not unknown:
        return codes, []
    wrong = numbers[codes == UNSEEN]
    return codes, [
        f"label {short(label.name)}: {some(list(map(short, unknown)))} in {rows(wrong[:5].tolist(), len(wrong))} "
        "is not in the training table"
    ]


# ------------------------------------------------------------------ the format


def csv_sizes(settings: dict[str, Any]) -> dict[str, Any]:
    files = {role: settings[key] for role, key in CSV.places.items() if settings.get(key)}
    parsed = parse_csv(settings, files)
    sizes = {f"{split}_size": len(parsed.splits.get(split, ((), ()))[1]) for split in SPLITS}
    return {"classes": parsed.classes, "shape": [len(parsed.about["inputs"])], **sizes}


def _columns(description: str, **rule: Any) -> dict[str, Any]:
    return NAMES | {"description": description} | rule


OPTIONAL = {"type": ["string", "null"], "default": None}

CSV = Format(
    parse_csv,
    settings={
        "path": PLACE,
        "test_path": PLACE | OPTIONAL,
        "label": {"type": "string", "description": "the column that has the class"},
        "categorical": _columns("columns whose values are categories, also if they are numbers"),
        "numeric": _columns(
            "columns of numbers as people write them: with currency, percent signs, units, thousands "
            "separators, exponents without a sign"
        ),
        "dates": {
            "type": ["array", "object"],
            "items": {"type": "string"},
            "additionalProperties": {"type": ["string", "null"]},
            "default": [],
            "description": "columns of dates in ISO 8601, which become days since 1970; or a mapping from "
            "columns to formats of strptime",
        },
        "ignore": _columns("columns that are no inputs"),
        "group": OPTIONAL
        | {
            "description": "a column; rows with the same value in it are never divided between splits"
        },
        "test": SHARE,
        "decimal": {"enum": [".", ","], "default": ".", "description": "the decimal sign"},
        "separator": OPTIONAL
        | {
            "minLength": 1,
            "maxLength": 1,
            "description": "the character between cells (null: detect)",
        },
        "encoding": OPTIONAL
        | {"description": "as cp1252 (null: UTF-8, or what the byte-order mark says)"},
        "header": {
            "type": "boolean",
            "default": True,
            "description": "false: there is no line of names, and the columns are `column 1`, ...",
        },
        "missing_values": {
            "type": ["array", "null"],
            "items": {"type": ["string", "number"]},
            "default": None,
            "description": "the texts that count as missing, in any case, in place of the usual ones "
            "(NA, null, ?, -, an empty cell, ...)",
        },
        "missing": {
            "enum": ["refuse", *FILLED, "row"],
            "default": "refuse",
            "description": "what becomes of missing values: an error; filled in, as learned from the "
            "training rows; or the row is left out",
        },
        "missing_indicator": {
            "type": "boolean",
            "default": False,
            "description": "one more input, 0 or 1, for each column with missing values",
        },
    },
    required=("path", "label"),
    sizes=csv_sizes,
    places={"train_table": "path", "test_table": "test_path"},
)
