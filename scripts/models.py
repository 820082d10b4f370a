"""Model files: everything that is known of a trained network, in one ``model.npz``.

The file holds the network's flat parameter vector, its running statistics, the fitted input
preparation, the history and the losses of its training, and as JSON text its settings, classes and
how its training ended. A training that paused leaves in it all that it needs to go on. No pickles.

And prepared data: a split, the preparation fitted on it, and the checksums of the arrays that both
belong to, in one file ``prepared/<key>.npz``.
"""

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

import artifacts
from nn import (
    HISTORY_COLUMNS,
    Examples,
    Network,
    Preparation,
    build_loss,
    build_network,
    predict,
    streams,
)

PARTS = ("training", "validation")


@dataclass
class Model:
    """A trained network with its preparation; the network is None where it could not be built.

    ``config`` has: network, training, preparation (settings), inputs, classes (names), shape (of
    one image), seed, status (completed, stopped, paused, diverged, failed), reason, epochs, iterations.
    ``history`` is float64 (evaluations, HISTORY_COLUMNS) with NaN where there is no value, ``losses``
    float64 (iterations,). ``state`` is what a paused training goes on from.
    """

    network: Network | None
    preparation: Preparation
    config: dict[str, Any]
    history: np.ndarray = field(default_factory=lambda: np.empty((0, len(HISTORY_COLUMNS))))
    losses: np.ndarray = field(default_factory=lambda: np.empty(0))
    state: dict[str, np.ndarray] = field(default_factory=dict)

    @property
    def usable(self) -> bool:
        """Whether its training left a network to use: at its end, or at a pause."""
        return self.config["status"] in ("completed", "stopped", "paused")


def save_model(path: str | Path, model: Model) -> None:
    """Write a model; the same model gives the same bytes."""
    arrays = {
        "config": np.array(json.dumps(model.config, sort_keys=True)),
        "history": model.history,
        "losses": model.losses,
        **_under("preparation", model.preparation.state()),
        **_under("state", model.state),
    }
    if model.network is not None:
        arrays["parameters"] = model.network.parameters
        arrays |= _under("buffers", model.network.buffers)
    artifacts.save_arrays(path, arrays)


def load_model(path: str | Path) -> Model:
    """Rebuild a model from its file alone; raise an ArtifactError where that is damaged."""
    with artifacts.whole(path):
        arrays = artifacts.load_arrays(path)
        config = json.loads(str(arrays["config"]))
        network = None
        if "parameters" in arrays:
            settings = {**config["network"], "initializer": "zeros", "output_initializer": None}
            network = build_network(
                settings, config["inputs"], len(config["classes"]), streams(config["seed"])
            )
            network.parameters[:] = arrays["parameters"]
            for name, buffer in network.buffers.items():
                buffer[...] = arrays[f"buffers/{name}"]
        return Model(
            network,
            Preparation.from_state(config["preparation"], _below("preparation", arrays)),
            config,
            arrays["history"],
            arrays["losses"],
            _below("state", arrays),
        )


def judged(model: Model, examples: Examples) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Scores (n, classes), labels (n,) and losses (n,) of a network on some examples."""
    scores = predict(model.network, examples)
    losses = build_loss(model.config["network"]["loss"])(scores, examples.labels)
    return scores, examples.labels, losses


def load_history(path: str | Path) -> tuple[dict[str, Any], np.ndarray]:
    """Read only the settings of a model, and the history of its training."""
    with artifacts.whole(path):
        arrays = artifacts.load_arrays(path, "config", "history")
        return json.loads(str(arrays["config"])), arrays["history"]


@dataclass
class Prepared:
    """A dataset's split, and the input preparation that was fitted on its training part.

    ``split`` has the indices (n,) of ``training`` and ``validation`` in the dataset's training file,
    int64, ascending; ``info`` is the dataset's info.json, with its classes and the checksums of its
    arrays; ``images`` and ``labels`` are those of its training file, None where they were not read.
    """

    split: dict[str, np.ndarray]
    preparation: Preparation
    info: dict[str, Any]
    images: np.ndarray | None = None
    labels: np.ndarray | None = None

    def examples(self, part: str, dtype, rows: slice = slice(None), **options: Any) -> Examples:
        """Some of the examples of a part, as the network sees them; for options see Examples."""
        rows = self.split[part][rows]
        return Examples(self.images, self.labels, rows, self.preparation, dtype, **options)


def save_prepared(path: str | Path, prepared: Prepared) -> None:
    """Write prepared data; the content differs wherever the arrays of the dataset differ."""
    artifacts.save_arrays(
        path,
        {
            **{part: prepared.split[part] for part in PARTS},
            "info": np.array(json.dumps(prepared.info, sort_keys=True)),
            **_under("preparation", prepared.preparation.state()),
        },
    )


def load_prepared(
    path: str | Path, steps: list, images: str | Path, labels: str | Path
) -> Prepared:
    """Read prepared data and open the arrays they were made from.

    ``steps`` is the setting ``preparation`` that they were fitted with.

    Raises:
        ArtifactError: where a file is damaged, or an array is not the one that was prepared.
    """
    with artifacts.whole(path):
        arrays = artifacts.load_arrays(path)
        info = json.loads(str(arrays["info"]))
        described = info["splits"]["train"]
        split = {part: arrays[part] for part in PARTS}
        preparation = Preparation.from_state(steps, _below("preparation", arrays))
    return Prepared(split, preparation, info, *open_split(images, labels, described))


def open_split(
    images: str | Path, labels: str | Path, described: dict[str, Any]
) -> tuple[np.ndarray, np.ndarray]:
    """Open the arrays of a split, memory-mapped, which have to be those that were described."""
    return (
        artifacts.open_array(images, described["images_sha256"]),
        artifacts.open_array(labels, described["labels_sha256"]),
    )


def _under(prefix: str, arrays: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    return {f"{prefix}/{name}": array for name, array in arrays.items()}


def _below(prefix: str, arrays: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    start = f"{prefix}/"
    return {k.removeprefix(start): array for k, array in arrays.items() if k.startswith(start)}
