"""Checkpoints: the state of an unfinished training in a file, from which it continues."""

import json
import time
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np

from nn import Trainer

from . import artifacts


class Checkpoint:
    """The state of an unfinished training in a file, tied to its settings, data and code.

    A training continues on another kernel, but not with another `portable`, a part of the code's digest.
    """

    seconds = 20  # between two writes

    def __init__(self, path: Path, made: dict[str, Any], kernel: str):
        self.path, self.identity = path, np.array(json.dumps(made, sort_keys=True))
        self.saved = time.monotonic()
        self.kernels = [kernel]  # of all parts of the training

    def resume(self, trainer: Trainer) -> bool:
        """Restore the trainer from the checkpoint, if there is one of the same identity."""
        if not self.path.exists():
            return False
        try:
            state = artifacts.load_arrays(self.path)
        except artifacts.ArtifactError as error:
            print(f"ignoring the checkpoint: {error}", flush=True)
            return False
        if state.pop("identity") != self.identity:
            return False
        self.add_kernels(state.pop("kernels").tolist())
        trainer.restore(state)
        print(f"resumed at iteration {trainer.iteration}", flush=True)
        return True

    def add_kernels(self, kernels: Iterable[str]) -> None:
        """Record the kernels of the part before."""
        self.kernels = list(dict.fromkeys([*kernels, *self.kernels]))

    def update(self, trainer: Trainer) -> None:
        """Write the state, if the last one is old enough."""
        if time.monotonic() - self.saved >= self.seconds:
            self.save(trainer)

    def save(self, trainer: Trainer) -> None:
        """Write the state."""
        about = {"identity": self.identity, "kernels": np.array(self.kernels)}
        artifacts.save_arrays(self.path, {**trainer.state(), **about})
        self.saved = time.monotonic()

    def remove(self) -> None:
        """Delete the file of a finished training."""
        self.path.unlink(missing_ok=True)
