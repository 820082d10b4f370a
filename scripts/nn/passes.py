"""Passes through a network: forward and backward over the rows of a batch, or only forward."""

from collections.abc import Sequence

import numpy as np

from .layers import walk
from .network import Network
from .normalization import BatchNorm
from .workers import ALONE, Workers

BLOCK_ROWS = 500
MOST_ROWS = BLOCK_ROWS * 3 // 2  # in a block: a larger batch is divided
Positions = np.ndarray | slice  # of the examples in a batch


class Pass:
    """A network and a loss, for one thread.

    A batch of many rows, such as a full batch, is computed in blocks of about 500 rows, so that
    activations stay in the cache; the gradients of the blocks are summed. Batch normalization needs
    the statistics of the complete batch, so with it every batch is one block.
    """

    def __init__(self, network: Network, loss):
        self.network, self.loss = network, loss
        self.divisible = not any(isinstance(layer, BatchNorm) for layer in walk(network.layers))
        self.sum: np.ndarray | None = None  # of the gradients of all blocks

    def each_worker(self) -> list["Pass"]:
        """Return a pass for each worker: only this one."""
        return [self]

    def __call__(self, examples, positions: Positions, scale: float, shard: int = 0) -> float:
        """Write the gradient of scale * loss into the network; return the sum of the losses."""
        count = self.blocks(size(positions))
        if count == 1:
            return self.backpropagate(*examples.load(positions, shard=shard), scale)
        gradients = self.network.gradients
        if self.sum is None:
            self.sum = np.empty_like(gradients)
        self.sum[...] = 0
        total = 0.0
        for part in split(positions, count):
            total += self.backpropagate(*examples.load(part, shard=shard), scale)
            self.sum += gradients
        gradients[...] = self.sum
        return total

    def blocks(self, rows: int) -> int:
        """Return the number of blocks for this many rows."""
        return max(1, round(rows / BLOCK_ROWS)) if self.divisible else 1

    def backpropagate(self, x: np.ndarray, targets: np.ndarray, scale: float) -> float:
        """Do the same for one block."""
        losses = self.loss(self.network.forward(x, training=True), targets)
        self.network.backward(self.loss.gradient(scale))
        return float(np.add.reduce(losses))


def size(positions: Positions) -> int:
    """Return the number of positions."""
    if isinstance(positions, slice):
        return positions.stop - positions.start
    return len(positions)


def split(positions: Positions, count: int) -> list[Positions]:
    """Split the positions into `count` consecutive parts of nearly the same size."""
    if isinstance(positions, np.ndarray):
        return np.array_split(positions, count)
    edges = np.linspace(positions.start, positions.stop, count + 1).astype(int).tolist()
    return [slice(*edge) for edge in zip(edges, edges[1:], strict=False)]


def evaluate(
    passes: Sequence[Pass],
    examples,
    positions: np.ndarray | None = None,
    workers: Workers = ALONE,
) -> tuple[float, float]:
    """Return mean data loss and accuracy on the examples at these positions, without augmentation.

    `passes` has one for each worker; each computes one block of rows at a time.
    """
    n = len(examples) if positions is None else len(positions)
    twins = examples.twins(len(passes))

    def measure(number: int, worker: int) -> tuple[int, float]:
        block = slice(number * BLOCK_ROWS, min((number + 1) * BLOCK_ROWS, n))
        block = block if positions is None else positions[block]
        x, labels = twins[worker].load(block, augment=False)
        scores = passes[worker].network.forward(x, training=False)
        right = int(np.count_nonzero(scores.argmax(axis=1) == labels))
        return right, float(np.add.reduce(passes[worker].loss(scores, labels)))

    blocks = workers.run(measure, -(-n // BLOCK_ROWS))
    return sum((loss for _, loss in blocks), 0.0) / n, sum(right for right, _ in blocks) / n
