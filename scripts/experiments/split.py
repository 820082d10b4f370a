"""Sizes of a split, given as numbers or as shares of the training file."""

from typing import Any


def rows_of(number: int | float, size: int) -> int:
    """Return a number of examples: ``number``, or if it is a float its share of ``size``.

    The same as inputs.rows_of, because this package imports no other one.
    """
    if not isinstance(number, float):
        return number
    return max(1, min(round(number * size), size - 1))


def parts_of(split: dict[str, Any], size: int) -> tuple[int, int]:
    """Return how many examples train and how many validate; below 1 if there are not enough.

    The split of a refit (``refit``) trains on both.
    """
    held = rows_of(split["validation"], size)
    wanted = size - held if split["training"] is None else rows_of(split["training"], size)
    if isinstance(split["training"], float):
        wanted = min(wanted, size - held)
    return (wanted + held, 0) if split.get("refit") else (wanted, held)
