"""Blocks: parts of an array that stay in the processor's cache while many operations are applied."""

from collections.abc import Iterator

import numpy as np

BLOCK = 2**17  # elements


def blocks(start: int, stop: int, size: int = BLOCK) -> Iterator[slice]:
    """Yield slices of at most `size` that cover start to stop."""
    for first in range(start, stop, size):
        yield slice(first, min(first + size, stop))


def blocks_of_rows(array: np.ndarray) -> Iterator[slice]:
    """Yield slices of complete rows, of at most BLOCK elements unless one row has more."""
    return blocks(0, len(array), max(1, BLOCK * len(array) // max(array.size, 1)))
