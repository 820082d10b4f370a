"""Intervals of means, proportions and accuracies."""

from collections.abc import Sequence
from math import inf, sqrt
from statistics import NormalDist, fmean, stdev
from typing import NamedTuple

import numpy as np

CONFIDENCE = 0.95  # of every interval


def mean_interval(values: Sequence[float]) -> tuple[float, float] | None:
    """Student's t interval (low, high) of the mean of independent values, such as one per seed.

    mean -+ t s / sqrt(n), t with n - 1 degrees of freedom. None for one value: it has no spread.
    """
    values = [float(value) for value in values]
    if len(values) == 1:
        return None
    mean = fmean(values)
    half = student_t(len(values) - 1) * spread_of(values) / sqrt(len(values))
    return mean - half, mean + half


def wilson_interval(correct: int, n: int) -> tuple[float, float]:
    """Score interval (low, high) of an accuracy measured as `correct` out of n images.

    E. B. Wilson, Probable inference, JASA 22 (1927) 209-212. Holds its level near 0 and 1 and for small
    n, unlike the textbook p -+ z sqrt(p (1 - p) / n).
    """
    return _score_interval(correct / n, n, student_t(inf))


class Interval(NamedTuple):
    """An interval of an accuracy; ``over`` names its kind of repetition, see `accuracy_interval`."""

    low: float
    high: float
    over: str


def accuracy_interval(values: Sequence[float], examples: int) -> Interval | None:
    """Return the interval of a mean accuracy of new trainings on new examples.

    ``values`` has the accuracy of each training, all measured on the same ``examples``. The variance of
    the mean has two parts: s^2 / n of the n trainings, and p (1 - p) / m of the m examples, as if all
    trainings failed on the same ones (an upper bound). F. E. Satterthwaite, Biometrics Bulletin 2
    (1946) 110-114, gives the degrees of freedom of the sum. Wilson's interval with the number of
    independent examples of this variance (E. L. Korn, B. I. Graubard, Survey Methodology 24 (1998)
    193-201) holds its level near 0 and 1. benchmarks/intervals.py measures the coverage.

    One training, or several with one accuracy, leave Wilson's interval over the "examples". Without
    new examples (``examples`` is 0), as for a training accuracy, it is Student's over the "trainings".
    None without values, or without spread and examples.
    """
    if not values:
        return None
    if not examples:
        found = mean_interval(values)
        if found is None or found[0] == found[1]:
            return None
        return Interval(max(found[0], 0.0), min(found[1], 1.0), "trainings")
    mean, spread = fmean(values), spread_of(values)
    of_trainings, of_examples = spread**2 / len(values), mean * (1 - mean) / examples
    total = of_trainings + of_examples
    if not of_trainings:
        return Interval(*wilson_interval(round(mean * examples), examples), "examples")
    degrees = total**2 / of_trainings**2 * (len(values) - 1)
    ends = _score_interval(mean, mean * (1 - mean) / total, student_t(degrees))
    return Interval(*ends, "trainings and examples")


def prediction_interval(
    values: Sequence[float], runs: int = 1, examples: int = 0, others: int = 0
) -> tuple[float, float] | None:
    """Return the range of the mean of ``runs`` further trainings like these.

    mean -+ t s sqrt(1 / n + 1 / runs), t with n - 1 degrees of freedom (G. J. Hahn, W. Q. Meeker,
    Statistical Intervals, 1991).

    Accuracies were measured on ``examples`` examples. If the further trainings are measured on ``others``
    other examples (0: on the same), both samples vary as well. Without a spread (one training, or equal
    ones) 0 counts as ``examples``. None without spread and examples.
    """
    mean, spread = fmean(values), spread_of(values)
    if not examples:
        others = 0
    elif not spread:
        others = others or examples
    if not spread and not others:
        return None
    variance = spread**2 * (1 / len(values) + 1 / runs)
    if not others:
        half = student_t(len(values) - 1) * sqrt(variance)
        low, high = mean - half, mean + half
        return (max(low, 0.0), min(high, 1.0)) if examples else (low, high)
    # The number of independent examples whose mean would vary as much.
    as_examples = 1 / (1 / examples + 1 / others)
    binomial = mean * (1 - mean) / as_examples
    total = variance + binomial
    if not variance:
        return _score_interval(mean, as_examples, student_t(inf))
    degrees = total**2 / variance**2 * (len(values) - 1)
    return _score_interval(mean, mean * (1 - mean) / total, student_t(degrees))


def best_of_single_runs(
    scores: Sequence[Sequence[float]], examples: int = 0
) -> tuple[float, float, float]:
    """Return the mean of the best score of a sweep of single runs, and the range of another sweep's best.

    ``scores`` has the scores of the seeds of each configuration. If each configuration is trained once,
    with any of its seeds, P(best <= x) is the product over the configurations of the share of seeds at
    or below x; this gives the mean. For the interval each new score is Student's t around the mean of
    its configuration, with the spread of all configurations pooled, because few seeds show few of the
    possible scores; 2.5 % is left on either side. Without a configuration of two seeds,
    the spread is that of ``examples`` examples.
    """
    groups = [np.asarray(group, float) for group in scores if len(group)]
    values = np.unique(np.concatenate(groups))
    below = np.prod([(group <= values[:, None]).mean(axis=1) for group in groups], axis=0)
    mean = float(values @ np.diff(below, prepend=0.0))
    degrees = sum(group.size - 1 for group in groups)
    variance = sum(float(np.sum((group - group.mean()) ** 2)) for group in groups) / max(degrees, 1)
    if not variance and examples:
        degrees, variance = inf, mean * (1 - mean) / examples
    if not variance:
        return mean, mean, mean
    from scipy.special import ndtr, stdtr

    means = np.array([group.mean() for group in groups])
    scales = np.sqrt(variance * (1 + 1 / np.array([group.size for group in groups])))

    def quantile(level: float) -> float:
        low, high = means.min() - 1e3 * scales.max(), means.max() + 1e3 * scales.max()
        for _ in range(100):  # to the last bit
            middle = (low + high) / 2
            scaled = (middle - means) / scales
            share = np.prod(ndtr(scaled) if degrees == inf else stdtr(degrees, scaled))
            low, high = (middle, high) if share < level else (low, middle)
        return float(high)

    tail = (1 - CONFIDENCE) / 2
    low, high = max(quantile(tail), 0.0), min(quantile(1 - tail), 1.0)
    return mean, min(low, mean), max(high, mean)


def spread_of(values: Sequence[float]) -> float:
    """Return the standard deviation of the trainings; 0 for one training."""
    return stdev(values) if len(set(values)) > 1 else 0.0


def student_t(degrees: float) -> float:
    """Return Student's two-sided quantile; for infinite degrees the normal one, without scipy."""
    if degrees == inf:
        return NormalDist().inv_cdf((1 + CONFIDENCE) / 2)
    from scipy.special import stdtrit  # takes 0.1 s, so only for several seeds

    return float(stdtrit(degrees, (1 + CONFIDENCE) / 2))


def _score_interval(p: float, n: float, t: float) -> tuple[float, float]:
    """Return Wilson's interval of a proportion p of n examples; n may be a fraction."""
    centre = (n * p + t**2 / 2) / (n + t**2)
    half = t * sqrt(n * p * (1 - p) + t**2 / 4) / (n + t**2)
    # exact at both ends, because rounding would leave 1e-17
    return (0.0 if p == 0 else centre - half), (1.0 if p == 1 else centre + half)
