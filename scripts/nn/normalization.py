"""Normalization layers. Both overwrite their input with the normalized input."""

import numpy as np

from .layers import Buffer, Layer, Parameter, ones

EPSILON = 1e-5  # added to the variance


class Normalization(Layer):
    """Base class: y = scale * normalized x + shift, with learned scale and shift."""

    overwrites_input = True

    def __init__(self, units: int, dtype=np.float32):
        super().__init__()
        self.scale = self.parameters["scale"] = Parameter(np.ones(units, dtype), "norm")
        self.shift = self.parameters["shift"] = Parameter(np.zeros(units, dtype), "norm")
        self._y, self._product = Buffer(), Buffer()

    def _affine(self, normalized: np.ndarray) -> np.ndarray:
        self.normalized = normalized
        y = self._y(normalized.shape, normalized.dtype)
        np.multiply(normalized, self.scale.value, out=y)
        y += self.shift.value
        return y

    def _affine_gradients(self, dy: np.ndarray) -> np.ndarray:
        # y = scale z + shift  =>  dL/dscale = 1.T (z dL/dy),  dL/dshift = 1.T dL/dy
        product = self._product(dy.shape, dy.dtype)
        np.multiply(self.normalized, dy, out=product)
        sum_rows = ones(len(dy), dy.dtype.char)
        np.dot(sum_rows, product, out=self.scale.gradient)
        np.dot(sum_rows, dy, out=self.shift.gradient)
        return product


class BatchNorm(Normalization):
    """Normalize each unit over the batch (Ioffe, Szegedy 2015, algorithm 1).

    Evaluation uses a running mean and an unbiased running variance, which are `buffers`, not
    parameters. Each batch updates them to `momentum` * old + (1 - `momentum`) * batch.
    """

    momentum = 0.9

    def __init__(self, units: int, dtype=np.float32):
        super().__init__(units, dtype)
        self.buffers = {"mean": np.zeros(units, dtype), "variance": np.ones(units, dtype)}

    def forward(self, x, training=False):
        n = len(x)
        if training:
            average = ones(n, x.dtype.char)
            mean = np.dot(average, x) / n
            x -= mean
            squares = np.square(x, out=self._product(x.shape, x.dtype))
            variance = np.dot(average, squares) / n
            if n > 1:  # one row has no variance
                self._track("mean", mean)
                self._track("variance", variance * (n / (n - 1)))
        else:
            variance = self.buffers["variance"]
            x -= self.buffers["mean"]
        self.inverse_std = 1 / np.sqrt(variance + EPSILON)
        x *= self.inverse_std
        return self._affine(x)

    def backward(self, dy):
        # z = (x - mean) / std and y = scale z + shift
        #   =>  dL/dx = scale / std * (dL/dy - dL/dshift / n - z dL/dscale / n)
        n = len(dy)
        product = self._affine_gradients(dy)
        np.multiply(self.normalized, self.scale.gradient / n, out=product)
        dy -= product
        dy -= self.shift.gradient / n
        dy *= self.scale.value * self.inverse_std
        return dy

    def _track(self, name: str, batch: np.ndarray) -> None:
        running = self.buffers[name]
        running *= self.momentum
        running += (1 - self.momentum) * batch


class LayerNorm(Normalization):
    """Normalize each row over its units, also in evaluation (Ba, Kiros, Hinton 2016)."""

    def forward(self, x, training=False):
        average = np.full(x.shape[1], 1 / x.shape[1], x.dtype)
        x -= np.dot(x, average)[:, None]
        variance = np.einsum("ij,ij->i", x, x) / x.shape[1]
        self.inverse_std = (1 / np.sqrt(variance + EPSILON))[:, None]
        x *= self.inverse_std
        return self._affine(x)

    def backward(self, dy):
        # z = (x - mean) / std, g = scale dL/dy  =>  dL/dx = (g - mean(g) - z mean(g z)) / std
        product, z = self._affine_gradients(dy), self.normalized
        dy *= self.scale.value
        mean_gz = np.einsum("ij,ij->i", dy, z)[:, None] / dy.shape[1]
        dy -= np.dot(dy, np.full(dy.shape[1], 1 / dy.shape[1], dy.dtype))[:, None]
        dy -= np.multiply(z, mean_gz, out=product)
        dy *= self.inverse_std
        return dy


NORMALIZATIONS = {"batch": BatchNorm, "layer": LayerNorm}
