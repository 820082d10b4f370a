"""Words for messages about tables: lists of names, cells and problems, and notes about columns."""

from collections.abc import Sequence
from typing import Any

from .cells import NOTHING
from .errors import DatasetError

LISTED = 5  # items in a message
MOST_PROBLEMS = 20  # lines of a message
Notes = dict[str, list[str]]  # a sentence -> the columns that it is about


def some(items: Sequence[Any], total: int | None = None, listed: int = LISTED) -> str:
    """Return the first items of a list: `3, 7 and 12 more`."""
    total = len(items) if total is None else total
    shown = [str(item) for item in items[:listed]]
    if total > len(shown):
        return f"{', '.join(shown)} and {total - len(shown)} more"
    return " and ".join(filter(None, [", ".join(shown[:-1]), *shown[-1:]]))


def rows(numbers: Sequence[int], total: int | None = None) -> str:
    """Return `row 3`, or `rows 3, 7 and 12 more`."""
    total = len(numbers) if total is None else total
    return f"row{'s' * (total > 1)} {some(numbers, total)}"


def short(text: str, length: int = 40) -> str:
    """Return a quoted text, without its middle if it is long."""
    half = length // 2
    return repr(text if len(text) <= length else f"{text[:half]}...{text[-half:]}")


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


class Seen:
    """The number of cells of one kind, and the first few (with different texts, if ``distinct``)."""

    def __init__(self, distinct: bool = True) -> None:
        self.count, self.first, self.distinct = 0, [], distinct

    def add(self, row: int, text: str) -> None:
        self.count += 1
        if len(self.first) < LISTED and not (self.distinct and text in (t for _, t in self.first)):
            self.first.append((row, text))

    def __str__(self) -> str:
        return some([f"row {row}: {short(text)}" for row, text in self.first], self.count)

    @property
    def rows(self) -> str:
        return rows([row for row, _ in self.first], self.count)

    def required(self, what: str, name: str) -> str:
        """Describe missing values in a column that needs them; ``what``: label or group."""
        texts = [(row, text) for row, text in self.first if text not in ("", NOTHING)]
        if not texts:
            return (
                f"{what} {short(name)}: no value in {self.rows}; fill it in, or set `missing: row`"
            )
        row, text = texts[0]
        also = f", and so do {self.count - 1} more cells" if self.count > 1 else ""
        noun, way = "group", ""
        if what == "label":
            noun, way = "class", f"list all classes under `classes`, {text!r} among them, or "
        return (
            f"{what} {short(name)}: row {row}: {text!r} counts as missing{also}; if it is a {noun}, "
            f"{way}set `missing_values` to the texts that are missing"
        )
