"""Model files: everything that is known of a trained network, in one ``model.npz`` without pickles.

A model file may come from anywhere, so its JSON and the sizes of its arrays are checked before a
network is built.
"""

import importlib
import math
import warnings
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from components import SettingsError, streams
from components.groups import group, prefixed
from components.registry import component_name
from inputs import Examples, Preparation
from nn import ALONE, HISTORY_COLUMNS, Network, Workers, build_loss, build_network, predict, softmax

from . import artifacts
from .bundles import Bundle

NO_MODEL = "not a model file, or damaged ({}); expected a model.npz of train.py"


@dataclass
class Model:
    """A trained network with its preparation; the network is None if it could not be built.

    ``config`` has network, training, preparation and seed (settings), inputs, classes (names), shape
    (of an example), range (lowest and highest value of the training file), dtype (of its values),
    picture (how many bits the pictures of a folder have), table (the columns of a table), status
    (completed, stopped, paused, diverged, failed), reason, epochs, iterations, class_weights (one
    number per class, if the loss weights them by the training labels), and kernels (one name per
    processor type that computed it, see `origin.kernels.name`).
    ``history`` is float64 (evaluations, HISTORY_COLUMNS) with NaN for missing values, ``losses``
    float64 (iterations,). ``state`` is the checkpoint of a paused training, ``diagnostics`` the
    layer statistics (nn.diagnostics), ``made`` the provenance (origin.record).
    """

    network: Network | None
    preparation: Preparation
    config: dict[str, Any]
    history: np.ndarray = field(default_factory=lambda: np.empty((0, len(HISTORY_COLUMNS))))
    losses: np.ndarray = field(default_factory=lambda: np.empty(0))
    state: dict[str, np.ndarray] = field(default_factory=dict)
    diagnostics: dict[str, np.ndarray] = field(default_factory=dict)
    made: dict[str, Any] = field(default_factory=dict)

    def predict(self, images: Any, workers: Workers = ALONE) -> np.ndarray:
        """Classify raw images (n, ...) like those of the training: probabilities (n, classes).

        Networks trained with another loss than softmax_cross_entropy return scores. A model of a
        table also takes the path of a CSV file, a list of rows (dicts) or a dict of columns; rows
        that it cannot classify, by `missing: row`, are NaN. Unknown categories and other oddities are
        warnings.
        """
        if self.network is None:
            raise SettingsError(f"this network {self.config['status']}: {self.config['reason']}")
        if "table" in self.config and is_table(images):
            # imported late, because trainings read no tables
            table = importlib.import_module("datasets").new_rows(images, self.config["table"])
            for note in table.notes:
                warnings.warn(note, stacklevel=2)
            values = np.full((len(table.numbers), len(self.config["classes"])), np.nan)
            if table.usable.any():
                values[table.usable] = self.predict(table.inputs, workers)
            return values
        images = np.asarray(images)
        if list(images.shape[1:]) != self.config["shape"]:
            expected = f"(n, {str(self.config['shape'])[1:-1]})"
            raise SettingsError(f"images of shape {images.shape}, expected {expected}")
        rows = np.arange(len(images))
        examples = Examples(images, rows * 0, rows, self.preparation, self.network.dtype)
        scores = predict(self.network, examples, workers=workers)
        return softmax(scores) if self.gives_probabilities else scores

    @property
    def gives_probabilities(self) -> bool:
        """Return whether the network was trained for probabilities, the softmax of its scores."""
        return component_name(self.config["network"]["loss"]) == "softmax_cross_entropy"

    @property
    def usable(self) -> bool:
        """Return whether its training, complete or paused, left a network to use."""
        return self.config["status"] in ("completed", "stopped", "paused")


def is_table(given: Any) -> bool:
    """Return whether this is the path of a table, columns by name (as a DataFrame), or rows."""
    rows = isinstance(given, list) and (not given or isinstance(given[0], Mapping))
    return rows or isinstance(given, str | Path | Mapping) or hasattr(given, "columns")


def save_model(path: str | Path, model: Model) -> None:
    """Write a model; the same model gives the same bytes."""
    artifacts.save_arrays(path, arrays_of(model))


def arrays_of(model: Model) -> dict[str, np.ndarray]:
    """Return the arrays of a model's file, of which `model_of` rebuilds it."""
    arrays = {
        "config": artifacts.as_text(model.config),
        "made": artifacts.as_text(model.made),
        "history": model.history,
        "losses": model.losses,
        **prefixed("preparation/", model.preparation.state()),
        **prefixed("state/", model.state),
        **prefixed("diagnostics/", model.diagnostics),
    }
    if model.network is not None:
        arrays |= _learned(model.network)
    return arrays


def load_model(path: str | Path, message: str = artifacts.DAMAGED) -> Model:
    """Rebuild a model from its file; raise an ArtifactError unless that is complete and consistent."""
    with artifacts.whole(path, message):
        return model_of(artifacts.load_arrays(path, message=message))


def model_of(arrays: Mapping[str, np.ndarray], preparation: Preparation | None = None) -> Model:
    """Rebuild a model from the arrays of its file; a given preparation replaces theirs."""
    config, history, losses = mapping_in(arrays["config"]), arrays["history"], arrays["losses"]
    if history.shape[1:] != (len(HISTORY_COLUMNS),) or losses.ndim != 1:
        raise ValueError(f"history {history.shape} and losses {losses.shape} have wrong shapes")
    try:
        if preparation is None:
            fitted = group(arrays, "preparation/")
            values = math.prod(config["shape"])
            preparation = Preparation.from_state(config["preparation"], fitted, values)
        if preparation.inputs != config["inputs"]:
            raise ValueError(f"{preparation.inputs} prepared values, {config['inputs']} inputs")
        network = _network(config, arrays) if "parameters" in arrays else None
    except SettingsError as error:
        raise ValueError(str(error)) from None
    return Model(
        network,
        preparation,
        config,
        history,
        losses,
        group(arrays, "state/"),
        group(arrays, "diagnostics/"),
        mapping_in(arrays["made"]) if "made" in arrays else {},
    )


def _network(config: Mapping[str, Any], arrays: Mapping[str, np.ndarray]) -> Network:
    """Build the network of a config with the arrays of its file, which must have its sizes."""
    settings = {**config["network"], "initializer": "zeros"}
    settings |= {"output_initializer": None, "input_initializer": None}
    inputs, classes = config["inputs"], len(config["classes"])
    widths, narrow = [inputs, *settings.get("hidden", [])], settings.get("bottleneck")
    pairs = zip(widths, widths[1:], strict=False)
    weights = sum(narrow * (a + b) if narrow else a * b for a, b in pairs) + widths[-1] * classes
    if weights > arrays["parameters"].size:  # before memory is allocated for them
        found = arrays["parameters"].size
        raise ValueError(f"{found} parameters, the network has {weights} weights")
    network = build_network(settings, inputs, classes, streams(config["seed"]))
    for name, array in _learned(network).items():
        found = arrays[name]
        if (found.shape, found.dtype) != (array.shape, array.dtype):
            expected = f"{array.dtype} {array.shape}"
            raise ValueError(f"{name}: {found.dtype} {found.shape}, the network has {expected}")
        array[...] = found
    return network


def _learned(network: Network) -> dict[str, np.ndarray]:
    return {"parameters": network.parameters, **prefixed("buffers/", network.buffers)}


def mapping_in(text: np.ndarray) -> dict[str, Any]:
    """Read the mapping that an array holds as JSON."""
    content = artifacts.parsed_json(str(text))
    if not isinstance(content, dict):
        raise ValueError(f"found {type(content).__name__}, expected a mapping")
    return content


def model_in(bundle: Bundle, run: str, preparation: Preparation | None = None) -> Model:
    """Rebuild the model of a run; with a ``preparation`` to share, only from what its scores need."""
    unused = () if preparation is None else ("preparation/", "diagnostics/", "state/")
    arrays = bundle.arrays(run, without=unused)
    with artifacts.whole(bundle.path):
        return model_of(arrays, preparation)


def loss_of(config: Mapping[str, Any]) -> str | dict[str, Any]:
    """Return the loss of a model, with the class weights of its training as numbers."""
    loss = config["network"]["loss"]
    if "class_weights" not in config:
        return loss
    return {**loss, "class_weights": config["class_weights"]}


def judged(model: Model, examples: Examples, workers: Workers = ALONE) -> tuple[np.ndarray, ...]:
    """Return scores (n, classes), labels (n,) and losses (n,) of a network on some examples."""
    scores = predict(model.network, examples, workers=workers)
    losses = build_loss(loss_of(model.config))(scores, examples.labels)
    return scores, examples.labels, losses
