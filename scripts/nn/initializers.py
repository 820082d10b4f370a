"""Initial weights. Each entry of INITIALIZERS makes a function (rng, fan_in, fan_out) -> weights.

The weights have the shape (fan_in, fan_out) and are drawn in float64, so that a float32 and a
float64 network of the same seed start from the same numbers. INPUT_INITIALIZERS are for the first
layer and also get the shape of the images behind its inputs.
"""

import math
from collections.abc import Callable, Sequence
from typing import Annotated

import numpy as np

from components.arguments import Positive
from components.errors import SettingsError

Initializer = Callable[[np.random.Generator, int, int], np.ndarray]


def normal(std: Positive = 0.01) -> Initializer:
    """Draw from a normal distribution with standard deviation `std`, whatever the layer's size.

    Args:
        std: the standard deviation
    """
    return lambda rng, fan_in, fan_out: std * rng.standard_normal((fan_in, fan_out))


def uniform(low: float, high: float) -> Initializer:
    """Draw uniformly between `low` and `high`, whatever the layer's size.

    Args:
        low: the lowest weight
        high: the upper bound of the weights, not included
    """
    return lambda rng, fan_in, fan_out: rng.uniform(low, high, (fan_in, fan_out))


def zeros() -> Initializer:
    """Start at 0: enough for a linear classifier, but hidden units would all stay alike."""
    return lambda rng, fan_in, fan_out: np.zeros((fan_in, fan_out))


def he_normal() -> Initializer:
    """Normal, variance 2 / fan_in: keeps the scale through ReLUs (He et al. 2015, eq. 10)."""
    return lambda rng, i, o: np.sqrt(2 / i) * rng.standard_normal((i, o))


def he_uniform() -> Initializer:
    """Uniform in [-a, a) with the variance a^2 / 3 = 2 / fan_in of he_normal."""
    return lambda rng, i, o: rng.uniform(-np.sqrt(6 / i), np.sqrt(6 / i), (i, o))


def glorot_normal() -> Initializer:
    """Normal, variance 2 / (fan_in + fan_out): a compromise of both passes (Glorot, Bengio 2010)."""
    return lambda rng, i, o: np.sqrt(2 / (i + o)) * rng.standard_normal((i, o))


def glorot_uniform() -> Initializer:
    """Uniform in [-a, a) with the variance a^2 / 3 of glorot_normal (their eq. 16)."""
    return lambda rng, i, o: rng.uniform(-np.sqrt(6 / (i + o)), np.sqrt(6 / (i + o)), (i, o))


def lecun_normal() -> Initializer:
    """Normal, variance 1 / fan_in: keeps the scale through linear units (LeCun et al. 1998)."""
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


# A smaller window may fall between the pixels and be 0 on all of them.
Pixels = Annotated[float, ("minimum", 0.1), ("maximum", 1e6)]


def local(shape: Sequence[int], axes: np.ndarray | None, /, sigma: Pixels = 3.0) -> Initializer:
    """Start with random local filters, each in a Gaussian window around a random pixel.

    `shape` is that of an image, (height, width[, channels]). The inputs are its values, or with
    `axes` (values, inputs) of orthonormal columns their coordinates: then a filter f has the weights
    axes.T f, which give the same product. Each unit's weights are scaled to the norm sqrt(2), the
    expected one of he_normal.

    Args:
        sigma: the standard deviation of the window in pixels
    """
    if len(shape) < 2:
        raise SettingsError(
            f"input_initializer local: needs images (height, width[, channels]), found examples of "
            f"shape {tuple(shape)}; set it to null"
        )

    def draw(rng: np.random.Generator, fan_in: int, fan_out: int) -> np.ndarray:
        height, width, *channels = shape
        inputs = math.prod(shape) if axes is None else axes.shape[1]
        if fan_in != inputs:
            raise SettingsError(
                f"input_initializer local: makes the weights of {inputs} inputs, found {fan_in}; "
                "bias_initializer as_input has one more: use zeros"
            )
        down, right = (rng.uniform(-0.5, size - 0.5, fan_out) for size in (height, width))
        y, x = np.arange(height)[:, None, None], np.arange(width)[:, None]
        window = np.exp(-((y - down) ** 2 + (x - right) ** 2) / (2 * sigma**2))
        filters = rng.standard_normal((height, width, math.prod(channels), fan_out))
        filters *= window[:, :, None]
        weights = filters.reshape(math.prod(shape), fan_out)
        if axes is not None:
            weights = axes.T @ weights
        return weights * np.sqrt(2 / (weights**2).sum(axis=0))

    return draw


INPUT_INITIALIZERS = {"local": local}
