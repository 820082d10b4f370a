"""Model files: everything that is needed to use a trained network again, in one ``model.npz``.

The file holds the network's flat parameter vector, its running statistics, the fitted input
preparation, and as JSON text its settings, classes and how its training ended. No pickles.
"""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

import artifacts
from nn import Network, Preparation, build_network, streams


@dataclass
class Model:
    """A trained network with its preparation; the network is None where it could not be built.

    ``config`` has: network, training, preparation (settings), inputs, classes (names), shape (of
    one image), seed, status (completed, stopped, diverged, failed), reason, epochs, iterations.
    """

    network: Network | None
    preparation: Preparation
    config: dict[str, Any]


def save_model(path: str | Path, model: Model) -> None:
    """Write a model; the same model gives the same bytes."""
    arrays = {
        "config": np.array(json.dumps(model.config, sort_keys=True)),
        **{f"preparation/{name}": array for name, array in model.preparation.state().items()},
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
        network = build_network(
            config["network"], config["inputs"], len(config["classes"]), streams(config["seed"])
        )
        network.parameters[:] = arrays["parameters"]
        for name, buffer in network.buffers.items():
            buffer[...] = arrays[f"buffers/{name}"]
    prefix = "preparation/"
    state = {k.removeprefix(prefix): array for k, array in arrays.items() if k.startswith(prefix)}
    return Model(network, Preparation.from_state(config["preparation"], state), config)
