"""The steps of an input preparation: from statistics of the training rows to operations.

Each step is a function of the training rows (a `preparation.TrainingRows`) and its settings that
returns a list of `(operation, operand)` pairs; `preparation.OPERATIONS` has the operations' names.
"""

from typing import Literal

import numpy as np

from components.arguments import Count, NotNegative, Share
from components.errors import SettingsError


def identity(rows, /) -> list:
    """Leave the values unchanged."""
    return []


def unit(rows, /) -> list:
    """Map the lowest..highest value of the training rows to 0..1; pixels start from 0."""
    return to_range(rows, 0.0, 1.0)


def to_range(rows, /, low: float, high: float) -> list:
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


def binarize(rows, /, threshold: float) -> list:
    """Map values above the threshold to 1, others to 0.

    Args:
        threshold: in the units of the values that the step before leaves
    """
    return [("greater", threshold)]


def mean_image(rows, /) -> list:
    """Subtract the mean of the training rows, feature by feature; no scaling."""
    return [_without_mean(rows)]


def standardize(rows, /, per: Literal["feature", "channel"] = "feature") -> list:
    """Scale to zero mean and unit variance over the training rows; constant features become 0.

    `per: channel` takes one mean and one variance for all pixels of a colour channel (of a grey
    image: for all its pixels).

    Args:
        per: one mean and variance for each feature, or for each colour channel
    """
    if per not in ("feature", "channel"):
        raise SettingsError(f"standardize: per is {per!r}, expected feature or channel")
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
        # Law of total variance: the mean of the variances plus the variance of the means.
        variance = np.tile(variances.mean(axis=0) + means.var(axis=0), pixels)
        mean = np.tile(means.mean(axis=0), pixels)
        low, high = (extreme.reshape(pixels, -1) for extreme in rows.extremes)
        constant = np.tile(low.min(axis=0) == high.max(axis=0), pixels)
    constant |= variance == 0  # of values below 1e-160, whose squares are 0
    scale = np.where(constant, 0.0, 1 / np.sqrt(np.where(constant, 1.0, variance)))
    if rows.subtracts:
        return [("subtract", mean), ("multiply", scale)]
    return [("multiply", scale), ("add", -mean * scale)]


def pca(
    rows, /, components: Count | None = None, exponent: NotNegative = 1.0, floor: Share = 1e-5
) -> list:
    """Project on the leading principal axes and scale their coordinates.

    Axes along which the training rows do not vary are left out, so there may be fewer inputs than
    `components`, and always fewer than training rows; see `_principal_axes`.

    Each coordinate is divided by `exponent` powers of its standard deviation, and all by one number
    that makes their mean variance 1: with 1 they are whitened, with 0 only turned. An eigenvalue
    below `floor` times the largest one counts as that much. The sign of an axis makes its entry of
    largest magnitude positive.

    Args:
        components: the number of axes; null keeps all
        exponent: 1 whitens the coordinates, 0 only turns them
        floor: smaller eigenvalues count as this share of the largest one
    """
    if components is not None and not 1 <= components <= len(rows.mean):
        raise SettingsError(
            f"pca: components is {components}, expected 1 to {len(rows.mean)}, the number of inputs"
        )
    eigenvalues, axes = _principal_axes(rows, floor)
    deviations = np.sqrt(eigenvalues[:components])
    scale = deviations**exponent
    scale *= np.sqrt(np.mean((deviations / scale) ** 2))
    return [_without_mean(rows), ("matmul", axes[:, :components] / scale)]


def zca(rows, /, floor: Share = 1e-3) -> list:
    """Whiten with ZCA, the whitening that stays nearest to the original picture.

    `floor` is relative to the largest eigenvalue, as for `pca`; higher by default, because the
    many weak axes, which are mostly noise, stay in. What lies along axes without variance becomes 0,
    as a constant feature does in `standardize`. Source: Bell and Sejnowski, "The 'independent
    components' of natural scenes are edge filters", Vision Research 37, 1997.

    Args:
        floor: smaller eigenvalues count as this share of the largest one
    """
    eigenvalues, axes = _principal_axes(rows, floor)
    return [_without_mean(rows), ("matmul", (axes / np.sqrt(eigenvalues)) @ axes.T)]


def _without_mean(rows) -> tuple:
    return ("subtract", rows.mean) if rows.subtracts else ("add", -rows.mean)


def _principal_axes(rows, floor: float) -> tuple[np.ndarray, np.ndarray]:
    """Eigenvalues (k,) of the covariance, largest first and floored; eigenvectors (d, k).

    k is the rank of the covariance: of n rows at most n - 1, and of the eigenvalues those above
    max(n, d) eps times the largest (eps = 2.2e-16, of float64), a tolerance like that of numpy's
    matrix_rank. The others are 0 but for rounding: the floor would stretch other rows along their axes,
    which no training row shows.
    """
    if not 0 < floor <= 1:
        raise SettingsError(
            f"pca, zca: floor is {floor}, expected above 0 and at most 1 (it is a fraction of the "
            "largest eigenvalue)"
        )
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
