"""Layers. In every comment x is a layer's input, y its output, n the number of rows (examples).

`forward(x, training)` maps (n, inputs) to (n, outputs). `backward(dy)` takes dL/dy of the last
forward pass in training, stores the gradients of the layer's parameters and returns dL/dx.

A layer returns a buffer of its own, valid until its next call. The next layer may overwrite it,
unless the layer sets `keeps_output`. Arrays are allocated for the first batch and then reused.
"""

from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from threading import Lock

import numpy as np
from numpy.lib.stride_tricks import as_strided

from components.errors import SettingsError

from .initializers import Initializer


class Buffer:
    """An array that is allocated once; a batch of fewer rows (the last one) gets a slice of it."""

    def __init__(self):
        self.array = self.view = np.empty((0, 0))

    def __call__(self, shape: tuple[int, int], dtype) -> np.ndarray:
        if self.view.shape != shape:
            rows, columns = shape
            if rows > len(self.array) or columns != self.array.shape[1]:
                self.array = np.empty(shape, dtype)
            self.view = self.array[:rows]
        return self.view


class Share:
    """The rows of a batch that a replica of a network computes: from `start` on, of `total`."""

    start = total = 0


class SharedBuffer(Buffer):
    """The rows of another network's buffer that belong to a share: all shares fill one array."""

    lock = Lock()

    def __init__(self, whole: Buffer, share: Share):
        super().__init__()
        self.whole, self.share, self.place = whole, share, None

    def __call__(self, shape, dtype):
        place = shape, self.share.start, self.share.total
        if place != self.place or self.array is not self.whole.array:
            start, rows = self.share.start, shape[0]
            with self.lock:
                whole = self.whole((self.share.total, shape[1]), dtype)
            self.view = whole[start : start + rows]
            self.array, self.place = self.whole.array, place
        return self.view


def joined(parts: Sequence[np.ndarray]) -> np.ndarray:
    """Concatenate the rows of arrays, without a copy if they are adjacent in memory."""
    first, rows = parts[0], sum(map(len, parts))
    end = first.ctypes.data
    for part in parts:
        if part.ctypes.data != end or not part.flags.c_contiguous:
            return np.concatenate(parts)
        end += part.nbytes
    return as_strided(first, (rows, first.shape[1]), writeable=False)


@lru_cache(maxsize=8)
def ones(n: int, dtype: str) -> np.ndarray:
    """Return n ones: `ones @ a` sums the rows of `a` several times faster than `a.sum(axis=0)`."""
    return np.ones(n, dtype)


class Parameter:
    """An array that a layer learns, its gradient, and its kind: weight, bias or norm."""

    def __init__(self, value: np.ndarray, kind: str):
        self.value, self.gradient, self.kind = value, np.zeros_like(value), kind

    def move(self, value: np.ndarray, gradient: np.ndarray) -> None:
        """Move into these views of the network's flat vectors; the old gradient is lost."""
        value[...] = self.value
        self.value, self.gradient = value, gradient


class Layer:
    """Base class: no parameters, no buffers, no inner layers."""

    name = ""
    body: tuple["Layer", ...] | list["Layer"] = ()
    input_gradient = True  # False if no earlier layer learns: backward then skips dx
    # `check_buffers` in network.py refuses networks in which a layer spoils another's buffer.
    keeps_output = False  # its backward pass needs the output of its forward pass
    overwrites_input = False  # its forward pass works in place
    passes_on = False  # it returns its input

    def __init__(self):
        self.parameters: dict[str, Parameter] = {}
        self.buffers: dict[str, np.ndarray] = {}  # state that is saved but not learned

    def forward(self, x: np.ndarray, training: bool = False) -> np.ndarray:
        raise NotImplementedError

    def backward(self, dy: np.ndarray) -> np.ndarray | None:
        raise NotImplementedError


def walk(layers: Iterable[Layer]) -> Iterator[Layer]:
    """Yield all layers and the layers inside them, in the order of the forward pass."""
    for layer in layers:
        yield layer
        yield from walk(layer.body)


class Dense(Layer):
    """y = x W + b, with W (inputs, units) and b (units,).

    `bias` is "zeros"; "as_input", which draws b with W, as the weights of a constant input 1; or
    None for a layer without bias.
    """

    def __init__(
        self,
        inputs: int,
        units: int,
        initializer: Initializer,
        rng: np.random.Generator,
        bias: str | None = "zeros",
        dtype=np.float32,
    ):
        super().__init__()
        fan_in = inputs + 1 if bias == "as_input" else inputs
        drawn = initializer(rng, fan_in, units).astype(dtype)
        self.weight = self.parameters["weight"] = Parameter(drawn[:inputs], "weight")
        self.bias = None
        if bias is not None:
            initial = drawn[inputs] if bias == "as_input" else np.zeros(units, dtype)
            self.bias = self.parameters["bias"] = Parameter(initial, "bias")
        self.units = units
        self.shared = False  # True for a share of a batch: `weight_gradient` is called later
        self._y, self._dx = Buffer(), Buffer()

    def forward(self, x, training=False):
        self.x = x
        y = self._y((len(x), self.units), x.dtype)
        np.matmul(x, self.weight.value, out=y)
        if self.bias is not None:
            y += self.bias.value
        return y

    def backward(self, dy):
        # y = x W + b  =>  dL/dW = x.T dL/dy,  dL/db = 1.T dL/dy,  dL/dx = dL/dy W.T
        x, self.dy = self.x, dy
        if not self.shared:  # np.dot is faster for one row
            (np.matmul if len(x) > 1 else np.dot)(x.T, dy, out=self.weight.gradient)
        if self.bias is not None:
            np.dot(ones(len(x), x.dtype.char), dy, out=self.bias.gradient)
        if not self.input_gradient:
            return None
        return np.matmul(dy, self.weight.value.T, out=self._dx(x.shape, x.dtype))

    def weight_gradient(self, shares: Sequence["Dense"], rows: slice) -> None:
        """Write these rows of dL/dW for the batch whose shares these layers have seen."""
        x, dy = joined([layer.x for layer in shares]), joined([layer.dy for layer in shares])
        np.matmul(x[:, rows].T, dy, out=self.weight.gradient[rows])


class Dropout(Layer):
    """Inverted dropout: in training, drop values at random and scale the others up to compensate.

    A value is kept if 16 random bits are below a threshold, so the probability is a multiple of
    2^-16. Kept values are divided by exactly that probability, which keeps the expectation
    (Srivastava et al. 2014). In evaluation the layer does nothing.
    """

    LEVELS = 2**16

    def __init__(self, probability: float, rng: np.random.Generator):
        super().__init__()
        if not 0 <= probability < 1:
            raise SettingsError(f"dropout: found probability {probability}, expected 0 <= p < 1")
        self.rng = rng
        self.threshold = max(1, round((1 - probability) * self.LEVELS))
        self.scale = self.LEVELS / self.threshold
        self._mask, self._y = Buffer(), Buffer()

    def forward(self, x, training=False):
        self.mask = None
        if not training:
            return x
        words = self.rng.bit_generator.random_raw(x.size // 4 + 1)  # of 64 bits: four numbers
        kept = words.view(np.uint16)[: x.size].reshape(x.shape) < self.threshold
        self.mask = self._mask(x.shape, x.dtype)
        np.multiply(kept, x.dtype.type(self.scale), out=self.mask)  # not in float64
        return np.multiply(x, self.mask, out=self._y(x.shape, x.dtype))

    def backward(self, dy):
        # y = m x  =>  dL/dx = m dL/dy
        if self.mask is not None:
            dy *= self.mask
        return dy


class Residual(Layer):
    """y = x + f(x) for a chain of layers f that keeps the shape (He et al. 2016)."""

    def __init__(self, body: list[Layer]):
        super().__init__()
        self.body = body
        self._y, self._skipped = Buffer(), Buffer()

    def forward(self, x, training=False):
        y = x
        for layer in self.body:
            y = layer.forward(y, training)
        return np.add(x, y, out=self._y(x.shape, x.dtype))

    def backward(self, dy):
        # y = x + f(x)  =>  dL/dx = dL/dy + f'(x).T dL/dy
        if self.input_gradient:
            skipped = self._skipped(dy.shape, dy.dtype)
            np.copyto(skipped, dy)  # the body works in place on dy
        for layer in reversed(self.body):
            dy = layer.backward(dy)
        if self.input_gradient:
            dy += skipped
        return dy
