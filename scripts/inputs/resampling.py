"""Bilinear interpolation of image batches, block by block in reused memory; 0 outside the image."""

import math
import threading

import numpy as np

BLOCK_PIXELS = 24576


class Scratch(threading.local):
    """Arrays of this thread by name, reused because fresh memory costs more than the work."""

    def __init__(self):
        self._kept: dict[str, np.ndarray] = {}

    def __call__(self, name: str, shape: tuple[int, ...], dtype=np.uint32) -> np.ndarray:
        size = math.prod(shape)
        kept = self._kept.get(name)
        if kept is None or kept.size < size:
            kept = self._kept[name] = np.empty(size, dtype)
        return kept[:size].reshape(shape)


scratch = Scratch()


def blocks(images: np.ndarray) -> list[slice]:
    """Return slices of a batch small enough to keep intermediate results in the CPU cache."""
    step = max(1, BLOCK_PIXELS // (images.shape[1] * images.shape[2]))
    return [slice(start, start + step) for start in range(0, len(images), step)]


def with_colours(images: np.ndarray) -> np.ndarray:
    """Return the images as (n, height, width, channels); grey ones have a single channel."""
    return images[..., None] if images.ndim == 3 else images


def bilinear(images: np.ndarray, rows: np.ndarray, columns: np.ndarray) -> np.ndarray:
    """Read the images at the points (rows, columns), each (n, height, width), in pixels.

    The result has the shape and dtype of `images`; integers are rounded to nearest. Between the last
    pixel and one pixel further out values fade to 0.
    """
    if images.dtype == np.uint8:
        return _bilinear_of_bytes(images, rows, columns)
    n, height, width = images.shape[:3]
    kind = np.result_type(images.dtype, np.float32)
    originals = with_colours(images)
    result = np.empty_like(originals)
    # Row and column of the pixel above and left of each point, in an image with a border of zeros.
    rows = np.clip(rows + 1, 0, height + 1, dtype=kind)
    columns = np.clip(columns + 1, 0, width + 1, dtype=kind)
    top = np.minimum(rows.astype(np.intp), height)
    left = np.minimum(columns.astype(np.intp), width)
    below, across = (rows - top).astype(kind), (columns - left).astype(kind)
    corner = (np.arange(n)[:, None, None] * (height + 2) + top) * (width + 2) + left
    bordered = np.zeros((n, height + 2, width + 2), kind)
    flat = bordered.reshape(-1)

    def between(first: np.ndarray) -> np.ndarray:
        """Interpolate between a pixel and the one to its right."""
        value = flat.take(first, mode="clip")
        step = flat.take(first + 1, mode="clip")
        step -= value
        step *= across
        step += value
        return step

    for colour in range(originals.shape[3]):
        bordered[:, 1:-1, 1:-1] = originals[..., colour]
        value, step = between(corner), between(corner + width + 2)
        step -= value
        step *= below
        value += step
        if result.dtype.kind in "iu":
            np.rint(value, out=value)
        result[..., colour] = value
    return result.reshape(images.shape)


def _bilinear_of_bytes(images: np.ndarray, rows: np.ndarray, columns: np.ndarray) -> np.ndarray:
    """Do `bilinear` of 8-bit images in integers, with points to the nearest 1/256 of a pixel.

    The four pixels around a point are the bytes of one 32-bit number, so one read fetches them. One
    product multiplies two of them, because 16 bits hold the sum of weights (256) times a byte.
    """
    n, height, width = images.shape[:3]
    originals = with_colours(images)
    result = np.empty_like(originals)
    shape, line = rows.shape, width + 3

    def in_256ths(name: str, points: np.ndarray, size: int) -> np.ndarray:
        """Count from the pixel before the first one; clip to it and the pixel after the last."""
        scaled = np.multiply(points, np.float32(256), out=scratch("scaled", shape, np.float32))
        scaled += np.float32(256.5)
        np.clip(scaled, 0, 256 * (size + 1), out=scaled)
        whole = scratch(name, shape, np.int32)
        np.copyto(whole, scaled, casting="unsafe")
        return whole.view(np.uint32)

    down, right = in_256ths("down", rows, height), in_256ths("right", columns, width)
    pixel = np.right_shift(down, 8, out=scratch("pixel", shape))
    pixel *= np.uint32(line)
    across = np.right_shift(right, 8, out=scratch("across", shape))
    pixel += across
    pixel += (np.arange(n, dtype=np.uint32) * np.uint32((height + 3) * line))[:, None, None]
    corner = scratch("corner", shape, np.intp)
    np.copyto(corner, pixel)
    down &= 255
    right &= 255
    up = np.subtract(256, down, out=scratch("up", shape))
    left = np.subtract(256, right, out=scratch("left", shape))
    bordered = scratch("bordered", (n, height + 3, line))
    bordered[...] = 0
    pixels, value = bordered.reshape(-1), pixel
    pairs = scratch("pairs", (pixels.size - 1,))
    squares = scratch("squares", (pixels.size - 1 - line,))
    for colour in range(originals.shape[3]):
        bordered[:, 1:-2, 1:-2] = originals[..., colour]
        np.left_shift(pixels[1:], 8, out=pairs)
        pairs |= pixels[:-1]
        np.left_shift(pairs[line:], 16, out=squares)
        squares |= pairs[:-line]
        squares.take(corner, out=value, mode="clip")
        np.right_shift(value, 8, out=across)
        for both, weight in ((value, left), (across, right)):  # of the upper and the lower row
            both &= 0x00FF00FF
            both *= weight
        value += across
        np.right_shift(value, 16, out=across)
        across *= down
        value &= 0xFFFF
        value *= up
        value += across
        value += 1 << 15
        value >>= 16
        np.copyto(result[..., colour], value, casting="unsafe")
    return result.reshape(images.shape)
