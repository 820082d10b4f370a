"""Decide if a column has numbers, categories or dates or names the rows, or ask the user."""

import re
from collections import Counter
from collections.abc import Mapping
from typing import Any

import numpy as np

from .cells import (
    CODES,
    LARGEST_WHOLE,
    MARKED,
    MULTIPLE,
    PLAIN_NUMBER,
    TEXT,
    is_currency,
    kind_of,
    written,
)
from .columns import SURVEYED, Column
from .errors import count, some
from .messages import Report, Seen, short

FEW_ROWS = 10  # in fewer rows, different values do not suggest an index
MOST_CATEGORIES = 100  # more different texts than this are names or remarks, not categories
MANY_CATEGORIES = 20  # more get a note
SENTINELS = [-9.0, *(s * (10.0**n - 1) for n in range(2, 7) for s in (-1, 1))]  # 99, -999, ...
IDENTIFIER = re.compile(
    r"(?:.*[\W_])?(?:id|index|idx|nr|no|key|uuid|guid|row|rownames?|rowid)|.*[a-z](?:Id|ID|Key|Index)"
    r"|.*[\W_](?:id|code)[\W_]number|row[\W_]?(?:names?|numbers?|nr|no)",
    re.DOTALL,
)
UNNAMED = re.compile(r"Unnamed: 0|column 1")
WAYS = {  # what to do with texts of a kind; they can also be categories or ignored
    "decimal commas": 'set `decimal: ","`, or list the column under ',
    "thousands separators or decimal commas": 'set `decimal: ","`, or list the column under `numeric`, ',
    "thousands separators and decimal commas": 'set `decimal: ","` and list the column under `numeric`, '
    "or list it under ",
    "dates": "list it under `dates`, ",
    "times": 'give their format, `dates: {COLUMN: "%H:%M"}`, or list the column under ',
    "hexadecimal numbers": "list it under ",
    "infinite numbers": "count them as missing (`missing_values`), or list the column under ",
}
USE = "left out, because {}; list it under `{}` to use it"
Kind = tuple[str | None, list[str]]  # None with a problem, or a kind with notes


def column_kind(
    column: Column, numbers: np.ndarray, settings: Mapping[str, Any], report: Report
) -> str | None:
    """Return the kind of an input column: "number", "date", "category", "left out"; None for a problem."""
    kind, said = _kind(column, numbers, settings)
    for text in said:
        if kind:
            report.note(text, column.name)
            continue
        if 0 < column.missing.count < len(numbers) and settings["missing"] == "refuse":
            text += f"; also, there is no value in {column.missing.rows}"
        report.problem(text, column.name)
    return kind


def _kind(column: Column, numbers: np.ndarray, settings: Mapping[str, Any]) -> Kind:
    name, header = column.name, settings["header"]
    cells = len(numbers) - column.missing.count
    if not column.unknown:
        if column.role != "text" and column.odd:
            return None, [column.misfits()]
        if column.role == "numeric" and (mixed := _mixed_units(column.units)):
            return None, [mixed]
        return {"numeric": "number", "date": "date", "text": "category"}[column.role], []
    if UNNAMED.fullmatch(name) and (name != "column 1" or header):
        why = USE.format("it has no name and seems to number the rows", "numeric` or `categorical")
        return "left out", [why]
    if not cells:
        if header and re.fullmatch(r"column \d+", name):
            return "left out", ["left out, because the name and all values are missing"]
        return None, ["has no values; list it under `ignore`"]
    if column.role == "text":
        return _kind_of_texts(column, numbers, cells, settings["decimal"])
    if column.odd:
        return None, [_odd_cells(name, column.odd, cells, settings["decimal"])]
    return _kind_of_numbers(column)


def _kind_of_texts(column: Column, numbers: np.ndarray, cells: int, decimal: str) -> Kind:
    """Return "category" or "left out"; None for texts that look like numbers, names or remarks."""
    found, texts = column.survey(numbers), len(column.texts)
    like = {kind: seen for kind, seen in found.items() if kind not in (TEXT, CODES)}
    looked_at = column.texts[:SURVEYED]
    different = sum(kind_of(text, decimal) in like for text in looked_at)
    surveyed = sum(seen.count for seen in found.values())
    if like and (
        2 * sum(seen.count for seen in like.values()) >= surveyed or 2 * different >= len(looked_at)
    ):
        return None, [_odd_cells(column.name, found, surveyed, decimal)]
    if signs := _units_or_signs(column.texts):
        return None, [signs.replace("CELLS", str(found[TEXT]))]
    if texts == cells and cells >= FEW_ROWS:
        why = "all its texts are different: it seems to name the rows"
        return "left out", [USE.format(why, "categorical")]
    if texts > MOST_CATEGORIES:
        return None, [
            f"has {texts} different texts ({next(iter(found.values()))}); list it under `ignore`, under "
            "`categorical` if they are categories, or under `group` if its equal rows belong together"
        ]
    notes = []
    if CODES in found:
        code = short(found[CODES].first[0][1])
        notes.append(f"texts such as {code} are categories, not numbers")
    if like:
        notes.append(f"some categories look like numbers: {next(iter(like.values()))}")
    if texts > MANY_CATEGORIES:
        notes.append(f"has {texts} different texts, and each becomes an input")
    return "category", notes


def _units_or_signs(texts: list[str]) -> str | None:
    """Describe texts most of which are numbers with a unit, or with signs around them."""
    most = max(10, len(texts) / 2)
    read = filter(None, (written(text) or written(text, ",") for text in texts))
    units = Counter(unit for _, unit in read if unit.strip("%‰") and not is_currency(unit))
    usual = units.most_common(3)
    if sum(times for _, times in usual) > most:
        shown = some(repr(unit) for unit, _ in usual)
        way = "list it under `numeric`,"
        if len(units) > 1:
            way = "convert it to one unit, or list it under"
        look = f"numbers with the unit{'s' * (len(usual) > 1)} {shown} (CELLS); {way}"
    elif sum(map(bool, map(MARKED.fullmatch, texts))) > most:
        look = "numbers with signs around them (CELLS); remove the signs, or list it under"
    else:
        return None
    return f"looks like {look} `categorical` or `ignore`"


def _odd_cells(name: str, found: Mapping[str, Seen], cells: int, decimal: str) -> str:
    """Describe a column that is neither numbers nor texts, and name the key that decides."""
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
        number = count(sum(s.count for s in (*others, *forms.values())), "other cell")
        return (
            f"has numbers and {number} ({seen}); correct them, list the texts that mean a missing value "
            "under `missing_values`, or list the column under `categorical` or `ignore`"
        )
    way = WAYS.get(best, "list it under `numeric`, ").replace("COLUMN", name[:40])
    if decimal == "," and "`decimal" in way:
        way = "list it under `numeric`, "
    if best == "times" and forms[best].first[0][1].count(":") == 2:
        way = way.replace("%M", "%M:%S")
    rest = sum(seen.count for kind, seen in forms.items() if kind != best) + texts
    also = f", and {count(rest, 'other cell')}" if rest else ""
    shown = f"{forms[best]}{f'; {others[0]}' if others else ''}"
    look, few = "looks like", forms[best].count
    if 2 * few < cells:
        look = f"has numbers and {count(few, 'cell')} like"
        way = f"correct {'them' if few > 1 else 'it'}, or {way}"
    return f"{look} {best}{also} ({shown}); {way}`categorical` or `ignore`"


def _mixed_units(units: Mapping[str, int]) -> str | None:
    """Describe numbers with different units (`5 %` and `0.05`, `5k` and `300`), if there are any."""
    named = sorted(filter(None, units))
    if len(named) < 2 and not ("" in units and named and MULTIPLE.fullmatch(named[0])):
        return None
    none = " and none" * ("" in units)
    return (
        f"has numbers with different units ({some(map(short, named))}{none}); convert them to one unit, or "
        "list the column under `categorical` or `ignore`"
    )


def _kind_of_numbers(column: Column) -> Kind:
    """Return "number" for an input, "left out" for a column that numbers the rows; note oddities."""
    values = column.values
    present = values[~np.isnan(values)]
    if not (present == np.floor(present)).all():
        if len(present) >= FEW_ROWS and 0 < (column.points or 0) < len(present):
            whole, part = present[present % 1 == 0], present[present % 1 > 0]
            return None, [
                f"has numbers such as {part[0]:.3f} and {whole[0]:g}: if the points separate thousands, "
                'set `decimal: ","` and list the column under `numeric`; if not, list it under `numeric` '
                "alone"
            ]
        return "number", _sentinels(present)
    unique = np.unique(present)
    if _are_days(unique):
        return "number", [
            "numbers such as 20241231 look like dates; list it under `dates` to use it as days, or under "
            "`numeric`"
        ]
    identifier = any(map(IDENTIFIER.fullmatch, (column.name, column.name.lower())))
    different = len(unique) == len(values) >= FEW_ROWS
    if different and unique[-1] - unique[0] == len(values) - 1:
        return "left out", [USE.format("it counts the rows", "numeric")]
    if different and identifier:
        why = "its numbers are all different and its name is that of an identifier"
        return "left out", [USE.format(why, "numeric")]
    notes = []
    if different:
        notes.append(
            "whole numbers, all different: if they only name the rows, list the column under `ignore`"
        )
    elif identifier and len(values) >= FEW_ROWS:
        notes.append(
            "has the name of an identifier; if it is one, list it under `ignore`, or set `group` to it to "
            "keep its rows together"
        )
    if abs(unique).max() > LARGEST_WHOLE:
        notes.append("has whole numbers beyond 2**53, which are rounded")
    if column.zeros and len(unique) > 1:
        notes.append(
            "some numbers have leading zeros, as codes have; list it under `categorical` if they are codes"
        )
    return "number", notes + _sentinels(present)


def _are_days(numbers: np.ndarray) -> bool:
    """Return whether whole numbers are dates written without separators, as 20241231."""
    month, day = numbers // 100 % 100, numbers % 100
    years = (numbers > 1900_00_00) & (numbers < 2100_00_00)
    valid = years & (month >= 1) & (month <= 12) & (day >= 1) & (day <= 31)
    return len(numbers) >= FEW_ROWS and bool(valid.all())


def _sentinels(values: np.ndarray) -> list[str]:
    """Return notes on numbers such as -999 that seem to mean missing values."""
    notes = []
    for value in (values.min(), values.max()):
        others = values[values != value]
        times = len(values) - len(others)
        if value in SENTINELS and len(others) and times > 1 and abs(value) > 5 * abs(others).max():
            notes.append(
                f"{times} cells are {value:g}: if it means a missing value, list it under `missing_values`"
            )
    return notes
