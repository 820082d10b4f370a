"""Scores of a classifier on one split."""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np


def accuracy(predicted: np.ndarray, labels: np.ndarray) -> float:
    """Return the share of images whose predicted class is the true one; both integers (n,)."""
    predicted, labels = _same_images(predicted, labels)
    return float(np.mean(predicted == labels))


def balanced_accuracy(predicted: np.ndarray, labels: np.ndarray) -> float:
    """Return the mean recall of the classes among the labels, each class counting the same.

    K. H. Brodersen et al., ICPR 2010; scikit-learn's balanced_accuracy_score.
    """
    true, _, hits = _counts(predicted, labels)
    return float(np.mean(hits[true > 0] / true[true > 0]))


def macro_f1(predicted: np.ndarray, labels: np.ndarray) -> float:
    """Return the mean F1 score of the classes that are true or predicted somewhere.

    F1 = 2 hits / (true + predicted), so a class that is never predicted has 0, as in scikit-learn's
    f1_score(average="macro", zero_division=0).
    """
    true, taken, hits = _counts(predicted, labels)
    there = true + taken > 0
    return float(np.mean(2 * hits[there] / (true + taken)[there]))


def majority_rate(predicted: np.ndarray, labels: np.ndarray) -> float:
    """Return the share of the most frequent class: the best accuracy of a constant answer."""
    true, _, _ = _counts(predicted, labels)
    return float(true.max() / true.sum())


def classes_predicted(predicted: np.ndarray, labels: np.ndarray) -> float:
    """Return the number of different predicted classes."""
    return float(np.count_nonzero(_counts(predicted, labels)[1]))


def _counts(predicted: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """Count by class how often it is true, predicted, and both: int64 (3, classes)."""
    predicted, labels = _same_images(predicted, labels)
    found = labels, predicted, labels[predicted == labels]
    classes = 1 + max(int(labels.max()), int(predicted.max()))
    return np.array([np.bincount(values, minlength=classes) for values in found])


def confusion_matrix(labels: np.ndarray, predicted: np.ndarray, classes: int) -> np.ndarray:
    """Return counts (classes, classes), int64: row = true class, column = predicted class."""
    predicted, labels = _same_images(predicted, labels)
    pairs = labels.astype(np.int64) * classes + predicted
    return np.bincount(pairs, minlength=classes * classes).reshape(classes, classes)


def per_class(confusion: np.ndarray) -> list[dict]:
    """Return precision, recall and F1 of each class of a confusion matrix (rows true).

    A quotient is None for a denominator of 0 (a class that is never predicted, or has no images).
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
    """Return the mean of the losses (n,) of single examples, summed in float64."""
    return float(np.mean(losses, dtype=np.float64))


def total_loss(losses: np.ndarray, epsilon: float = 0.0) -> float:
    """Return the sum of -log(max(p, epsilon)), given the losses -log p (n,); epsilon 0 is no guard.

    Each term is min(-log p, -log epsilon). Exact losses, by log-sum-exp, so count a p that would have
    been rounded to 0.
    """
    losses = np.asarray(losses, np.float64)
    return float(np.sum(np.minimum(losses, -np.log(epsilon)) if epsilon else losses))


def _same_images(predicted, labels) -> tuple[np.ndarray, np.ndarray]:
    predicted, labels = np.asarray(predicted), np.asarray(labels)
    if predicted.shape != labels.shape or labels.ndim != 1 or labels.size == 0:
        raise ValueError(
            f"predictions {predicted.shape} and labels {labels.shape} must both be (n,), n > 0"
        )
    return predicted, labels


class Metric(NamedTuple):
    """A number that is measured of every network, on each split that it has.

    ``of`` gets the scores (n, classes), the labels (n,) and the losses (n,). selection.json and test.json
    have its mean over seeds; if ``shown``, the summary and the report too, in ``percent`` or unchanged.
    ``better`` is "higher" or "lower" if an experiment can be selected by it.
    """

    of: Callable[[np.ndarray, np.ndarray, np.ndarray], float]
    better: str | None = None
    shown: bool = False
    percent: bool = False


# Metrics that need only the predicted classes (n,) and the labels (n,): measured of any classifier.
OF_CLASSES = {
    "accuracy": accuracy,
    "balanced_accuracy": balanced_accuracy,
    "macro_f1": macro_f1,
    "majority_rate": majority_rate,
    "classes_predicted": classes_predicted,
}


def _of_classes(name: str) -> Callable[[np.ndarray, np.ndarray, np.ndarray], float]:
    return lambda scores, labels, losses: OF_CLASSES[name](scores.argmax(axis=1), labels)


METRICS = {
    "loss": Metric(lambda scores, labels, losses: mean_loss(losses), "lower"),
    "accuracy": Metric(_of_classes("accuracy"), "higher", shown=True, percent=True),
    "balanced_accuracy": Metric(
        _of_classes("balanced_accuracy"), "higher", shown=True, percent=True
    ),
    "macro_f1": Metric(_of_classes("macro_f1"), "higher", shown=True, percent=True),
    "majority_rate": Metric(_of_classes("majority_rate"), shown=True, percent=True),
    "classes_predicted": Metric(_of_classes("classes_predicted")),
}


def in_words(metric: str) -> str:
    """Write the name of a metric for people: ``macro F1``."""
    return metric.replace("_", " ").replace("f1", "F1")


def shown_value(value: float | None, metric: str) -> str:
    """Write a value of a metric for people: ``97.53 %``; "" for None."""
    if value is None:
        return ""
    return f"{100 * value:.2f} %" if METRICS[metric].percent else f"{value:.4g}"


def line_of_scores(measured: dict[str, float | None], split: str) -> str:
    """Return the shown metrics of a split: ``test accuracy 89.74 %, balanced accuracy ...``."""
    found = ((name, measured.get(f"{split}_{name}")) for name in METRICS if METRICS[name].shown)
    parts = [f"{in_words(name)} {shown_value(x, name)}" for name, x in found if x is not None]
    return f"{split} {', '.join(parts) or 'was not measured'}"


def measure(scores: np.ndarray, labels: np.ndarray, losses: np.ndarray) -> dict[str, float | None]:
    """Return all METRICS of a network on some examples; None for values that are not finite."""
    values = {name: metric.of(scores, labels, losses) for name, metric in METRICS.items()}
    return {name: value if np.isfinite(value) else None for name, value in values.items()}


def measure_classes(predicted: np.ndarray, labels: np.ndarray) -> dict[str, float]:
    """Return the metrics of a classifier without scores, from its classes (n,) and the labels (n,)."""
    return {name: of(predicted, labels) for name, of in OF_CLASSES.items()}
