"""Decide if a column has numbers, categories or dates or names the rows, or ask the user."""

import re
from collections.abc import Mapping
from typing import Any

import numpy as np

from . import table_dates
from .cells import CODES, LARGEST_WHOLE, TEXT, kind_of, written
from .columns import SURVEYED, Column
from .csv_file import ROW_NAMES
from .leaks import FEW_ROWS, SENTINELS, far_dates, sentinels
from .messages import Report, short
from .scales import text_of_scale
from .table_doubts import is_season, mixed_units, odd_cells, units_or_signs

MOST_CATEGORIES = 100  # more different texts than this are names or remarks, not categories
MANY_CATEGORIES = 20  # more get a note
IDENTIFIER = re.compile(
    r"(?:.*[\W_])?(?:id|index|idx|nr|no|key|uuid|guid|row|rownames?|rowid)|.*[a-z](?:Id|ID|Key|Index)"
    r"|.*[\W_](?:id|code)[\W_]number|row[\W_]?(?:names?|numbers?|nr|no)",
    re.DOTALL,
)
UNNAMED = re.compile(r"Unnamed: 0|column 1|row names")
CODE = re.compile(r"(?:.*[\W_])?(?:zip|plz|(?:zip|post|postal)?[\W_]?code)", re.IGNORECASE)
SPLITS = {"train", "training", "test", "testing", "val", "valid", "validation", "dev", "holdout"}
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
    if kind in ("number", "date"):
        _note_words_for_missing(column, kind, report)
    return kind


def _kind(column: Column, numbers: np.ndarray, settings: Mapping[str, Any]) -> Kind:
    name, header = column.name, settings["header"]
    cells = len(numbers) - column.missing.count
    if not column.unknown:
        return _kind_of_declared(column, cells)
    if UNNAMED.fullmatch(name) and (name != "column 1" or header):
        if _names_rows(column, cells):
            why = USE.format(
                "it has no name and seems to number the rows", "numeric` or `categorical"
            )
            return "left out", [why]
        if name == ROW_NAMES:
            return None, [
                "the rows have one cell more than the line of column names, and their first cells do not "
                "name the rows, because some are equal or have decimals; add the missing column name, or "
                "put cells that contain the separator (such as decimal commas) into quotes"
            ]
    if not cells:
        if header and re.fullmatch(r"column \d+", name):
            return "left out", ["left out, because the name and all values are missing"]
        return None, ["has no values; list it under `ignore`"]
    if column.role == "text":
        return _kind_of_texts(column, numbers, cells, settings)
    if column.odd:
        return None, [odd_cells(name, column.odd, cells, settings)]
    return _kind_of_numbers(column, settings["separator"])


def _kind_of_declared(column: Column, cells: int) -> Kind:
    """Return the kind that the settings give a column; None with a problem if its cells do not fit."""
    if column.role == "text":
        return "category", []
    if column.odd:
        return None, [f"{column.misfits()}; {_way_of(column, cells)}"]
    if column.role == "numeric" and (mixed := mixed_units(column.units)):
        return None, [mixed]
    return ("date" if column.role == "date" else "number"), []


def _way_of(column: Column, cells: int) -> str:
    """Say what to do about a declared column with cells that do not fit its role."""
    few = 2 * sum(seen.count for seen in column.odd.values()) < cells
    if column.role == "date" and not few:
        texts = [text for text in column.read if text not in column.absent]
        return f"{table_dates.advice(column.name, texts)}`categorical` or `ignore`"
    odd = [text for seen in column.odd.values() for _, text in seen.first]
    if column.role == "numeric" and all(written(text, ",") for text in odd):
        return f'set `decimal: ","`, or correct {column.them}'
    return f"correct {column.them}, or list the texts under `missing_values`"


def _names_rows(column: Column, cells: int) -> bool:
    """Return whether a column without a name may name the rows: texts, or whole numbers.

    The name of the column of R's row names is ours, and these are all different.
    """
    if column.role == "text":
        return len(column.texts) == cells
    present = column.values[~np.isnan(column.values)]
    different = column.name != ROW_NAMES or len(np.unique(present)) == len(column.values)
    return not column.odd and different and bool((present == np.floor(present)).all())


def _kind_of_texts(
    column: Column, numbers: np.ndarray, cells: int, settings: Mapping[str, Any]
) -> Kind:
    """Return "category" or "left out"; None for texts that look like numbers, names or remarks."""
    if text := text_of_scale(column.texts, cells, settings["decimal"]):
        return "category", [
            f"its numbers are categories, because of texts such as {text}; list it under `numeric` if it "
            "is a quantity"
        ]
    found, texts = column.survey(numbers), len(column.texts)
    like = {kind: seen for kind, seen in found.items() if kind not in (TEXT, CODES)}
    looked_at = column.texts[:SURVEYED]
    numbers_or_dates = [text for text in looked_at if kind_of(text, settings["decimal"]) in like]
    if all(map(is_season, numbers_or_dates)):
        like = {}
    different = len(numbers_or_dates)
    surveyed = sum(seen.count for seen in found.values())
    if like and (
        2 * sum(seen.count for seen in like.values()) >= surveyed or 2 * different >= len(looked_at)
    ):
        return None, [odd_cells(column.name, found, surveyed, settings, looked_at)]
    if signs := units_or_signs(column.texts):
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
    if texts > 1 and {text.casefold() for text in column.texts} <= SPLITS:
        notes.append(
            "its texts name splits, and are an input: list it under `ignore`; for a test split of your "
            "own, write its rows to another table, `test_path`"
        )
    if CODES in found:
        code = short(found[CODES].first[0][1])
        notes.append(f"texts such as {code} are categories, not numbers")
    if like:
        notes.append(f"some categories look like numbers: {next(iter(like.values()))}")
    if texts > MANY_CATEGORIES:
        notes.append(
            f"has {texts} different texts, and each becomes an input; list it under `ignore` if they "
            "are only names"
        )
    return "category", notes


def _kind_of_numbers(column: Column, separator: str) -> Kind:
    """Return "number" for an input, "left out" for a column that numbers the rows; note oddities."""
    values = column.values
    present = values[~np.isnan(values)]
    if not (present == np.floor(present)).all():
        return _kind_of_decimals(present, column.points or 0, separator)
    unique = np.unique(present)
    if len(unique) >= FEW_ROWS and (form := table_dates.compact_form(unique)):
        way = f"write {table_dates.setting(column.name, form)}"
        if form == "%Y%m%d":  # in ISO 8601, too
            way = "list it under `dates`"
        return "number", [
            f"numbers such as {unique[-1]:.0f} look like dates; {way} to use it as days, or list it under "
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
    if different and not column.zeros and _seem_to_name_rows(unique):
        notes.append(
            "whole numbers, all different: if they only name the rows, list the column under `ignore`"
        )
    elif identifier and len(values) >= FEW_ROWS:
        notes.append(
            "has the name of an identifier; if it is one, list it under `ignore`, or set `group` to it to "
            "keep its rows together"
        )
    elif CODE.fullmatch(column.name) and len(unique) > 2 and not column.zeros:
        notes.append(
            "has the name of a code; if its numbers are codes, list it under `categorical`"
        )
    if abs(unique).max() > LARGEST_WHOLE:
        notes.append("has whole numbers beyond 2**53, which are rounded")
    if column.zeros and len(unique) > 1:
        notes.append(
            "some numbers have leading zeros, as codes have; list it under `categorical` if they are codes"
        )
    return "number", notes


def _seem_to_name_rows(unique: np.ndarray) -> bool:
    """Return whether different whole numbers are dense, or all as long as those of customers."""
    low, high = unique[0], unique[-1]
    dense = len(unique) ** 2 > 3 * (high - low)  # quantities this dense repeat
    return dense or (low >= 1e5 and len(f"{low:.0f}") == len(f"{high:.0f}"))


def _kind_of_decimals(values: np.ndarray, points: int, separator: str) -> Kind:
    """Return the kind of numbers with decimals; ``points``: how many may separate thousands."""
    if not points or len(values) < FEW_ROWS:
        return "number", []
    whole, part = values[values % 1 == 0], values[values % 1 > 0]
    thousands = (
        'if the points separate thousands, set `decimal: ","` and list the column under `numeric`; if '
        "not, list it under `numeric` alone"
    )
    if points < len(values):
        numbers = f"has numbers such as {part[0]:.3f} and {whole[0]:g}"
        if np.isin(whole, SENTINELS).all():
            return None, [
                f"{numbers}: if {whole[0]:g} means a missing value, list it under `missing_values`; if "
                "not, list the column under `numeric`"
            ]
        return None, [f"{numbers}: {thousands}"]
    if separator == ";":  # as where commas are decimal signs
        return "number", [f"all numbers have three decimals, such as {part[0]:.3f}: {thousands}"]
    return "number", []


def _note_words_for_missing(column: Column, kind: str, report: Report) -> None:
    """Note numbers such as -999, and dates such as 9999-12-31, that seem to mean missing values."""
    present = column.values[~np.isnan(column.values)]
    if not len(present):
        return
    for value, times in far_dates(present) if kind == "date" else sentinels(present):
        shown = np.datetime64(int(value), "D") if kind == "date" else f"{value:g}"
        report.note(
            f"cells are {shown}: if it means a missing value, list it under `missing_values`",
            column.name,
            times,
        )
