"""L1: a penalty on weights that makes many of them exactly 0."""

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np


class Lasso(NamedTuple):
    """An L1 penalty on the first `stop` weights, as a proximal step after the optimizer's.

    w = sign(w) max(|w| - r l1, 0): of all v the one of the smallest (v - w)^2 / 2 + r l1 |v|. Then,
    with `beta`, what is below beta * l1 is 0 (beta-LASSO; Neyshabur 2020).
    """

    l1: float
    beta: float
    stop: int

    @classmethod
    def of(cls, network, settings: Mapping) -> "Lasso | None":
        """What the settings of a training say, or None.

        Both factors of a first layer with a bottleneck, hidden1.bottleneck and hidden1.dense, count
        as the first layer.
        """
        if not settings["l1"]:
            return None
        weights = [
            (name.partition(".")[0], value.size)
            for name, value, _, kind in network.named_parameters()
            if kind == "weight"
        ]
        everywhere, (first, _) = settings["l1_layers"] == "all", weights[0]
        stop = sum(size for layer, size in weights if everywhere or layer == first)
        return cls(settings["l1"], settings["l1_beta"], stop)

    def __call__(self, rate: float, p: np.ndarray, scratch: np.ndarray) -> None:
        """The step, for one block, in place."""
        threshold = rate * self.l1
        p -= np.clip(p, -threshold, threshold, out=scratch)
        if self.beta:
            np.abs(p, out=scratch)
            p *= np.greater_equal(scratch, self.beta * self.l1, out=scratch)
