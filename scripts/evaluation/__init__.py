"""Metrics, intervals, selection and verdicts: numbers in, numbers out. Knows numpy."""

from .errors import EvaluationError
from .intervals import mcnemar, mean_interval, welch, wilson_interval
from .metrics import accuracy, confusion_matrix, mean_loss, per_class, top_k, total_loss
from .scoreboard import verdict
from .selection import MEANS, select

__all__ = [
    "MEANS",
    "EvaluationError",
    "accuracy",
    "confusion_matrix",
    "mcnemar",
    "mean_interval",
    "mean_loss",
    "per_class",
    "select",
    "top_k",
    "total_loss",
    "verdict",
    "welch",
    "wilson_interval",
]
