"""Read and write trained networks: all that is known of one is in a ``model.npz`` without pickles."""

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
    """A trained network with its preparation.

    Attributes:
        network: None if it could not be built
        config: network, training, preparation (settings), inputs, classes (names), shape (of one image),
            range (lowest and highest training value), dtype (of the images), picture (bits, if from a
            folder of pictures), seed, status (completed, stopped, paused, diverged, failed), reason,
            epochs, iterations, class_weights (if the loss has weights by training labels), kernels (one
            line each; several if the training resumed on another processor)
        history: float64 (evaluations, HISTORY_COLUMNS), NaN for missing values
        losses: float64 (iterations,)
        state: the checkpoint of a paused training
        record: statistics of the layers, see nn.record
        made: the record of its origin, see origin.record
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
        """Return the probabilities (n, classes) of raw images (n, ...) like the training images.

        A network trained with another loss than softmax_cross_entropy returns its scores. A model of a
        table also takes the path of a CSV file, a list of rows (dicts) or a dict of columns; rows that
        it cannot classify (`missing: row`) are NaN. Raises SettingsError for images of another shape
        and for a failed network, DatasetError for a table that does not fit.
        """
        if self.network is None:
            raise SettingsError(f"this network {self.config['status']}: {self.config['reason']}")
        if "table" in self.config and is_table(images):
            # by name, so that readers of tables are no part of the code of a training
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
        """Whether the softmax of its scores gives the probabilities that it was trained for."""
        return component_name(self.config["network"]["loss"]) == "softmax_cross_entropy"

    @property
    def usable(self) -> bool:
        """Whether its training ended or paused with a network."""
        return self.config["status"] in ("completed", "stopped", "paused")


def is_table(given: Any) -> bool:
    """Return whether this is a path, a mapping of columns (as a DataFrame), or a list of rows."""
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
    """Rebuild a model from its file; raise an ArtifactError if it is damaged."""
    with artifacts.whole(path):
        return model_of(artifacts.load_arrays(path))


def model_in(bundle: Bundle, run: str) -> Model:
    """Rebuild the model of a run in a bundle; raise an ArtifactError if it is damaged or missing."""
    arrays = bundle.arrays(run)
    with artifacts.whole(bundle.path):
        return model_of(arrays)


def network_in(bundle: Bundle, run: str, preparation: Preparation) -> Model:
    """Rebuild a model with a shared ``preparation``, without its state and layer statistics."""
    unused = ("preparation/", "record/", "state/")
    arrays = bundle.arrays(run, *(a for a in bundle.names(run) if not a.startswith(unused)))
    with artifacts.whole(bundle.path):
        return model_of(arrays, preparation)


def loss_of(config: Mapping[str, Any]) -> str | dict[str, Any]:
    """Return the loss of a model, with the class weights of its training as numbers."""
    loss = config["network"]["loss"]
    if "class_weights" not in config:
        return loss
    return {**loss, "class_weights": config["class_weights"]}


def judged(
    model: Model, examples: Examples, workers: Workers = ALONE
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return scores (n, classes), labels (n,) and losses (n,) of a network on some examples."""
    scores = predict(model.network, examples, workers=workers)
    losses = build_loss(loss_of(model.config))(scores, examples.labels)
    return scores, examples.labels, losses
