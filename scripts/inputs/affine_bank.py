"""Augmentation folded into the preparation: one product augments a batch and prepares it."""

import math
from collections.abc import Mapping
from typing import Annotated, Literal

import numpy as np

from components.arguments import Count, Fraction, Probability

from .color import grey_weights, linear_factors
from .distortions import source_points
from .preparation import Preparation

PARAMETERS = 9  # per transform: flip, shifts down and right, rotation, scale, shear, 3 of colour
Transforms = Annotated[int, ("minimum", 1), ("maximum", 10_000)]  # each has a matrix
Limit = Annotated[float, ("minimum", 0), ("maximum", 1000)]
BLOCK = 8  # neighbouring pixels whose matrix rows are made at once: they share most source pixels


class AffineBank:
    """Flip, move, rotate, scale, shear and recolour images by transforms that several share.

    All this is linear in the pixels, and so is the preparation: the prepared row of a transformed
    image is its raw values times the matrix of the transform. A pool of uniformly drawn transforms
    (divided among the shards) serves each batch, one per part of the batch. It has to be the last
    augmentation, because it returns prepared inputs.

    Args:
        transforms: the number of transforms in the pool
        uses: images after which a transform is replaced
        flip: the probability that a transform mirrors
        shift: the longest move on each axis in pixels
        rotation: the largest angle in degrees, either way
        scale: sizes change by a factor between 1 - scale and 1 + scale
        shear: the strongest horizontal shear, in pixels per row
        brightness: brightness changes by a factor between 1 - brightness and 1 + brightness
        contrast: contrast changes by a factor between 1 - contrast and 1 + contrast
        saturation: saturation changes by a factor between 1 - saturation and 1 + saturation
        border: what lies beyond the edge, black or the mirrored image
    """

    def __init__(
        self,
        transforms: Transforms = 8,
        uses: Count = 1000,
        flip: Probability = 0.5,
        shift: Limit = 4.0,
        rotation: Limit = 15.0,
        scale: Fraction = 0.15,
        shear: Limit = 0.15,
        brightness: Probability = 0.0,
        contrast: Probability = 0.0,
        saturation: Probability = 0.0,
        border: Literal["black", "reflect"] = "reflect",
    ):
        self.transforms, self.uses, self.flip, self.border = transforms, uses, flip, border
        self.limits = np.array(
            [shift, shift, rotation, scale, shear, brightness, contrast, saturation]
        )

    def draw(self, generator: np.random.Generator) -> np.ndarray:
        """Draw the parameters of a transform, (PARAMETERS,)."""
        drawn = generator.uniform(-1, 1, PARAMETERS)
        mirrored = drawn[0] < 2 * self.flip - 1
        centres = np.array([0, 0, 0, 1, 0, 1, 1, 1])
        return np.array([mirrored, *(centres + self.limits * drawn[1:])])


class Bank:
    """The pool of transforms of one shard, and their matrices for a preparation."""

    def __init__(
        self,
        settings: AffineBank,
        generator: np.random.Generator,
        shards: int,
        folding: "Folding",
    ):
        self.settings, self.generator, self.folding = settings, generator, folding
        count = -(-settings.transforms // shards)
        self.parameters = np.array([settings.draw(generator) for _ in range(count)])
        self.oldest = self.seen = 0
        self._matrices: list[np.ndarray | None] = [None] * count
        self._floats = np.empty(0, folding.dtype)

    def __call__(self, images: np.ndarray, out: np.ndarray) -> np.ndarray:
        """Write transformed and prepared copies of raw images (n, ...) to `out` (n, inputs).

        Each transform gets consecutive rows, whose examples the batches choose. If there are fewer
        rows than transforms, each row has its own, and the next batch continues with the next ones.
        """
        self._renew()
        values = math.prod(images.shape[1:])
        rows = images.reshape(len(images), values)
        count = len(self.parameters)
        used = max(1, min(count, len(rows)))
        # `oldest` and `seen` count the images, modulo count * uses, so the turn needs no own state.
        first = 0 if used == count else self.oldest * self.settings.uses + self.seen
        self.seen += len(rows)
        edges = [i * len(rows) // used for i in range(used + 1)]
        longest = -(-len(rows) // used)
        if self._floats.size < longest * values:
            self._floats = np.empty(longest * values, self.folding.dtype)
        for turn, (start, stop) in enumerate(zip(edges, edges[1:], strict=False)):
            number = (first + turn) % count
            if self._matrices[number] is None:
                self._matrices[number] = self.folding.under(self.parameters[number], self.settings)
            floats = rows[start:stop]
            if floats.dtype != self.folding.dtype:
                floats = self._floats[: floats.size].reshape(floats.shape)
                np.copyto(floats, rows[start:stop], casting="same_kind")
            np.matmul(floats, self._matrices[number], out=out[start:stop])
        out += self.folding.constant
        return out

    def _renew(self) -> None:
        """Replace one transform for every `uses` images seen, at most all of them."""
        due, self.seen = divmod(self.seen, self.settings.uses)
        for _ in range(min(due, len(self.parameters))):
            self.parameters[self.oldest] = self.settings.draw(self.generator)
            self._matrices[self.oldest] = None
            self.oldest = (self.oldest + 1) % len(self.parameters)

    def state(self) -> dict[str, np.ndarray]:
        """Return the state of the next batches, except that of the generator."""
        place = np.array([self.oldest, self.seen])
        return {"parameters": self.parameters.copy(), "place": place}

    def restore(self, state: Mapping[str, np.ndarray]) -> None:
        """Continue from a `state()`; the matrices are rebuilt with the same bytes."""
        self.parameters[...] = state["parameters"]
        self.oldest, self.seen = state["place"].tolist()
        self._matrices = [None] * len(self._matrices)


class Folding:
    """An affine preparation of images of one shape, combined with transforms."""

    def __init__(self, preparation: Preparation, shape: tuple[int, ...], dtype: np.dtype):
        self.height, self.width, channels = (*shape, 1)[:3]
        self.dtype = np.dtype(dtype)
        self.grey = grey_weights(channels).astype(dtype)
        linear = preparation.linear().astype(dtype)
        pixels = self.height * self.width
        self.linear = np.ascontiguousarray(linear.reshape(pixels, -1))
        self.shape = pixels, channels, linear.shape[1]
        zero = np.empty((1, preparation.inputs))
        self.constant = preparation.transform(np.zeros((1, *shape)), zero)[0].astype(dtype)

    def under(self, parameters: np.ndarray, settings: AffineBank) -> np.ndarray:
        """Return the matrix (raw values, inputs) that transforms and prepares an image.

        A row x of raw values is first recoloured (C), then moved (M, the same for each channel), and
        prepared: ((x C) M) L, so the matrix is C M L. M has four numbers per pixel of the result, so
        a few rows of M L depend on few rows of L.
        """
        mirrored, down, right, rotation, scale, shear, *colour = parameters
        moves = self._moves(bool(mirrored), down, right, (rotation, scale, shear), settings.border)
        result = np.empty(self.shape, self.dtype)
        flat = result.reshape(self.linear.shape)
        for start in range(0, len(moves), BLOCK):
            some = moves[start : start + BLOCK]
            used = np.flatnonzero(some.any(axis=0))
            np.matmul(some[:, used], self.linear[used], out=flat[start : start + BLOCK])
        value, grey, mean = linear_factors(*colour)
        if (value, grey, mean) != (1, 0, 0):
            # A new value is `value` times the old one, plus `grey` times the grey of its pixel, plus
            # `mean` times the mean grey of all pixels; each channel has its share of the greys.
            greys = result.sum(axis=1)
            mean_grey = greys.mean(axis=0)
            greys *= self.dtype.type(grey)
            greys += self.dtype.type(mean) * mean_grey
            result *= self.dtype.type(value)
            for channel, weight in enumerate(self.grey):
                result[:, channel] += weight * greys
        return result.reshape(-1, self.shape[2])

    def _moves(
        self, mirrored: bool, down: float, right: float, affine: tuple, border: str
    ) -> np.ndarray:
        """Return M (pixels of the image, pixels of the result), the shares of each in the other."""
        rows, columns = source_points(self.height, self.width, *np.array(affine)[:, None])
        rows, columns = rows[0] - down, columns[0] - right
        if mirrored:
            columns = self.width - 1 - columns
        top, left = np.floor(rows), np.floor(columns)
        moves = np.zeros((rows.size, rows.size), self.dtype)
        result = np.arange(rows.size).reshape(rows.shape)
        for row, vertical in ((top, 1 - (rows - top)), (top + 1, rows - top)):
            y = reflected(row, self.height) if border == "reflect" else row
            for column, horizontal in ((left, 1 - (columns - left)), (left + 1, columns - left)):
                x = reflected(column, self.width) if border == "reflect" else column
                share = vertical * horizontal
                inside = (y >= 0) & (y < self.height) & (x >= 0) & (x < self.width)
                place = (y * self.width + x)[inside].astype(np.intp)
                np.add.at(moves, (place, result[inside]), share[inside].astype(self.dtype))
        return moves


def reflected(places: np.ndarray, size: int) -> np.ndarray:
    """Reflect places at the ends of an axis of pixels: -1 becomes 0, `size` becomes size - 1."""
    return np.abs((places + size + 0.5) % (2 * size) - size) - 0.5
