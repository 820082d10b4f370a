"""Describe columns whose cells people may read in several ways, and name the key that decides."""

import json
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from . import table_dates
from .cells import CODES, MARKED, MULTIPLE, PLAIN_NUMBER, TEXT, is_currency, kind_of, written
from .errors import count, some
from .messages import Seen, short

BOTH = "thousands separators and decimal commas"
WAYS = {  # what to do with texts of a kind; they can also be categories or ignored
    "decimal commas": 'set `decimal: ","`, or list the column under ',
    "thousands separators or decimal commas": 'set `decimal: ","`, or list the column under `numeric`, ',
    BOTH: 'set `decimal: ","` and list the column under `numeric`, or list it under ',
    "exponents of Fortran": "write E instead of D (1.5E+03), or list the column under ",
    "hexadecimal numbers": "list it under ",
    "infinite numbers": "count them as missing (`missing_values`), or list the column under ",
}


def units_or_signs(texts: list[str]) -> str | None:
    """Describe texts most of which are numbers with a unit, or with signs around them."""
    most = max(10, len(texts) / 2)
    read = filter(None, (written(text) or written(text, ",") for text in texts))
    units = Counter(unit for _, unit in read if unit.strip("%‰") and not is_currency(unit))
    usual = units.most_common(3)
    if sum(times for _, times in usual) > most and not _are_names(units):
        shown = some(repr(unit) for unit, _ in usual)
        look = f"numbers with the unit {shown} (CELLS); list it under `numeric`,"
        if len(units) > 1:
            look = (
                f"numbers with the units {shown} (CELLS); convert it to one unit, or list it under"
            )
    elif len(list(filter(MARKED.fullmatch, texts))) > most:
        look = "numbers with signs around them (CELLS); remove the signs, or list it under"
    else:
        return None
    return f"looks like {look} `categorical` or `ignore`"


def _are_names(units: Iterable[str]) -> bool:
    """Return whether these are no units, but parts of names such as 1st, 190xx, or the seats 1A and 1B."""
    parts = {unit.lower() for unit in units}
    if {"a", "b"} <= parts <= set("abcdefghij"):
        return True
    return all(re.fullmatch(r"st|nd|rd|th|x+", part) for part in parts)


def is_season(text: str) -> bool:
    """Return whether a text names a year and the next, such as 2010/11, and not necessarily a month."""
    found = re.fullmatch(r"(?:19|20)(\d\d)[-/](\d\d)", text, re.ASCII)
    return found is not None and int(found[2]) == int(found[1]) + 1


def odd_cells(
    name: str,
    found: Mapping[str, Seen],
    cells: int,
    settings: Mapping[str, Any],
    texts: Sequence[str] = (),
) -> str:
    """Describe a column that is neither numbers nor texts, and name the key that decides.

    ``texts`` are the different cells of the column, if they are known.
    """
    decimal = settings["decimal"]
    forms = {kind: s for kind, s in found.items() if kind not in (TEXT, CODES, PLAIN_NUMBER)}
    others = [found[kind] for kind in (TEXT, CODES) if kind in found]
    unsure = "thousands separators or decimal commas"
    for kind in ("decimal commas", "thousands separators"):
        if kind in forms and unsure in forms:  # other cells show which of the two it is
            forms[kind].count += forms.pop(unsure).count
    best = max(forms, key=lambda kind: forms[kind].count, default=None)
    if best is None or sum(seen.count for seen in others) > forms[best].count:
        seen = others[0] if best is None else max(others, key=lambda s: s.count)
        number = sum(s.count for s in (*others, *forms.values()))
        them, mean = (
            ("it", "it means a missing value")
            if number == 1
            else ("them", "they mean missing values")
        )
        return (
            f"has numbers and {count(number, 'other cell')} ({seen}); correct {them}, "
            f"{_missing_values(others, settings)} if {mean}, set `categorical: "
            f"{_as_yaml([*settings['categorical'], name])}` if the column has categories, or list it under "
            "`ignore`"
        )
    few = forms[best].count
    numbers = {PLAIN_NUMBER: found[PLAIN_NUMBER]} if PLAIN_NUMBER in found else {}
    rest = [kind for kind in (*forms, *numbers, TEXT, CODES) if kind in found and kind != best]
    next_to = some(f"{kind} ({found[kind].example})" for kind in rest)
    also = f", next to {next_to}" if rest else ""
    if best in ("dates", "times"):
        dated = [text for text in texts if kind_of(text, decimal) == best]
        way = table_dates.advice(name, dated or [text for _, text in forms[best].first])
    else:
        mixed = best == "decimal commas" and _separates_thousands(forms, numbers)
        if best not in WAYS and not any(written(text, decimal) for _, text in forms[best].first):
            mixed = True  # 1,25 €
        way = WAYS.get(BOTH if mixed else best, "list it under `numeric`, ")
    if decimal == "," and "`decimal" in way:
        way = "list it under `numeric`, "
    look = "looks like"
    if 2 * sum(seen.count for seen in forms.values()) < cells:
        look = f"has numbers and {count(few, 'cell')} like"
        way = f"correct {'them' if few > 1 else 'it'}, or {way}"
    return f"{look} {best} ({forms[best]}){also}; {way}`categorical` or `ignore`"


def _missing_values(others: Sequence[Seen], settings: Mapping[str, Any]) -> str:
    """Say how to count texts as missing, next to those of the table that already count."""
    if any(seen.more for seen in others):
        return "list them under `missing_values`"
    known = settings["missing_values"]
    known = ["", *settings["marks"]] if known is None else known
    line = _as_yaml([*known, *(text for seen in others for _, text in seen.first)])
    fill = " and `missing: median`" if settings["missing"] == "refuse" else ""
    return f"set `missing_values: {line}`{fill}"


def _as_yaml(values: Sequence[Any]) -> str:
    return json.dumps(values, ensure_ascii=False)


def _separates_thousands(forms: Mapping[str, Seen], numbers: Mapping[str, Seen]) -> bool:
    """Return whether cells next to decimal commas have thousands separators: 1.234,5 or 1.234."""
    pointed = [text for seen in numbers.values() for _, text in seen.first if "." in text]
    points = pointed and all(re.fullmatch(r"\d{1,3}\.\d{3}", text) for text in pointed)
    return bool(points) or any(kind.startswith("thousands separators") for kind in forms)


def mixed_units(units: Mapping[str, int]) -> str | None:
    """Describe numbers with different units (`5 %` and `0.05`, `5k` and `300`), if there are any."""
    named = sorted(filter(None, units))
    if len(named) < 2 and not ("" in units and named and MULTIPLE.fullmatch(named[0])):
        return None
    none = " and none" if "" in units else ""
    return (
        f"has numbers with different units ({some(map(short, named))}{none}); convert them to one unit, or "
        "list the column under `categorical` or `ignore`"
    )
