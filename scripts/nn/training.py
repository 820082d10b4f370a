"""The training loop: batches through the network, gradients to the optimizer, and a history."""

import math
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from itertools import islice

import numpy as np

from components.errors import SettingsError
from components.groups import group, prefixed
from components.randomness import generator_state, restore_generator

from .averaging import MovingAverage
from .checkpoint import HISTORY_COLUMNS, pack_history, unpack_history
from .diagnostics import ROWS as MEASURED_ROWS
from .diagnostics import Diagnostics
from .lasso import Lasso
from .network import Network
from .objective import Objective
from .optimizers import OPTIMIZERS
from .schedules import Schedule
from .settings import TRAINING_CHOICES, TRAINING_DEFAULTS, check_training, complete, make
from .stopping import EarlyStopping
from .workers import Workers, use_blas_memory

ACCURACY_ROWS = 2000  # training rows that are classified for the training accuracy, at most


class Trainer:
    """Trains a network on examples, epoch by epoch.

    `status` is "running", then "completed", "stopped" (early: no better validation accuracy for
    `patience` evaluations) or "diverged" (a loss that is not finite), with the `reason` in words.
    `history` has one row per evaluation, a dict of HISTORY_COLUMNS with None for missing values.
    `training_objective` is the minimized quantity (with L2 penalty, dropout, augmentation), the mean
    over the batches since the last row. Data losses and accuracies are measured at the evaluation;
    those of the training part on as many evenly spaced rows as the validation part has, at most
    2000 (on all rows without a validation part). `losses` has the objective of every iteration.

    With `ema` evaluations and the final network use the moving average of parameters and statistics
    of batch normalization. With `patience` the final network is that of the best evaluation.

    Setting `interrupted` (from a signal handler, on the class for all trainers) ends `run` after the
    current iteration, with status "running"; `state()` is then a checkpoint from which another trainer
    continues.

    Up to `threads` threads, at most `shards`, share the work. Their number never changes the bytes
    of the result, even if it changes during a training.
    """

    interrupted = 0
    loss: float | None  # of the current step, and the positions of its batch
    positions: np.ndarray | slice

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
        self.validation = validation if validation is not None and len(validation) else None
        check_training(settings, network.layers, self.validation is not None)
        self.network, self.training, self.streams = network, training, streams
        self.evaluate_every = settings["evaluate_every"]
        self.batches = training.batches(
            settings["batches"], settings["batch_size"], streams["shuffling"]
        )
        self.iterations_per_epoch = self.batches.iterations_per_epoch
        self.iterations = settings["iterations"]
        if self.iterations is None:
            self.iterations = settings["epochs"] * self.iterations_per_epoch
        self.rate = Schedule(
            rate=settings["learning_rate"],
            schedule=settings["schedule"],
            warmup=settings["warmup"],
            per_epoch=settings["schedule_per"] == "epoch",
            iterations_per_epoch=self.iterations_per_epoch,
            iterations=self.iterations,
        )
        shards = settings["shards"]
        workers = Workers(min(threads, shards))
        use_blas_memory(workers.threads)
        self.objective = Objective(
            network,
            loss,
            reduction=settings["reduction"],
            l2=settings["l2"],
            clip_norm=settings["clip_norm"],
            shards=shards,
            dropout=[streams["dropout" if not i else f"dropout.{i}"] for i in range(shards)],
            workers=workers,
        )
        self.optimizer = make(OPTIMIZERS, settings["optimizer"], "optimizer").bind(
            network, settings["weight_decay"], workers, Lasso.of(network, settings)
        )
        ema, patience = settings["ema"], settings["patience"]
        self.average = MovingAverage(network, ema, workers) if ema else None
        self.stopping = EarlyStopping(patience) if patience is not None else None
        self.diagnostics = Diagnostics(network)
        self.iteration, self.status, self.reason = 0, "running", None
        self.history: list[dict] = []
        self._losses = np.zeros(self.iterations)

    @property
    def losses(self) -> np.ndarray:
        return self._losses[: self.iteration]

    @property
    def epoch(self) -> float:
        """Return the epochs trained so far, an integer at the end of one."""
        whole, rest = divmod(self.iteration, self.iterations_per_epoch)
        return self.iteration / self.iterations_per_epoch if rest else whole

    @property
    def _iterations_in_epoch(self) -> int:
        return self.iteration % self.iterations_per_epoch

    @property
    def _finished(self) -> bool:
        stopped = self.stopping is not None and self.stopping.due
        return stopped or self.iteration >= self.iterations

    def end_after(self, epochs: int | None = None, iterations: int | None = None) -> None:
        """End earlier than the settings say; the learning rate keeps the full schedule."""
        if epochs is not None:
            iterations = epochs * self.iterations_per_epoch
        self.iterations = min(self.iterations, iterations)

    def run(
        self,
        until_epoch: int | None = None,
        on_epoch: Callable[[dict], None] | None = None,
    ) -> None:
        """Train to the end, or until this many epochs in total.

        `on_epoch` is called with each new row of the history, to report progress or save `state()`.
        """
        with np.errstate(all="ignore"):  # overflows reach the loss, which is checked
            for _ in self.steps(until_epoch, on_epoch):
                pass

    def steps(
        self,
        until_epoch: int | None = None,
        on_epoch: Callable[[dict], None] | None = None,
    ) -> Iterator["Trainer"]:
        """Do the same, but yield the trainer before each step on the batch at `positions`.

        The caller may then compute `loss` and the gradient; otherwise the trainer does.
        """
        while self.status == "running" and not self._finished:
            if self.interrupted or (until_epoch is not None and self.epoch >= until_epoch):
                return
            yield from self._train_epoch()
            due = self._finished or self.epoch % self.evaluate_every == 0
            if self.status == "running" and due and self._evaluate() and on_epoch is not None:
                on_epoch(self.history[-1])
        if self.status == "running":
            self._finish()

    def _train_epoch(self) -> Iterator["Trainer"]:
        self._order = generator_state(self.streams["shuffling"])
        for positions in islice(self.batches.epoch(), self._iterations_in_epoch, None):
            self.positions, self.loss = positions, None
            yield self
            if self.loss is None:
                self.loss = self.objective(self.training, positions)
            if not math.isfinite(self.loss):
                return self._diverge(self.loss)
            self._losses[self.iteration] = self.loss
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
            x, _ = self.training.load(spaced[:: -(-subset // MEASURED_ROWS)], augment=False)
            self.diagnostics.measure(self.network, x, self.iteration)
            if self.validation is not None:
                validation_loss, validation_accuracy = self.objective.evaluate(self.validation)
                if not math.isfinite(validation_loss):
                    self._diverge(validation_loss)
                    return False
            if self.stopping is not None:
                self.stopping.update(validation_accuracy, self.network.state())
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
            self.network.restore(self.stopping.best)
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
        """Swap the moving average, if there is one, into the network."""
        if self.average is None:
            yield
            return
        trained = self.network.state()
        self.average.put_into(self.network)
        try:
            yield
        finally:
            self.network.restore(trained)

    def state(self) -> dict[str, np.ndarray]:
        """Return copies of everything that the rest of the training depends on."""
        random = {purpose: generator_state(g) for purpose, g in self.streams.items()}
        if self._iterations_in_epoch:  # draw the epoch's order again, and skip its start
            random["shuffling"] = self._order
        state = {
            "iteration": np.array(self.iteration),
            "losses": self.losses.copy(),
            "history": pack_history(self.history),
            **prefixed("network.", self.network.state()),
            **prefixed("random.", random),
        }
        for name, stateful in self._stateful().items():
            state |= prefixed(f"{name}.", stateful.state())
        return state

    def restore(self, state: Mapping[str, np.ndarray]) -> None:
        """Continue from the `state` of a trainer with the same settings, to the same bytes.

        Raises SettingsError for the state of another network.
        """
        found, expected = state["network.parameters"].shape, self.network.parameters.shape
        if found != expected:
            raise SettingsError(
                f"checkpoint: has {found[0]} parameters, the network {expected[0]}; it belongs to other "
                "settings: delete it"
            )
        self.iteration = int(state["iteration"])
        self.losses[...] = state["losses"]
        self.history = unpack_history(state["history"])
        self.network.restore(group(state, "network."))
        for purpose, words in group(state, "random.").items():
            restore_generator(self.streams[purpose], words)
        self._order = state["random.shuffling"]
        for name, stateful in self._stateful().items():
            stateful.restore(group(state, f"{name}."))

    def _stateful(self) -> dict:
        """Return the parts of this training that have a state."""
        parts = {
            "optimizer": self.optimizer,
            "average": self.average,
            "diagnostics": self.diagnostics,
            "stopping": self.stopping,
            "augmentation": getattr(self.training, "augmentation", None),
        }
        return {name: stateful for name, stateful in parts.items() if stateful is not None}
