"""Find columns of numbers that are no measurements: copies of the label, row numbers, -999 for missing."""

from collections.abc import Sequence

import numpy as np

from .errors import MOST_CLASSES, some

FEW_COPIES = 0.01  # share of all rows: fewer hardly change a score
FEW_ROWS = 10  # in fewer rows, different values do not suggest an index
SAMPLE = 1000  # rows, enough to rule out most columns
SENTINELS = [-9.0, *(s * (10.0**n - 1) for n in range(2, 7) for s in (-1, 1))]  # 99, -999, ...


def tells_the_class(values: np.ndarray, labels: np.ndarray) -> bool:
    """Return whether each value of a column (n,) occurs with one class only, and not by chance.

    By chance, columns of mostly different values look so, and all columns if nearly all rows are of one
    class. ``labels``: codes (n,) of the classes.
    """
    for rows, share in ((slice(None, None, len(labels) // SAMPLE + 1), 2), (slice(None), 4)):
        different, codes = np.unique(values[rows], return_inverse=True)
        pairs = np.unique(codes * (MOST_CLASSES + 1) + labels[rows])
        if len(pairs) > len(different) or share * len(different) > len(codes):
            return False
    return len(labels) - np.bincount(labels).max() >= FEW_ROWS


def copies_matter(copies: int, columns: Sequence[np.ndarray]) -> bool:
    """Return whether copies of rows are many, and more than chance explains.

    By chance, rows of a few columns with few values are equal. ``copies``: how many rows equal an
    earlier one. ``columns``: their values, (n,) each.
    """
    if copies <= FEW_COPIES * len(columns[0]):
        return False
    pairs = len(columns[0]) * (len(columns[0]) - 1)
    equal = pairs / 2  # pairs of rows, if the columns were independent
    for column in columns:
        counts = np.unique(column, return_counts=True)[1]
        equal *= (counts * (counts - 1)).sum() / pairs
        if 3 * equal < copies:
            return True
    return False


def sentinels(values: np.ndarray) -> list[tuple[float, int]]:
    """Return numbers such as -999 that seem to mean missing values, and how often each occurs."""
    found = []
    for value in (values.min(), values.max()):
        if value not in (-1, *SENTINELS):
            continue
        others = values[values != value]
        times = len(values) - len(others)
        if not len(others) or times < 2:
            continue
        far = value != -1 and abs(value) > 5 * abs(others).max()
        if far or (value == -1 and others.min() > 0 and others.max() >= 10):
            found.append((float(value), times))
    return found


def far_dates(values: np.ndarray) -> list[tuple[float, int]]:
    """Return repeated dates, in days, that are far from all others, and how often each occurs."""
    found = []
    for value in sorted({values.min(), values.max()}):
        others = values[values != value]
        times = len(values) - len(others)
        if times > 1 and len(others) and abs(others - value).min() > 5 * max(np.ptp(others), 365):
            found.append((float(value), times))
    return found


def notes_of_rows(rows: np.ndarray, labels: np.ndarray, name: str) -> list[str]:
    """Return notes on the columns of an array (n, d), which have no names; ``name`` is the array's."""
    telling, counting, odd = [], [], {}
    for number in range(rows.shape[1]):
        column, place = rows[:, number].astype(np.float64), f"{name}[:, {number}]"
        if tells_the_class(column, labels):
            telling.append(place)
        starts = len(column) >= FEW_ROWS and (np.diff(column[:3]) == 1).all()  # most do not
        if starts and (np.diff(column) == 1).all():
            counting.append(place)
        for value, times in sentinels(column):
            odd.setdefault(value, []).append((place, times))
    notes = []
    for value, found in odd.items():
        times, places = sum(times for _, times in found), some(place for place, _ in found)
        notes.append(
            f"{times} values of {places} are {value:g}: if it means a missing value, remove these rows"
        )
    if telling:
        notes.append(
            f"{some(telling)}: each value occurs with one class only; remove copies of the label"
        )
    if counting:
        notes.append(
            f"{some(counting)}: consecutive numbers; remove them if they only number the rows"
        )
    return notes
