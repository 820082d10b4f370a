"""Model files: everything that is known of a trained network, in one ``model.npz`` without pickles."""

import importlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from components import SettingsError, streams
from components.registry import component_name
from inputs import Examples, Preparation
from nn import (
    ALONE,
    HISTORY_COLUMNS,
    Network,
    Workers,
    build_loss,
    build_network,
    predict,
    softmax,
)

from . import artifacts
from .bundles import Bundle


@dataclass
class Model:
    """A trained network with its preparation; the network is None where it could not be built.

    ``config`` has: network, training, preparation (settings), inputs, classes (names), shape (of one
    image), range (lowest and highest value of the training file), dtype (of its images), picture (of
    a folder of pictures: how many bits they have), seed, status
    (completed, stopped, paused, diverged, failed), class_weights (a number a class, where the loss has
    weights by the training labels), reason, epochs, iterations, kernels (what computed
    it, as `kernels.name` writes it; more than one where it went on on another processor).
    ``history`` is float64 (evaluations, HISTORY_COLUMNS) with NaN where there is no value, ``losses``
    float64 (iterations,). ``state`` is what a paused training goes on from, ``record`` what became of
    the layers, see nn.record, ``made`` what it was made from, see origin.record.
    """

    network: Network | None
    preparation: Preparation
    config: dict[str, Any]
    history: np.ndarray = field(default_factory=lambda: np.empty((0, len(HISTORY_COLUMNS))))
    losses: np.ndarray = field(default_factory=lambda: np.empty(0))
    state: dict[str, np.ndarray] = field(default_factory=dict)
    record: dict[str, np.ndarray] = field(default_factory=dict)
    made: dict[str, Any] = field(default_factory=dict)

    def predict(self, images: Any, workers: Workers = ALONE) -> np.ndarray:
        """Classify raw images (n, ...) as those it was trained on: probabilities (n, classes).

        Of a network that was not trained with softmax_cross_entropy: its scores. A model of a table
        also takes the path of a CSV file, a list of rows (dicts) or a dict of columns; rows that it
        cannot classify, by `missing: row`, are NaN. Raises SettingsError for images of another shape
        and for a network that failed, DatasetError for a table that does not fit.
        """
        if self.network is None:
            raise SettingsError(f"this network {self.config['status']}: {self.config['reason']}")
        if "table" in self.config and is_table(images):
            # imported here and by name: what reads tables is no part of a training
            table = importlib.import_module("datasets").new_rows(images, self.config["table"])
            values = np.full((len(table.numbers), len(self.config["classes"])), np.nan)
            if table.usable.any():
                values[table.usable] = self.predict(table.inputs, workers)
            return values
        images = np.asarray(images)
        if list(images.shape[1:]) != self.config["shape"]:
            raise SettingsError(
                f"images of shape {images.shape}, expected (n, {str(self.config['shape'])[1:-1]})"
            )
        rows = np.arange(len(images))
        examples = Examples(images, rows * 0, rows, self.preparation, self.network.dtype)
        scores = predict(self.network, examples, workers=workers)
        return softmax(scores) if self.gives_probabilities else scores

    @property
    def gives_probabilities(self) -> bool:
        """Is the softmax of its scores what it was trained to give?"""
        return component_name(self.config["network"]["loss"]) == "softmax_cross_entropy"

    @property
    def usable(self) -> bool:
        """Whether its training left a network to use: at its end, or at a pause."""
        return self.config["status"] in ("completed", "stopped", "paused")


def is_table(given: Any) -> bool:
    """Is this the path of a table, a mapping of columns (a DataFrame is one), or a list of rows?"""
    rows = isinstance(given, list) and (not given or isinstance(given[0], Mapping))
    return rows or isinstance(given, str | Path | Mapping) or hasattr(given, "columns")


def save_model(path: str | Path, model: Model) -> None:
    """Write a model; the same model gives the same bytes."""
    arrays = {
        "config": np.array(json.dumps(model.config, sort_keys=True)),
        "made": np.array(json.dumps(model.made, sort_keys=True)),
        "history": model.history,
        "losses": model.losses,
        **artifacts.under("preparation", model.preparation.state()),
        **artifacts.under("state", model.state),
        **artifacts.under("record", model.record),
    }
    if model.network is not None:
        arrays["parameters"] = model.network.parameters
        arrays |= artifacts.under("buffers", model.network.buffers)
    artifacts.save_arrays(path, arrays)


def model_of(arrays: Mapping[str, np.ndarray], preparation: Preparation | None = None) -> Model:
    """Rebuild a model from the arrays of its file; a given preparation replaces theirs."""
    config = json.loads(str(arrays["config"]))
    network = None
    if "parameters" in arrays:
        settings = {**config["network"], "initializer": "zeros"}
        settings |= {"output_initializer": None, "input_initializer": None}
        network = build_network(
            settings, config["inputs"], len(config["classes"]), streams(config["seed"])
        )
        network.parameters[:] = arrays["parameters"]
        for name, buffer in network.buffers.items():
            buffer[...] = arrays[f"buffers/{name}"]
    if preparation is None:
        fitted = artifacts.below("preparation", arrays)
        preparation = Preparation.from_state(config["preparation"], fitted)
    return Model(
        network,
        preparation,
        config,
        arrays["history"],
        arrays["losses"],
        artifacts.below("state", arrays),
        artifacts.below("record", arrays),
        json.loads(str(arrays.get("made", "{}"))),
    )


def load_model(path: str | Path) -> Model:
    """Rebuild a model from its file alone; raise an ArtifactError where that is damaged."""
    with artifacts.whole(path):
        return model_of(artifacts.load_arrays(path))


def model_in(bundle: Bundle, run: str) -> Model:
    """Rebuild the model of a run in a bundle; raise an ArtifactError if it is damaged or missing."""
    arrays = bundle.arrays(run)
    with artifacts.whole(bundle.path):
        return model_of(arrays)


def network_in(bundle: Bundle, run: str, preparation: Preparation) -> Model:
    """Rebuild a model without what neither its use nor its losses need; ``preparation`` is shared."""
    unused = ("preparation/", "record/", "state/")
    arrays = bundle.arrays(run, *(a for a in bundle.names(run) if not a.startswith(unused)))
    with artifacts.whole(bundle.path):
        return model_of(arrays, preparation)


def loss_of(config: Mapping[str, Any]) -> str | dict[str, Any]:
    """The loss of a model, with the weights of its classes as the numbers that it was trained with."""
    loss = config["network"]["loss"]
    if "class_weights" not in config:
        return loss
    return {**loss, "class_weights": config["class_weights"]}


def judged(
    model: Model, examples: Examples, workers: Workers = ALONE
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Scores (n, classes), labels (n,) and losses (n,) of a network on some examples."""
    scores = predict(model.network, examples, workers=workers)
    losses = build_loss(loss_of(model.config))(scores, examples.labels)
    return scores, examples.labels, losses
