"""The training loop: batches through the network, gradients to the optimizer, a history."""

import math
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from itertools import islice

import numpy as np

from components.errors import SettingsError
from components.randomness import generator_state, restore_generator

from .averaging import MovingAverage
from .defaults import TRAINING_CHOICES, TRAINING_DEFAULTS
from .history import HISTORY_COLUMNS, pack_history, unpack_history
from .lasso import Lasso
from .layers import walk
from .network import Network
from .normalization import BatchNorm
from .objective import Objective
from .optimizers import OPTIMIZERS
from .record import ROWS as RECORDED_ROWS
from .record import Record
from .schedules import Schedule
from .settings import complete, make
from .state import part, prefixed
from .stopping import EarlyStopping
from .workers import Workers

ACCURACY_ROWS = 2000  # at most so many training rows are classified for the training accuracy


class Trainer:
    """Trains a network on examples, epoch by epoch.

    `status` is "running", then "completed", "stopped" (early: no better validation accuracy for
    `patience` evaluations) or "diverged" (a loss that is not finite), with the `reason` in words.
    `history` has one row (a dict of HISTORY_COLUMNS; None where there is no value) per evaluation.
    `training_objective` is what was minimized (with the L2 penalty, dropout, augmentation), as a
    mean over the batches since the last row; the data losses and accuracies are measured at that
    moment, those of the training part on as many evenly spaced rows as the validation part has (at
    most 2000; all rows without a validation part). `losses` has the objective of every iteration.

    With `ema` evaluations and the final network are the moving average's, which averages the
    statistics of batch normalization as well; with `patience` the final network is that of the best
    evaluation.

    Whoever sets `interrupted` (a signal's handler) ends `run` after the iteration that runs, with
    status "running": the moment to keep the `state()`, which another training goes on from.

    Up to `threads` threads, at most as many as `shards`, share the work; the result has the same bytes
    whatever their number is, also where it changes from one part of a training to the next.
    """

    def __init__(
        self,
        network: Network,
        settings: Mapping,
        training,
        validation,
        streams: Mapping[str, np.random.Generator],
        loss,
        threads: int = 1,
    ):
        settings = complete(settings, TRAINING_DEFAULTS, TRAINING_CHOICES, "training")
        if (settings["epochs"] is None) == (settings["iterations"] is None):
            raise SettingsError(
                "training: give either epochs or iterations, and null for the other"
            )
        self.network, self.loss, self.streams = network, loss, streams
        self.training = training
        self.validation = validation if validation is not None and len(validation) else None
        self.evaluate_every = settings["evaluate_every"]
        if settings["batch_size"] == 1 and any(
            isinstance(layer, BatchNorm) for layer in walk(network.layers)
        ):
            raise SettingsError(
                "training.batch_size: is 1, and one example has no variance for batch "
                "normalization; expected 2 or more"
            )
        self.batches = training.batches(
            settings["batches"], settings["batch_size"], streams["shuffling"]
        )
        self.iterations_per_epoch = self.batches.iterations_per_epoch
        self.iterations = settings["iterations"]
        if self.iterations is None:
            self.iterations = settings["epochs"] * self.iterations_per_epoch
        self.rate = Schedule(
            settings["learning_rate"],
            settings["schedule"],
            settings["warmup"],
            settings["schedule_per"] == "epoch",
            self.iterations_per_epoch,
            self.iterations,
        )
        shards = settings["shards"]
        workers = Workers(min(threads, shards))
        dropout = [streams["dropout" if not i else f"dropout.{i}"] for i in range(shards)]
        kinds = settings["reduction"], settings["l2"], settings["clip_norm"]
        self.objective = Objective(network, loss, *kinds, shards, dropout, workers)
        optimizer = make(OPTIMIZERS, settings["optimizer"], "optimizer")
        self.optimizer = optimizer.bind(
            network, settings["weight_decay"], workers, Lasso.of(network, settings)
        )
        self.average = None
        if settings["ema"]:
            self.average = MovingAverage(network, settings["ema"], workers)
        self.iteration, self.status, self.reason = 0, "running", None
        self.interrupted = False
        self.history: list[dict] = []
        self._losses = np.zeros(self.iterations)
        self.record = Record(network)
        self.stopping = None
        if settings["patience"] is not None:
            if self.validation is None:
                raise SettingsError("training.patience: needs a validation split; set it to null")
            self.stopping = EarlyStopping(settings["patience"])

    @property
    def losses(self) -> np.ndarray:
        return self._losses[: self.iteration]

    @property
    def epoch(self) -> float:
        """Epochs trained so far; an integer at the end of one."""
        whole, part = divmod(self.iteration, self.iterations_per_epoch)
        return self.iteration / self.iterations_per_epoch if part else whole

    @property
    def _iterations_in_epoch(self) -> int:
        return self.iteration % self.iterations_per_epoch

    @property
    def _finished(self) -> bool:
        stopped = self.stopping is not None and self.stopping.due
        return stopped or self.iteration >= self.iterations

    def end_after(self, epochs: int | None = None, iterations: int | None = None) -> None:
        """End sooner than the settings say; the learning rate keeps the schedule of the whole."""
        if epochs is not None:
            iterations = epochs * self.iterations_per_epoch
        self.iterations = min(self.iterations, iterations)

    def run(
        self,
        until_epoch: int | None = None,
        on_epoch: Callable[[dict], None] | None = None,
    ) -> None:
        """Train to the end, or only until this many epochs are done in all.

        `on_epoch` is called with each new row of the history: the moment for progress messages and
        for checkpoints of `state()`.
        """
        with np.errstate(all="ignore"):  # what overflows ends up in the loss, which is checked
            while self.status == "running" and not self._finished:
                if self.interrupted or (until_epoch is not None and self.epoch >= until_epoch):
                    return
                self._train_epoch()
                due = self._finished or self.epoch % self.evaluate_every == 0
                if self.status == "running" and due and self._evaluate() and on_epoch is not None:
                    on_epoch(self.history[-1])
        if self.status == "running":
            self._finish()

    def _train_epoch(self) -> None:
        self._order = generator_state(self.streams["shuffling"])
        for positions in islice(self.batches.epoch(), self._iterations_in_epoch, None):
            loss = self.objective(self.training, positions)
            if not math.isfinite(loss):
                return self._diverge(loss)
            self._losses[self.iteration] = loss
            self.optimizer.step(self.rate(self.iteration))
            if self.average is not None:
                self.average.update()
            self.iteration += 1
            if self.interrupted or self.iteration == self.iterations:
                return None

    def _evaluate(self) -> bool:
        """Add a row to the history; False if the network has diverged."""
        done = self.history[-1]["iteration"] if self.history else 0
        n = len(self.training)
        subset = n if self.validation is None else min(len(self.validation), ACCURACY_ROWS, n)
        validation_loss = validation_accuracy = None
        with self.averaged():
            spaced = np.arange(subset) * n // subset
            training = self.objective.evaluate(self.training, spaced)
            x, _ = self.training.load(spaced[:: -(-subset // RECORDED_ROWS)], augment=False)
            self.record.take(self.network, x, self.iteration)
            if self.validation is not None:
                validation_loss, validation_accuracy = self.objective.evaluate(self.validation)
                if not math.isfinite(validation_loss):
                    self._diverge(validation_loss)
                    return False
            if self.stopping is not None:
                self.stopping.update(validation_accuracy, self.weights())
        row = (
            self.epoch,
            self.iteration,
            self.rate(self.iteration - 1),
            float(self._losses[done : self.iteration].mean()),
            *training,
            validation_loss,
            validation_accuracy,
        )
        self.history.append(dict(zip(HISTORY_COLUMNS, row, strict=True)))
        return True

    def _finish(self) -> None:
        self.status = "completed"
        if self.iteration < self.iterations:
            self.status = "stopped"
            self.reason = f"no better validation accuracy in {self.stopping.patience} evaluations"
        if self.stopping is not None and self.stopping.best:
            self.load_weights(self.stopping.best)
        elif self.average is not None:
            self.average.put_into(self.network)

    def _diverge(self, loss: float) -> None:
        last = f"the last finite loss was {self._losses[self.iteration - 1]:.6g}"
        self.status = "diverged"
        self.reason = (
            f"the loss became {loss} at iteration {self.iteration} (epoch {self.epoch:.4g}); "
            f"{last if self.iteration else 'it was the first'}; a smaller learning rate may help"
        )

    @contextmanager
    def averaged(self) -> Iterator[None]:
        """With the moving average, if there is one, in the network."""
        if self.average is None:
            yield
            return
        trained = self.weights()
        self.average.put_into(self.network)
        try:
            yield
        finally:
            self.load_weights(trained)

    def state(self) -> dict[str, np.ndarray]:
        """Everything that the rest of the training depends on, between two iterations: copies."""
        random = {purpose: generator_state(g) for purpose, g in self.streams.items()}
        if (
            self._iterations_in_epoch
        ):  # the order of the epoch is drawn again, and its start skipped
            random["shuffling"] = self._order
        state = {
            "iteration": np.array(self.iteration),
            "losses": self.losses.copy(),
            "history": pack_history(self.history),
            **prefixed("network", self.weights()),
            **prefixed("random", random),
        }
        for name, stateful in self._stateful().items():
            state |= prefixed(name, stateful.state())
        return state

    def restore(self, state: Mapping[str, np.ndarray]) -> None:
        """Go on where `state` was taken from a trainer of the same settings: to the same bytes.

        Raises SettingsError where the state is that of another network.
        """
        found, expected = state["network.parameters"].shape, self.network.parameters.shape
        if found != expected:
            raise SettingsError(
                f"checkpoint: has {found[0]} parameters, the network {expected[0]}; it is of other "
                "settings: delete it"
            )
        self.iteration = int(state["iteration"])
        self.losses[...] = state["losses"]
        self.history = unpack_history(state["history"])
        self.load_weights(part(state, "network"))
        for purpose, words in part(state, "random").items():
            restore_generator(self.streams[purpose], words)
        self._order = state["random.shuffling"]
        for name, stateful in self._stateful().items():
            stateful.restore(part(state, name))

    def _stateful(self) -> dict:
        """The parts with a state of their own, those that this training has."""
        parts = {
            "optimizer": self.optimizer,
            "average": self.average,
            "record": self.record,
            "stopping": self.stopping,
            "augmentation": getattr(self.training, "augmentation", None),
        }
        return {name: stateful for name, stateful in parts.items() if stateful is not None}

    def weights(self) -> dict[str, np.ndarray]:
        """Copies of what makes up the trained network: parameters and layer buffers."""
        buffers = {f"buffers.{name}": a.copy() for name, a in self.network.buffers.items()}
        return {"parameters": self.network.parameters.copy(), **buffers}

    def load_weights(self, weights: Mapping[str, np.ndarray]) -> None:
        self.network.parameters[...] = weights["parameters"]
        for name, buffer in self.network.buffers.items():
            buffer[...] = weights[f"buffers.{name}"]
