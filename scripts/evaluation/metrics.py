"""Scores of a classifier on one split."""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from .errors import EvaluationError


def accuracy(predicted: np.ndarray, labels: np.ndarray) -> float:
    """Share of the images whose predicted class is the true one; both are integers (n,)."""
    predicted, labels = _same_images(predicted, labels)
    return float(np.mean(predicted == labels))


def confusion_matrix(labels: np.ndarray, predicted: np.ndarray, classes: int) -> np.ndarray:
    """Counts (classes, classes) as int64: row = true class, column = predicted class."""
    predicted, labels = _same_images(predicted, labels)
    for name, values in (("labels", labels), ("predicted", predicted)):
        if values.min() < 0 or values.max() >= classes:
            raise EvaluationError(
                f"{name} run from {values.min()} to {values.max()}; {classes} classes are "
                f"numbered 0 to {classes - 1}"
            )
    pairs = labels.astype(np.int64) * classes + predicted
    return np.bincount(pairs, minlength=classes * classes).reshape(classes, classes)


def per_class(confusion: np.ndarray) -> list[dict]:
    """Precision, recall and F1 of every class of a confusion matrix (rows true).

    A quotient without a denominator (a class never predicted, or without images) is None.
    """
    confusion = np.asarray(confusion)
    table = []
    for k, hits in enumerate(np.diag(confusion).tolist()):
        true, predicted = int(confusion[k].sum()), int(confusion[:, k].sum())
        table.append(
            {
                "class": k,
                "images": true,
                "predicted": predicted,
                "precision": hits / predicted if predicted else None,
                "recall": hits / true if true else None,
                "f1": 2 * hits / (true + predicted) if true + predicted else None,
            }
        )
    return table


def mean_loss(losses: np.ndarray) -> float:
    """Mean of the per-sample losses (n,), summed in float64 whatever their dtype."""
    losses = np.asarray(losses)
    if losses.size == 0:
        raise EvaluationError("the mean loss of no samples is not defined")
    return float(np.mean(losses, dtype=np.float64))


def total_loss(losses: np.ndarray, epsilon: float = 0.0) -> float:
    """Sum of losses -log p (n,), where p is guarded by epsilon: the sum of -log(max(p, epsilon)).

    That is min(-log p, -log epsilon), so the guarded sum needs no p: an exact loss, by log-sum-exp,
    has it all, and a p that would have been rounded to 0 counts as what it was. 0 is no guard.
    """
    losses = np.asarray(losses, np.float64)
    if not 0 <= epsilon < 1:
        raise EvaluationError(f"epsilon guards a probability: from 0 to below 1, not {epsilon}")
    return float(np.sum(np.minimum(losses, -np.log(epsilon)) if epsilon else losses))


def _same_images(predicted, labels) -> tuple[np.ndarray, np.ndarray]:
    predicted, labels = np.asarray(predicted), np.asarray(labels)
    if predicted.shape != labels.shape or labels.ndim != 1 or labels.size == 0:
        raise EvaluationError(
            f"predictions {predicted.shape} and labels {labels.shape} must both be (n,), n > 0"
        )
    return predicted, labels


class Metric(NamedTuple):
    """A number that is measured of every network, on each split that it has.

    ``of`` gets the scores (n, classes), the labels (n,) and the losses (n,). Its mean over seeds stands
    in selection.json and test.json; ``shown``: in the summary and the report as well, in ``percent``
    or as it is.
    """

    of: Callable[[np.ndarray, np.ndarray, np.ndarray], float]
    shown: bool = False
    percent: bool = False


METRICS = {
    "loss": Metric(lambda scores, labels, losses: mean_loss(losses)),
    "accuracy": Metric(
        lambda scores, labels, losses: accuracy(scores.argmax(axis=1), labels),
        shown=True,
        percent=True,
    ),
}


def measure(scores: np.ndarray, labels: np.ndarray, losses: np.ndarray) -> dict[str, float | None]:
    """All METRICS of a network on some examples; None for one that is not finite."""
    values = {name: metric.of(scores, labels, losses) for name, metric in METRICS.items()}
    return {name: value if np.isfinite(value) else None for name, value in values.items()}
