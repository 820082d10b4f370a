"""Stacks: runs of the same prepared data that train together because their networks have one shape."""

from collections.abc import Iterable
from math import ceil
from typing import Any

from .naming import as_json
from .resources import weights
from .run import Run

MOST = 16  # runs in a stack
OPERATIONS = 16e6  # of the matrix products of a step, of a stack: larger ones gain little


def stacks(runs: Iterable[Run], inputs: int, classes: int) -> list[list[Run]]:
    """Divide runs of the same prepared data into those that train together, by their shapes alone."""
    alike: dict[str, list[Run]] = {}
    for run in runs:
        alike.setdefault(as_json(shape(run)) if stackable(run) else run.name, []).append(run)
    found = []
    for group in alike.values():
        count = len(group)  # of stacks
        if stackable(group[0]):
            network, size = (group[0].settings[key] for key in ("network", "training"))
            checked = {"network": network, "inputs": inputs, "classes": classes}
            most = OPERATIONS // (6 * weights(checked) * size["batch_size"])
            count = ceil(len(group) / min(max(most, 1), MOST))
        found += [group[number::count] for number in range(count)]
    return found


def stackable(run: Run) -> bool:
    """Return whether each example of a batch passes through the network on its own, without chance."""
    network, training = run.settings["network"], run.settings["training"]
    return (
        network["normalization"] == "none"
        and not (network["dropout"] or network["input_dropout"] or training["augmentation"])
        and training["shards"] == 1
        and training["batches"] in ("shuffled", "replacement")
        and training["batch_size"] != "full"
    )


def shape(run: Run) -> dict[str, Any]:
    """Return the settings that the runs of a stack share."""
    network, training = run.settings["network"], run.settings["training"]
    shared = {key: network[key] for key in network if not key.endswith("initializer")}
    return shared | {key: training[key] for key in ("batch_size", "reduction")}
