"""Augmentation by whole pixels: flips, shifts and blackened squares."""

from typing import Literal

import numpy as np

from components.arguments import Count, Probability

from .resampling import with_colours

PADDING = {"black": "constant", "reflect": "symmetric"}  # numpy's names for the borders


class HorizontalFlip:
    """Mirror an image left-right with the given probability.

    Args:
        probability: the share of the images to mirror
    """

    def __init__(self, probability: Probability = 0.5):
        self.probability = probability

    def __call__(self, images: np.ndarray, generator: np.random.Generator) -> np.ndarray:
        chosen = np.flatnonzero(generator.random(len(images)) < self.probability)
        originals = with_colours(images[chosen])
        mirrored = np.empty_like(originals)
        for colour in range(originals.shape[3]):  # 3 times faster than all colours at once
            mirrored[..., colour] = originals[:, :, ::-1, colour]
        images[chosen] = mirrored.reshape(len(chosen), *images.shape[1:])
        return images


class Shift:
    """Move an image by a whole number of pixels, up to `pixels`, on either axis.

    Args:
        pixels: the longest move on each axis
        border: what lies beyond the edge, black or the mirrored image
    """

    def __init__(self, pixels: Count = 2, border: Literal["black", "reflect"] = "black"):
        self.pixels, self.border = pixels, border

    def __call__(self, images: np.ndarray, generator: np.random.Generator) -> np.ndarray:
        offsets = generator.integers(-self.pixels, self.pixels + 1, (2, len(images)))
        return shift(images, *offsets, self.border)


class Cutout:
    """Blacken a square of `size` pixels around a random pixel, clipped at the borders.

    Source: DeVries and Taylor, "Improved Regularization of Convolutional Neural Networks with
    Cutout", 2017.

    Args:
        size: the side of the square in pixels
    """

    def __init__(self, size: Count):
        self.size = size

    def __call__(self, images: np.ndarray, generator: np.random.Generator) -> np.ndarray:
        rows, columns = (self._hidden(images.shape, axis, generator) for axis in (1, 2))
        n, height, width, colours = with_colours(images).shape
        hidden = rows[:, :, None] & columns.repeat(colours, axis=1)[:, None, :]
        return (images.reshape(n, height, width * colours) * ~hidden).reshape(images.shape)

    def _hidden(self, shape: tuple, axis: int, generator: np.random.Generator) -> np.ndarray:
        """Return the mask, bool (n, height or width), of rows or columns inside the square."""
        start = generator.integers(0, shape[axis], (shape[0], 1)) - self.size // 2
        places = np.arange(shape[axis])
        return (start <= places) & (places < start + self.size)


def shift(
    images: np.ndarray, down: np.ndarray, right: np.ndarray, border: str = "black"
) -> np.ndarray:
    """Return copies of the images, each moved by its own whole number of pixels (n,) per axis."""
    n, height, width, colours = with_colours(images).shape
    margin = int(max(np.abs(down).max(initial=0), np.abs(right).max(initial=0)))
    padding = (0, 0), (margin, margin), (margin, margin), (0, 0)
    padded = np.pad(with_colours(images), padding, PADDING[border])
    # Views of all windows of the images' size; picking one per image copies whole rows of pixels.
    per_image, per_row, per_pixel, per_colour = padded.strides
    windows = np.lib.stride_tricks.as_strided(
        padded,
        (n, 2 * margin + 1, 2 * margin + 1, height, width * colours),
        (per_image, per_row, per_pixel, per_row, per_colour),
        writeable=False,
    )
    return windows[np.arange(n), margin - down, margin - right].reshape(images.shape)
