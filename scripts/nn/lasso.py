"""The L1 penalty, a step after that of the optimizer."""

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np


class Lasso(NamedTuple):
    """An L1 penalty on the first `stop` weights, as a proximal step after the optimizer's.

    w = sign(w) max(|w| - r l1, 0) minimizes (v - w)^2 / 2 + r l1 |v| over v. With `beta`, weights
    below beta * l1 in magnitude are then set to 0 (beta-LASSO; Neyshabur 2020).
    """

    l1: float
    beta: float
    stop: int

    @classmethod
    def of(cls, network, settings: Mapping) -> "Lasso | None":
        """Return the penalty that the settings of a training ask for, or None."""
        if not settings["l1"]:
            return None
        stop = network.decayed.stop
        if settings["l1_layers"] == "first":
            stop = sum(weights.size for weights in network.first_weights())
        return cls(settings["l1"], settings["l1_beta"], stop)

    def __call__(self, rate: float, p: np.ndarray, scratch: np.ndarray) -> None:
        """Take the step for one block of weights, in place."""
        threshold = rate * self.l1
        p -= np.clip(p, -threshold, threshold, out=scratch)
        if self.beta:
            np.abs(p, out=scratch)
            p *= np.greater_equal(scratch, self.beta * self.l1, out=scratch)
