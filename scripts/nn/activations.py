"""Activations: layers without parameters. z is the input, h = f(z) the output.

All of them overwrite z with h. The backward pass uses h or arrays kept by the forward pass instead
of computing f again, and overwrites dL/dh with dL/dz. No finite input overflows.
"""

import numpy as np

from components.arguments import Positive

from .blocks import blocks_of_rows
from .layers import Buffer, Layer


def sigmoid(z: np.ndarray, out: np.ndarray) -> np.ndarray:
    """Compute 1 / (1 + exp(-z)) as (1 + tanh(z / 2)) / 2, which does not overflow."""
    np.multiply(z, 0.5, out=out)
    np.tanh(out, out=out)
    out *= 0.5
    out += 0.5
    return out


class Activation(Layer):
    """Base class, with two buffers, for arrays kept by a forward pass and computed by a backward pass."""

    overwrites_input = True

    def __init__(self):
        super().__init__()
        self._kept, self._scratch = Buffer(), Buffer()


class Identity(Activation):
    """No activation: h = z."""

    overwrites_input = False
    passes_on = True

    def forward(self, z, training=False):
        return z

    def backward(self, dh):
        return dh


class Relu(Activation):
    """ReLU: h = max(z, 0).

    The forward pass multiplies by 0 or 1, the factors that the backward pass needs again.
    """

    def forward(self, z, training=False):
        self.factor = self._kept(z.shape, z.dtype)
        np.greater(z, 0, out=self.factor)
        z *= self.factor
        return z

    def backward(self, dh):
        # h = factor z  =>  dL/dz = factor dL/dh
        dh *= self.factor
        return dh


class LeakyRelu(Relu):
    """Leaky ReLU: h = z if z > 0, else slope * z (Maas et al. 2013).

    Args:
        slope: the slope for negative inputs
    """

    def __init__(self, slope: float = 0.01):
        super().__init__()
        self.slope = slope

    def forward(self, z, training=False):
        self.factor = self._kept(z.shape, z.dtype)
        np.greater(z, 0, out=self.factor)
        self.factor *= 1 - self.slope
        self.factor += self.slope
        z *= self.factor
        return z


class Elu(Activation):
    """ELU: h = z if z > 0, else alpha * (exp(z) - 1) (Clevert et al. 2016).

    Args:
        alpha: -alpha is the limit for very negative inputs
    """

    def __init__(self, alpha: Positive = 1.0):
        super().__init__()
        self.alpha = alpha

    def forward(self, z, training=False):
        negative = np.minimum(z, 0, out=self._scratch(z.shape, z.dtype))
        np.expm1(negative, out=negative)
        negative *= self.alpha
        positive = self._kept(z.shape, z.dtype)
        np.greater(z, 0, out=positive)
        z *= positive
        z += negative
        self.negative, self.positive = negative, positive
        return z

    def backward(self, dh):
        # z > 0: h = z  =>  1;  z <= 0: h = alpha (exp(z) - 1)  =>  alpha exp(z) = h + alpha
        slope = self.negative
        slope += self.alpha
        slope += np.multiply(self.positive, 1 - self.alpha, out=self.positive)
        dh *= slope
        return dh


class Gelu(Activation):
    """GELU: h = z Phi(z), with the tanh form of the normal distribution function Phi.

    h = z (1 + tanh(u)) / 2 with u = sqrt(2 / pi) (z + 0.044715 z^3) (Hendrycks, Gimpel 2016,
    section 2). The exact form needs erf, which numpy lacks; the two differ by less than 5e-4. For
    |z| >= 10 tanh(u) is exactly +-1, so u is computed from z clipped to +-10: nothing overflows.
    """

    scale, cubic, limit = np.sqrt(2 / np.pi).item(), 0.044715, 10.0

    def __init__(self):
        super().__init__()
        self._phi = Buffer()

    def forward(self, z, training=False):
        self.kept = [b(z.shape, z.dtype) for b in (self._kept, self._scratch, self._phi)]
        for block in blocks_of_rows(z):
            clipped, squared, phi = (array[block] for array in self.kept)
            np.clip(z[block], -self.limit, self.limit, out=clipped)
            np.square(clipped, out=squared)
            np.multiply(squared, self.scale * self.cubic, out=phi)
            phi += self.scale
            phi *= clipped
            np.tanh(phi, out=phi)
            phi *= 0.5
            phi += 0.5
            z[block] *= phi
        return z

    def backward(self, dh):
        # h = z p, p = (1 + tanh u) / 2, p' = 2 p (1 - p) u'  =>  h' = p + 2 z p (1 - p) u'
        for block in blocks_of_rows(dh):
            clipped, slope, p = (array[block] for array in self.kept)
            slope *= 6 * self.scale * self.cubic
            slope += 2 * self.scale
            slope *= clipped
            slope *= p
            slope *= np.subtract(1, p, out=clipped)
            slope += p
            dh[block] *= slope
        return dh


class Silu(Activation):
    """SiLU or swish: h = z sigmoid(z) (Elfwing et al. 2018)."""

    keeps_output = True

    def forward(self, z, training=False):
        self.gate = sigmoid(z, out=self._kept(z.shape, z.dtype))
        z *= self.gate
        self.h = z
        return z

    def backward(self, dh):
        # h = z s, s' = s (1 - s)  =>  h' = s + z s (1 - s) = s + h (1 - s)
        slope = np.subtract(1, self.gate, out=self._scratch(dh.shape, dh.dtype))
        slope *= self.h
        slope += self.gate
        dh *= slope
        return dh


class Sigmoid(Activation):
    """Sigmoid: h = 1 / (1 + exp(-z))."""

    keeps_output = True

    def forward(self, z, training=False):
        self.h = sigmoid(z, out=z)
        return z

    def backward(self, dh):
        # h' = h (1 - h)
        slope = np.subtract(1, self.h, out=self._scratch(dh.shape, dh.dtype))
        slope *= self.h
        dh *= slope
        return dh


class Tanh(Activation):
    """Hyperbolic tangent: h = tanh(z)."""

    keeps_output = True

    def forward(self, z, training=False):
        self.h = np.tanh(z, out=z)
        return z

    def backward(self, dh):
        # h' = 1 - h^2
        slope = np.square(self.h, out=self._scratch(dh.shape, dh.dtype))
        np.subtract(1, slope, out=slope)
        dh *= slope
        return dh


class Softplus(Activation):
    """Softplus: h = log(1 + exp(z)), a smooth ReLU.

    Computed as max(z, 0) + log1p(exp(-|z|)), so exp never sees a positive number.
    """

    keeps_output = True

    def forward(self, z, training=False):
        rest = np.abs(z, out=self._scratch(z.shape, z.dtype))
        np.negative(rest, out=rest)
        np.exp(rest, out=rest)
        np.log1p(rest, out=rest)
        np.maximum(z, 0, out=z)
        z += rest
        self.h = z
        return z

    def backward(self, dh):
        # h' = sigmoid(z) = 1 - exp(-h)
        slope = np.negative(self.h, out=self._scratch(dh.shape, dh.dtype))
        np.expm1(slope, out=slope)
        dh *= np.negative(slope, out=slope)
        return dh


ACTIVATIONS = {
    "identity": Identity,
    "relu": Relu,
    "leaky_relu": LeakyRelu,
    "elu": Elu,
    "gelu": Gelu,
    "silu": Silu,
    "sigmoid": Sigmoid,
    "tanh": Tanh,
    "softplus": Softplus,
}
