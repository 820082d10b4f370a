"""The training loop: batches through the network, gradients to the optimizer, a history."""

import math
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager

import numpy as np

from . import checkpoint
from .batches import BATCHES, Batches
from .checkpoint import HISTORY_COLUMNS
from .errors import SettingsError
from .network import Network
from .objective import Objective, evaluate
from .optimizers import OPTIMIZERS, MovingAverage
from .schedules import Schedule
from .settings import complete, make

TRAINING_DEFAULTS = {
    "optimizer": "sgd",
    "learning_rate": 0.1,
    "schedule": "constant",
    "warmup": 0,
    "schedule_per": "iteration",
    "batch_size": 64,
    "batches": "shuffled",
    "epochs": 10,
    "iterations": None,
    "reduction": "mean",
    "l2": 0.0,
    "weight_decay": 0.0,
    "clip_norm": None,
    "ema": 0.0,
    "evaluate_every": 1,
    "patience": None,
    "augmentation": [],  # not used here: the training examples apply it
}
CHOICES = {
    "schedule_per": ("epoch", "iteration"),
    "batches": tuple(BATCHES),
    "reduction": ("mean", "sum"),
}
ACCURACY_ROWS = 2000  # at most so many training rows are classified for the training accuracy


class Trainer:
    """Trains a network on examples, epoch by epoch.

    `status` is "running", then "completed", "stopped" (early: no better validation accuracy for
    `patience` evaluations) or "diverged" (a loss that is not finite), with the `reason` in words.
    `history` has one row (a dict of HISTORY_COLUMNS; None where there is no value) per evaluation:
    the mean loss of the batches since the last row, and accuracies measured at that moment, the
    training accuracy on as many evenly spaced rows as the validation part has (at most 2000; all
    rows without a validation part). `losses` has the loss of every iteration.

    With `ema` evaluations and the final parameters are the moving average's; with `patience` the
    final parameters are those of the best evaluation. Batch-norm statistics are never averaged.
    """

    def __init__(
        self,
        network: Network,
        settings: Mapping,
        training,
        validation,
        streams: Mapping[str, np.random.Generator],
        loss,
    ):
        settings = complete(settings, TRAINING_DEFAULTS, CHOICES, "training")
        if (settings["epochs"] is None) == (settings["iterations"] is None):
            raise SettingsError(
                "training: give either epochs or iterations, and null for the other"
            )
        self.network, self.loss, self.streams = network, loss, streams
        self.training = training
        self.validation = validation if validation is not None and len(validation) else None
        self.patience, self.evaluate_every = settings["patience"], settings["evaluate_every"]
        if self.patience is not None and self.validation is None:
            raise SettingsError("training.patience: needs a validation split; set it to null")
        self.batches = Batches(
            settings["batches"], len(training), settings["batch_size"], streams["shuffling"]
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
        self.objective = Objective(
            network, loss, settings["reduction"], settings["l2"], settings["clip_norm"]
        )
        optimizer = make(OPTIMIZERS, settings["optimizer"], "optimizer")
        self.optimizer = optimizer.bind(network, settings["weight_decay"])
        self.average = None
        if settings["ema"]:
            self.average = MovingAverage(network.parameters, settings["ema"])
        self.iteration, self.status, self.reason = 0, "running", None
        self.history: list[dict] = []
        self._losses = np.zeros(self.iterations)
        self.waited, self.best = 0, None  # evaluations since the best one, and its weights

    @property
    def losses(self) -> np.ndarray:
        return self._losses[: self.iteration]

    @property
    def epoch(self) -> float:
        """Epochs trained so far; an integer at the end of one."""
        epochs, rest = divmod(self.iteration, self.iterations_per_epoch)
        return epochs if not rest else self.iteration / self.iterations_per_epoch

    @property
    def _finished(self) -> bool:
        patient = self.patience is None or self.waited < self.patience
        return self.iteration >= self.iterations or not patient

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
                if until_epoch is not None and self.epoch >= until_epoch:
                    return
                self._train_epoch()
                due = self._finished or self.epoch % self.evaluate_every == 0
                if self.status == "running" and due and self._evaluate() and on_epoch is not None:
                    on_epoch(self.history[-1])
        if self.status == "running":
            self._finish()

    def _train_epoch(self) -> None:
        for positions in self.batches.epoch():
            loss = self.objective(self.training, positions)
            if not math.isfinite(loss):
                return self._diverge(loss)
            self._losses[self.iteration] = loss
            self.optimizer.step(self.rate(self.iteration))
            if self.average is not None:
                self.average.update()
            self.iteration += 1
            if self.iteration == self.iterations:
                return None

    def _evaluate(self) -> bool:
        """Add a row to the history; False if the network has diverged."""
        done = self.history[-1]["iteration"] if self.history else 0
        n = len(self.training)
        subset = n if self.validation is None else min(len(self.validation), ACCURACY_ROWS, n)
        validation_loss = validation_accuracy = None
        with self.averaged():
            spaced = np.arange(subset) * n // subset
            training_accuracy = evaluate(self.network, self.loss, self.training, spaced)[1]
            if self.validation is not None:
                validation_loss, validation_accuracy = evaluate(
                    self.network, self.loss, self.validation
                )
                if not math.isfinite(validation_loss):
                    self._diverge(validation_loss)
                    return False
            self._remember_best(validation_accuracy)
        row = (
            self.epoch,
            self.iteration,
            self.rate(self.iteration - 1),
            float(self._losses[done : self.iteration].mean()),
            training_accuracy,
            validation_loss,
            validation_accuracy,
        )
        self.history.append(dict(zip(HISTORY_COLUMNS, row, strict=True)))
        return True

    def _remember_best(self, accuracy: float | None) -> None:
        if self.patience is None:
            return
        self.waited += 1
        if self.best is None or accuracy > self.best["accuracy"]:
            self.waited, self.best = 0, {"accuracy": np.array(accuracy), **self.weights()}

    def _finish(self) -> None:
        self.status = "completed"
        if self.iteration < self.iterations:
            self.status = "stopped"
            self.reason = f"no better validation accuracy in {self.patience} evaluations"
        if self.best is not None:
            self.load_weights(self.best)
        elif self.average is not None:
            self.network.parameters[...] = self.average.value

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
        trained = self.network.parameters.copy()
        self.network.parameters[...] = self.average.value
        yield
        self.network.parameters[...] = trained

    def state(self) -> dict[str, np.ndarray]:
        """Everything needed to go on, at the end of an epoch; see `checkpoint`."""
        return checkpoint.take(self)

    def restore(self, state: Mapping[str, np.ndarray]) -> None:
        """Go on where `state` was taken: the end is the same, to the byte."""
        checkpoint.put(self, state)

    def weights(self) -> dict[str, np.ndarray]:
        """Copies of what makes up the trained network: parameters and layer buffers."""
        buffers = {f"buffers.{name}": a.copy() for name, a in self.network.buffers.items()}
        return {"parameters": self.network.parameters.copy(), **buffers}

    def load_weights(self, weights: Mapping[str, np.ndarray]) -> None:
        self.network.parameters[...] = weights["parameters"]
        for name, buffer in self.network.buffers.items():
            buffer[...] = weights[f"buffers.{name}"]
