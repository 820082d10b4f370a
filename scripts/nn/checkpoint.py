"""The history of a training as a plain array, which `np.savez` stores without pickles."""

import numpy as np

HISTORY_COLUMNS = (
    "epoch",
    "iteration",
    "learning_rate",
    "training_objective",
    "training_loss",
    "training_accuracy",
    "validation_loss",
    "validation_accuracy",
)
COUNTS = ("epoch", "iteration")


def pack_history(history: list[dict]) -> np.ndarray:
    """Return the rows of a history as float64 (evaluations, HISTORY_COLUMNS), with NaN for None."""
    rows = [[np.nan if row[c] is None else row[c] for c in HISTORY_COLUMNS] for row in history]
    return np.array(rows, float).reshape(len(rows), len(HISTORY_COLUMNS))


def unpack_history(rows: np.ndarray) -> list[dict]:
    """Undo `pack_history`."""

    def value(column, number):
        if np.isnan(number):
            return None
        return int(number) if column in COUNTS and number == int(number) else float(number)

    return [{c: value(c, x) for c, x in zip(HISTORY_COLUMNS, row, strict=True)} for row in rows]
