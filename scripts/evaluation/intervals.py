"""How far a number can be trusted: intervals of means and proportions, paired comparison."""

from collections.abc import Sequence
from math import sqrt
from statistics import NormalDist, fmean, stdev
from typing import NamedTuple

import numpy as np

from .errors import EvaluationError


def mean_interval(values: Sequence[float], confidence: float = 0.95) -> tuple[float, float] | None:
    """Student's t interval (low, high) of the mean of independent values, such as one per seed.

    mean -+ t s / sqrt(n), t with n - 1 degrees of freedom. None for one value: it has no spread.
    """
    values = [float(value) for value in values]
    _check_confidence(confidence)
    if not values or not np.isfinite(values).all():
        raise EvaluationError(f"an interval needs finite values, one at least, not {values}")
    if len(values) == 1:
        return None
    from scipy.special import stdtrit  # 0.1 s: only paid where there are several seeds

    mean, degrees = fmean(values), len(values) - 1
    half = float(stdtrit(degrees, (1 + confidence) / 2)) * stdev(values) / sqrt(len(values))
    return mean - half, mean + half


def wilson_interval(correct: int, n: int, confidence: float = 0.95) -> tuple[float, float]:
    """Score interval (low, high) of an accuracy measured as `correct` out of n images.

    E. B. Wilson, Probable inference, JASA 22 (1927) 209-212. Holds its level where the
    textbook p -+ z sqrt(p (1 - p) / n) fails: near 0 and 1, and for small n.
    """
    _check_confidence(confidence)
    if n < 1 or not 0 <= correct <= n:
        raise EvaluationError(f"correct must lie between 0 and n >= 1, not {correct} of {n}")
    z2 = NormalDist().inv_cdf((1 + confidence) / 2) ** 2
    centre = (correct + z2 / 2) / (n + z2)
    half = sqrt(z2 * (correct * (n - correct) / n + z2 / 4)) / (n + z2)
    # the ends are exact there; rounding would leave 1e-17
    return (0.0 if correct == 0 else centre - half), (1.0 if correct == n else centre + half)


class Interval(NamedTuple):
    """An interval of an accuracy, and what it is over: "seeds" or "examples"."""

    low: float
    high: float
    over: str


def accuracy_interval(
    values: Sequence[float], examples: int, confidence: float = 0.95
) -> Interval | None:
    """The interval of a mean accuracy over seeds, each measured on so many examples; within [0, 1].

    With three seeds and more Student's, of the mean over the seeds. Two have too little spread to tell
    (t would be 12.7) and one none: then Wilson's, over the examples, which knows nothing of how another
    training would come out. None where there are no values, or no examples to go by.
    """
    if len(values) > 2:
        low, high = mean_interval(values, confidence)
        return Interval(max(low, 0.0), min(high, 1.0), "seeds")
    if not values or not examples:
        return None
    low, high = wilson_interval(round(fmean(values) * examples), examples, confidence)
    return Interval(low, high, "examples")


def best_of_single_runs(
    scores: Sequence[Sequence[float]], confidence: float = 0.95
) -> tuple[float, float, float]:
    """Mean and interval of the best score that a sweep of single runs would find.

    ``scores`` has one sequence a configuration, its seeds'. If each configuration is trained once,
    with any of its seeds, P(best <= x) is the product over the configurations of the share of their
    seeds at or below x: exact, no sampling. The interval leaves (1 - confidence) / 2 on either side.
    """
    _check_confidence(confidence)
    groups = [np.asarray(group, float) for group in scores if len(group)]
    if not groups:
        raise EvaluationError("the best of no runs is not defined")
    values = np.unique(np.concatenate(groups))
    below = np.prod([(group <= values[:, None]).mean(axis=1) for group in groups], axis=0)
    chance = np.diff(below, prepend=0.0)
    tail = (1 - confidence) / 2
    low = values[np.searchsorted(below, tail, side="right")]
    high = values[np.searchsorted(below, 1 - tail)]
    return float(values @ chance), float(low), float(high)


def welch(a: Sequence[float], b: Sequence[float], confidence: float = 0.95) -> dict | None:
    """Do two groups of independent values, such as accuracies over seeds, differ in their mean?

    B. L. Welch, Biometrika 34 (1947) 28-35: no equal variances assumed, and no pairs: the same
    seed of two different trainings has nothing in common that would make them a pair (C. Colas,
    O. Sigaud, P.-Y. Oudeyer, arXiv:1806.08295, recommend it for seeds). `difference` is
    mean(a) - mean(b), `interval` its interval, `p_value` two-sided. None where a group has
    fewer than two values: it has no spread.
    """
    a, b = [float(value) for value in a], [float(value) for value in b]
    _check_confidence(confidence)
    if not np.isfinite([*a, *b]).all():
        raise EvaluationError(f"a comparison needs finite values, not {a} and {b}")
    if min(len(a), len(b)) < 2:
        return None
    difference = fmean(a) - fmean(b)
    parts = [stdev(group) ** 2 / len(group) for group in (a, b)]
    error = sqrt(sum(parts))
    if error == 0:  # all alike in each group
        return {
            "difference": difference,
            "interval": [difference, difference],
            "p_value": float(difference == 0),
        }
    from scipy.special import stdtr, stdtrit

    shares = [part / error**2 for part in parts]  # their sum is 1, so no square underflows
    degrees = 1 / sum(s**2 / (len(g) - 1) for s, g in zip(shares, (a, b), strict=True))
    half = float(stdtrit(degrees, (1 + confidence) / 2)) * error
    return {
        "difference": difference,
        "interval": [difference - half, difference + half],
        "p_value": 2 * float(stdtr(degrees, -abs(difference) / error)),
    }


def holm(p_values: Sequence[float]) -> list[float]:
    """Adjust the p-values of several tests for their number.

    The chance that any test without a true difference ends below 0.05 is then at most 5 %. Of m values
    the smallest is multiplied by m, the next by m - 1 and so on; none becomes smaller than the one before
    it, or more than 1 (S. Holm, Scandinavian Journal of Statistics 6 (1979) 65-70).
    """
    adjusted, largest = [0.0] * len(p_values), 0.0
    order = sorted(range(len(p_values)), key=lambda i: p_values[i])
    for rank, i in enumerate(order):
        largest = max(largest, min(1.0, (len(p_values) - rank) * p_values[i]))
        adjusted[i] = largest
    return adjusted


def mcnemar(correct_a: np.ndarray, correct_b: np.ndarray, confidence: float = 0.95) -> dict:
    """Are two classifiers, tested on the same n images, different? Arguments: bool (n,) each.

    Q. McNemar, Psychometrika 12 (1947) 153-157, in its exact form: of the images that one
    alone classifies correctly, either has half if the two are equally good, so p_value is the
    two-sided binomial tail. `interval` is of accuracy(a) - accuracy(b): Wald's for paired
    proportions after half an image is added to each of the four cells (A. Agresti, Y. Min,
    Statistics in Medicine 24 (2005) 729-740), which stays honest when the two nearly agree.
    """
    _check_confidence(confidence)
    a, b = np.asarray(correct_a), np.asarray(correct_b)
    if a.shape != b.shape or a.ndim != 1 or a.size == 0 or a.dtype != bool or b.dtype != bool:
        raise EvaluationError(
            "mcnemar needs for both classifiers a bool for each of the same images, "
            f"not {a.dtype} {a.shape} and {b.dtype} {b.shape}"
        )
    n, only_a, only_b = a.size, int(np.sum(a & ~b)), int(np.sum(b & ~a))
    z = NormalDist().inv_cdf((1 + confidence) / 2)
    shift = (only_a - only_b) / (n + 2)
    half = z * sqrt((only_a + only_b + 1) / (n + 2) - shift**2) / sqrt(n + 2)
    return {
        "images": n,
        "only_a": only_a,
        "only_b": only_b,
        "p_value": _two_sided(only_a, only_b),
        "difference": (only_a - only_b) / n,
        "interval": [max(shift - half, -1.0), min(shift + half, 1.0)],
    }


def _two_sided(only_a: int, only_b: int) -> float:
    """P(a split of the discordant images at least as uneven), in exact integers."""
    n = only_a + only_b
    term = tail = 1  # n choose 0
    for k in range(min(only_a, only_b)):
        term = term * (n - k) // (k + 1)
        tail += term
    return min(1.0, 2 * tail / 2**n)


def _check_confidence(confidence: float) -> None:
    if not 0 < confidence < 1:
        raise EvaluationError(f"confidence must lie between 0 and 1, as 0.95 does: {confidence}")
