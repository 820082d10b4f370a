"""Train one network: one configuration with one seed.

Writes one model.npz: all that is needed to use the network, the history of its training and the loss
of every iteration. While it trains it keeps a checkpoint beside it; a training that was killed goes
on from there, and ends with the same bytes. SIGINT (Ctrl-C) and SIGTERM let the iteration that runs
end, leave a checkpoint and stop; a second one stops at once.
"""

import argparse
import json
import signal
import sys
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np

import cli
from components import SettingsError, streams
from files import artifacts
from files.models import Model, load_model, loss_of, save_model
from files.prepared import Prepared, load_prepared
from inputs import Augmentation
from nn import (
    HISTORY_COLUMNS,
    Trainer,
    build_loss,
    build_network,
    pack_history,
    weights_of_classes,
)
from origin.kernels import kernel
from origin.kernels import name as name_of
from origin.record import file_digest, made

CHECKPOINT_SECONDS = 20
INTERRUPTED = "interrupted"  # how the last line of its log begins; running/progress.py knows it


def train(
    data: Prepared,
    settings: dict[str, Any],
    checkpoint: "Checkpoint",
    start: Model | None = None,
    until_epoch: int | None = None,
    threads: int = 1,
) -> Model:
    """Train the network of ``settings`` (network, training, preparation, seed).

    ``ends_after`` in them ends it sooner, after so many ``epochs`` or ``iterations``.

    ``start`` is the model that a part of this training paused with, to go on from; with
    ``until_epoch`` the training pauses there. The parts together give the same bytes as the whole.

    A run that fails by its own settings (it diverges, or the network cannot be built) ends as a
    model whose status says so, with the reason, so that the other runs of a sweep go on.

    Up to ``threads`` threads share the work; their number changes no byte.
    """
    about = {"inputs": data.preparation.inputs}
    about |= {key: data.info[key] for key in ("classes", "shape")}
    about["range"] = [data.info["splits"]["train"][end] for end in ("minimum", "maximum")]
    about["dtype"] = data.info["dtype"]
    kept = ("channels", "format", "picture", "table")
    about |= {key: data.info[key] for key in kept if key in data.info}
    try:
        about |= class_weights(settings, data)
        trainer = build(settings, data, threads)
        print(operations(trainer), flush=True)
        if not checkpoint.resume(trainer) and start and start.state:
            trainer.restore(start.state)
            checkpoint.goes_on(start.config.get("kernels", ()))
        with interruptible(trainer):
            trainer.run(until_epoch, lambda row: (report(row, trainer), checkpoint.update(trainer)))
    except SettingsError as error:
        print(f"failed: {error}", flush=True)
        ended = {"status": "failed", "reason": str(error), "epochs": 0, "iterations": 0}
        ended["kernels"] = checkpoint.kernels
        return Model(None, data.preparation, {**settings, **about, **ended})
    checkpoint.interrupted = trainer.interrupted
    paused = trainer.status == "running"
    if paused and trainer.interrupted:
        checkpoint.save(trainer)
        print(f"{INTERRUPTED} at epoch {trainer.epoch:.4g}; the same command goes on from there")
        sys.exit(128 + trainer.interrupted)
    ended = {"status": "paused" if paused else trainer.status, "reason": trainer.reason}
    print(": ".join(filter(None, ended.values())), flush=True)
    ended |= {"epochs": trainer.epoch, "iterations": trainer.iteration}
    ended["kernels"] = checkpoint.kernels
    state = trainer.state() if paused else {}
    if paused and trainer.average is not None:
        trainer.average.put_into(trainer.network)
    return Model(
        trainer.network,
        data.preparation,
        {**settings, **about, **ended},
        pack_history(trainer.history),
        trainer.losses,
        state,
        trainer.record.state(),
    )


def build(settings: dict[str, Any], data: Prepared, threads: int = 1) -> Trainer:
    """Put the parts of a training together."""
    network_settings, training, seed = settings["network"], settings["training"], settings["seed"]
    shards, classes = training["shards"], len(data.info["classes"])
    generators = streams(seed, shards)
    pictures = None
    if network_settings["input_initializer"] is not None:
        pictures = data.info["shape"], data.preparation.axes()
    inputs = data.preparation.inputs
    network = build_network(network_settings, inputs, classes, generators, pictures)
    augmentation = training["augmentation"] or None
    if augmentation:
        augmentation = Augmentation(augmentation, seed, classes, shards)
    trainer = Trainer(
        network,
        training,
        data.examples("training", network.dtype, augmentation=augmentation),
        data.examples("validation", network.dtype),
        generators,
        build_loss(loss_of({**settings, **class_weights(settings, data)})),
        threads,
    )
    if "ends_after" in settings:
        trainer.end_after(**settings["ends_after"])
    return trainer


def class_weights(settings: dict[str, Any], data: Prepared) -> dict[str, list[float]]:
    """The weights of the classes under their key, where the loss has them by the training labels."""
    loss = settings["network"]["loss"]
    wanted = None if isinstance(loss, str) else loss.get("class_weights")
    if not isinstance(wanted, str | dict):
        return {}
    names, labels = data.info["classes"], data.labels[data.split["training"]]
    counts = np.bincount(labels, minlength=len(names))
    return {"class_weights": weights_of_classes(wanted, names, counts)}


def operations(trainer: Trainer) -> str:
    """A line about the work of a training: what its matrix products come to, evaluations apart."""
    network, preparation = trainer.network.operations(), trainer.training.operations()
    batches = trainer.batches
    size = min(batches.size, batches.examples_per_epoch)
    examples = batches.examples_per_epoch * trainer.iterations / trainer.iterations_per_epoch
    return (
        f"operations of the matrix products: {network * size:.4g} a step, {network * examples:.4g} in all"
        + (f", and {preparation * examples:.4g} to prepare the examples" if preparation else "")
    )


@contextmanager
def interruptible(trainer: Trainer) -> Iterator[None]:
    """Let SIGINT and SIGTERM stop the trainer after an iteration, for a checkpoint."""

    def interrupt(number: int, frame: Any) -> None:
        if trainer.interrupted:
            sys.exit(128 + number)
        trainer.interrupted = number

    before = {
        number: signal.signal(number, interrupt) for number in (signal.SIGINT, signal.SIGTERM)
    }
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def report(row: dict[str, Any], trainer: Trainer) -> None:
    """Print one line of progress."""
    parts = [f"epoch {row['epoch']:.4g}", f"iteration {row['iteration']}/{trainer.iterations}"]
    for name in HISTORY_COLUMNS[2:]:
        if row[name] is not None:
            parts.append(f"{name.replace('_', ' ')} {row[name]:.4g}")
    print(", ".join(parts), flush=True)


class Checkpoint:
    """The state of an unfinished training in a file, tied to its settings, data and code.

    Another kernel is no reason to start anew, but `portable` is, which is part of the code's digest.
    """

    def __init__(self, path: Path, made: dict[str, Any]):
        self.path, self.identity = path, np.array(json.dumps(made, sort_keys=True))
        self.saved = time.monotonic()
        self.kernels = [name_of(kernel())]  # all that the training computed with
        self.interrupted = 0  # the signal that came while it trained

    def resume(self, trainer: Trainer) -> bool:
        """Put the trainer where the checkpoint left it, if there is one of the same identity."""
        if not self.path.exists():
            return False
        try:
            state = artifacts.load_arrays(self.path)
        except artifacts.ArtifactError as error:
            print(f"trained from the start: {error}", flush=True)
            return False
        if state.pop("identity") != self.identity:
            return False
        self.goes_on(state.pop("kernels").tolist())
        trainer.restore(state)
        print(f"resumed at iteration {trainer.iteration}", flush=True)
        return True

    def goes_on(self, kernels: Iterable[str]) -> None:
        """Note what the part before computed with."""
        self.kernels = list(dict.fromkeys([*kernels, *self.kernels]))

    def update(self, trainer: Trainer) -> None:
        """Write the state, if the last one is old enough."""
        if time.monotonic() - self.saved >= CHECKPOINT_SECONDS:
            self.save(trainer)

    def save(self, trainer: Trainer) -> None:
        """Write the state."""
        about = {"identity": self.identity, "kernels": np.array(self.kernels)}
        artifacts.save_arrays(self.path, {**trainer.state(), **about})
        self.saved = time.monotonic()

    def remove(self) -> None:
        """The training is finished."""
        self.path.unlink(missing_ok=True)


def origin_of(
    settings: dict[str, Any], data: Prepared, prepared: str, code: str | None
) -> dict[str, Any]:
    """Return what a model says of its making; ``prepared`` is the SHA-256 of the prepared data."""
    arrays = {name: data.info["splits"]["train"][f"{name}_sha256"] for name in ("images", "labels")}
    read = {**arrays, "prepared": prepared}
    return made(__file__, settings, read, code, split=data.settings.get("split"))


def train_file(
    path: Path, settings: dict[str, Any], data: Prepared, origin: dict[str, Any], *options: Any
) -> int:
    """Write the model of some settings; return the signal that came too late to pause, or 0.

    There is a checkpoint next to the model until that is written. For options see `train`.
    """
    checkpoint = Checkpoint(path.with_name("checkpoint.npz"), origin)
    model = train(data, settings, checkpoint, *options)
    model.made = origin
    save_model(path, model)
    checkpoint.remove()
    return checkpoint.interrupted


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--prepared", required=True, type=Path, help="the prepared data, .npz")
    parser.add_argument(
        "--images", required=True, type=Path, help="train_images.npy of the dataset"
    )
    parser.add_argument(
        "--labels", required=True, type=Path, help="train_labels.npy of the dataset"
    )
    parser.add_argument(
        "--settings",
        required=True,
        type=cli.json_with("network", "training", "preparation", "seed"),
        help="JSON: network, training, preparation, seed",
    )
    parser.add_argument("--start", type=Path, help="a model.npz that paused, to go on from")
    parser.add_argument("--until-epoch", type=int, help="pause there")
    parser.add_argument(
        "--threads", type=int, default=1, help="at most so many, and training.shards (default: 1)"
    )
    parser.add_argument("--code", help="a digest of this program, which the model carries")
    parser.add_argument("--output", required=True, type=Path, help="model.npz")
    options = parser.parse_args()
    settings = options.settings
    data = load_prepared(options.prepared, settings["preparation"], options.images, options.labels)
    origin = origin_of(settings, data, file_digest(options.prepared), options.code)
    start = load_model(options.start) if options.start else None
    train_file(options.output, settings, data, origin, start, options.until_epoch, options.threads)


if __name__ == "__main__":
    cli.run(main)
