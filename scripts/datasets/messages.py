"""Words for messages: lists of names and cells, and what is reported about a table."""

from collections import Counter
from collections.abc import Sequence

from .cells import NOTHING
from .errors import DatasetError, count, some

LISTED = 5  # items in a message
MOST_PROBLEMS = 20  # lines of a message


def rows(numbers: Sequence[int], total: int) -> str:
    """Return `row 3`, or `rows 3, 7 and 12 more`."""
    return f"{'rows' if total > 1 else 'row'} {some(numbers, total)}"


def short(text: str, length: int = 40) -> str:
    """Return a quoted text, without its middle if it is long."""
    half = length // 2
    return repr(text if len(text) <= length else f"{text[:half]}...{text[-half:]}")


class Seen:
    """The number of cells of one kind, and the first few (with different texts, if ``distinct``)."""

    def __init__(self, distinct: bool = True) -> None:
        self.count, self.first, self.distinct = 0, [], distinct
        self.more = False  # whether there are other texts than those of the first few

    def add(self, row: int, text: str, times: int = 1) -> None:
        self.count += times
        if self.distinct and text in (t for _, t in self.first):
            return
        if len(self.first) < LISTED:
            self.first.append((row, text))
        else:
            self.more = True

    def __str__(self) -> str:
        return some([f"row {row}: {short(text)}" for row, text in self.first], self.count)

    @property
    def example(self) -> str:
        """The first cell, and how many more there are."""
        row, text = self.first[0]
        return some([f"row {row}: {short(text)}"], self.count)

    @property
    def rows(self) -> str:
        return rows([row for row, _ in self.first], self.count)


class Report:
    """The problems of a table, and notes for the user; columns with the same note share a sentence."""

    def __init__(self, path: str, problems: Sequence[str] = ()):
        self.path, self.problems = path, list(problems)
        self.columns: dict[str, list[str]] = {}  # note -> the columns that it is about
        self.cells: Counter[str] = Counter()  # note -> how many cells it is about, or 0

    def note(self, text: str, column: str | None = None, cells: int = 0) -> None:
        self.columns.setdefault(text, []).extend([] if column is None else [short(column)])
        self.cells[text] += cells

    def problem(self, text: str, column: str, what: str = "column") -> None:
        self.problems.append(f"{what} {short(column)}: {text}")

    def missing(self, column: str, seen: Seen, what: str = "column") -> None:
        """Report missing values in a column that needs them; ``what``: column, label or group."""
        words = list(dict.fromkeys(text for _, text in seen.first if text not in ("", NOTHING)))
        if what == "column" or not words:
            are = "counts" if len(words) == 1 else "count"
            said = f" ({some(map(short, words))} {are} as missing; see `missing_values`)"
            way = "`missing` to mean, median, most_frequent or row"
            way = way if what == "column" else "`missing: row`"
            text = f"no value in {seen.rows}{said if words else ''}; fill it in, or set {way}"
        else:
            row, word = next((row, short(text)) for row, text in seen.first if text == words[0])
            also = f", and so do {count(seen.count - 1, 'more cell')}" if seen.count > 1 else ""
            way = "if it is a group, "
            if what == "label":
                way = f"if it is a class, list all classes under `classes`, {word} among them, or "
            text = f"row {row}: {word} counts as missing{also}; {way}"
            text += "set `missing_values` to the texts that are missing"
        self.problem(text, column, what)

    def notes(self) -> list[str]:
        """Return a sentence for each note, with the columns that it is about."""
        said = []
        for text, names in self.columns.items():
            number = f"{self.cells[text]} " if self.cells[text] else ""
            start = f"column {some(names)}: " if names else ""
            if len(names) > 1:
                start = f"columns {some(names)}: "
                if text.startswith("has "):
                    text = f"have {text.removeprefix('has ')}"
            said.append(start + number + text)
        return said

    def check(self) -> None:
        """Raise DatasetError with a line for each problem, if there is any."""
        lines = self.problems
        if len(lines) == 1:
            raise DatasetError(f"{self.path}: {lines[0]}")
        if lines:
            shown = [f"  {line}" for line in lines[:MOST_PROBLEMS]]
            if len(lines) > MOST_PROBLEMS:
                shown.append(f"  ... and {len(lines) - MOST_PROBLEMS} more columns")
            raise DatasetError("\n".join([f"{self.path}: {len(lines)} problems:", *shown]))
