"""Successive halving: train all configurations briefly, and only the best of them longer.

Jamieson and Talwalkar, "Non-stochastic best arm identification and hyperparameter optimization"
(2016). Rung k trains until ``min_epochs * factor**k`` epochs; the best 1/factor of its
configurations continue from there in the next rung, and those of the last rung train to the end.
"""

from typing import Any


def rungs(halving: dict[str, Any], epochs: float) -> list[int]:
    """Return the epochs at which configurations are dropped: 1, 3, 9, ... below the full training."""
    ends = []
    end = halving["min_epochs"]
    while end < epochs:
        ends.append(end)
        end *= halving["factor"]
    return ends


def kept(configurations: int, factor: int) -> int:
    """Return the number of configurations that continue: 1/factor of them, rounded up."""
    return -(-configurations // factor)
