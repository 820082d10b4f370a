"""Successive halving: train all configurations briefly, and only the best of them longer.

Jamieson and Talwalkar, "Non-stochastic best arm identification and hyperparameter optimization"
(2016). Rung k trains until ``min_epochs * factor**k`` epochs; the best 1/factor of its
configurations go on to the next rung from where they are, the last rung trains to the end.
"""

from typing import Any

from .errors import ConfigError
from .split import parts_of


def total_epochs(settings: dict[str, Any], dataset: dict[str, Any], where: str) -> float:
    """Return how many epochs a run of these settings trains."""
    training = settings["training"]
    if training["epochs"] is not None:
        return training["epochs"]
    examples, _ = parts_of(settings["split"], dataset.get("train_size", 0))
    if examples <= 0:
        raise ConfigError(f"config: {where}.halving needs the dataset's train_size, or epochs")
    size = examples if training["batch_size"] == "full" else training["batch_size"]
    full = max(examples // size, 1)
    an_epoch = full if training["batches"] == "replacement" else -(-examples // size)
    return training["iterations"] / an_epoch


def rungs(halving: dict[str, Any], epochs: float) -> list[int]:
    """Return the epochs at which configurations are dropped: 1, 3, 9, ... below the full training."""
    ends = []
    end = halving["min_epochs"]
    while end < epochs:
        ends.append(end)
        end *= halving["factor"]
    return ends


def kept(configurations: int, factor: int) -> int:
    """Return how many of so many configurations go on: 1/factor of them, rounded up."""
    return -(-configurations // factor)
