"""The columns of runs.csv; between them, one for each swept value, named by its dotted key."""

from evaluation import METRICS

RUN_NAMES = ["run", "configuration", "seed"]
FOLD_NAMES = ["fold", "repeat"]  # only of a cross-validation
RUN_METRICS = [
    *("epochs", "iterations"),
    *[f"{split}_{name}" for split in ("training", "validation") for name in (*METRICS, "images")],
    *("guarded_total_loss", "status", "reason"),
]
