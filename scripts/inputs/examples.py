"""Examples: the labelled rows of one part of a dataset, delivered as prepared batches."""

import copy
import math

import numpy as np

from .augmentation import Augmentation
from .batches import Batches
from .preparation import Preparation

BLOCK_ROWS = 500


class Examples:
    """The images and labels of one part (training, validation, test) of a dataset.

    `images` (N, ...) and `labels` (N,) are the whole dataset, often memory-mapped and shared with
    other processes; `rows` (n,) are the indices of this part. An example's position is its place
    in `rows`, 0 to n - 1.

    Without augmentation, the first load prepares the whole part if the result takes at most
    `cache_bytes`; a larger part is gathered and prepared batch by batch.
    """

    def __init__(
        self,
        images: np.ndarray,
        labels: np.ndarray,
        rows: np.ndarray,
        preparation: Preparation,
        dtype: type | np.dtype = np.float32,
        augmentation: Augmentation | None = None,
        cache_bytes: int = 256 * 2**20,
    ):
        self.preparation, self.augmentation, self.dtype = preparation, augmentation, np.dtype(dtype)
        self.labels = np.asarray(labels)[rows].astype(np.intp)
        self.inputs = preparation.inputs
        self._images = np.asarray(images, order="C")  # take() would copy any other order each time
        self._rows = np.asarray(rows, dtype=np.intp)
        self._folds = augmentation is not None and augmentation.fold(
            preparation, self._images.shape[1:], self.dtype
        )
        size = len(self._rows) * self.inputs * self.dtype.itemsize
        self._caches = augmentation is None and size <= cache_bytes
        self._prepared: np.ndarray | None = None
        self._buffers: dict[str, np.ndarray] = {}
        self._twins: list[Examples] = []  # without itself, because a cycle would keep the arrays

    def __len__(self) -> int:
        return len(self._rows)

    def operations(self) -> int:
        """Count floating-point operations of the matrix products that prepare an example per load."""
        values = math.prod(self._images.shape[1:])
        if self._folds:
            return 2 * values * self.inputs
        if self._caches:
            return 0
        return sum(2 * m.size for name, m in self.preparation.operations if name == "matmul")

    def twins(self, count: int) -> list["Examples"]:
        """Return these examples and twins with their own buffers, one for each thread."""
        if count > 1 and self._caches and self._prepared is None:
            self._prepared = self._prepare_all()  # now, so that the threads share it
        while len(self._twins) < count - 1:
            twin = copy.copy(self)
            twin._buffers, twin._twins, twin.preparation = {}, [], self.preparation.twin()
            self._twins.append(twin)
        return [self, *self._twins[: count - 1]]

    def load(
        self,
        positions: np.ndarray | slice,
        augment: bool = True,
        shard: int = 0,
        out: np.ndarray | None = None,
    ) -> tuple[np.ndarray, np.ndarray]:
        """Return the examples at these positions: x (b, inputs) in `dtype`, and y.

        y is the labels (b,), intp, or (b, classes) in `dtype` if the augmentation mixes them. x is
        written to `out` (b, inputs), or is a view of consecutive cached rows; without `out` the next
        call may overwrite it. Do not write to x. Positions are not checked against the number of
        examples. `shard` is the part of the batch, which has its own random streams;
        `augment=False` skips the augmentation.
        """
        if self._caches:
            if self._prepared is None:
                self._prepared = self._prepare_all()
            if isinstance(positions, slice):
                return self._prepared[positions], self.labels[positions]
            x = self._room(len(positions)) if out is None else out
            self._prepared.take(positions, axis=0, out=x, mode="clip")  # other modes copy twice
            return x, self.labels.take(positions)
        images, y = self.raw(positions), self.labels[positions]
        if augment and self.augmentation is not None:
            images, y = self.augmentation(images, y, shard, self.dtype)
            if self._folds:
                room = self._room(len(images)) if out is None else out
                return self.augmentation.prepare(images, room, shard), y
        return self.prepare(images, out), y

    def batches(self, kind: str, size: int | str, rng: np.random.Generator) -> Batches:
        """Return the batches of a training on these examples, see Batches."""
        return Batches(kind, len(self), size, rng)

    def raw(self, positions: np.ndarray | slice) -> np.ndarray:
        """Return the raw images (b, ...) at these positions, in a buffer that the next call reuses."""
        rows = self._rows[positions]
        images = self._buffer("raw", len(rows), self._images.shape[1:], self._images.dtype)
        return self._images.take(rows, axis=0, out=images, mode="clip")

    def prepare(self, images: np.ndarray, out: np.ndarray | None = None) -> np.ndarray:
        """Prepare raw images (b, ...) into `out` (b, inputs), or into the buffer of `load`."""
        return self.preparation.transform(images, self._room(len(images)) if out is None else out)

    def _prepare_all(self) -> np.ndarray:
        prepared = np.empty((len(self), self.inputs), self.dtype)
        for start in range(0, len(self), BLOCK_ROWS):
            block = slice(start, start + BLOCK_ROWS)
            self.preparation.transform(self.raw(block), out=prepared[block])
        prepared.flags.writeable = False
        return prepared

    def _room(self, rows: int) -> np.ndarray:
        return self._buffer("prepared", rows, (self.inputs,), self.dtype)

    def _buffer(self, name: str, rows: int, shape: tuple[int, ...], dtype: np.dtype) -> np.ndarray:
        """Return the first rows of a buffer that grows to the largest batch seen."""
        kept = self._buffers.get(name)
        if kept is None or len(kept) < rows:
            kept = self._buffers[name] = np.empty((rows, *shape), dtype)
        return kept[:rows]
