"""Brightness, contrast and saturation of image batches, as linear maps of an image's values."""

import numpy as np

from components.arguments import Probability

from .resampling import blocks, with_colours

RED_GREEN_BLUE = 0.299, 0.587, 0.114  # their shares in the grey of a colour (ITU-R BT.601)


class Color:
    """Change brightness, contrast and saturation, in this order.

    Each is a factor drawn uniformly per image: brightness multiplies the values, contrast their
    distances from the image's mean grey, saturation the distances of a pixel's colours from its
    grey. Integer images are clipped to their range. PyTorch's ColorJitter starts with these three.

    Args:
        brightness: brightness changes by a factor between 1 - brightness and 1 + brightness
        contrast: contrast changes by a factor between 1 - contrast and 1 + contrast
        saturation: saturation changes by a factor between 1 - saturation and 1 + saturation
    """

    def __init__(
        self,
        brightness: Probability = 0.2,
        contrast: Probability = 0.2,
        saturation: Probability = 0.2,
    ):
        self.limits = np.array([brightness, contrast, saturation])

    def __call__(self, images: np.ndarray, generator: np.random.Generator) -> np.ndarray:
        drawn = 1 + self.limits[:, None] * generator.uniform(-1, 1, (3, len(images)))
        factors = linear_factors(*drawn)
        originals = with_colours(images)
        for block in blocks(images):
            originals[block] = recoloured(originals[block], *factors[:, block])
        return images


def linear_factors(
    brightness: np.ndarray, contrast: np.ndarray, saturation: np.ndarray
) -> np.ndarray:
    """Return the factors (3, n) of a value, its pixel's grey and the mean grey in the new value.

    Brightness gives x b. Contrast gives c x b + (1 - c) M b, with the mean M of the pixels' greys g;
    its grey is c g b + (1 - c) M b. Saturation takes s of the former and 1 - s of the latter:
    b (c s x + c (1 - s) g + (1 - c) M).
    """
    return brightness * np.array([contrast * saturation, contrast * (1 - saturation), 1 - contrast])


def grey_weights(channels: int) -> np.ndarray:
    """Return the share of each channel in the grey of a pixel, (channels,) float32."""
    if channels == 3:
        return np.array(RED_GREEN_BLUE, np.float32)
    return np.full(channels, 1 / channels, np.float32)


def recoloured(
    images: np.ndarray, value: np.ndarray, grey: np.ndarray, mean: np.ndarray
) -> np.ndarray:
    """Return value x + grey g + mean M of images (n, height, width, channels); factors are (n,)."""
    floats = images.astype(np.result_type(images.dtype, np.float32))
    greys = floats @ grey_weights(images.shape[3]).astype(floats.dtype)
    means = greys.mean(axis=(1, 2))
    shape = (-1, 1, 1)
    greys *= grey.reshape(shape).astype(floats.dtype)
    greys += (mean * means).reshape(shape).astype(floats.dtype)
    floats *= value.reshape(*shape, 1).astype(floats.dtype)
    floats += greys[..., None]
    if images.dtype.kind in "iu":
        np.rint(floats, out=floats)
        limits = np.iinfo(images.dtype)
        np.clip(floats, limits.min, limits.max, out=floats)
    return floats.astype(images.dtype)
