"""Input preparation: turn raw images into the rows of numbers that a network reads.

A preparation is a chain of steps (`preparation_steps`). It is fitted on the training rows alone,
never on validation or test rows, and applied batch by batch. Six operations suffice for all steps:
a fitted chain is a short list of `(operation, operand)` pairs.
"""

import copy
import math
from collections.abc import Iterator, Mapping, Sequence

import numpy as np

from components.errors import SettingsError
from components.registry import component_name, lookup

from .preparation_steps import STEPS
from .training_rows import TrainingRows


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
CACHED_VALUES = 2**16  # values prepared at once, 256 kB of float32


class Preparation:
    """A fitted chain of steps, made by `fit` or `from_state`.

    `inputs` is the number of values in a prepared row, and so of the network's inputs.
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
        """Fit the steps one after the other, each on the training rows that the last one returned.

        `images` (N, ...) may be memory-mapped and of any number type; `rows` are the indices of
        the training rows. A component is a name or a mapping with `name` and arguments. `fill`
        (d,) holds the values that replace NaN, see `missing.fill_values`. Raises SettingsError for
        an unknown step, a wrong argument, or no rows.
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

        Without `out` the result is a new float32 array. Arithmetic is in the dtype of `out`, except
        that raw values it cannot hold are kept in float64 up to the first matrix product.
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
        else:  # a few rows at a time, which stay in the CPU cache
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
        """Return the linear part of the chain, a matrix (raw values, inputs) in float64.

        A prepared row is x @ linear + the prepared zero row. Raises SettingsError for a chain that
        is not affine (binarize).
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
        """Return the orthonormal axes (raw values, inputs) of the inputs' coordinates, or None.

        None means that the inputs are the raw values themselves, scaled or after zca. Otherwise it is
        the polar factor Q of the linear part L = Q H (H symmetric), the nearest matrix with
        orthonormal columns; for pca these are its axes, whatever their scale.
        """
        matrices = [operand for name, operand in self.operations if name == "matmul"]
        # A symmetric positive matrix has the polar factor 1, and zca with a scaling nearly so.
        if all(_is_symmetric(matrix) for matrix in matrices):
            return None
        matrix = self.linear()
        squares, turned = np.linalg.eigh(matrix.T @ matrix)
        lengths = np.sqrt(np.maximum(squares, np.finfo(np.float32).eps ** 2 * squares[-1]))
        return matrix @ (turned / lengths) @ turned.T

    def twin(self) -> "Preparation":
        """Return a copy for another thread, with its own buffers."""
        twin = copy.copy(self)
        twin._buffers = {}
        return twin

    def state(self) -> dict[str, np.ndarray]:
        """Return the fitted chain as plain arrays, which `np.savez` stores without pickles."""
        operands = {f"operand_{i}": operand for i, (_, operand) in enumerate(self.operations)}
        return {
            "steps": np.array([component_name(c) for c in self.components], dtype=str),
            "inputs": np.array(self.inputs),
            "operations": np.array([name for name, _ in self.operations], dtype=str),
            **operands,
        }

    @classmethod
    def from_state(
        cls, components: Sequence, state: Mapping[str, np.ndarray], values: int | None = None
    ) -> "Preparation":
        """Return the preparation whose `state()` this is; it transforms to the same bytes.

        Raises SettingsError if the state was fitted with other steps than `components`, and
        ValueError for operations that do not fit raw rows of `values` numbers.
        """
        expected, found = [component_name(c) for c in components], state["steps"].tolist()
        if found != expected:
            raise SettingsError(
                f"preparation: the saved one has steps {found}, expected {expected}; fit it again"
            )
        names = state["operations"].tolist()
        operations = [(name, state[f"operand_{i}"]) for i, name in enumerate(names)]
        inputs = int(state["inputs"])
        if values is not None and _columns(operations, values) != inputs:
            raise ValueError(f"the operations turn {values} raw values into other than {inputs}")
        return cls(components, inputs, operations)

    def _operations(self, dtype: np.dtype) -> list[tuple[str, np.ndarray]]:
        """Return the chain with operands of this dtype: float64 ones would slow float32 batches."""
        if dtype not in self._typed:
            with np.errstate(over="ignore", under="ignore"):  # float64 batches use the originals
                self._typed[dtype] = [
                    (name, operand.astype(dtype, copy=False)) for name, operand in self.operations
                ]
        return self._typed[dtype]

    def _buffer(self, stage: int, rows: int, columns: int, dtype: np.dtype) -> np.ndarray:
        """Return rows of a buffer that is kept for the next batch."""
        kept = self._buffers.get((stage, dtype))
        if kept is None or len(kept) < rows:
            kept = self._buffers[stage, dtype] = np.empty((rows, columns), dtype)
        return kept[:rows]


def _few(rows: np.ndarray) -> Iterator[slice]:
    """Yield slices of a few rows (n, d) each."""
    step = max(1, CACHED_VALUES // max(1, rows.shape[1]))
    return (slice(start, start + step) for start in range(0, len(rows), step))


def _columns(operations: Sequence[tuple], columns: int) -> int:
    """Return the number of columns of a prepared row, after checking every operand."""
    for number, (name, operand) in enumerate(operations):
        shapes = [(), (columns,)]
        if name == "matmul":
            shapes = [(columns, operand.shape[-1] if operand.ndim else 0)]
        if name not in OPERATIONS or operand.shape not in shapes or operand.dtype.kind != "f":
            raise ValueError(
                f"operand_{number} of {name!r} is {operand.dtype} {operand.shape}, for {columns} columns"
            )
        if name == "matmul":
            columns = operand.shape[1]
    return columns


def _is_symmetric(matrix: np.ndarray) -> bool:
    square = matrix.shape[0] == matrix.shape[1]
    return square and np.allclose(matrix, matrix.T, atol=1e-5 * np.abs(matrix).max())


def _fuse(operations: Sequence[tuple]) -> list[tuple[str, np.ndarray]]:
    """Combine each run of multiplications and additions of a chain into one x * scale + offset.

    Factors of 1 and terms of 0 are dropped. Matrices are kept in float32: that halves the memory,
    and its rounding (6e-8) is far below the error of an estimated covariance.
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
