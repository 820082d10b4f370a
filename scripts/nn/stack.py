"""Steps of several trainings at once: networks of one shape share each call of numpy.

The batches of all networks are the rows of one array. Layers and losses without dropout or batch
normalization treat every row on its own, so only the products need the weights of all networks as
one array. numpy calls the same routine for each of its matrices: a stack changes no byte.
"""

import copy
from collections.abc import Iterable, Iterator
from contextlib import suppress

import numpy as np

from components.errors import SettingsError

from .layers import Dense, ones, walk
from .network import Network
from .training import Trainer


class DenseStack(Dense):
    """The same layer of several networks, W (networks, inputs, units); x has the rows of each in turn."""

    def __init__(self, layer: Dense):
        vars(self).update(copy.deepcopy(vars(layer)))

    def forward(self, x, training=False):
        self.x = self._each(x)
        y = self._y((len(x), self.units), x.dtype)
        each = self._each(y)
        np.matmul(self.x, self.weight.value, out=each)
        if self.bias is not None:
            each += self.bias.value[:, None]
        return y

    def backward(self, dy):
        rows, (networks, n, inputs) = len(dy), self.x.shape
        if dy.flags.c_contiguous:
            dy = self._each(dy)
        else:  # the classes are rows: also in each network's part, since BLAS may round by layout
            parts = dy.T.reshape(-1, networks, n).swapaxes(0, 1)
            dy = np.ascontiguousarray(parts).swapaxes(1, 2)
        np.matmul(self.x.swapaxes(1, 2), dy, out=self.weight.gradient)
        if self.bias is not None:
            np.matmul(ones(n, dy.dtype.char), dy, out=self.bias.gradient)
        if not self.input_gradient:
            return None
        dx = self._dx((rows, inputs), dy.dtype)
        np.matmul(dy, self.weight.value.swapaxes(1, 2), out=self._each(dx))
        return dx

    def _each(self, a: np.ndarray) -> np.ndarray:
        return a.reshape(len(self.weight.value), -1, a.shape[1])


class Stack:
    """A forward and backward pass through the networks of several trainers."""

    def __init__(self, trainers: list[Trainer]):
        """Move the trainers' parameters into rows of one array."""
        one = trainers[0].network
        dense = {id(each): DenseStack(each) for each in walk(one.layers) if isinstance(each, Dense)}
        rows = np.empty((len(trainers), len(one.parameters)), one.dtype)
        self.network = Network(copy.deepcopy(one.layers, dense), one.dtype, rows)
        self.loss = copy.deepcopy(trainers[0].objective.backpropagate.loss)
        for trainer, *vectors in zip(trainers, rows, self.network.gradients, strict=True):
            trainer.network.move(*vectors)
            trainer.optimizer.follow(trainer.network)

    def step(self, trainers: list[Trainer]) -> None:
        """Compute the loss and the gradient of each trainer."""
        first, n = trainers[0], len(trainers[0].positions)
        x, y = first.training.load(np.concatenate([trainer.positions for trainer in trainers]))
        losses = self.loss(self.network.forward(x, training=True), y)
        self.network.backward(self.loss.gradient(first.objective.scale(n)))
        totals = np.add.reduce(losses.reshape(-1, n), axis=1).tolist()
        for trainer, total in zip(trainers, totals, strict=True):
            trainer.loss = trainer.objective.complete(total, n)


def train_together(trainings: Iterable[Iterator[Trainer]]) -> None:
    """Take the steps of trainings (see `Trainer.steps`) in turns, until the last one ends.

    All must have the same layers, loss, reduction, batch size and data, with one shard and without
    dropout, normalization or augmentation. A single training may have anything.
    """
    trainings, stack = list(trainings), None
    with np.errstate(all="ignore"):  # overflows reach the loss, which is checked
        while len(trainings) > 1:
            trainers = [next(training, None) for training in trainings]
            if None in trainers:
                trainings = [each for each, ready in zip(trainings, trainers, strict=True) if ready]
                trainers, stack = list(filter(None, trainers)), None
            if together(trainers):
                stack = stack or Stack(trainers)
                with suppress(SettingsError):  # each training raises its own
                    stack.step(trainers)
        for training in trainings:
            for _ in training:
                pass


def together(trainers: list[Trainer]) -> bool:
    """Return whether the next steps are a stack; then each example of all batches is one row."""
    if len(trainers) < 2 or len({len(trainer.positions) for trainer in trainers}) > 1:
        return False
    first, n = trainers[0], len(trainers[0].positions)
    return (
        n > 1  # a product with one row is another routine
        and first.objective.backpropagate.blocks(n) == 1
        and first.training.operations() == 0  # each example is prepared on its own
        and all(trainer.training is first.training for trainer in trainers)
    )
