"""Fill values for missing entries, fitted on the training rows alone."""

from collections.abc import Sequence

import numpy as np

from components import SettingsError

BLOCK_VALUES = 2**22  # values read at once, 32 MB of float64


def most_frequent(values: np.ndarray) -> float:
    """Return the most frequent value, the lowest if several are."""
    kinds, counts = np.unique(values, return_counts=True)
    return float(kinds[counts.argmax()])


STRATEGIES = {"mean": np.mean, "median": np.median, "most_frequent": most_frequent}


def fill_values(
    images: np.ndarray, rows: np.ndarray, strategy: str, one_hot: Sequence[Sequence[int]] = ()
) -> tuple[np.ndarray, list[int]]:
    """Return a fill value for each input (d,), and the inputs without any value, which get 0.

    `strategy` is fitted on the rows `rows` of `images` (N, ...), in which NaN means missing. Each
    range [start, stop] of `one_hot` encodes one category and is filled with the most frequent one.
    """
    if strategy not in STRATEGIES:
        raise SettingsError(f"missing: {strategy!r} is unknown; known: {', '.join(STRATEGIES)}")
    flat = images.reshape(len(images), -1)
    values, empty = np.zeros(flat.shape[1]), []
    step = max(1, BLOCK_VALUES // max(1, len(rows)))
    for start in range(0, flat.shape[1], step):
        block = flat[rows, start : start + step]
        for number, column in enumerate(block.T, start):
            known = column[~np.isnan(column)]
            if len(known):
                values[number] = STRATEGIES[strategy](known)
            else:
                empty.append(number)
    for start, stop in one_hot:
        counts = np.nansum(flat[rows, start:stop], axis=0)
        values[start:stop] = np.arange(stop - start) == counts.argmax()
    return values, empty
