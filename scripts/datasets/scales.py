"""Recognize columns whose numbers and other texts surely are categories: 1, 2, 3+, chromosomes, sizes."""

import re

import numpy as np

from .cells import plain
from .messages import short

OPEN_ENDS = (  # of a scale: 5+, 5more, >5, more; <1, under 1
    r"(?:[>≥]=?|more than|over|above|at least) ?(?P<low>\d+)"
    r"|(?P<least>\d+) ?(?:\+|(?:(?:and|or) )?(?:more|over|above|older|up))|more"
    r"|(?:[<≤]=?|less than|under|below) ?(?P<high>\d+)"
    r"|(?P<most>\d+) ?(?:(?:and|or) )?(?:less|fewer|under|below|younger)"
)
OPEN_END = re.compile(OPEN_ENDS, re.ASCII | re.IGNORECASE)
STEPS = 12  # of a scale with an open end; more numbers are rather a quantity
CHROMOSOMES = {"X", "Y", "XY", "M", "MT"}
SIZES = {"XXS", "XS", "XL", "XXL", "XXXL", "2XL", "3XL"}  # of clothes
MOST_TEXTS = 100  # more are no scale


def is_scale(numbers: np.ndarray, texts: set[str], cells: int) -> bool:
    """Return whether numbers and other texts surely are categories, none of which means a missing value.

    They are 1, 2, 3+, chromosomes, or sizes of clothes. ``numbers``: the different ones, sorted (n,).
    ``cells``: how many cells have any of them.
    """
    if not len(numbers) or numbers[0] < 0 or (numbers % 1).any():
        return False
    if texts <= CHROMOSOMES and len(texts) > 1 and "X" in texts:
        return len(numbers) >= 10 and numbers[0] >= 1 and numbers[-1] <= 40
    if texts & SIZES and texts <= {*SIZES, "S", "M", "L"}:
        return True
    if len(numbers) > STEPS or cells < 3 * (len(numbers) + len(texts)):
        return False
    ends = [OPEN_END.fullmatch(text) for text in texts]
    return all(ends) and all(_is_outside(end, numbers) for end in ends)


def _is_outside(end: re.Match, numbers: np.ndarray) -> bool:
    """Return whether an open end is beyond all other numbers of its scale, or at the last."""
    low, high = end["low"] or end["least"], end["high"] or end["most"]
    return not (low and float(low) < numbers[-1]) and not (high and float(high) > numbers[0])


def text_of_scale(texts: list[str], cells: int, decimal: str) -> str | None:
    """Return a text of categories whose other texts are numbers, such as 3+; None for other columns."""
    if len(texts) > MOST_TEXTS:
        return None
    values = {text: plain(text, decimal) for text in texts}
    others = {text for text, value in values.items() if value is None}
    numbers = np.unique([value for value in values.values() if value is not None])
    return short(min(others)) if others and is_scale(numbers, others, cells) else None
