"""Train one network: one configuration with one seed.

Writes model.npz (everything that is needed to use the network), history.csv (a row for each
evaluation) and losses.npy (the loss of every iteration, float64). While it trains it keeps a
checkpoint beside them; a training that was killed goes on from there, and ends with the same bytes.
"""

import one_thread  # noqa: F401

import argparse
import hashlib
import json
import time
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import numpy as np

import artifacts
from models import Model, Prepared, load_prepared, save_model
from nn import (
    HISTORY_COLUMNS,
    Augmentation,
    SettingsError,
    Trainer,
    build_loss,
    build_network,
    streams,
)

CHECKPOINT_SECONDS = 20


def train(
    prepared: Path,
    settings: dict[str, Any],
    folder: Path,
    start: Path | None = None,
    until_epoch: int | None = None,
) -> None:
    """Train the network of ``settings`` (network, training, preparation, seed) into ``folder``.

    ``prepared`` is <dataset>/prepared/<key>.npz; the arrays are those in the folder <dataset>.
    ``start`` is the state.npz of the same run, to go on from; with ``until_epoch`` the training
    pauses there and leaves such a state. The parts together give the same bytes as the whole.

    A run that fails by its own settings (it diverges, or the network cannot be built) ends as a
    model whose status says so, with the reason, so that the other runs of a sweep go on.
    """
    data = load_prepared(prepared, settings["preparation"])
    try:
        trainer = build(settings, data)
    except SettingsError as error:
        trainer, status, reason = None, "failed", str(error)
        print(f"failed: {error}", flush=True)
        if until_epoch:
            artifacts.save_arrays(folder / "state.npz", {})
    else:
        checkpoint = Checkpoint(folder / "checkpoint.npz", identity(prepared, settings))
        if not checkpoint.resume(trainer) and start:
            trainer.restore(artifacts.load_arrays(start))
        trainer.run(until_epoch, lambda row: (report(row, trainer), checkpoint.save(trainer)))
        status, reason = trainer.status, trainer.reason
        status = "paused" if status == "running" else status
        if until_epoch:
            artifacts.save_arrays(folder / "state.npz", trainer.state())
        print(f"{status}{f': {reason}' if reason else ''}", flush=True)
    config = {
        **settings,
        "inputs": data.preparation.inputs,
        "classes": data.info["classes"],
        "shape": data.info["shape"],
        "status": status,
        "reason": reason,
        "epochs": trainer.epoch if trainer else 0,
        "iterations": trainer.iteration if trainer else 0,
    }
    with trainer.averaged() if status == "paused" else nullcontext():
        network = trainer and trainer.network
        save_model(folder / "model.npz", Model(network, data.preparation, config))
    artifacts.write_csv(folder / "history.csv", HISTORY_COLUMNS, trainer.history if trainer else [])
    artifacts.save_array(folder / "losses.npy", trainer.losses if trainer else np.empty(0))
    if trainer:
        checkpoint.remove()


def build(settings: dict[str, Any], data: Prepared) -> Trainer:
    """Put the parts of a training together."""
    network_settings, training, seed = settings["network"], settings["training"], settings["seed"]
    generators, classes = streams(seed), len(data.info["classes"])
    network = build_network(network_settings, data.preparation.inputs, classes, generators)
    augmentation = training["augmentation"] or None
    if augmentation:
        augmentation = Augmentation(augmentation, seed, classes)
    return Trainer(
        network,
        training,
        data.examples("training", network.dtype, augmentation=augmentation),
        data.examples("validation", network.dtype),
        generators,
        build_loss(network_settings["loss"]),
    )


def report(row: dict[str, Any], trainer: Trainer) -> None:
    """Print one line of progress."""
    parts = [f"epoch {row['epoch']:.4g}", f"iteration {row['iteration']}/{trainer.iterations}"]
    for name in HISTORY_COLUMNS[2:]:
        if row[name] is not None:
            parts.append(f"{name.replace('_', ' ')} {row[name]:.4g}")
    print(", ".join(parts), flush=True)


def identity(prepared: Path, settings: dict[str, Any]) -> str:
    """Return a digest of all that a training depends on: settings, data (by checksums) and code."""
    here = Path(__file__).parent
    content = hashlib.sha256(json.dumps(settings, sort_keys=True).encode())
    for path in [prepared, *sorted((here / "nn").glob("*.py")), here / "train.py"]:
        content.update(path.read_bytes())
    return content.hexdigest()


class Checkpoint:
    """The state of an unfinished training in a file, tied to its settings, data and code."""

    def __init__(self, path: Path, identity: str):
        self.path, self.identity = path, identity
        self.saved = time.monotonic()

    def resume(self, trainer: Trainer) -> bool:
        """Put the trainer where the checkpoint left it, if there is one of the same identity."""
        if not self.path.exists():
            return False
        state = artifacts.load_arrays(self.path)
        if str(state.pop("identity")) != self.identity:
            return False
        trainer.restore(state)
        print(f"resumed at iteration {trainer.iteration}", flush=True)
        return True

    def save(self, trainer: Trainer) -> None:
        """Write the state, if the last one is old enough."""
        if time.monotonic() - self.saved >= CHECKPOINT_SECONDS:
            artifacts.save_arrays(
                self.path, {**trainer.state(), "identity": np.array(self.identity)}
            )
            self.saved = time.monotonic()

    def remove(self) -> None:
        """The training is finished."""
        self.path.unlink(missing_ok=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument(
        "--prepared", required=True, type=Path, help="results/datasets/<dataset>/prepared/<key>.npz"
    )
    parser.add_argument(
        "--settings",
        required=True,
        type=json.loads,
        help="JSON: network, training, preparation, seed",
    )
    parser.add_argument("--start", type=Path, help="state.npz of this run, to go on from")
    parser.add_argument("--until-epoch", type=int, help="pause there and write state.npz")
    parser.add_argument("--output-folder", required=True, type=Path)
    options = parser.parse_args()
    train(
        options.prepared,
        options.settings,
        options.output_folder,
        options.start,
        options.until_epoch,
    )


if __name__ == "__main__":
    artifacts.cli(main)
