"""Geometric distortions of image batches: affine maps and elastic displacement.

Both say for every pixel of the result from which point of the original it comes, and read that
point by bilinear interpolation; outside of the image all is 0.
"""

import math
import threading

import numpy as np

from components.arguments import Fraction, NotNegative, Positive
from components.errors import SettingsError

BLOCK_PIXELS = 24576


class Scratch(threading.local):
    """Arrays of this thread by name, kept for the next block: fresh memory costs more than the work."""

    def __init__(self):
        self._kept: dict[str, np.ndarray] = {}

    def __call__(self, name: str, shape: tuple[int, ...], dtype=np.uint32) -> np.ndarray:
        size = math.prod(shape)
        kept = self._kept.get(name)
        if kept is None or kept.size < size:
            kept = self._kept[name] = np.empty(size, dtype)
        return kept[:size].reshape(shape)


scratch = Scratch()


class Affine:
    """Rotate, scale and shear about the image's centre.

    Drawn uniformly for each image: an angle of up to `rotation` degrees either way, a factor of
    size between 1 - `scale` and 1 + `scale`, and a horizontal shear between -`shear` and `shear`
    (in pixels of sideways motion a row).
    """

    def __init__(
        self, rotation: NotNegative = 10.0, scale: Fraction = 0.1, shear: NotNegative = 0.1
    ):
        if not 0 <= scale < 1:
            raise SettingsError(f"augmentation affine: scale is {scale}, expected 0 to below 1")
        self.rotation, self.scale, self.shear = rotation, scale, shear

    def __call__(self, images: np.ndarray, generator: np.random.Generator) -> np.ndarray:
        rotation, scale, shear = generator.uniform(-1, 1, (3, len(images)))
        parameters = np.stack(
            [rotation * self.rotation, 1 + scale * self.scale, shear * self.shear]
        )
        for block in blocks(images):
            images[block] = affine(images[block], *parameters[:, block])
        return images


class Elastic:
    """Displace every pixel by a smooth random field.

    Each pixel draws a displacement from -1 to 1 on either axis; the fields are smoothed by a
    Gaussian of standard deviation `sigma` pixels and multiplied by `alpha`. Source: Simard,
    Steinkraus and Platt, "Best Practices for Convolutional Neural Networks Applied to Visual
    Document Analysis", 2003; alpha 34 and sigma 4 move MNIST's pixels by about 1.4 on either axis.
    """

    def __init__(self, alpha: NotNegative, sigma: Positive):
        if sigma <= 0:
            raise SettingsError(f"augmentation elastic: sigma is {sigma}, expected above 0")
        self.alpha, self.sigma = alpha, sigma

    def __call__(self, images: np.ndarray, generator: np.random.Generator) -> np.ndarray:
        height, width = images.shape[1:3]
        # Of whole numbers from 0 to 65535 instead of from -1 to 1, four in each random word.
        vertical = gaussian(height, self.sigma) * np.float32(self.alpha / 2**15)
        horizontal = gaussian(width, self.sigma)
        y, x = np.arange(height, dtype=np.float32)[:, None], np.arange(width, dtype=np.float32)
        for block in blocks(images):
            fields = 2 * len(images[block]), height, width
            words = generator.bit_generator.random_raw(-(-math.prod(fields) // 4))
            field = scratch("field", fields, np.float32)
            np.copyto(field, words.view(np.uint16)[: field.size].reshape(fields))
            field -= np.float32((2**16 - 1) / 2)
            smooth = np.matmul(vertical, field, out=scratch("smooth", fields, np.float32))
            np.matmul(smooth.reshape(-1, width), horizontal, out=field.reshape(-1, width))
            down, right = field.reshape(2, -1, height, width)
            down += y
            right += x
            images[block] = bilinear(images[block], down, right)
        return images


def blocks(images: np.ndarray) -> list[slice]:
    """Slices of a batch with so few pixels that intermediate results stay in the cache."""
    step = max(1, BLOCK_PIXELS // (images.shape[1] * images.shape[2]))
    return [slice(start, start + step) for start in range(0, len(images), step)]


def with_colours(images: np.ndarray) -> np.ndarray:
    """The images as (n, height, width, channels); grey ones have a single channel."""
    return images[..., None] if images.ndim == 3 else images


def affine(
    images: np.ndarray, rotation: np.ndarray, scale: np.ndarray, shear: np.ndarray
) -> np.ndarray:
    """Images sheared, then scaled, then rotated anticlockwise (degrees) about their centres."""
    height, width = images.shape[1:3]
    return bilinear(images, *source_points(height, width, rotation, scale, shear))


def source_points(
    height: int, width: int, rotation: np.ndarray, scale: np.ndarray, shear: np.ndarray
) -> np.ndarray:
    """Rows and columns, (2, n, height, width), that the pixels show after shear, scale, rotation.

    The parameters are arrays (n,), one value an image. A point p = (right, up) relative to the
    centre moves to A p with A = R(rotation) * scale * [[1, shear], [0, 1]], so a pixel q of the
    result shows the point A^-1 q of the original. The result is overwritten by the next call of
    this thread.
    """
    n = len(rotation)
    radians = np.deg2rad(rotation)
    cos, sin = np.cos(radians) / scale, np.sin(radians) / scale
    # A^-1 = [[1, -shear], [0, 1]] / scale * R(-rotation), R(-t) = [[cos, sin], [-sin, cos]]
    (a, b), (c, d) = np.array([[cos + shear * sin, sin - shear * cos], [-sin, cos]])
    middle, centre = (height - 1) / 2, (width - 1) / 2
    # row = middle - (c right + d up) and column = centre + (a right + b up), with up = middle - y and
    # right = x - centre for the pixel in row y and column x: linear in 1, y and x
    row = np.stack([middle + c * centre - d * middle, d, -c])
    column = np.stack([centre - a * centre + b * middle, -b, a])
    factors = np.concatenate([row, column], axis=1).astype(np.float32)
    y, x = np.arange(height, dtype=np.float32), np.arange(width, dtype=np.float32)
    start, down, right = factors
    points = scratch("points", (2 * n, height, width), np.float32)
    edge = start[:, None] + down[:, None] * y
    np.add(edge[:, :, None], (right[:, None] * x)[:, None, :], out=points)
    return points.reshape(2, n, height, width)


def bilinear(images: np.ndarray, rows: np.ndarray, columns: np.ndarray) -> np.ndarray:
    """The images read at the points (rows, columns), each (n, height, width), in pixels.

    Same shape and dtype as `images` (integers: rounded to nearest). Points between the last pixel
    and one pixel further out fade to 0.
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
    below, beside = (rows - top).astype(kind), (columns - left).astype(kind)
    corner = (np.arange(n)[:, None, None] * (height + 2) + top) * (width + 2) + left
    bordered = np.zeros((n, height + 2, width + 2), kind)
    flat = bordered.reshape(-1)

    def between(first: np.ndarray) -> np.ndarray:
        """Interpolation between a pixel and the one to its right."""
        value = flat.take(first, mode="clip")
        step = flat.take(first + 1, mode="clip")
        step -= value
        step *= beside
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
    """`bilinear` of 8-bit images in whole numbers, points to the nearest 1/256 of a pixel.

    The four pixels around a point are the bytes of one 32-bit number, so they are read at once, and
    two of them are multiplied at once: 16 bits are room for the sum of 256 times a byte.
    """
    n, height, width = images.shape[:3]
    originals = with_colours(images)
    result = np.empty_like(originals)
    shape, line = rows.shape, width + 3

    def in_256ths(name: str, points: np.ndarray, size: int) -> np.ndarray:
        """From the pixel before the first one; outside, that pixel or the one after the last."""
        scaled = np.multiply(points, np.float32(256), out=scratch("scaled", shape, np.float32))
        scaled += np.float32(256.5)
        np.clip(scaled, 0, 256 * (size + 1), out=scaled)
        whole = scratch(name, shape, np.int32)
        np.copyto(whole, scaled, casting="unsafe")
        return whole.view(np.uint32)

    down, right = in_256ths("down", rows, height), in_256ths("right", columns, width)
    pixel = np.right_shift(down, 8, out=scratch("pixel", shape))
    pixel *= np.uint32(line)
    beside = np.right_shift(right, 8, out=scratch("beside", shape))
    pixel += beside
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
        np.right_shift(value, 8, out=beside)
        for both, weight in ((value, left), (beside, right)):  # of the upper and the lower row
            both &= 0x00FF00FF
            both *= weight
        value += beside
        np.right_shift(value, 16, out=beside)
        beside *= down
        value &= 0xFFFF
        value *= up
        value += beside
        value += 1 << 15
        value >>= 16
        np.copyto(result[..., colour], value, casting="unsafe")
    return result.reshape(images.shape)


def gaussian(size: int, sigma: float) -> np.ndarray:
    """Smoothing along an axis as a matrix (size, size), symmetric, float32; 0 beyond the ends."""
    distance = np.arange(-size, size + 1)
    kernel = np.exp(-0.5 * (distance / sigma) ** 2)
    kernel /= kernel.sum()
    places = np.arange(size)
    return kernel[places[:, None] - places + size].astype(np.float32)
