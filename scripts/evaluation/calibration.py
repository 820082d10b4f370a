"""Is a classifier as often right as it says?"""

from typing import NamedTuple

import numpy as np

from .errors import EvaluationError


class Calibration(NamedTuple):
    """Per bin of confidence the number of images (bins,), mean confidence and accuracy (NaN where there
    is none), and `error`: the expected calibration error, the mean over the images of the difference."""

    counts: np.ndarray
    confidence: np.ndarray
    accuracy: np.ndarray
    error: float


def calibration(confidence: np.ndarray, correct: np.ndarray, bins: int = 10) -> Calibration:
    """Compare the probabilities (n,) of the predicted classes with how often they are right, bool (n,).

    In bins of equal width, (0, 0.1], (0.1, 0.2], ... (M. P. Naeini, G. Cooper, M. Hauskrecht, AAAI 2015;
    C. Guo et al., ICML 2017, equation 5). Raises EvaluationError for other shapes and no images.
    """
    confidence, correct = np.asarray(confidence, float), np.asarray(correct, bool)
    if confidence.ndim != 1 or confidence.shape != correct.shape or not confidence.size:
        raise EvaluationError(
            f"calibration needs confidences and hits (n,), n > 0, not {confidence.shape} and "
            f"{correct.shape}"
        )
    places = np.clip(np.ceil(confidence * bins).astype(int) - 1, 0, bins - 1)
    counts = np.bincount(places, minlength=bins)
    with np.errstate(invalid="ignore"):
        mean = np.bincount(places, confidence, bins) / counts
        hits = np.bincount(places, correct, bins) / counts
    error = float(np.nansum(counts * np.abs(mean - hits)) / counts.sum())
    return Calibration(counts, mean, hits, error)
