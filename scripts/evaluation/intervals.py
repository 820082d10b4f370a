"""How far a number can be trusted: intervals of means and proportions, paired comparison."""

from collections.abc import Sequence
from math import inf, sqrt
from statistics import NormalDist, fmean, stdev
from typing import Any, NamedTuple

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
    mean = fmean(values)
    half = _t(len(values) - 1, confidence) * _spread(values) / sqrt(len(values))
    return mean - half, mean + half


def wilson_interval(correct: int, n: int, confidence: float = 0.95) -> tuple[float, float]:
    """Score interval (low, high) of an accuracy measured as `correct` out of n images.

    E. B. Wilson, Probable inference, JASA 22 (1927) 209-212. Holds its level where the
    textbook p -+ z sqrt(p (1 - p) / n) fails: near 0 and 1, and for small n.
    """
    _check_confidence(confidence)
    if n < 1 or not 0 <= correct <= n:
        raise EvaluationError(f"correct must lie between 0 and n >= 1, not {correct} of {n}")
    return _score_interval(correct / n, n, _t(inf, confidence))


class Interval(NamedTuple):
    """An interval of an accuracy, and what would be drawn anew: see `accuracy_interval`."""

    low: float
    high: float
    over: str


def accuracy_interval(
    values: Sequence[float], examples: int, confidence: float = 0.95
) -> Interval | None:
    """Return the interval of a mean accuracy: what new trainings on new examples would have on average.

    ``values`` has the accuracy of each training, all measured on the same ``examples``. Two things
    vary, so the variance of the mean has two parts: s^2 / n of the n trainings, and p (1 - p) / m of
    the m examples, as if all trainings failed on the same ones (a bound: the less they do, the
    narrower the interval could be). F. E. Satterthwaite, Biometrics Bulletin 2 (1946) 110-114, gives
    the degrees of freedom of the sum. Wilson's interval with the number of independent examples that
    would have this variance (E. L. Korn, B. I. Graubard, Survey Methodology 24 (1998) 193-201) holds
    its level near 0 and 1. benchmarks/intervals.py measures how often the truth lies inside.

    One training, or several with one accuracy, leave Wilson's interval over the "examples". Without
    new examples, as for a training accuracy (``examples`` is 0), it is Student's over the
    "trainings". None where nothing tells: no values, or no spread and no examples.
    """
    if not values:
        return None
    if not examples:
        found = mean_interval(values, confidence)
        if found is None or found[0] == found[1]:
            return None
        return Interval(max(found[0], 0.0), min(found[1], 1.0), "trainings")
    mean, spread = fmean(values), _spread(values)
    of_trainings, of_examples = spread**2 / len(values), mean * (1 - mean) / examples
    total = of_trainings + of_examples
    if not of_trainings:
        return Interval(*wilson_interval(round(mean * examples), examples, confidence), "examples")
    degrees = total**2 / of_trainings**2 * (len(values) - 1)
    ends = _score_interval(mean, mean * (1 - mean) / total, _t(degrees, confidence))
    return Interval(*ends, "trainings and examples")


def prediction_interval(
    values: Sequence[float],
    runs: int = 1,
    examples: int = 0,
    others: int = 0,
    confidence: float = 0.95,
) -> tuple[float, float] | None:
    """Return where the mean of ``runs`` further trainings lies, if they are like these ones.

    mean -+ t s sqrt(1 / n + 1 / runs), t with n - 1 degrees of freedom (G. J. Hahn, W. Q. Meeker,
    Statistical Intervals, 1991): wider than the interval of the mean, since the other
    one is no mean of many trainings itself.

    For accuracies, ``examples`` is how many they were measured on, and ``others`` on how many other
    ones the further trainings are: both samples of examples then vary as well. Without a spread (one
    training, or several alike) the examples are all there is to go by: as many others are assumed.
    None where nothing tells.
    """
    mean, spread = fmean(values), _spread(values)
    if not examples:
        others = 0
    elif not spread:
        others = others or examples
    if not spread and not others:
        return None
    variance = spread**2 * (1 / len(values) + 1 / runs)
    if not others:
        half = _t(len(values) - 1, confidence) * sqrt(variance)
        low, high = mean - half, mean + half
        return (max(low, 0.0), min(high, 1.0)) if examples else (low, high)
    # The number of independent examples of which one mean would vary as much, see above.
    as_examples = 1 / (1 / examples + 1 / others)
    binomial = mean * (1 - mean) / as_examples
    total = variance + binomial
    if not variance:
        return _score_interval(mean, as_examples, _t(inf, confidence))
    degrees = total**2 / variance**2 * (len(values) - 1)
    return _score_interval(mean, mean * (1 - mean) / total, _t(degrees, confidence))


def best_of_single_runs(
    scores: Sequence[Sequence[float]], examples: int = 0, confidence: float = 0.95
) -> tuple[float, float, float]:
    """Return the mean of the best score of a sweep of single runs, and where another sweep's best lies.

    ``scores`` has one sequence a configuration, its seeds'. The mean: if each configuration is trained
    once, with any of its seeds, P(best <= x) is the product over the configurations of the share of
    their seeds at or below x. Few seeds show few of the scores that there could be, so the interval
    takes each new score as Student's t around the mean of its configuration, with the spread of all
    configurations pooled; (1 - confidence) / 2 is left on either side. Where no configuration has two
    seeds, the spread is that of so many ``examples``.
    """
    _check_confidence(confidence)
    groups = [np.asarray(group, float) for group in scores if len(group)]
    if not groups:
        raise EvaluationError("the best of no runs is not defined")
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

    tail = (1 - confidence) / 2
    low, high = max(quantile(tail), 0.0), min(quantile(1 - tail), 1.0)
    return mean, min(low, mean), max(high, mean)


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
    if sum(parts) == 0:  # all alike in each group
        return {
            "difference": difference,
            "interval": [difference, difference],
            "p_value": float(difference == 0),
        }
    return _difference(difference, parts, [len(a) - 1, len(b) - 1], confidence)


def paired(correct_a: np.ndarray, correct_b: np.ndarray, confidence: float = 0.95) -> dict | None:
    """Would new trainings differ on new examples? Arguments: bool (trainings, examples) each.

    Both were tested on the same examples. The variance of the difference of the mean accuracies has
    the parts of Welch's test, s^2 / n of the trainings of either, and that of the examples: over these,
    the variance of the difference between the shares of trainings that are right, by their number.
    Satterthwaite's degrees of freedom, as in `welch`, and the same keys. None where a group has
    fewer than two trainings or neither group has any spread: then trainings say nothing.
    """
    a, b = np.asarray(correct_a, float), np.asarray(correct_b, float)
    groups = [group.mean(axis=1).tolist() for group in (a, b)]
    if min(map(len, groups)) < 2 or not any(map(_spread, groups)):
        return None
    parts = [_spread(group) ** 2 / len(group) for group in groups]
    degrees = [len(group) - 1 for group in groups]
    shares = a.mean(axis=0) - b.mean(axis=0)
    parts.append(float(shares.var(ddof=1)) / shares.size if shares.size > 1 else 0.0)
    return _difference(
        fmean(groups[0]) - fmean(groups[1]), parts, [*degrees, a.shape[1] - 1], confidence
    )


def _difference(
    difference: float, parts: list[float], degrees: list[int], confidence: float
) -> dict[str, Any]:
    """A difference with its interval and p-value, from the parts of its variance (Satterthwaite)."""
    from scipy.special import stdtr

    error = sqrt(sum(parts))
    shares = [part / error**2 for part in parts]  # their sum is 1, so no square underflows
    freedom = 1 / sum(s**2 / d for s, d in zip(shares, degrees, strict=True) if s)
    half = _t(freedom, confidence) * error
    return {
        "difference": difference,
        "interval": [difference - half, difference + half],
        "p_value": 2 * float(stdtr(freedom, -abs(difference) / error)),
    }


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


def holm(p_values: Sequence[float | None]) -> list[float | None]:
    """Adjust the p-values of several questions asked together; None stands for one not answered.

    S. Holm, Scandinavian Journal of Statistics 6 (1979) 65-70: the k-th smallest of n times n + 1 - k,
    at least as large as the one before. If the adjusted ones below 0.05 are called differences, the
    chance that any of these is none is at most 0.05, however the questions depend on each other.
    """
    asked = sorted((p, place) for place, p in enumerate(p_values) if p is not None)
    adjusted, largest = list(p_values), 0.0
    for rank, (p, place) in enumerate(asked):
        largest = max(largest, min(1.0, p * (len(asked) - rank)))
        adjusted[place] = largest
    return adjusted


def _spread(values: Sequence[float]) -> float:
    """Return the standard deviation of one training and another; 0 where nothing tells."""
    return stdev(values) if len(set(values)) > 1 else 0.0


def _t(degrees: float, confidence: float) -> float:
    """Return Student's two-sided point; for infinite degrees the normal one, without loading scipy."""
    _check_confidence(confidence)
    if degrees == inf:
        return NormalDist().inv_cdf((1 + confidence) / 2)
    from scipy.special import stdtrit  # 0.1 s: only paid where there are several seeds

    return float(stdtrit(degrees, (1 + confidence) / 2))


def _score_interval(p: float, n: float, t: float) -> tuple[float, float]:
    """Wilson's interval of a proportion p of n examples, which may be a fraction."""
    centre = (n * p + t**2 / 2) / (n + t**2)
    half = t * sqrt(n * p * (1 - p) + t**2 / 4) / (n + t**2)
    # the ends are exact there; rounding would leave 1e-17
    return (0.0 if p == 0 else centre - half), (1.0 if p == 1 else centre + half)


def _check_confidence(confidence: float) -> None:
    if not 0 < confidence < 1:
        raise EvaluationError(f"confidence must lie between 0 and 1, as 0.95 does: {confidence}")
