"""Train one network: one configuration with one seed.

Writes one model.npz with all that is needed to use the network, the history of its training and the
loss of every iteration. While training it keeps a checkpoint next to it, from which a killed training
continues, with the same bytes in the end. SIGINT (Ctrl-C) and SIGTERM let the current iteration end,
write a checkpoint and stop; a second signal stops at once.
"""

import argparse
import signal
import sys
from collections.abc import Generator, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np

import cli
from components import SettingsError, streams
from files.checkpoint import Checkpoint
from files.models import Model, load_model, loss_of, save_model
from files.prepared import Prepared, load_prepared
from inputs import Augmentation
from nn import (
    HISTORY_COLUMNS,
    Trainer,
    build_loss,
    build_network,
    pack_history,
    train_together,
    weights_of_classes,
)
from origin.kernels import kernel
from origin.kernels import name as name_of
from origin.record import file_digest, made

INTERRUPTED = "interrupted"  # the first word of the last line of its log, for running/progress.py


def train(
    data: Prepared,
    settings: dict[str, Any],
    checkpoint: Checkpoint,
    start: Model | None = None,
    until_epoch: int | None = None,
    threads: int = 1,
) -> Generator[Trainer, None, Model | None]:
    """Train the network of ``settings`` (network, training, preparation, seed), see `Trainer.steps`.

    ``ends_after`` in them ends it earlier, after a number of ``epochs`` or ``iterations``. ``start``
    is the paused model to continue from; the training pauses at ``until_epoch``. A training in parts
    gives the same bytes as an uninterrupted one. Up to ``threads`` threads share the work; their
    number changes no byte. A signal leaves a checkpoint and no model.

    A run that fails by its own settings (it diverges, or the network cannot be built) ends as a model
    with that status and the reason, so that the other runs of a sweep continue.
    """
    about = described(data)
    try:
        about |= class_weights(settings, data)
        trainer = build(settings, data, threads)
        print(operations(trainer), flush=True)
        if not checkpoint.resume(trainer) and start and start.state:
            trainer.restore(start.state)
            checkpoint.add_kernels(start.config.get("kernels", ()))

        def evaluated(row: dict[str, Any]) -> None:
            report(row, trainer)
            checkpoint.update(trainer)

        yield from trainer.steps(until_epoch, evaluated)
    except SettingsError as error:
        print(f"failed: {error}", flush=True)
        ended = {"status": "failed", "reason": str(error), "epochs": 0, "iterations": 0}
        ended["kernels"] = checkpoint.kernels
        return Model(None, data.preparation, {**settings, **about, **ended})
    paused = trainer.status == "running"
    if paused and trainer.interrupted:
        checkpoint.save(trainer)
        print(f"{INTERRUPTED} at epoch {trainer.epoch:.4g}; the same command continues from there")
        return None
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
        trainer.diagnostics.state(),
    )


def described(data: Prepared) -> dict[str, Any]:
    """Describe the data for the users of a model."""
    about = {"inputs": data.preparation.inputs}
    about |= {key: data.info[key] for key in ("classes", "shape")}
    about["range"] = [data.info["splits"]["train"][end] for end in ("minimum", "maximum")]
    known = ("dtype", "channels", "format", "picture", "table")
    return about | {key: data.info[key] for key in known if key in data.info}


def build(settings: dict[str, Any], data: Prepared, threads: int = 1) -> Trainer:
    """Build the trainer of a run."""
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
    """Return ``class_weights``, if the loss takes them from the training labels."""
    loss = settings["network"]["loss"]
    wanted = None if isinstance(loss, str) else loss.get("class_weights")
    if not isinstance(wanted, str | dict):
        return {}
    names, labels = data.info["classes"], data.labels[data.split["training"]]
    counts = np.bincount(labels, minlength=len(names))
    return {"class_weights": weights_of_classes(wanted, names, counts)}


def operations(trainer: Trainer) -> str:
    """Describe the work of a training: the operations of its matrix products, without evaluations."""
    network, preparation = trainer.network.operations(), trainer.training.operations()
    batches = trainer.batches
    size = min(batches.size, batches.examples_per_epoch)
    examples = batches.examples_per_epoch * trainer.iterations / trainer.iterations_per_epoch
    return (
        f"operations of the matrix products: {network * size:.4g} a step, {network * examples:.4g} in all"
        + (f", and {preparation * examples:.4g} to prepare the examples" if preparation else "")
    )


@contextmanager
def interruptible() -> Iterator[None]:
    """Let SIGINT and SIGTERM stop all trainers after an iteration, for checkpoints."""

    def interrupt(number: int, frame: Any) -> None:
        if Trainer.interrupted and number == signal.SIGINT:  # SIGTERM may come twice, to a group
            sys.exit(128 + number)
        Trainer.interrupted = number

    before = {
        number: signal.signal(number, interrupt) for number in (signal.SIGINT, signal.SIGTERM)
    }
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
        Trainer.interrupted = 0


def report(row: dict[str, Any], trainer: Trainer) -> None:
    """Print one line of progress."""
    epoch = row["epoch"]
    done = f"{epoch:.4g}" if epoch < 10_000 else f"{epoch:.0f}"  # not 1e+04
    parts = [f"epoch {done}", f"iteration {row['iteration']}/{trainer.iterations}"]
    for name in HISTORY_COLUMNS[2:]:
        if row[name] is not None:
            parts.append(f"{name.replace('_', ' ')} {row[name]:.4g}")
    print(", ".join(parts), flush=True)


def origin_of(
    settings: dict[str, Any], data: Prepared, prepared: str, code: str | None
) -> dict[str, Any]:
    """Return the origin that a model records; ``prepared`` is the SHA-256 of the prepared data."""
    arrays = {name: data.info["splits"]["train"][f"{name}_sha256"] for name in ("images", "labels")}
    read = {**arrays, "prepared": prepared}
    return made(__file__, settings, read, code, split=data.settings.get("split"))


def train_file(
    path: Path, settings: dict[str, Any], data: Prepared, origin: dict[str, Any], *options: Any
) -> Iterator[Trainer]:
    """Train, and write the model of some settings. For options and steps see `train`.

    A checkpoint is next to the model until that is written.
    """
    checkpoint = Checkpoint(path.with_suffix(".checkpoint.npz"), origin, name_of(kernel()))
    model = yield from train(data, settings, checkpoint, *options)
    if model is not None:
        model.made = origin
        save_model(path, model)
        checkpoint.remove()


def train_files(trainings: Iterable[Iterator[Trainer]]) -> None:
    """Take the steps of some calls of `train_file` together; exit if a signal arrived."""
    with interruptible():
        train_together(trainings)
        if Trainer.interrupted:
            sys.exit(128 + Trainer.interrupted)


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add the options that the training of one network and of a bundle share."""
    cli.add_training_arrays(parser)
    parser.add_argument("--until-epoch", type=int, help="pause there")
    about = "at most training.shards are used (default: 1)"
    parser.add_argument("--threads", type=int, default=1, help=about)
    parser.add_argument("--code", help="a digest of scripts/train.py, which models record")


def main() -> None:
    parser = cli.parser(__doc__)
    parser.add_argument("--prepared", required=True, type=Path, help="the prepared data, .npz")
    parser.add_argument(
        "--settings",
        required=True,
        type=cli.json_with("network", "training", "preparation", "seed"),
        help="JSON: network, training, preparation, seed",
    )
    parser.add_argument("--start", type=Path, help="a paused model.npz to continue from")
    add_options(parser)
    parser.add_argument("--output", required=True, type=Path, help="model.npz")
    options = parser.parse_args()
    settings = options.settings
    data = load_prepared(options.prepared, settings["preparation"], options.images, options.labels)
    origin = origin_of(settings, data, file_digest(options.prepared), options.code)
    start = load_model(options.start) if options.start else None
    rest = start, options.until_epoch, options.threads
    train_files([train_file(options.output, settings, data, origin, *rest)])


if __name__ == "__main__":
    cli.run(main)
