"""The objective that training minimizes, data loss plus L2 penalty, and its gradient."""

import math
from collections.abc import Sequence

import numpy as np

from .blocks import blocks
from .network import Network
from .passes import Pass, Positions, evaluate, size
from .shards import Shards
from .workers import ALONE, Workers


class Objective:
    """Mean or sum of a batch's losses, plus 1/2 l2 |W|^2 over the weights W only.

    A batch is divided into `shards` parts, see Shards; `dropout` has one generator for each.
    """

    def __init__(
        self,
        network: Network,
        loss,
        reduction: str = "mean",
        l2: float = 0.0,
        clip_norm: float | None = None,
        shards: int = 1,
        dropout: Sequence[np.random.Generator] = (),
        workers: Workers = ALONE,
    ):
        self.network, self.workers = network, workers
        self.mean, self.l2, self.clip_norm = reduction == "mean", l2, clip_norm
        self.backpropagate = Pass(network, loss)
        if shards > 1:
            self.backpropagate = Shards(network, loss, shards, dropout, workers)

    def __call__(self, examples, positions: Positions) -> float:
        """Write the gradient into the network; return the objective per example."""
        n = size(positions)
        return self.complete(self.backpropagate(examples, positions, self.scale(n)), n)

    def scale(self, n: int) -> float:
        """Return the factor of the loss of each of n examples."""
        return 1 / n if self.mean else 1.0

    def complete(self, total: float, n: int) -> float:
        """Add penalties to the gradient of n examples with this sum of losses; return the objective."""
        objective = total / n
        if self.l2:
            penalty = penalize(self.network, self.l2, self.workers)
            objective += penalty * (1 if self.mean else 1 / n)
        if self.clip_norm is not None:
            clip(self.network.gradients, self.clip_norm)
        return objective

    def evaluate(self, examples, positions: np.ndarray | None = None) -> tuple[float, float]:
        """Return mean data loss and accuracy on examples, computed by all workers; see `evaluate`."""
        return evaluate(self.backpropagate.each_worker(), examples, positions, self.workers)


def penalize(network: Network, l2: float, workers: Workers = ALONE) -> float:
    """Add l2 W, the gradient of 1/2 l2 |W|^2, to the network's gradient; return the penalty."""
    weights, gradients = network.parameters, network.gradients
    places = list(blocks(0, network.decayed.stop))

    def add(number: int, worker: int) -> float:
        place = places[number]
        w = weights[place]
        gradients[place] += l2 * w
        return float(np.dot(w, w))

    return 0.5 * l2 * sum(workers.run(add, len(places)), 0.0)


def clip(gradients: np.ndarray, limit: float) -> None:
    """Scale the gradient to the norm `limit` if it is longer (Pascanu et al. 2013).

    If the squares overflow, divide the gradient by its largest element first.
    """
    norm = math.sqrt(np.dot(gradients, gradients))
    if norm == math.inf:
        gradients /= np.abs(gradients).max()
        norm = math.sqrt(np.dot(gradients, gradients))
        gradients *= limit / norm
    elif norm > limit:
        gradients *= limit / norm
