"""Model files: everything that is needed to use a trained network again, in one ``model.npz``.

The file holds the network's flat parameter vector, its running statistics, the fitted input
preparation, and as JSON text its settings, classes and how its training ended. No pickles.

And prepared data: a split, the preparation fitted on it, and the checksums of the arrays that both
belong to, in one file ``prepared/<key>.npz``.
"""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

import artifacts
from nn import Examples, Network, Preparation, build_network, streams

PARTS = ("training", "validation")


@dataclass
class Model:
    """A trained network with its preparation; the network is None where it could not be built.

    ``config`` has: network, training, preparation (settings), inputs, classes (names), shape (of
    one image), seed, status (completed, stopped, diverged, failed), reason, epochs, iterations.
    """

    network: Network | None
    preparation: Preparation
    config: dict[str, Any]

    @property
    def usable(self) -> bool:
        """Whether its training left a network to use: at its end, or at a pause."""
        return self.config["status"] in ("completed", "stopped", "paused")


def save_model(path: str | Path, model: Model) -> None:
    """Write a model; the same model gives the same bytes."""
    arrays = {
        "config": np.array(json.dumps(model.config, sort_keys=True)),
        **_preparation_arrays(model.preparation),
    }
    if model.network is not None:
        arrays["parameters"] = model.network.parameters
        arrays |= {f"buffers/{name}": array for name, array in model.network.buffers.items()}
    artifacts.save_arrays(path, arrays)


def load_model(path: str | Path) -> Model:
    """Rebuild a model from its file alone."""
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
    return Model(network, _preparation(config["preparation"], arrays), config)


@dataclass
class Prepared:
    """A dataset's split, and the input preparation that was fitted on its training part.

    ``split`` has the indices (n,) of ``training`` and ``validation`` in the dataset's training file,
    int64, ascending; ``info`` is the dataset's info.json, with its classes and the checksums of its
    arrays, which lie in ``dataset``.
    """

    split: dict[str, np.ndarray]
    preparation: Preparation
    info: dict[str, Any]
    dataset: Path

    def examples(self, part: str, dtype, rows: slice = slice(None), **options: Any) -> Examples:
        """Some of the examples of a part, as the network sees them; for options see Examples."""
        images, labels = artifacts.load_split(self.dataset, "train")
        rows = self.split[part][rows]
        return Examples(images, labels, rows, self.preparation, dtype, **options)


def save_prepared(path: str | Path, prepared: Prepared) -> None:
    """Write prepared data; the content differs wherever the arrays of the dataset differ."""
    artifacts.save_arrays(
        path,
        {
            **{part: prepared.split[part] for part in PARTS},
            "info": np.array(json.dumps(prepared.info, sort_keys=True)),
            **_preparation_arrays(prepared.preparation),
        },
    )


def load_prepared(path: str | Path, steps: list) -> Prepared:
    """Read prepared data; ``steps`` is the setting ``preparation`` that it was fitted with.

    The file says nothing of its dataset's place: it lies in the folder ``prepared`` of it.
    """
    arrays = artifacts.load_arrays(path)
    return Prepared(
        {part: arrays[part] for part in PARTS},
        _preparation(steps, arrays),
        json.loads(str(arrays["info"])),
        Path(path).parent.parent,
    )


def _preparation_arrays(preparation: Preparation) -> dict[str, np.ndarray]:
    return {f"preparation/{name}": array for name, array in preparation.state().items()}


def _preparation(steps: list, arrays: dict[str, np.ndarray]) -> Preparation:
    prefix = "preparation/"
    state = {k.removeprefix(prefix): array for k, array in arrays.items() if k.startswith(prefix)}
    return Preparation.from_state(steps, state)
