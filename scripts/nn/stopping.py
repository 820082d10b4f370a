"""Early stopping by the validation accuracy."""

from collections.abc import Mapping

import numpy as np


class EarlyStopping:
    """Keep the weights of the best evaluation, and count those since (Prechelt 1998).

    Among equal accuracies the first one is the best.
    """

    def __init__(self, patience: int):
        self.patience, self.waited = patience, 0
        self.best: dict[str, np.ndarray] = {}

    @property
    def due(self) -> bool:
        """Return whether the last `patience` evaluations were no better."""
        return self.waited >= self.patience

    def update(self, accuracy: float, weights: Mapping[str, np.ndarray]) -> None:
        """Add an evaluation, with copies of its weights."""
        self.waited += 1
        if not self.best or accuracy > self.best["accuracy"]:
            self.waited, self.best = 0, {"accuracy": np.array(accuracy), **weights}

    def state(self) -> dict[str, np.ndarray]:
        return {"waited": np.array(self.waited), **self.best}

    def restore(self, state: Mapping[str, np.ndarray]) -> None:
        self.best = {name: array for name, array in state.items() if name != "waited"}
        self.waited = int(state["waited"])
