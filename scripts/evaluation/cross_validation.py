"""Means, intervals and tests over the folds of a cross-validation.

The scores of the folds are not independent, because their trainings share most of their rows, so an
ordinary t interval is too narrow. The corrected resampled t-test adds the ratio of
validation to training rows to 1 / J, where J is the number of scores: C. Nadeau, Y. Bengio, Inference for
the Generalization Error, Machine Learning 52 (2003) 239-281; for repeated k-fold cross-validation, where
that ratio is 1 / (k - 1): R. R. Bouckaert, E. Frank, PAKDD 2004, LNCS 3056, 3-12. No unbiased estimate of
this variance exists (Y. Bengio, Y. Grandvalet, JMLR 5 (2004) 1089-1105); this one tends to be wide.
"""

from collections.abc import Iterable, Sequence
from math import fsum, inf, isfinite, sqrt
from statistics import fmean, stdev
from typing import Any

from .intervals import Interval, accuracy_interval, student_t
from .metrics import METRICS


def mean_score(runs: Sequence[dict[str, Any]], score: str) -> float | None:
    """Return the mean score of some runs, each fold counting the same; None if a score is missing.

    That is the mean over the runs, unless a fold has lost a seed: then it is the mean of the folds'
    means. fsum makes it independent of the order of the seeds, so ties are ties.
    """
    groups: dict[tuple, list[float]] = {}
    for run in runs:
        value = run.get(score)
        if value is None or not isfinite(value):
            return None
        groups.setdefault((run.get("repeat"), run.get("fold")), []).append(value)
    values = [value for group in groups.values() for value in group]
    if len({len(group) for group in groups.values()}) > 1:
        values = [fsum(group) / len(group) for group in groups.values()]
    return fsum(values) / len(values) if values else None


def fold_means(runs: Iterable[dict[str, Any]], score: str) -> dict[tuple[int, int], float]:
    """Return the mean score over the seeds of each (repeat, fold) that has any."""
    values: dict[tuple[int, int], list[float]] = {}
    for run in runs:
        if run.get(score) is not None:
            values.setdefault((run["repeat"], run["fold"]), []).append(run[score])
    return {fold: fmean(scores) for fold, scores in sorted(values.items())}


def corrected_error(values: Sequence[float], folds: int) -> float:
    """Return the standard error of the mean of J scores of a (repeated) k-fold cross-validation.

    That is s sqrt(1 / J + 1 / (k - 1)), with their standard deviation s and J - 1 degrees of freedom.
    """
    return stdev(values) * sqrt(1 / len(values) + 1 / (folds - 1))


def fold_interval(runs: Sequence[dict[str, Any]], score: str, folds: int) -> Interval | None:
    """Return the interval of a mean score over folds; that of a share stays within [0, 1].

    Two scores, or equal scores, do not show a spread. Then accuracies have the `accuracy_interval` over all
    examples that one repeat validates, and other scores have none.
    """
    split, _, metric = score.partition("_")
    values = list(fold_means(runs, score).values())
    if len(values) < 3 or len(set(values)) == 1:
        if metric != "accuracy" or split == "training":
            return None
        sizes = {run["fold"]: run.get(f"{split}_images") or 0 for run in runs if run["repeat"] == 0}
        return accuracy_interval([fmean(values)] if values else [], sum(sizes.values()))
    half = student_t(len(values) - 1) * corrected_error(values, folds)
    mean = fmean(values)
    largest = 1.0 if METRICS[metric].percent else inf
    return Interval(max(mean - half, 0.0), min(mean + half, largest), "folds")


def corrected_test(
    a: dict[tuple[int, int], float], b: dict[tuple[int, int], float], folds: int
) -> dict | None:
    """Test whether two recipes differ in their mean score over the folds that both have, paired by fold.

    ``a`` and ``b`` come from `fold_means`. Returns the keys of `welch`; None for fewer than three common
    folds, or if all differ by the same amount.
    """
    differences = [a[fold] - b[fold] for fold in a if fold in b]
    if len(differences) < 3 or stdev(differences) < 1e-12:
        return None
    from scipy.special import stdtr

    mean, degrees = fmean(differences), len(differences) - 1
    error = corrected_error(differences, folds)
    half = student_t(degrees) * error
    p_value = 2 * float(stdtr(degrees, -abs(mean) / error)) if error else float(mean == 0)
    return {"difference": mean, "interval": [mean - half, mean + half], "p_value": p_value}
