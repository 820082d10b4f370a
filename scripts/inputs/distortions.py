"""Geometric distortions of image batches: affine maps and elastic displacement.

Both compute the source point of every pixel of the result; resampling.py reads the image there.
"""

import math

import numpy as np

from components.arguments import Fraction, NotNegative, Positive

from .resampling import bilinear, blocks, scratch


class Affine:
    """Rotate, scale and shear about the image's centre, by uniform draws for each image.

    Args:
        rotation: the largest angle in degrees, either way
        scale: sizes change by a factor between 1 - scale and 1 + scale
        shear: the strongest horizontal shear, in pixels per row
    """

    def __init__(
        self, rotation: NotNegative = 10.0, scale: Fraction = 0.1, shear: NotNegative = 0.1
    ):
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

    Each pixel draws a displacement from -1 to 1 on either axis. A Gaussian of standard deviation
    `sigma` pixels smooths these fields, and `alpha` multiplies them. Source: Simard, Steinkraus and
    Platt, "Best Practices for Convolutional Neural Networks Applied to Visual Document Analysis",
    2003; alpha 34 and sigma 4 move MNIST's pixels by about 1.4 on either axis.

    Args:
        alpha: the strength of the displacement
        sigma: the width of the smoothing in pixels
    """

    def __init__(self, alpha: NotNegative, sigma: Positive):
        self.alpha, self.sigma = alpha, sigma

    def __call__(self, images: np.ndarray, generator: np.random.Generator) -> np.ndarray:
        height, width = images.shape[1:3]
        # The draws are whole numbers from 0 to 65535, four per random word, rescaled to -1 to 1.
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


def affine(
    images: np.ndarray, rotation: np.ndarray, scale: np.ndarray, shear: np.ndarray
) -> np.ndarray:
    """Return images sheared, then scaled, then rotated anticlockwise (degrees), about their centres."""
    height, width = images.shape[1:3]
    return bilinear(images, *source_points(height, width, rotation, scale, shear))


def source_points(
    height: int, width: int, rotation: np.ndarray, scale: np.ndarray, shear: np.ndarray
) -> np.ndarray:
    """Return rows and columns, (2, n, height, width), that the pixels show after the transform.

    The parameters are arrays (n,), one value per image. A point p = (right, up) relative to the
    centre moves to A p with A = R(rotation) * scale * [[1, shear], [0, 1]], so a pixel q of the
    result shows the point A^-1 q of the original. The thread's next call overwrites the result.
    """
    n = len(rotation)
    radians = np.deg2rad(rotation)
    cos, sin = np.cos(radians) / scale, np.sin(radians) / scale
    # A^-1 = [[1, -shear], [0, 1]] / scale * R(-rotation), R(-t) = [[cos, sin], [-sin, cos]]
    (a, b), (c, d) = np.array([[cos + shear * sin, sin - shear * cos], [-sin, cos]])
    middle, centre = (height - 1) / 2, (width - 1) / 2
    # row = middle - (c right + d up) and column = centre + (a right + b up), with up = middle - y and
    # right = x - centre for the pixel in row y and column x, which is linear in 1, y and x
    row = np.stack([middle + c * centre - d * middle, d, -c])
    column = np.stack([centre - a * centre + b * middle, -b, a])
    factors = np.concatenate([row, column], axis=1).astype(np.float32)
    y, x = np.arange(height, dtype=np.float32), np.arange(width, dtype=np.float32)
    start, down, right = factors
    points = scratch("points", (2 * n, height, width), np.float32)
    edge = start[:, None] + down[:, None] * y
    np.add(edge[:, :, None], (right[:, None] * x)[:, None, :], out=points)
    return points.reshape(2, n, height, width)


def gaussian(size: int, sigma: float) -> np.ndarray:
    """Return the matrix (size, size), float32, that smooths an axis; beyond its ends all is 0."""
    distance = np.arange(-size, size + 1)
    kernel = np.exp(-0.5 * (distance / sigma) ** 2)
    kernel /= kernel.sum()
    places = np.arange(size)
    return kernel[places[:, None] - places + size].astype(np.float32)
