"""Initial weights. Each entry of INITIALIZERS makes a function (rng, fan_in, fan_out) -> weights.

The weights have the shape (fan_in, fan_out) and are drawn in float64, so that a float32 and a
float64 network of the same seed start from the same numbers.
"""

from collections.abc import Callable

import numpy as np

from components.arguments import Positive

Initializer = Callable[[np.random.Generator, int, int], np.ndarray]


def normal(std: Positive = 0.01) -> Initializer:
    """N(0, std^2), whatever the size of the layer."""
    return lambda rng, fan_in, fan_out: std * rng.standard_normal((fan_in, fan_out))


def uniform(low: float, high: float) -> Initializer:
    """U[low, high), whatever the size of the layer."""
    return lambda rng, fan_in, fan_out: rng.uniform(low, high, (fan_in, fan_out))


def zeros() -> Initializer:
    """All zero. Enough for a linear classifier; a hidden layer would never break its symmetry."""
    return lambda rng, fan_in, fan_out: np.zeros((fan_in, fan_out))


def he_normal() -> Initializer:
    """Variance 2 / fan_in keeps the scale of activations through ReLUs (He et al. 2015, eq. 10)."""
    return lambda rng, i, o: np.sqrt(2 / i) * rng.standard_normal((i, o))


def he_uniform() -> Initializer:
    """The same variance from U[-a, a): a^2 / 3 = 2 / fan_in."""
    return lambda rng, i, o: rng.uniform(-np.sqrt(6 / i), np.sqrt(6 / i), (i, o))


def glorot_normal() -> Initializer:
    """Variance 2 / (fan_in + fan_out): a compromise of both passes (Glorot, Bengio 2010)."""
    return lambda rng, i, o: np.sqrt(2 / (i + o)) * rng.standard_normal((i, o))


def glorot_uniform() -> Initializer:
    """The same variance from U[-a, a): a^2 / 3 = 2 / (fan_in + fan_out) (their eq. 16)."""
    return lambda rng, i, o: rng.uniform(-np.sqrt(6 / (i + o)), np.sqrt(6 / (i + o)), (i, o))


def lecun_normal() -> Initializer:
    """Variance 1 / fan_in keeps the scale through linear units (LeCun et al. 1998, eq. 16)."""
    return lambda rng, i, o: np.sqrt(1 / i) * rng.standard_normal((i, o))


INITIALIZERS = {
    "he_normal": he_normal,
    "he_uniform": he_uniform,
    "glorot_normal": glorot_normal,
    "glorot_uniform": glorot_uniform,
    "lecun_normal": lecun_normal,
    "normal": normal,
    "uniform": uniform,
    "zeros": zeros,
}
