"""Shards: parts of a batch that threads compute at the same time."""

import copy
from collections.abc import Sequence

import numpy as np

from .blocks import blocks
from .layers import Buffer, Dense, Dropout, Share, walk
from .network import Network
from .passes import MOST_ROWS, Pass, Positions, size, split
from .workers import Workers

FEW = 2**15  # weights: a smaller gradient is one product


class Shards:
    """Forward and backward over a batch that is divided into `shards` parts.

    Each shard has its own random streams (`dropout` has one generator for each) and its own batch
    normalization statistics ("ghost batches", Hoffer, Hubara and Soudry 2017); the running statistics
    are the mean over the shards. Each worker takes a shard forward and back. Then each worker computes
    some rows of every weight matrix's gradient, a product over the rows of all shards, so weight
    gradients need no summing and no second copy. Only shards of several blocks, such as those of a full
    batch, compute complete gradients, which are summed in the order of the shards. The result has the
    same bytes for any number of workers.
    """

    def __init__(
        self,
        network: Network,
        loss,
        shards: int,
        dropout: Sequence[np.random.Generator],
        workers: Workers,
    ):
        self.network, self.workers = network, workers
        streams = dropout or [None] * shards
        self.passes = [PassOfShare(network, loss, streams[i]) for i in range(shards)]
        self.dense = dense_of(network)
        self._x = Buffer()
        self._sums = [np.empty_like(network.gradients) for _ in range(workers.threads)]
        self._pieces = [
            (number, rows)
            for number, layer in enumerate(self.dense)
            for rows in split(
                slice(0, len(layer.weight.value)), shards if layer.weight.value.size > FEW else 1
            )
        ]

    def each_worker(self) -> list[Pass]:
        """Return a pass for each worker, with buffers for one block of rows."""
        passes = self.passes[: self.workers.threads]
        for worker, one in enumerate(passes):
            self._take_block(one, worker)
        return passes

    def _take_block(self, one: "PassOfShare", worker: int) -> None:
        one.sum = self._sums[worker]
        one.take(self.network.buffers, worker * MOST_ROWS, self.workers.threads * MOST_ROWS)

    def __call__(self, examples, positions: Positions, scale: float) -> float:
        """Write the gradient of scale * loss into the network; return the sum of the losses."""
        # at least two rows each, which batch normalization needs
        parts = split(positions, max(1, min(len(self.passes), size(positions) // 2)))
        passes, twins = self.passes[: len(parts)], examples.twins(len(parts))
        edges = np.cumsum([0, *map(size, parts)]).tolist()
        rows = edges[-1]
        together = passes[0].blocks(size(parts[0])) == 1
        x = self._x((rows if together else 0, examples.inputs), self.network.dtype)

        def backpropagate(shard: int, worker: int) -> float:
            one, (start, stop) = passes[shard], edges[shard : shard + 2]
            if not together:
                self._take_block(one, worker)
                return one(twins[shard], parts[shard], scale, shard)
            one.take(self.network.buffers, start, rows, together=True)
            batch = twins[shard].load(parts[shard], shard=shard, out=x[start:stop])
            return one.backpropagate(*batch, scale)

        def multiply(number: int, worker: int) -> None:
            layer, rows = self._pieces[number]
            self.dense[layer].weight_gradient([one.dense[layer] for one in passes], rows)

        total = sum(self.workers.run(backpropagate, len(parts)), 0.0)
        if together:
            self.workers.run(multiply, len(self._pieces))
        self._add_up(passes, self.network.decayed.stop if together else 0)
        for name, buffer in self.network.buffers.items():
            buffer[...] = sum(one.network.buffers[name] for one in passes) / len(passes)
        return total

    def _add_up(self, passes: list[Pass], start: int) -> None:
        """Write the gradient from `start` on, the sum over the passes."""
        gradient, found = self.network.gradients, [one.network.gradients for one in passes]
        places = list(blocks(start, len(gradient)))

        def add(number: int, worker: int) -> None:
            place = places[number]
            gradient[place] = found[0][place]
            for one in found[1:]:
                gradient[place] += one[place]

        self.workers.run(add, len(places))


class PassOfShare(Pass):
    """A pass through a replica, whose layers use a part of the network's buffers."""

    def __init__(self, network: Network, loss, dropout: np.random.Generator | None):
        self.share = Share()
        super().__init__(network.replica(self.share), copy.deepcopy(loss))
        self.dense = dense_of(self.network)
        for layer in walk(self.network.layers):
            if isinstance(layer, Dropout):
                layer.rng = dropout

    def take(
        self, buffers: dict[str, np.ndarray], start: int, total: int, together: bool = False
    ) -> None:
        """Take over these running statistics and the rows from `start` on, of `total` in the buffers."""
        self.share.start, self.share.total = start, total
        for layer in self.dense:
            layer.shared = together
        for name, buffer in self.network.buffers.items():
            buffer[...] = buffers[name]


def dense_of(network: Network) -> list[Dense]:
    """Return the layers with weights."""
    return [layer for layer in walk(network.layers) if isinstance(layer, Dense)]
