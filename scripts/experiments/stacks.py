"""Stacks: runs of the same prepared data that train together, because their networks have one shape."""

from collections.abc import Iterable, Iterator
from math import ceil

from .naming import as_json
from .resources import STACK_MB, numbers_of_a_row, weights
from .run import Run

MOST = 16  # runs in a stack
PLAIN = {"normalization": "none", "dropout": 0, "input_dropout": 0, "augmentation": [], "shards": 1}
ROWS = 500  # of an evaluation, for which each network has buffers (nn.passes)
OPERATIONS = 16e6  # of a stack's matrix products in a step: larger stacks gain little, or lose


def stacks(runs: Iterable[Run], inputs: int, classes: int, examples: int) -> Iterator[list[Run]]:
    """Divide runs of the same prepared data into those that train together, by their settings alone.

    ``inputs``, ``classes`` and ``examples`` are the numbers in the training part.
    """
    alike: dict[str, list[Run]] = {}
    for run in runs:
        alike.setdefault(shape(run), []).append(run)
    for group in alike.values():
        count = ceil(len(group) / most(group, inputs, classes, examples)) if group[1:] else 1
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


def most(group: list[Run], inputs: int, classes: int, examples: int) -> int:
    """Return the most runs of this shape in a stack, which is limited in operations and memory."""
    network, size = group[0].settings["network"], group[0].settings["training"]["batch_size"]
    checked = weights({"network": network, "inputs": inputs, "classes": classes})
    numbers = 6 * checked + ROWS * numbers_of_a_row(network, inputs, classes)
    trainings = (run.settings["training"] for run in group)
    iterations = max(t["iterations"] or t["epochs"] * ceil(examples / size) for t in trainings)
    mb = ((8 if network["precision"] == "float64" else 4) * numbers + 8 * iterations) / 1e6
    return int(max(min(OPERATIONS // (6 * size * checked), STACK_MB // mb, MOST), 1))
