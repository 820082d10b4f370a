"""What happened in training: curves, losses, and what became of the layers."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

import figures
from files import artifacts
from nn import HISTORY_COLUMNS

from .registry import NothingToShow, Results, figure

if TYPE_CHECKING:
    from matplotlib.figure import Figure


@figure("selection", "histories")
def learning_curves(results: Results) -> Figure:
    """Loss and accuracy against the epoch: training dashed, validation solid; a colour a configuration,
    a line a seed. Of many configurations, all but the selected one are grey. Both are measured at the
    end of an epoch, the training's on a fixed part of its examples; the loss is the data loss, without
    the L2 penalty.
    """
    histories: dict[str, dict[str, dict[str, list[float]]]] = {}
    for row in artifacts.read_csv(results.files["histories"][0]):
        runs = histories.setdefault(row["configuration"], {})
        columns = runs.setdefault(row["run"], {name: [] for name in HISTORY_COLUMNS})
        for name in HISTORY_COLUMNS:
            columns[name].append(float(row[name]) if row[name] else np.nan)
    if not histories:
        raise NothingToShow("no run reached its first evaluation")
    best = results.selection["best_configuration"]
    curves = {name: list(runs.values()) for name, runs in histories.items()}
    return figures.learning_curves(curves, best if best in curves else None)


@figure("models")
def loss_history(results: Results) -> Figure:
    """What was minimized, batch by batch (with the L2 penalty, dropout and augmentation), in the
    training of the network that is tested, and its running mean.
    """
    return figures.loss_history(results.final_model.losses)


@figure("models")
def layer_scales(results: Results) -> Figure:
    """During the training of the network that is tested: the standard deviation of what each hidden layer
    gives for 500 training examples, the share of its units that give the same for all of them, and the
    size of the gradients of each layer's weights (of both factors where there is a bottleneck) in the
    last batch.
    """
    model = results.final_model
    record = model.record
    if not len(record["iteration"]):
        raise NothingToShow("the training reached no evaluation")
    epochs = record["iteration"] * (model.config["epochs"] / max(model.config["iterations"], 1))
    return figures.layer_scales(epochs, *(record[n] for n in ("activation", "dead", "gradient")))
