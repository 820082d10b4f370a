"""Statistics of the training rows, from which the steps of a preparation are fitted."""

from collections.abc import Iterator
from functools import cached_property

import numpy as np

BLOCK_ROWS = 1000  # rows held as float64 at once: 25 MB for 3072 inputs


class TrainingRows:
    """Statistics, over the training rows, of the images after the steps fitted so far.

    `images` (N, ...) are read in blocks of `rows` (n,) and accumulated in float64; `fitted` is the
    Preparation so far. Moments are those of a population (divided by n).
    """

    def __init__(self, images: np.ndarray, rows: np.ndarray, fitted):
        self.images, self.rows, self.fitted = images, rows, fitted
        self.unsigned = images.dtype.kind in "bu" and not fitted.operations
        # A large offset is subtracted first, in float64: x * scale + offset would cancel digits.
        untouched = all(operation == "fill" for operation, _ in fitted.operations)
        self.subtracts = images.dtype == np.float64 and untouched
        mixed = any(operation == "matmul" for operation, _ in fitted.operations)
        self.channels = None
        if images.ndim >= 3 and not mixed:
            self.channels = images.shape[3] if images.ndim == 4 else 1

    def blocks(self) -> Iterator[np.ndarray]:
        """Yield the rows in blocks (b, d), float64, each in the same buffer."""
        buffer = np.empty((min(BLOCK_ROWS, len(self.rows)), self.fitted.inputs))
        for start in range(0, len(self.rows), BLOCK_ROWS):
            block = self.images[self.rows[start : start + BLOCK_ROWS]]
            yield self.fitted.transform(block, out=buffer[: len(block)])

    @cached_property
    def extremes(self) -> tuple[np.ndarray, np.ndarray]:
        """Return the lowest and the highest value of each feature, (d,) each."""
        pairs = [(block.min(axis=0), block.max(axis=0)) for block in self.blocks()]
        lows, highs = zip(*pairs, strict=True)
        return np.min(lows, axis=0), np.max(highs, axis=0)

    @cached_property
    def mean(self) -> np.ndarray:
        """Return the mean of each feature, (d,)."""
        return sum(block.sum(axis=0) for block in self.blocks()) / len(self.rows)

    @cached_property
    def variance(self) -> np.ndarray:
        """Return the variance of each feature, (d,), by a second pass so that nothing cancels."""
        return sum(((b - self.mean) ** 2).sum(axis=0) for b in self.blocks()) / len(self.rows)

    @cached_property
    def covariance(self) -> np.ndarray:
        """Return the covariance of the features, (d, d)."""
        covariance = np.zeros((self.fitted.inputs, self.fitted.inputs))
        product = np.empty_like(covariance)
        for block in self.blocks():
            block -= self.mean
            covariance += np.matmul(block.T, block, out=product)
        return covariance / len(self.rows)
