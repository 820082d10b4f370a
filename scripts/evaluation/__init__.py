"""Metrics, intervals, selection and verdicts: numbers in, numbers out. Knows numpy."""

from .calibration import calibration
from .cautions import cautions
from .comparisons import holm, mcnemar, paired, welch
from .cross_validation import corrected_test, fold_interval, fold_means, mean_score
from .intervals import (
    Interval,
    accuracy_interval,
    best_of_single_runs,
    mean_interval,
    prediction_interval,
    wilson_interval,
)
from .metrics import (
    METRICS,
    Metric,
    accuracy,
    balanced_accuracy,
    confusion_matrix,
    in_words,
    line_of_scores,
    macro_f1,
    majority_rate,
    mean_loss,
    measure,
    measure_classes,
    per_class,
    shown_value,
    total_loss,
)
from .selection import MEANS, SELECTABLE, SURVIVED, notes, score_intervals, select
from .verdicts import MARGIN, verdict
