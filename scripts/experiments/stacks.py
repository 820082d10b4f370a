"""Stacks: runs of the same prepared data that train together, because their networks have one shape."""

from collections.abc import Iterable, Iterator
from math import ceil

from .naming import as_json
from .resources import weights
from .run import Run

MOST = 16  # runs in a stack
PLAIN = {"normalization": "none", "dropout": 0, "input_dropout": 0, "augmentation": [], "shards": 1}
OPERATIONS = 16e6  # of a stack's matrix products in a step: larger stacks gain little, or lose


def stacks(runs: Iterable[Run], inputs: int, classes: int) -> Iterator[list[Run]]:
    """Divide runs of the same prepared data into those that train together, by their settings alone."""
    alike: dict[str, list[Run]] = {}
    for run in runs:
        alike.setdefault(shape(run), []).append(run)
    for group in alike.values():
        count = ceil(len(group) / most(group[0], inputs, classes)) if len(group) > 1 else 1
        yield from (group[number::count] for number in range(count))


def shape(run: Run) -> str:
    """Return what the runs of a stack share; for a run that trains alone, its name.

    In a stack every example goes through a network on its own, and nothing is drawn.
    """
    network, training = run.settings["network"], run.settings["training"]
    settings = network | training
    if (
        any(settings[key] != value for key, value in PLAIN.items())
        or settings["batches"] == "sequential"
        or settings["batch_size"] == "full"
    ):
        return run.name
    shared = {key: network[key] for key in network if not key.endswith("initializer")}
    return as_json(shared | {key: training[key] for key in ("batch_size", "reduction")})


def most(run: Run, inputs: int, classes: int) -> int:
    """Return the most runs of a stack of this shape."""
    network, size = run.settings["network"], run.settings["training"]["batch_size"]
    step = 6 * size * weights({"network": network, "inputs": inputs, "classes": classes})
    return int(min(max(OPERATIONS // step, 1), MOST))
