"""Tests of differences: between groups of trainings, and between two classifiers."""

from collections.abc import Sequence
from math import inf, sqrt
from statistics import fmean, stdev
from typing import Any

import numpy as np

from .intervals import spread_of, student_t


def welch(a: Sequence[float], b: Sequence[float]) -> dict | None:
    """Test whether two groups of independent values, such as accuracies over seeds, differ in their mean.

    B. L. Welch, Biometrika 34 (1947) 28-35, assumes neither equal variances nor pairs: the same seed of
    two recipes has nothing in common (C. Colas, O. Sigaud, P.-Y. Oudeyer, arXiv:1806.08295, recommend
    the test for seeds). `difference` is mean(a) - mean(b), `interval` its interval, `p_value`
    two-sided. None if a group has fewer than two values.
    """
    if min(len(a), len(b)) < 2:
        return None
    difference = fmean(a) - fmean(b)
    parts = [stdev(group) ** 2 / len(group) for group in (a, b)]
    if sum(parts) == 0:  # no spread in either group
        return {
            "difference": difference,
            "interval": [difference, difference],
            "p_value": float(difference == 0),
        }
    return _difference(difference, parts, [len(a) - 1, len(b) - 1])


def paired(correct_a: np.ndarray, correct_b: np.ndarray) -> dict | None:
    """Test whether new trainings would differ on new examples; both bool (trainings, examples).

    Both groups were tested on the same examples. The variance of the difference of the mean accuracies
    has the parts of Welch's test, s^2 / n of the trainings of each group, and that of the examples: the
    variance over the examples of the difference between the shares of trainings that are right, divided
    by their number. Returns the keys of `welch`. None if a group has fewer than two trainings, or
    neither has any spread.
    """
    a, b = np.asarray(correct_a, float), np.asarray(correct_b, float)
    groups = [group.mean(axis=1).tolist() for group in (a, b)]
    if min(map(len, groups)) < 2 or not any(map(spread_of, groups)):
        return None
    parts = [spread_of(group) ** 2 / len(group) for group in groups]
    degrees = [len(group) - 1 for group in groups]
    shares = a.mean(axis=0) - b.mean(axis=0)
    parts.append(float(shares.var(ddof=1)) / shares.size if shares.size > 1 else 0.0)
    return _difference(fmean(groups[0]) - fmean(groups[1]), parts, [*degrees, a.shape[1] - 1])


def _difference(difference: float, parts: list[float], degrees: list[int]) -> dict[str, Any]:
    """Return a difference with its interval and p-value, from the parts of its variance (Satterthwaite)."""
    from scipy.special import stdtr

    error = sqrt(sum(parts))
    shares = [part / error**2 for part in parts]  # they add up to 1, so no square underflows
    freedom = 1 / sum(s**2 / d for s, d in zip(shares, degrees, strict=True) if s)
    half = student_t(freedom) * error
    return {
        "difference": difference,
        "interval": [difference - half, difference + half],
        "p_value": 2 * float(stdtr(freedom, -abs(difference) / error)),
    }


def mcnemar(correct_a: np.ndarray, correct_b: np.ndarray) -> dict:
    """Test whether two classifiers differ on the same n images; both bool (n,).

    Q. McNemar, Psychometrika 12 (1947) 153-157, in its exact form: if two classifiers are equally good,
    each has half of the images that only one of them gets right, so p_value is the two-sided binomial
    tail. `interval` is that of accuracy(a) - accuracy(b): Wald's for paired proportions, with half an
    image added to each of the four cells (A. Agresti, Y. Min, Statistics in Medicine 24 (2005) 729-740),
    which keeps its level when the two nearly agree. Returns the keys of `welch`.
    """
    n = correct_a.size
    only_a, only_b = int(np.sum(correct_a & ~correct_b)), int(np.sum(correct_b & ~correct_a))
    z = student_t(inf)
    shift = (only_a - only_b) / (n + 2)
    half = z * sqrt((only_a + only_b + 1) / (n + 2) - shift**2) / sqrt(n + 2)
    return {
        "difference": (only_a - only_b) / n,
        "interval": [max(shift - half, -1.0), min(shift + half, 1.0)],
        "p_value": _two_sided(only_a, only_b),
    }


def _two_sided(only_a: int, only_b: int) -> float:
    """Return P(a split of the discordant images at least as uneven), computed in integers."""
    n = only_a + only_b
    term = tail = 1  # n choose 0
    for k in range(min(only_a, only_b)):
        term = term * (n - k) // (k + 1)
        tail += term
    return min(1.0, 2 * tail / 2**n)


def holm(p_values: Sequence[float | None]) -> list[float | None]:
    """Adjust the p-values of questions asked together; an unanswered question is None.

    S. Holm, Scandinavian Journal of Statistics 6 (1979) 65-70: the k-th smallest of n is multiplied by
    n + 1 - k, and is at least the one before. If adjusted values below 0.05 count as differences, the
    chance of any false one is at most 0.05, however the questions depend on each other.
    """
    asked = sorted((p, place) for place, p in enumerate(p_values) if p is not None)
    adjusted, largest = list(p_values), 0.0
    for rank, (p, place) in enumerate(asked):
        largest = max(largest, min(1.0, p * (len(asked) - rank)))
        adjusted[place] = largest
    return adjusted
