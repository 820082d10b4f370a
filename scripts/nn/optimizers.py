"""Optimizers: a few vector operations on the flat vector of all parameters.

In every rule g is the gradient, p the parameters, r the learning rate and t = 1, 2, ... the step.
An optimizer applies all its operations to one block of the vectors before it takes the next block,
so that the block stays in the processor's cache: with 10 million parameters, Adam takes a quarter
of the time. A rule has one temporary array at a time: the memory of a second one would go back to
the system after every block, which makes a step up to three times slower.
"""

import math
from itertools import pairwise

import numpy as np

from components.arguments import Fraction, Positive
from components.errors import SettingsError

from .blocks import BLOCK, blocks
from .lasso import Lasso
from .workers import ALONE, Workers

FLUSH_EVERY = 100  # steps


class Optimizer:
    """Base class, which walks through the blocks. A subclass sets `moments_kept` and `update`.

    `weight_decay` is decoupled from the gradient (p -= r * weight_decay * p; Loshchilov, Hutter
    2019). Like every penalty here, it acts on the weights, not on biases or norm parameters.
    """

    moments_kept = 0

    def bind(
        self,
        network,
        weight_decay: float = 0.0,
        workers: Workers = ALONE,
        lasso: Lasso | None = None,
    ) -> "Optimizer":
        """Optimize this network from now on, starting with moments of zero; return self."""
        self.workers = workers
        self.steps = 0
        self.weight_decay, self.lasso = weight_decay, lasso
        self.moments = [np.zeros_like(network.parameters) for _ in range(self.moments_kept)]
        self.follow(network)
        return self

    def follow(self, network) -> None:
        """Continue in the network's vectors, which have moved."""
        parameters, gradients = network.parameters, network.gradients
        decayed = network.decayed.stop if self.weight_decay else 0
        sparse = self.lasso.stop if self.lasso is not None else 0
        self._blocks = []
        for start, stop in pairwise(sorted({0, sparse, decayed, parameters.size})):
            for block in blocks(start, stop, BLOCK // 2):  # half: a rule has up to five arrays
                arrays = [array[block] for array in (parameters, gradients, *self.moments)]
                self._blocks.append((block.start < decayed, block.start < sparse, arrays))

    def step(self, rate: float) -> None:
        """Update the parameters with the network's current gradients."""
        self.steps += 1
        self._rate = rate
        self.workers.run(self._update_block, len(self._blocks))

    def _update_block(self, number: int, worker: int) -> None:
        decayed, sparse, (p, g, *moments) = self._blocks[number]
        if decayed:
            p *= 1 - self._rate * self.weight_decay
        self.update(self._rate, p, g, *moments)
        if sparse:
            self.lasso(self._rate, p, np.empty_like(p))

    def update(self, rate: float, p: np.ndarray, g: np.ndarray, *moments: np.ndarray) -> None:
        """Apply the rule to one block, in place."""
        raise NotImplementedError

    def state(self) -> dict[str, np.ndarray]:
        """Return copies of everything that the next step depends on."""
        moments = {f"moment{i}": moment.copy() for i, moment in enumerate(self.moments)}
        return {"steps": np.array(self.steps), **moments}

    def restore(self, state: dict[str, np.ndarray]) -> None:
        """Continue from what `state()` returned."""
        self.steps = int(state["steps"])
        for i, moment in enumerate(self.moments):
            moment[...] = state[f"moment{i}"]


class SGD(Optimizer):
    """Plain gradient descent: p -= r g (Robbins, Monro 1951)."""

    def update(self, rate, p, g):
        p -= rate * g


class Momentum(Optimizer):
    """Gradient descent with momentum: v = momentum v + g;  p -= r v.

    Source: Polyak 1964, in the form of PyTorch's SGD.

    Args:
        momentum: the share of the last step's velocity that is kept
    """

    moments_kept = 1

    def __init__(self, momentum: Fraction = 0.9):
        self.momentum = momentum

    def update(self, rate, p, g, v):
        self._accumulate(g, v)
        p -= rate * v

    def _accumulate(self, g, v):
        v *= self.momentum
        v += g
        if self.steps % FLUSH_EVERY == 0:
            # Without gradients (dead units) v fades to subnormal numbers, which are slow.
            v *= (g != 0) | (np.abs(v) >= np.finfo(v.dtype).tiny)


class Nesterov(Momentum):
    """Nesterov momentum, which looks ahead: v = momentum v + g;  p -= r (g + momentum v).

    Source: Sutskever et al. 2013, in the form of PyTorch's SGD.
    """

    def update(self, rate, p, g, v):
        self._accumulate(g, v)
        step = self.momentum * v
        step += g
        step *= rate
        p -= step


class RMSProp(Optimizer):
    """RMSProp: divide each step by the root of a running mean of the squared gradient.

    s = decay s + (1 - decay) g^2;  p -= r g / (sqrt(s) + epsilon) (Tieleman, Hinton 2012).

    Args:
        decay: the decay of the mean of the squared gradient
        epsilon: added to the root, against division by zero
    """

    moments_kept = 1

    def __init__(self, decay: Fraction = 0.9, epsilon: Positive = 1e-8):
        self.decay, self.epsilon = decay, epsilon

    def update(self, rate, p, g, s):
        step = np.square(g)
        step *= 1 - self.decay
        s *= self.decay
        s += step
        np.sqrt(s, out=step)
        step += self.epsilon
        np.divide(g, step, out=step)
        step *= rate
        p -= step


class Adam(Optimizer):
    """Adam: the running mean of the gradient over the root of that of its square.

    Kingma, Ba 2015, algorithm 1: m = b1 m + (1 - b1) g;  v = b2 v + (1 - b2) g^2;
    p -= r m' / (sqrt(v') + epsilon) with m' = m / (1 - b1^t) and v' = v / (1 - b2^t).

    The moments kept are M = m / (1 - b1) and V = v / (1 - b2): M = b1 M + g and V = b2 V + g^2 save
    a multiplication each. With c = sqrt((1 - b2) / (1 - b2^t)), sqrt(v') is c sqrt(V), and the other
    factors combine into one: p -= r (1 - b1) / (1 - b1^t) / c * M / (sqrt(V) + epsilon / c).

    Args:
        beta1: the decay of the mean of the gradient
        beta2: the decay of the mean of the squared gradient
        epsilon: added to the root, against division by zero
    """

    moments_kept = 2

    def __init__(self, beta1: Fraction = 0.9, beta2: Fraction = 0.999, epsilon: Positive = 1e-8):
        self.beta1, self.beta2, self.epsilon = beta1, beta2, epsilon

    def update(self, rate, p, g, m, v):
        b1, b2, t = self.beta1, self.beta2, self.steps
        c = math.sqrt((1 - b2) / (1 - b2**t))
        m *= b1
        m += g
        v *= b2
        v += np.square(g)
        step = np.sqrt(v)
        step += self.epsilon / c
        np.divide(m, step, out=step)
        step *= rate * (1 - b1) / (1 - b1**t) / c
        p -= step


class AdamW(Adam):
    """Adam with decoupled weight decay, which must not be 0 (Loshchilov, Hutter 2019)."""

    def bind(self, network, weight_decay: float = 0.0, *more, **named) -> Optimizer:
        if not weight_decay:
            raise SettingsError(
                "optimizer adamw: is Adam with weight decay, but training.weight_decay is 0; set it "
                "(PyTorch's default is 0.01), or use adam"
            )
        return super().bind(network, weight_decay, *more, **named)


class Lion(Optimizer):
    """Lion: steps of equal size in the direction of the sign of an averaged gradient.

    p -= r sign(b1 m + (1 - b1) g);  m = b2 m + (1 - b2) g (Chen et al. 2023, algorithm 2).

    Args:
        beta1: the share of the mean, against the gradient, in the sign
        beta2: the decay of the mean of the gradient
    """

    moments_kept = 1

    def __init__(self, beta1: Fraction = 0.9, beta2: Fraction = 0.99):
        self.beta1, self.beta2 = beta1, beta2

    def update(self, rate, p, g, m):
        # with M = m / (1 - b2): sign(b1 (1 - b2) M + (1 - b1) g) and M = b2 M + g
        step = self.beta1 * (1 - self.beta2) / (1 - self.beta1) * m
        step += g
        np.sign(step, out=step)
        step *= rate
        p -= step
        m *= self.beta2
        m += g


OPTIMIZERS = {
    "sgd": SGD,
    "momentum": Momentum,
    "nesterov": Nesterov,
    "rmsprop": RMSProp,
    "adam": Adam,
    "adamw": AdamW,
    "lion": Lion,
}
