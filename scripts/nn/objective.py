"""What training minimizes: the data loss of a batch plus the L2 penalty, and its gradient."""

import copy
import math
from collections.abc import Mapping, Sequence

import numpy as np

from .layers import Dropout, walk
from .network import Network
from .normalization import BatchNorm
from .optimizers import blocks, scratch_of
from .workers import ALONE, Workers

BLOCK_ROWS = 500
Positions = np.ndarray | slice  # of the examples of a batch


class Objective:
    """Mean (or summed) loss of a batch + 1/2 l2 |W|^2, over the weights W only.

    A batch of many rows, such as a full batch, is computed in blocks of about 500 rows, whose
    gradients add up: the same gradient, but activations that stay in the cache. With batch
    normalization, whose statistics are the batch's, every batch is computed at once.

    With `shards` a batch is cut into so many parts, each with its own random streams (`dropout`: a
    generator a shard) and, in batch normalization, its own statistics ("ghost batches", Hoffer,
    Hubara and Soudry 2017), of which the running ones are tracked by the mean. The workers compute
    the parts at the same time; their gradients are added in the order of the shards, so the result
    has the same bytes for any number of workers.
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
        self.network, self.workers, self.shards = network, workers, shards
        self.mean, self.l2, self.clip_norm = reduction == "mean", l2, clip_norm
        self.passes = [Pass(network, loss)]
        if shards > 1:
            self.passes = [Pass.like(network, loss, dropout) for _ in range(workers.threads)]
        self._scratch = scratch_of(workers, network.parameters)

    def __call__(self, examples, positions: Positions) -> float:
        """Leave the gradient in the network; return the objective, per sample."""
        n = size(positions)
        scale = 1 / n if self.mean else 1.0
        if self.shards > 1:
            total = self._in_shards(examples, positions, scale)
        else:
            total = self.passes[0](examples, positions, scale)
        objective = total / n
        if self.l2:
            penalty = penalize(self.network, self.l2, self.workers, self._scratch)
            objective += penalty * (1 if self.mean else 1 / n)
        if self.clip_norm is not None:
            clip(self.network.gradients, self.clip_norm)
        return objective

    def evaluate(self, examples, positions: np.ndarray | None = None) -> tuple[float, float]:
        """Mean data loss and accuracy of examples, by all workers; see `evaluate`."""
        for one in self.passes:
            one.take(self.network.buffers)
        return evaluate(self.passes, examples, positions, self.workers)

    def _in_shards(self, examples, positions: Positions, scale: float) -> float:
        # two rows at least, as batch normalization needs
        parts = split(positions, max(1, min(self.shards, size(positions) // 2)))
        twins = examples.twins(len(self.passes))
        before = {name: buffer.copy() for name, buffer in self.network.buffers.items()}
        for buffer in self.network.buffers.values():
            buffer[...] = 0
        total = 0.0
        for first in range(0, len(parts), len(self.passes)):
            group = parts[first : first + len(self.passes)]

            def compute(number: int, worker: int, first=first, group=group) -> float:
                one = self.passes[number]
                one.draw_from(first + number)
                one.take(before)
                return one(twins[number], group[number], scale, first + number)

            for part in self.workers.run(compute, len(group)):
                total += part
            self._add(self.passes[: len(group)], first == 0)
        for buffer in self.network.buffers.values():
            buffer /= len(parts)
        return total

    def _add(self, passes: list["Pass"], anew: bool) -> None:
        """Add what these passes found to the network's gradients and buffers, in their order."""
        for one in passes:
            for name, buffer in self.network.buffers.items():
                buffer += one.network.buffers[name]
        total = self.network.gradients
        found = [one.network.gradients for one in passes]
        places = list(blocks(0, total.size))

        def add(number: int, worker: int) -> None:
            place = places[number]
            sum, rest = total[place], found
            if anew and len(found) > 1:
                np.add(found[0][place], found[1][place], out=sum)
                rest = found[2:]
            elif anew:
                sum[...], rest = found[0][place], []
            for gradients in rest:
                sum += gradients[place]

        self.workers.run(add, len(places))


class Pass:
    """A network and a loss for one thread: forward and backward over the rows of a batch."""

    def __init__(self, network: Network, loss, dropout: Sequence[np.random.Generator] = ()):
        self.network, self.loss, self.dropout = network, loss, dropout
        layers = list(walk(network.layers))
        self.divisible = not any(isinstance(layer, BatchNorm) for layer in layers)
        self._dropouts = [layer for layer in layers if isinstance(layer, Dropout)]
        self._sum: np.ndarray | None = None

    @classmethod
    def like(cls, network: Network, loss, dropout: Sequence[np.random.Generator]) -> "Pass":
        """A pass with a replica of the network."""
        return cls(network.replica(), copy.deepcopy(loss), dropout)

    def take(self, buffers: Mapping[str, np.ndarray]) -> None:
        """Have these values in the network's buffers."""
        for name, buffer in self.network.buffers.items():
            buffer[...] = buffers[name]

    def draw_from(self, shard: int) -> None:
        """Have the random streams of a shard."""
        for layer in self._dropouts:
            layer.rng = self.dropout[shard]

    def __call__(self, examples, positions: Positions, scale: float, shard: int = 0) -> float:
        """Leave the gradient in this network; return the sum of the losses."""
        count = round(size(positions) / BLOCK_ROWS) if self.divisible else 1
        if count <= 1:
            return self._backpropagate(examples, positions, scale, shard)
        gradients = self.network.gradients
        if self._sum is None:
            self._sum = np.empty_like(gradients)
        self._sum[...] = 0
        total = 0.0
        for part in split(positions, count):
            total += self._backpropagate(examples, part, scale, shard)
            self._sum += gradients
        gradients[...] = self._sum
        return total

    def _backpropagate(self, examples, positions: Positions, scale: float, shard: int) -> float:
        x, targets = examples.load(positions, shard=shard)
        losses = self.loss(self.network.forward(x, training=True), targets)
        self.network.backward(self.loss.gradient(scale))
        return float(np.add.reduce(losses))


def size(positions: Positions) -> int:
    """How many there are."""
    if isinstance(positions, slice):
        return positions.stop - positions.start
    return len(positions)


def split(positions: Positions, count: int) -> list[Positions]:
    """The positions in `count` consecutive parts of nearly the same size."""
    if isinstance(positions, np.ndarray):
        return np.array_split(positions, count)
    edges = np.linspace(positions.start, positions.stop, count + 1).astype(int).tolist()
    return [slice(*edge) for edge in zip(edges, edges[1:], strict=False)]


def penalize(
    network: Network,
    l2: float,
    workers: Workers = ALONE,
    scratch: list[np.ndarray] | None = None,
) -> float:
    """Add the gradient of 1/2 l2 |W|^2, which is l2 W, to the network's; return the penalty."""
    weights, gradients = network.parameters, network.gradients
    rooms = scratch or scratch_of(workers, weights)
    places = list(blocks(0, network.decayed.stop))

    def add(number: int, worker: int) -> float:
        place = places[number]
        w = weights[place]
        gradients[place] += np.multiply(w, l2, out=rooms[worker][: w.size])
        return float(np.dot(w, w))

    return 0.5 * l2 * sum(workers.run(add, len(places)), 0.0)


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
    passes: Sequence[Pass],
    examples,
    positions: np.ndarray | None = None,
    workers: Workers = ALONE,
) -> tuple[float, float]:
    """Mean loss and accuracy on the examples (at these positions) as they are, not augmented.

    The loss is the data loss alone. Each worker has a pass of its own, and one block of activations.
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
