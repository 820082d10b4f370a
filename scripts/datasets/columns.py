"""The columns of a table while it is read, each as numbers or as codes of its texts."""

from collections import Counter
from collections.abc import Mapping, Sequence

import numpy as np

from .cells import TEXT, Missing, as_numbers, clean, days, key_of, kind_of, plain, written
from .csv_file import Layout, chunks
from .errors import some
from .messages import LISTED, Seen, short
from .scales import is_scale

ABSENT, UNSEEN = -1, -2  # codes of a missing value, and of a category without a place
SURVEYED = 10_000  # different texts whose kind is determined


class Codes(dict):
    """Codes by the text in the file; texts that are equal when clean get one code."""

    def __init__(self, missing: Missing, declared: Sequence[str] = ()):
        self.missing, self.declared, self.texts = missing, set(declared), {}

    def __missing__(self, raw: str) -> int:
        text = clean(raw)
        if text not in self.declared and text in self.missing:
            code = ABSENT
        else:
            code = self.texts.setdefault(text, len(self.texts))
        self[raw] = code
        return code


class Column:
    """A column: `add` takes its cells in chunks, `finish` joins them.

    The role is "number" (plain decimals), "numeric" (numbers as people write them), "date" or "text".
    A column of unknown role (None) counts as numbers until most cells of a chunk are not. After
    `finish`, `values` is float64 (n,), NaN for cells that are not numbers. In the role "text" it is
    int32 (n,), codes of `texts`, ABSENT for missing values. A column that turned from numbers to text
    or is a scale such as 1, 2, 3+ is `mixed`: read it again in the role "text". `missing` counts the cells
    without a value, whose texts are `marks`, and `odd` those that do not fit the role, by their kind.
    """

    def __init__(
        self,
        name: str,
        role: str | None,
        missing: Missing,
        form: str | None = None,
        declared: Sequence[str] = (),
    ):
        self.name, self.role, self.form, self.absent = name, role, form, missing
        self.unknown = role is None
        self.codes = Codes(missing, declared)
        self.parts: list[np.ndarray] = []
        self.missing, self.odd = Seen(distinct=False), {}
        self.marks: set[str] = set()
        self.units: Counter[str] = Counter()
        self.zeros = self.mixed = False
        self.points: int | None = 0  # that may separate thousands, as in 1.234; None if one cannot
        self.read: dict[str, float] = {}

    def add(self, numbers: Sequence[int], texts: Sequence[str]) -> None:
        if self.role == "text":
            self._add_codes(numbers, texts)
            return
        values = None if self.role == "date" else self._plain(texts)
        if values is None:
            values = self._each(texts)
        if len(self.absent.numbers):
            values[np.isin(values, self.absent.numbers)] = np.nan
        gaps, odd = [], []
        for i in np.isnan(values).nonzero()[0]:  # flatnonzero is slow on short arrays
            text = clean(texts[i])
            (gaps if text in self.absent else odd).append((numbers[i], text))
        if self.unknown and 2 * len(odd) > len(texts) - len(gaps):
            self.role = "text"
            self._add_codes(numbers, texts)
            return
        for row, text in gaps:
            self.missing.add(row, text)
            self.marks.add(text)
        for row, text in odd:
            self.odd.setdefault(kind_of(text, self.absent.decimal), Seen()).add(row, text)
        self.parts.append(values)

    def _plain(self, texts: Sequence[str]) -> np.ndarray | None:
        """Return the values of plain decimals, None if each text needs a look."""
        if (found := as_numbers(texts, self.absent.decimal)) is None:
            return None
        values, zeros, points = found
        self.zeros |= zeros
        self.points = None if points is None or self.points is None else self.points + points
        if self.role == "numeric":
            if np.isnan(values).any():
                return None
            self.units[""] += 1
        return values

    def _each(self, texts: Sequence[str]) -> np.ndarray:
        for text in set(texts) - self.read.keys():
            self.read[text] = self._value(clean(text))
        values = np.array([self.read[text] for text in texts])
        if len(self.read) > SURVEYED:
            self.read.clear()
        return values

    def _value(self, text: str) -> float:
        if text in self.absent:
            return np.nan
        if self.role == "date":
            value = days(text, self.form)
        elif self.role == "numeric" and (found := written(text, self.absent.decimal)):
            value, unit = found
            self.units[unit] += 1
        else:
            value = plain(text, self.absent.decimal)
        return np.nan if value is None else value

    def _add_codes(self, numbers: Sequence[int], texts: Sequence[str]) -> None:
        codes = np.fromiter(map(self.codes.__getitem__, texts), np.int32, len(texts))
        for i in np.flatnonzero(codes == ABSENT):
            self.missing.add(numbers[i], clean(texts[i]))
            self.marks.add(clean(texts[i]))
        self.parts.append(codes)

    def finish(self) -> None:
        self.texts = list(self.codes.texts)
        kinds = {part.dtype for part in self.parts}
        self.values = np.concatenate(self.parts) if len(kinds) == 1 else np.empty(0)
        self.mixed = len(kinds) > 1 or (self.unknown and self._is_scale())
        self.parts = []
        self.codes.clear()

    def _is_scale(self) -> bool:
        """Return whether numbers and the few other texts among them are categories."""
        if self.odd.keys() != {TEXT} or self.odd[TEXT].more:
            return False
        numbers = self.values[~np.isnan(self.values)]
        texts = {text for _, text in self.odd[TEXT].first}
        return is_scale(np.unique(numbers), texts, len(numbers) + self.odd[TEXT].count)

    @property
    def empty(self) -> np.ndarray:
        """The mask, bool (n,), of the rows without a value."""
        return self.values == ABSENT if self.role == "text" else np.isnan(self.values)

    def keys(self) -> np.ndarray:
        """Return the value of each cell as text, equal for numbers that are equal."""
        keys = [repr(key_of(text, self.absent.decimal)) for text in self.texts]
        return np.array([*keys, ""], object)[self.values]

    def places_in(self, names: Sequence[str]) -> np.ndarray:
        """Return the place of each cell among names, int32 (n,), or UNSEEN or ABSENT."""
        decimal = self.absent.decimal
        places = {key_of(name, decimal): place for place, name in enumerate(names)}
        found = [places.get(key_of(text, decimal), UNSEEN) for text in self.texts]
        return np.array([*found, ABSENT], np.int32)[self.values]

    def cells_at(self, mask: np.ndarray, numbers: np.ndarray) -> Seen:
        """Return the cells of a text column in the rows of a mask."""
        found = Seen()
        codes, first, counts = np.unique(self.values[mask], return_index=True, return_counts=True)
        for code, row, times in zip(codes, numbers[mask][first], counts, strict=True):
            found.add(int(row), self.texts[code], int(times))
        return found

    def misfits(self) -> str:
        """Describe the cells of a declared column that do not fit its role, without advice."""
        number = sum(seen.count for seen in self.odd.values())
        first = sorted(cell for seen in self.odd.values() for cell in seen.first)[:LISTED]
        shown = some([f"row {row}: {short(text)}" for row, text in first], number)
        are = "cell that is not a" if number == 1 else "cells that are not"
        s = "" if number == 1 else "s"
        fitting = f"number{s}"
        if self.role == "date":
            form = f"the format {self.form!r}" if self.form else "ISO 8601 (2024-12-31)"
            fitting = f"date{s} in {form}"
        return f"has {number} {are} {fitting} ({shown})"

    @property
    def them(self) -> str:
        """The pronoun for the cells that do not fit."""
        return "it" if sum(seen.count for seen in self.odd.values()) == 1 else "them"

    def survey(self, numbers: np.ndarray) -> dict[str, Seen]:
        """Group the cells of a text column by kind: plain numbers, texts, decimal commas, ..."""
        present, first = np.unique(self.values, return_index=True)
        counts = np.bincount(self.values[self.values >= 0], minlength=len(self.texts))
        found: dict[str, Seen] = {}
        for place, code in sorted(zip(first, present, strict=True))[:SURVEYED]:
            if code >= 0:
                seen = found.setdefault(kind_of(self.texts[code], self.absent.decimal), Seen())
                seen.add(int(numbers[place]), self.texts[code], int(counts[code]))
        return found


def read_columns(layout: Layout, columns: Mapping[str, Column]) -> np.ndarray:
    """Read some columns of a file; return the row number of each row, int64 (n,)."""
    places = [(layout.names.index(name), column) for name, column in columns.items()]
    found: list[np.ndarray] = []
    for numbers, cells in chunks(layout):
        found.append(np.array(numbers))
        for place, column in places:
            column.add(numbers, cells[place])
    for column in columns.values():
        column.finish()
    return np.concatenate(found) if found else np.empty(0, np.int64)
