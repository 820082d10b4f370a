"""The steps of an input preparation: they turn statistics of the training rows into operations.

Each step is a function of the training rows and its settings that returns a list of `(operation,
operand)` pairs; `preparation.OPERATIONS` defines the operations.
"""

from typing import Literal

import numpy as np

from components.arguments import Count, NotNegative, Share
from components.errors import SettingsError

from .training_rows import TrainingRows


def identity(rows: TrainingRows, /) -> list:
    """Leave the values unchanged."""
    return []


def unit(rows: TrainingRows, /) -> list:
    """Map the lowest..highest value of the training rows to 0..1; pixels start from 0."""
    return to_range(rows, 0.0, 1.0)


def to_range(rows: TrainingRows, /, low: float, high: float) -> list:
    """Map the lowest..highest value of the training rows, all features together, to low..high.

    The lowest value of unsigned raw data counts as 0, whether or not it occurs.

    Args:
        low: what the lowest value becomes
        high: what the highest value becomes
    """
    lowest = 0.0 if rows.unsigned else rows.extremes[0].min()
    highest = rows.extremes[1].max()
    scale = (high - low) / (highest - lowest) if highest > lowest else 0.0
    if rows.subtracts:
        return [("subtract", lowest), ("multiply", scale), ("add", low)]
    return [("multiply", scale), ("add", low - lowest * scale)]


def binarize(rows: TrainingRows, /, threshold: float) -> list:
    """Map values above the threshold to 1, others to 0.

    Args:
        threshold: in the units of the values that the previous step returns
    """
    return [("greater", threshold)]


def mean_image(rows: TrainingRows, /) -> list:
    """Subtract the mean of the training rows, feature by feature; no scaling."""
    return [_without_mean(rows)]


def standardize(rows: TrainingRows, /, per: Literal["feature", "channel"] = "feature") -> list:
    """Scale to zero mean and unit variance over the training rows; constant features become 0.

    `per: channel` takes one mean and one variance for all pixels of a colour channel (grey images
    have one).

    Args:
        per: one mean and variance for each feature, or for each colour channel
    """
    mean, variance = rows.mean, rows.variance
    constant = rows.extremes[0] == rows.extremes[1]  # a rounded variance may be just above 0
    if per == "channel":
        if rows.channels is None:
            raise SettingsError(
                "standardize: per channel needs images (n, height, width[, channels]), found plain "
                "features; use per: feature"
            )
        pixels = len(mean) // rows.channels
        means, variances = mean.reshape(pixels, -1), variance.reshape(pixels, -1)
        # law of total variance: the mean of the variances plus the variance of the means
        variance = np.tile(variances.mean(axis=0) + means.var(axis=0), pixels)
        mean = np.tile(means.mean(axis=0), pixels)
        low, high = (extreme.reshape(pixels, -1) for extreme in rows.extremes)
        constant = np.tile(low.min(axis=0) == high.max(axis=0), pixels)
    constant |= variance == 0  # values below 1e-160 have squares of 0
    scale = np.where(constant, 0.0, 1 / np.sqrt(np.where(constant, 1.0, variance)))
    if rows.subtracts:
        return [("subtract", mean), ("multiply", scale)]
    return [("multiply", scale), ("add", -mean * scale)]


def pca(
    rows: TrainingRows,
    /,
    components: Count | None = None,
    exponent: NotNegative = 1.0,
    floor: Share = 1e-5,
) -> list:
    """Project on the leading principal axes and scale their coordinates.

    Axes along which the training rows do not vary are dropped, so there may be fewer inputs than
    `components`, and always fewer than training rows; see `_principal_axes`.

    Each coordinate is divided by its standard deviation to the power `exponent`, and all by one
    number that makes their mean variance 1. An eigenvalue below `floor` times the largest one is
    raised to that. The sign of an axis makes its entry of largest magnitude positive.

    Args:
        components: the number of axes; null keeps all
        exponent: 1 whitens the coordinates, 0 only turns them
        floor: smaller eigenvalues count as this share of the largest one
    """
    if components is not None and components > len(rows.mean):
        raise SettingsError(
            f"pca: components is {components}, expected 1 to {len(rows.mean)}, the number of inputs"
        )
    eigenvalues, axes = _principal_axes(rows, floor)
    deviations = np.sqrt(eigenvalues[:components])
    scale = deviations**exponent
    scale *= np.sqrt(np.mean((deviations / scale) ** 2))
    return [_without_mean(rows), ("matmul", axes[:, :components] / scale)]


def zca(rows: TrainingRows, /, floor: Share = 1e-3) -> list:
    """Whiten with ZCA, the whitening that stays nearest to the original picture.

    `floor` is relative to the largest eigenvalue, as in `pca`. Its default is higher because the
    many weak axes, which are mostly noise, are kept. Coordinates along axes without variance become
    0, like a constant feature in `standardize`. Source: Bell and Sejnowski, "The 'independent
    components' of natural scenes are edge filters", Vision Research 37, 1997.

    Args:
        floor: smaller eigenvalues count as this share of the largest one
    """
    eigenvalues, axes = _principal_axes(rows, floor)
    return [_without_mean(rows), ("matmul", (axes / np.sqrt(eigenvalues)) @ axes.T)]


def _without_mean(rows: TrainingRows) -> tuple:
    return ("subtract", rows.mean) if rows.subtracts else ("add", -rows.mean)


def _principal_axes(rows: TrainingRows, floor: float) -> tuple[np.ndarray, np.ndarray]:
    """Return the eigenvalues (k,) of the covariance, largest first and floored, and axes (d, k).

    k is the rank of the covariance: at most n - 1 for n rows, counting eigenvalues above
    max(n, d) eps times the largest (float64's eps is 2.2e-16), a tolerance like that of numpy's
    matrix_rank. The other eigenvalues are rounding errors; with the floor, other rows would be
    stretched along axes that no training row shows.
    """
    eigenvalues, axes = np.linalg.eigh(rows.covariance)
    eigenvalues, axes = eigenvalues[::-1], axes[:, ::-1]
    if eigenvalues[0] <= 0:
        raise SettingsError("pca, zca: all training rows are the same, there is nothing to whiten")
    tolerance = max(len(rows.rows), len(axes)) * np.finfo(float).eps * eigenvalues[0]
    rank = min(int(np.count_nonzero(eigenvalues > tolerance)), len(rows.rows) - 1)
    eigenvalues, axes = eigenvalues[:rank], axes[:, :rank]
    peaks = np.take_along_axis(axes, np.abs(axes).argmax(axis=0)[None], axis=0)
    return np.maximum(eigenvalues, floor * eigenvalues[0]), axes * np.sign(peaks)


STEPS = {
    "identity": identity,
    "unit": unit,
    "range": to_range,
    "binarize": binarize,
    "mean_image": mean_image,
    "standardize": standardize,
    "pca": pca,
    "zca": zca,
}
