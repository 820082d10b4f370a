"""Metrics, intervals, selection and verdicts: numbers in, numbers out. Knows numpy."""

from .calibration import Calibration, calibration
from .cross_validation import corrected_test, fold_interval, fold_means
from .errors import EvaluationError
from .intervals import (
    Interval,
    accuracy_interval,
    best_of_single_runs,
    mcnemar,
    mean_interval,
    welch,
    wilson_interval,
)
from .metrics import (
    METRICS,
    accuracy,
    confusion_matrix,
    mean_loss,
    measure,
    per_class,
    total_loss,
)
from .selection import MEANS, SURVIVED, notes, select
from .verdicts import MARGIN, verdict

__all__ = [
    "Calibration",
    "calibration",
    "MARGIN",
    "MEANS",
    "SURVIVED",
    "METRICS",
    "EvaluationError",
    "Interval",
    "accuracy",
    "accuracy_interval",
    "best_of_single_runs",
    "confusion_matrix",
    "corrected_test",
    "fold_interval",
    "fold_means",
    "mcnemar",
    "mean_interval",
    "mean_loss",
    "measure",
    "notes",
    "per_class",
    "select",
    "total_loss",
    "verdict",
    "welch",
    "wilson_interval",
]
