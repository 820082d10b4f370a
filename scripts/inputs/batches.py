"""Choose the examples of each iteration: generators of the positions of batches.

Positions are an integer array, or a slice if they are consecutive.
"""

from collections.abc import Iterator

import numpy as np

from components.errors import SettingsError

Positions = np.ndarray | slice


def full(n: int, size: int, rng: np.random.Generator) -> Iterator[Positions]:
    """Yield all examples at once."""
    yield slice(0, n)


def sequential(n: int, size: int, rng: np.random.Generator) -> Iterator[Positions]:
    """Yield each example once, in the order of the file; the last batch may be short."""
    for start in range(0, n, size):
        yield slice(start, min(start + size, n))


def shuffled(n: int, size: int, rng: np.random.Generator) -> Iterator[Positions]:
    """Yield each example once, in a new order every epoch; the last batch may be short."""
    order = rng.permutation(n)
    for start in range(0, n, size):
        yield order[start : start + size]


def replacement(n: int, size: int, rng: np.random.Generator) -> Iterator[Positions]:
    """Draw each batch from all examples, with replacement: n // size batches, at least one."""
    for _ in range(max(n // size, 1)):
        yield rng.integers(0, n, size)


BATCHES = {"shuffled": shuffled, "sequential": sequential, "replacement": replacement}


class Batches:
    """The batches of a training: `epoch()` yields the positions of one epoch's batches."""

    def __init__(self, kind: str, n: int, size: int | str, rng: np.random.Generator):
        if kind not in BATCHES:
            raise SettingsError(f"batches: found {kind!r}, expected one of {', '.join(BATCHES)}")
        if size != "full" and not (isinstance(size, int) and size >= 1):
            raise SettingsError(f"batch_size: found {size!r}, expected an integer >= 1 or 'full'")
        if n < 1:
            raise SettingsError("batches: there are no training examples")
        self.n, self.rng = n, rng
        self.kind = full if size == "full" else BATCHES[kind]
        self.size = n if size == "full" else size
        self.iterations_per_epoch, self.examples_per_epoch = -(-n // self.size), n
        if self.kind is replacement:
            self.iterations_per_epoch = max(n // self.size, 1)
            self.examples_per_epoch = self.iterations_per_epoch * self.size

    def epoch(self) -> Iterator[Positions]:
        return self.kind(self.n, self.size, self.rng)
