"""Input preparation: raw images become the rows of numbers that a network reads.

A preparation is a chain of steps (`preparation_steps`). It is fitted on the training rows alone,
never on validation or test rows, and applied batch by batch. Whatever the steps are, the fitted
chain is a short list of `(operation, operand)` pairs, and six operations suffice.
"""

import copy
import math
from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property

import numpy as np

from components.errors import SettingsError
from components.registry import component_name, lookup

from .preparation_steps import STEPS


def filled(x: np.ndarray, values: np.ndarray, out: np.ndarray) -> np.ndarray:
    """Replace NaN in x (n, d) by `values` (d,)."""
    if out is not x:
        np.copyto(out, x)
    np.copyto(out, values, where=np.isnan(x))
    return out


OPERATIONS = {
    "fill": filled,
    "subtract": np.subtract,
    "multiply": np.multiply,
    "add": np.add,
    "greater": np.greater,
    "matmul": np.matmul,
}
CACHED_VALUES = 2**16  # prepared at once: 256 kB of float32
BLOCK_ROWS = 1000  # rows held as float64 at once while fitting: 25 MB for 3072 inputs


class TrainingRows:
    """Statistics, over the training rows, of what the steps fitted so far make of the images.

    Read in blocks of rows, accumulated in float64. Population moments (divided by n).
    """

    def __init__(self, images: np.ndarray, rows: np.ndarray, fitted: "Preparation"):
        self.images, self.rows, self.fitted = images, rows, fitted
        self.unsigned = images.dtype.kind in "bu" and not fitted.operations
        # A large offset is subtracted first, in float64: x * scale + offset would cancel digits.
        untouched = all(operation == "fill" for operation, _ in fitted.operations)
        self.subtracts = images.dtype == np.float64 and untouched
        mixed = any(operation == "matmul" for operation, _ in fitted.operations)
        plain = mixed or images.ndim < 3
        self.channels = None if plain else images.shape[3] if images.ndim == 4 else 1

    def blocks(self) -> Iterator[np.ndarray]:
        """The rows in blocks (b, d), float64, each in the same buffer."""
        buffer = np.empty((min(BLOCK_ROWS, len(self.rows)), self.fitted.inputs))
        for start in range(0, len(self.rows), BLOCK_ROWS):
            block = self.images[self.rows[start : start + BLOCK_ROWS]]
            yield self.fitted.transform(block, out=buffer[: len(block)])

    @cached_property
    def extremes(self) -> tuple[np.ndarray, np.ndarray]:
        """Lowest and highest value of each feature, (d,) each."""
        pairs = [(block.min(axis=0), block.max(axis=0)) for block in self.blocks()]
        lows, highs = zip(*pairs, strict=True)
        return np.min(lows, axis=0), np.max(highs, axis=0)

    @cached_property
    def mean(self) -> np.ndarray:
        """Mean of each feature, (d,)."""
        return sum(block.sum(axis=0) for block in self.blocks()) / len(self.rows)

    @cached_property
    def variance(self) -> np.ndarray:
        """Variance of each feature, (d,). A second pass, over centred rows: nothing cancels."""
        return sum(((b - self.mean) ** 2).sum(axis=0) for b in self.blocks()) / len(self.rows)

    @cached_property
    def covariance(self) -> np.ndarray:
        """Covariance of the features, (d, d)."""
        covariance = np.zeros((self.fitted.inputs, self.fitted.inputs))
        product = np.empty_like(covariance)
        for block in self.blocks():
            block -= self.mean
            covariance += np.matmul(block.T, block, out=product)
        return covariance / len(self.rows)


class Preparation:
    """A fitted chain of steps, made by `fit` or `from_state`.

    `inputs` is the number of values in a prepared row, the number of inputs of the network.
    """

    def __init__(self, components: Sequence, inputs: int, operations: Sequence[tuple]):
        self.components, self.inputs, self.operations = list(components), inputs, operations
        self._typed: dict[np.dtype, list] = {}
        self._buffers: dict[tuple, np.ndarray] = {}

    @classmethod
    def fit(
        cls,
        components: Sequence,
        images: np.ndarray,
        rows: np.ndarray,
        fill: np.ndarray | None = None,
    ) -> "Preparation":
        """Fit the steps one after the other, each on the training rows as the last one left them.

        `images` (N, ...) may be memory-mapped and of any number type; `rows` are the indices of
        the training rows. A component is a name or a mapping with `name` and arguments. `fill`
        (d,) has the values that replace NaN, see `missing.fill_values`. Raises
        SettingsError for an unknown step, a wrong argument, or no rows.
        """
        images, rows = np.asarray(images), np.asarray(rows)
        steps = [lookup(STEPS, component, "preparation step") for component in components]
        if not len(rows):
            raise SettingsError("preparation: there are no training rows to fit it on")
        start = [] if fill is None else [("fill", np.asarray(fill, np.float64))]
        fitted = cls([], math.prod(images.shape[1:]), start)
        for step, arguments in steps:
            new = step(TrainingRows(images, rows, fitted), **arguments)
            inputs = new[-1][1].shape[1] if new and new[-1][0] == "matmul" else fitted.inputs
            fitted = cls([], inputs, _fuse([*fitted.operations, *new]))
        return cls(components, fitted.inputs, fitted.operations)

    def transform(self, images: np.ndarray, out: np.ndarray | None = None) -> np.ndarray:
        """Prepare a batch (n, ...) of raw images into `out` (n, inputs), float32 or float64.

        Without `out` the result is a new float32 array. Arithmetic is in the type of `out`; but raw
        values that it cannot hold are computed with in float64 up to the first matrix product.
        """
        if out is None:
            out = np.empty((len(images), self.inputs), np.float32)
        operations = self._operations(out.dtype)
        flat = images.reshape(len(images), math.prod(images.shape[1:]))
        names = [name for name, _ in operations]
        projections = names.count("matmul")
        first = names.index("matmul") if projections else len(names)
        x = self._buffer(projections, *flat.shape, out.dtype) if projections else out
        if first and not np.can_cast(flat.dtype, out.dtype):
            self._start_exactly(flat, x, first)
            operations = operations[first:]
        elif projections:
            np.copyto(x, flat, casting="same_kind")  # converting first is faster than mixed types
        else:  # value by value: a few rows at a time, which stay in the cache
            for rows in _few(flat):
                np.copyto(x[rows], flat[rows], casting="same_kind")
                for name, operand in operations:
                    OPERATIONS[name](x[rows], operand, out=x[rows])
            return out
        for name, operand in operations:
            if name == "matmul":
                projections -= 1
                last = not projections
                shape = len(x), operand.shape[1]
                room = out if last else self._buffer(projections, *shape, x.dtype)
                x = OPERATIONS[name](x, operand, room)
            else:
                OPERATIONS[name](x, operand, out=x)
        return out

    def _start_exactly(self, flat: np.ndarray, out: np.ndarray, first: int) -> None:
        """Compute the operations before the first matrix product in float64, and round to `out`."""
        operations = self._operations(np.dtype(np.float64))[:first]
        for rows in _few(flat):
            x = self._buffer(-1, *flat[rows].shape, np.dtype(np.float64))
            np.copyto(x, flat[rows], casting="same_kind")
            for name, operand in operations:
                OPERATIONS[name](x, operand, out=x)
            np.copyto(out[rows], x, casting="same_kind")

    def linear(self) -> np.ndarray:
        """The linear part of the chain, a matrix (raw values, inputs) in float64.

        A prepared row is x @ linear + what the zero row becomes. Raises SettingsError for a chain
        that is not affine (binarize).
        """
        matrices = [operand for name, operand in self.operations if name == "matmul"]
        scale, matrix = np.ones(len(matrices[0]) if matrices else self.inputs), None
        for name, operand in self.operations:
            if name == "greater":
                raise SettingsError("preparation: binarize is not linear; remove it")
            if name == "matmul":
                matrix = scale[:, None] * operand if matrix is None else matrix @ operand
            elif name == "multiply" and matrix is None:
                scale = scale * operand
            elif name == "multiply":
                matrix = matrix * operand
        return np.diag(scale) if matrix is None else matrix

    def axes(self) -> np.ndarray | None:
        """The orthonormal axes that the inputs are coordinates of, (raw values, inputs); or None.

        None where the inputs are the raw values themselves, scaled, as zca leaves them, too. Else the
        polar factor Q of the linear part L = Q H (H symmetric), the nearest matrix of orthonormal
        columns: of pca its axes, whatever it scales them by.
        """
        matrices = [operand for name, operand in self.operations if name == "matmul"]
        # A symmetric positive matrix has the polar factor 1; that of zca and a scaling is near to it.
        if all(_is_symmetric(matrix) for matrix in matrices):
            return None
        matrix = self.linear()
        squares, turned = np.linalg.eigh(matrix.T @ matrix)
        lengths = np.sqrt(np.maximum(squares, np.finfo(np.float32).eps ** 2 * squares[-1]))
        return matrix @ (turned / lengths) @ turned.T

    def twin(self) -> "Preparation":
        """The same for another thread: with buffers of its own."""
        twin = copy.copy(self)
        twin._buffers = {}
        return twin

    def state(self) -> dict[str, np.ndarray]:
        """The fitted chain as plain arrays, fit for `np.savez` without pickles."""
        operands = {f"operand_{i}": operand for i, (_, operand) in enumerate(self.operations)}
        return {
            "steps": np.array([component_name(c) for c in self.components], dtype=str),
            "inputs": np.array(self.inputs),
            "operations": np.array([name for name, _ in self.operations], dtype=str),
            **operands,
        }

    @classmethod
    def from_state(cls, components: Sequence, state: Mapping[str, np.ndarray]) -> "Preparation":
        """The preparation whose `state()` this is; it transforms to the same bytes.

        Raises SettingsError when the state was fitted with other steps than `components`.
        """
        expected, found = [component_name(c) for c in components], state["steps"].tolist()
        if found != expected:
            raise SettingsError(
                f"preparation: the saved one has steps {found}, expected {expected}; fit it anew"
            )
        names = state["operations"].tolist()
        operations = [(name, state[f"operand_{i}"]) for i, name in enumerate(names)]
        return cls(components, int(state["inputs"]), operations)

    def _operations(self, dtype: np.dtype) -> list[tuple[str, np.ndarray]]:
        """The chain with operands of this type: a float64 one would make a float32 batch slow."""
        if dtype not in self._typed:
            with np.errstate(over="ignore", under="ignore"):  # float64 batches use the originals
                self._typed[dtype] = [
                    (name, operand.astype(dtype, copy=False)) for name, operand in self.operations
                ]
        return self._typed[dtype]

    def _buffer(self, stage: int, rows: int, columns: int, dtype: np.dtype) -> np.ndarray:
        """Rows of a buffer that is kept for the next batch."""
        kept = self._buffers.get((stage, dtype))
        if kept is None or len(kept) < rows:
            kept = self._buffers[stage, dtype] = np.empty((rows, columns), dtype)
        return kept[:rows]


def _few(rows: np.ndarray) -> Iterator[slice]:
    """Slices of a few rows (n, d) each."""
    step = max(1, CACHED_VALUES // max(1, rows.shape[1]))
    return (slice(start, start + step) for start in range(0, len(rows), step))


def _is_symmetric(matrix: np.ndarray) -> bool:
    square = matrix.shape[0] == matrix.shape[1]
    return square and np.allclose(matrix, matrix.T, atol=1e-5 * np.abs(matrix).max())


def _fuse(operations: Sequence[tuple]) -> list[tuple[str, np.ndarray]]:
    """The same chain, each run of multiplications and additions as one x * scale + offset.

    Factors of 1 and terms of 0 are left out. A matrix is kept in float32: half the memory, and its
    rounding (6e-8) is far below the error of an estimated covariance.
    """
    fused: list[tuple[str, np.ndarray]] = []
    scale, offset = np.array(1.0), np.array(0.0)
    for name, operand in [*operations, ("end", None)]:
        if name == "multiply":
            scale, offset = scale * operand, offset * operand
        elif name == "add":
            offset = offset + operand
        else:
            if np.any(scale != 1):
                fused.append(("multiply", np.asarray(scale)))
            if np.any(offset != 0):
                fused.append(("add", np.asarray(offset)))
            if name != "end":
                fused.append((name, np.asarray(operand, np.float32 if name == "matmul" else float)))
            scale, offset = np.array(1.0), np.array(0.0)
    return fused
