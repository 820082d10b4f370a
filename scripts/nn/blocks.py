"""Blocks: parts of an array that stay in the processor's cache while many operations are applied."""

from collections.abc import Iterator

import numpy as np

from .workers import Workers

BLOCK = 2**17  # elements


def blocks(start: int, stop: int, size: int = BLOCK) -> Iterator[slice]:
    """Slices of at most `size` that cover start to stop."""
    for first in range(start, stop, size):
        yield slice(first, min(first + size, stop))


def blocks_of_rows(array: np.ndarray) -> Iterator[slice]:
    """Slices of whole rows, of at most BLOCK elements where a row has no more."""
    return blocks(0, len(array), max(1, BLOCK * len(array) // max(array.size, 1)))


def scratch_of(workers: Workers, parameters: np.ndarray) -> list[np.ndarray]:
    """Room for a block of a vector like this one, for each worker."""
    size = min(BLOCK, parameters.size)
    return [np.empty(size, parameters.dtype) for _ in range(workers.threads)]
