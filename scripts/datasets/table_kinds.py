"""Decide if a column has numbers, categories or dates or names the rows, or ask the user."""

import re
from collections import Counter
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from .cells import ADVICE, CODES, MARKED, PLAIN_NUMBER, TEXT, UNIT, kind_of
from .columns import SURVEYED, Column, Seen
from .messages import short, some
from .table_classes import FEW_ROWS

MOST_CATEGORIES = 100  # more different texts than this are names or remarks, not categories
MANY_CATEGORIES = 20  # more get a note
LARGEST_WHOLE = 2.0**53  # float64 has all whole numbers up to here
SENTINELS = [-9.0, *(s * (10.0**n - 1) for n in range(2, 7) for s in (-1, 1))]  # 99, -999, ...
IDENTIFIER = re.compile(
    r"(?:.*[\W_])?(?:id|index|idx|nr|no|key|uuid|guid|row|rownames?|rowid)|.*[a-z](?:Id|ID|Key|Index)"
    r"|.*[\W_](?:id|code)[\W_]number|row[\W_]?(?:names?|numbers?|nr|no)",
    re.DOTALL,
)
UNNAMED = re.compile(r"Unnamed: 0|column 1")


def column_kind(column: Column, state: dict[str, Any]) -> str | None:
    """Return the kind of an input column: "number", "date", "category", "left out"; None for a problem."""
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
            return problem(column.misfits())
        if column.role == "numeric" and (mixed := _mixed_units(column)):
            return problem(mixed)
        return {"numeric": "number", "date": "date", "text": "category"}[column.role]
    if UNNAMED.fullmatch(name) and (name != "column 1" or settings["header"]):
        return note("left out, because it has no name and seems to number the rows; list it under "
                    "`numeric` or `categorical` to use it", "left out")  # fmt: skip
    cells = len(state["rows"]) - column.missing.count
    if not cells:
        if settings["header"] and re.fullmatch(r"column \d+", name):
            return note("left out, because it has neither a name nor values", "left out")
        return problem("has no values; list it under `ignore`")
    if column.role == "text":
        return _kind_of_texts(column, cells, state, note, problem)
    if column.odd:
        return problem(_odd_cells(name, column.odd, cells, state))
    return _kind_of_numbers(column, note)


def _kind_of_texts(
    column: Column, cells: int, state: dict[str, Any], note: Callable, problem: Callable
) -> str | None:
    """Return "category" or "left out"; None for texts that look like numbers, names or remarks."""
    found, texts = column.survey(state["rows"]), len(column.texts)
    like = {kind: seen for kind, seen in found.items() if kind not in (TEXT, CODES)}
    looked_at = column.texts[:SURVEYED]
    different = sum(kind_of(text, column.absent.decimal) in like for text in looked_at)
    of_all = 2 * sum(s.count for s in like.values()) >= sum(s.count for s in found.values())
    if like and (of_all or 2 * different >= len(looked_at)):
        surveyed = sum(seen.count for seen in found.values())
        return problem(_odd_cells(column.name, found, surveyed, state))
    if signs := _units_or_signs(column.texts):
        return problem(signs.replace("CELLS", str(found[TEXT])))
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


def _units_or_signs(texts: list[str]) -> str | None:
    """Describe texts most of which are numbers with a unit, or with signs around them."""
    most = max(10, len(texts) / 2)
    units = Counter(m[2] for text in texts if (m := UNIT.fullmatch(text)))
    usual = units.most_common(3)
    if sum(count for _, count in usual) > most:
        shown = some([repr(unit) for unit, _ in usual])
        way = "list it under `numeric`,"
        if len(units) > 1:
            way = "convert it to one unit, or list it under"
        return (
            f"looks like numbers with the unit{'s' * (len(usual) > 1)} {shown} (CELLS); {way} "
            "`categorical` or `ignore`"
        )
    if sum(map(bool, map(MARKED.fullmatch, texts))) > most:
        return (
            "looks like numbers with signs around them (CELLS); remove the signs, or list it under "
            "`categorical` or `ignore`"
        )
    return None


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
    advice += " " if advice.endswith(("under", ",")) else ", or list the column under "
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
        return note("numbers such as 20241231 look like dates; list it under `dates` to use it as days, "
                    "or under `numeric`", "number")  # fmt: skip
    identifier = any(map(IDENTIFIER.fullmatch, (column.name, column.name.lower())))
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
    """Return whether whole numbers are dates written without separators, as 20241231."""
    month, day = numbers // 100 % 100, numbers % 100
    years = (numbers > 1900_00_00) & (numbers < 2100_00_00)
    valid = years & (month >= 1) & (month <= 12) & (day >= 1) & (day <= 31)
    return len(numbers) >= FEW_ROWS and bool(valid.all())


def _note_sentinels(values: np.ndarray, note: Any) -> None:
    """Note numbers such as -999 that seem to mean missing values."""
    for value in (values.min(), values.max()) if len(values) else ():
        others = values[values != value]
        count = len(values) - len(others)
        if value in SENTINELS and len(others) and count > 1 and abs(value) > 5 * abs(others).max():
            note(f"{count} cells are {value:g}: if it means a missing value, list it under "
                 "`missing_values`")  # fmt: skip
