"""What training minimizes: the data loss of a batch plus the L2 penalty, and its gradient."""

import math

import numpy as np

from .layers import walk
from .network import Network
from .normalization import BatchNorm
from .optimizers import BLOCK, blocks

BLOCK_ROWS = 500
Positions = np.ndarray | slice  # of the examples of a batch


class Objective:
    """Mean (or summed) loss of a batch + 1/2 l2 |W|^2, over the weights W only.

    A batch of many rows, such as a full batch, is computed in blocks of about 500 rows, whose
    gradients add up: the same gradient, but activations that stay in the cache. With batch
    normalization, whose statistics are the batch's, every batch is computed at once.
    """

    def __init__(
        self,
        network: Network,
        loss,
        reduction: str = "mean",
        l2: float = 0.0,
        clip_norm: float | None = None,
    ):
        self.network, self.loss = network, loss
        self.mean, self.l2, self.clip_norm = reduction == "mean", l2, clip_norm
        self.divisible = not any(isinstance(layer, BatchNorm) for layer in walk(network.layers))
        self._sum = None

    def __call__(self, examples, positions: Positions) -> float:
        """Leave the gradient in the network; return the objective, per sample."""
        n = (
            len(positions)
            if isinstance(positions, np.ndarray)
            else positions.stop - positions.start
        )
        scale = 1 / n if self.mean else 1.0
        count = round(n / BLOCK_ROWS) if self.divisible else 1
        if count > 1:
            total = self._in_blocks(examples, split(positions, count), scale)
        else:
            total = self._backpropagate(examples, positions, scale)
        objective = total / n
        if self.l2:
            objective += penalize(self.network, self.l2) * (1 if self.mean else 1 / n)
        if self.clip_norm is not None:
            clip(self.network.gradients, self.clip_norm)
        return objective

    def _backpropagate(self, examples, positions: Positions, scale: float) -> float:
        """One forward and one backward pass; returns the sum of the losses."""
        x, targets = examples.load(positions)
        losses = self.loss(self.network.forward(x, training=True), targets)
        self.network.backward(self.loss.gradient(scale))
        return float(np.add.reduce(losses))

    def _in_blocks(self, examples, parts: list[Positions], scale: float) -> float:
        gradients = self.network.gradients
        if self._sum is None:
            self._sum = np.empty_like(gradients)
        self._sum[...] = 0
        total = 0.0
        for part in parts:
            total += self._backpropagate(examples, part, scale)
            self._sum += gradients
        gradients[...] = self._sum
        return total


def split(positions: Positions, count: int) -> list[Positions]:
    """The positions in `count` consecutive parts of nearly the same size."""
    if isinstance(positions, np.ndarray):
        return np.array_split(positions, count)
    edges = np.linspace(positions.start, positions.stop, count + 1).astype(int).tolist()
    return [slice(*edge) for edge in zip(edges, edges[1:], strict=False)]


def penalize(network: Network, l2: float) -> float:
    """Add the gradient of 1/2 l2 |W|^2, which is l2 W, to the network's; return the penalty."""
    weights, gradients = network.parameters, network.gradients
    scratch = np.empty(min(BLOCK, weights.size), weights.dtype)
    squares = 0.0
    for block in blocks(0, network.decayed.stop):
        w = weights[block]
        gradients[block] += np.multiply(w, l2, out=scratch[: w.size])
        squares += float(np.dot(w, w))
    return 0.5 * l2 * squares


def clip(gradients: np.ndarray, limit: float) -> None:
    """Shorten the gradient to the norm `limit` if it is longer (Pascanu et al. 2013).

    Where the squares overflow the gradient's type, it is scaled by its largest element first.
    """
    norm = math.sqrt(np.dot(gradients, gradients))
    if norm == math.inf:
        gradients /= np.abs(gradients).max()
        norm = math.sqrt(np.dot(gradients, gradients))
        gradients *= limit / norm
    elif norm > limit:
        gradients *= limit / norm


def evaluate(
    network: Network, loss, examples, positions: np.ndarray | None = None
) -> tuple[float, float]:
    """Mean loss and accuracy on the examples (at these positions) as they are, not augmented.

    The loss is the data loss alone. Only one block of activations exists at a time.
    """
    n = len(examples) if positions is None else len(positions)
    total, correct = 0.0, 0
    for start in range(0, n, BLOCK_ROWS):
        block = slice(start, min(start + BLOCK_ROWS, n))
        x, labels = examples.load(block if positions is None else positions[block], augment=False)
        scores = network.forward(x, training=False)
        correct += int(np.count_nonzero(scores.argmax(axis=1) == labels))
        total += float(np.add.reduce(loss(scores, labels)))
    return total / n, correct / n
