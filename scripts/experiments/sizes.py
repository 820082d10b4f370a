"""Sizes that follow from settings and dataset: examples, inputs and iterations."""

from math import ceil, prod
from typing import Any


def rows_of(number: int | float, size: int) -> int:
    """Return a number of examples; a float is a share of ``size``.

    The same as inputs.rows_of, because packages do not import each other.
    """
    if not isinstance(number, float):
        return number
    return max(1, min(round(number * size), size - 1))


def parts_of(split: dict[str, Any], size: int) -> tuple[int, int]:
    """Return the numbers of training and validation examples; below 1 if there are not enough.

    The split of a refit (``refit``) trains on both.
    """
    held = rows_of(split["validation"], size)
    wanted = size - held if split["training"] is None else rows_of(split["training"], size)
    if isinstance(split["training"], float):
        wanted = min(wanted, size - held)
    return (wanted + held, 0) if split.get("refit") else (wanted, held)


def network_inputs(settings: dict[str, Any], dataset: dict[str, Any]) -> int:
    """Return the number of inputs of a network, an upper bound if pca finds fewer axes."""
    steps = [step for step in settings["preparation"] if isinstance(step, dict)]
    widths = [step["components"] for step in steps if step.get("components") is not None]
    return widths[-1] if widths else prod(dataset["shape"])


def batch_size(settings: dict[str, Any], dataset: dict[str, Any]) -> int:
    size = settings["training"]["batch_size"]
    return _training_examples(settings, dataset) if size == "full" else size


def iterations_per_epoch(settings: dict[str, Any], dataset: dict[str, Any]) -> int:
    """Return the number of steps of an epoch; drawing with replacement leaves out a partial batch."""
    batches = _training_examples(settings, dataset) / batch_size(settings, dataset)
    replacement = settings["training"]["batches"] == "replacement"
    return max(int(batches), 1) if replacement else ceil(batches)


def iterations(settings: dict[str, Any], dataset: dict[str, Any]) -> int:
    training = settings["training"]
    return training["iterations"] or training["epochs"] * iterations_per_epoch(settings, dataset)


def epochs(settings: dict[str, Any], dataset: dict[str, Any]) -> float:
    training = settings["training"]
    return training["epochs"] or training["iterations"] / iterations_per_epoch(settings, dataset)


def _training_examples(settings: dict[str, Any], dataset: dict[str, Any]) -> int:
    return max(parts_of(settings["split"], dataset["train_size"])[0], 1)
