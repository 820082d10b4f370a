"""Compare the confidence of a classifier with its accuracy."""

from typing import NamedTuple

import numpy as np


class Calibration(NamedTuple):
    """Number of images, mean confidence and accuracy of each bin of confidence, each (bins,).

    Empty bins have NaN. ``error`` is the expected calibration error, the mean difference over the images.
    """

    counts: np.ndarray
    confidence: np.ndarray
    accuracy: np.ndarray
    error: float


def calibration(confidence: np.ndarray, correct: np.ndarray, bins: int = 10) -> Calibration:
    """Compare the probabilities (n,) of the predicted classes with the hits, bool (n,).

    The bins have equal width, (0, 0.1], (0.1, 0.2], ... (M. P. Naeini, G. Cooper, M. Hauskrecht, AAAI
    2015; C. Guo et al., ICML 2017, equation 5).
    """
    confidence, correct = np.asarray(confidence, float), np.asarray(correct, bool)
    places = np.clip(np.ceil(confidence * bins).astype(int) - 1, 0, bins - 1)
    counts = np.bincount(places, minlength=bins)
    with np.errstate(invalid="ignore"):
        mean = np.bincount(places, confidence, bins) / counts
        hits = np.bincount(places, correct, bins) / counts
    error = float(np.nansum(counts * np.abs(mean - hits)) / counts.sum())
    return Calibration(counts, mean, hits, error)
