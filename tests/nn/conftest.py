"""What the tests of the network share: arrays as examples, and central differences."""

from collections.abc import Callable

import numpy as np
import pytest

from inputs import Batches


class ArrayExamples:
    """The least that a Trainer asks of its examples."""

    def __init__(self, x: np.ndarray, y: np.ndarray):
        self.x, self.y, self.inputs = x, y, x.shape[1]

    def __len__(self):
        return len(self.x)

    def load(self, positions, augment=True, shard=0, out=None):
        return self.x[positions], self.y[positions]

    def twins(self, count):
        return [self] * count

    def batches(self, kind, size, rng):
        return Batches(kind, len(self), size, rng)


@pytest.fixture
def array_examples() -> type[ArrayExamples]:
    return ArrayExamples


@pytest.fixture
def blobs() -> Callable:
    """Three well separated classes: blobs(n, dtype) -> x (n, 4), y (n,)."""

    def make(n: int, dtype=np.float64, seed: int = 0):
        rng = np.random.default_rng(seed)
        y = np.arange(n) % 3
        return (4 * np.eye(3, 4)[y] + rng.standard_normal((n, 4))).astype(dtype), y

    return make


@pytest.fixture
def central_difference() -> Callable:
    """central_difference(f, a): df/da of a scalar function of the float64 array a."""

    def difference(f: Callable[[], float], a: np.ndarray, h: float = 1e-6) -> np.ndarray:
        result = np.empty_like(a)
        for index in np.ndindex(a.shape):
            before = a[index]
            a[index] = before + h
            above = f()
            a[index] = before - h
            below = f()
            a[index] = before
            result[index] = (above - below) / (2 * h)
        return result

    return difference


@pytest.fixture
def assert_gradients(central_difference) -> Callable:
    """Check dL/dx and the parameter gradients of one layer for L = sum(weights * output)."""

    def check(layer, x: np.ndarray, rtol: float = 1e-6):
        rng = np.random.default_rng(1)
        weights = rng.standard_normal(layer.forward(x.copy(), True).shape)

        def objective() -> float:
            return float((layer.forward(x.copy(), True) * weights).sum())

        objective()
        found = layer.backward(weights.copy()).copy()
        inner = [p for part in (layer, *layer.body) for p in part.parameters.values()]
        gradients = [p.gradient.copy() for p in inner]
        np.testing.assert_allclose(found, central_difference(objective, x), rtol, 1e-8)
        for parameter, gradient in zip(inner, gradients, strict=True):
            numeric = central_difference(objective, parameter.value)
            np.testing.assert_allclose(gradient, numeric, rtol, 1e-8)

    return check
