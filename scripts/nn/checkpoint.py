"""A training's state as plain arrays (fit for `np.savez` without pickles), and back.

Between two epochs this is everything that the rest of the training depends on: going on from it
gives the same bytes as never having stopped.
"""

from collections.abc import Mapping

import numpy as np

from .errors import SettingsError
from .randomness import generator_state, restore_generator

HISTORY_COLUMNS = (
    "epoch",
    "iteration",
    "learning_rate",
    "training_loss",
    "training_accuracy",
    "validation_loss",
    "validation_accuracy",
)
COUNTS = ("epoch", "iteration")


def take(trainer) -> dict[str, np.ndarray]:
    """Copies of all that changes while `trainer` trains."""
    state = {
        "iteration": np.array(trainer.iteration),
        "waited": np.array(trainer.waited),
        "losses": trainer.losses.copy(),
        "history": pack_history(trainer.history),
        **prefixed("network", trainer.weights()),
        **prefixed("optimizer", trainer.optimizer.state()),
        **prefixed("random", {k: generator_state(g) for k, g in trainer.streams.items()}),
    }
    if trainer.average is not None:
        average = {"value": trainer.average.value.copy(), "steps": np.array(trainer.average.steps)}
        state |= prefixed("average", average)
    if trainer.best is not None:
        state |= prefixed("best", trainer.best)
    augmentation = getattr(trainer.training, "augmentation", None)
    if augmentation is not None:
        state |= prefixed("augmentation", augmentation.state())
    return state


def put(trainer, state: Mapping[str, np.ndarray]) -> None:
    """Make `trainer`, newly built from the same settings, go on as the one of `state`.

    Raises SettingsError where the state is that of another network.
    """
    found, expected = state["network.parameters"].shape, trainer.network.parameters.shape
    if found != expected:
        raise SettingsError(
            f"checkpoint: has {found[0]} parameters, the network {expected[0]}; it is of other "
            "settings: delete it"
        )
    trainer.iteration, trainer.waited = int(state["iteration"]), int(state["waited"])
    trainer.losses[...] = state["losses"]
    trainer.history = unpack_history(state["history"])
    trainer.load_weights(part(state, "network"))
    trainer.optimizer.restore(part(state, "optimizer"))
    for purpose, words in part(state, "random").items():
        restore_generator(trainer.streams[purpose], words)
    if trainer.average is not None:
        trainer.average.value[...] = state["average.value"]
        trainer.average.steps = int(state["average.steps"])
    trainer.best = part(state, "best") or None
    augmentation = getattr(trainer.training, "augmentation", None)
    if augmentation is not None:
        augmentation.restore(part(state, "augmentation"))


def prefixed(prefix: str, arrays: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
    return {f"{prefix}.{name}": array for name, array in arrays.items()}


def part(state: Mapping[str, np.ndarray], prefix: str) -> dict[str, np.ndarray]:
    """The arrays under this prefix, without it."""
    start = f"{prefix}."
    return {name.removeprefix(start): state[name] for name in state if name.startswith(start)}


def pack_history(history: list[dict]) -> np.ndarray:
    """Rows of numbers (float64), NaN for None."""
    rows = [[np.nan if row[c] is None else row[c] for c in HISTORY_COLUMNS] for row in history]
    return np.array(rows, float).reshape(len(rows), len(HISTORY_COLUMNS))


def unpack_history(rows: np.ndarray) -> list[dict]:
    def value(column, number):
        if np.isnan(number):
            return None
        return int(number) if column in COUNTS and number == int(number) else float(number)

    return [{c: value(c, x) for c, x in zip(HISTORY_COLUMNS, row, strict=True)} for row in rows]
