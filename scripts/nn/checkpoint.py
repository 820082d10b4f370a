"""Checkpoints as plain arrays, which `np.savez` stores without pickles: prefixes and the history."""

from collections.abc import Mapping

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


def prefixed(prefix: str, arrays: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
    """Name the arrays of a part `prefix.name`."""
    return {f"{prefix}.{name}": array for name, array in arrays.items()}


def part(state: Mapping[str, np.ndarray], prefix: str) -> dict[str, np.ndarray]:
    """Return the arrays under this prefix, by their own names."""
    start = f"{prefix}."
    return {name.removeprefix(start): state[name] for name in state if name.startswith(start)}


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
