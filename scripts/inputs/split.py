"""Which rows of the training set train, and which validate."""

import numpy as np

from components import SettingsError

TAKES = ("first", "last", "random")


def split_indices(
    size: int, validation: int, take: str = "last", seed: int = 0, training: int | None = None
) -> tuple[np.ndarray, np.ndarray]:
    """Split the rows 0..size-1 into (training rows, validation rows), int64, each ascending.

    The `validation` rows are the first, the last or randomly drawn ones (by `seed` alone). The
    others train: all of them, or `training` of them (the first in file order; drawn where `take`
    is random, and then a larger number keeps the rows of a smaller one).
    Raises SettingsError where the rows do not suffice.
    """
    if take not in TAKES:
        raise SettingsError(f"split: take {take!r} is unknown; known are {', '.join(TAKES)}")
    left = size - validation
    wanted = left if training is None else training
    if validation < 0 or wanted < 1 or wanted > left:
        raise SettingsError(
            f"split: {'all other' if training is None else training} rows for training and "
            f"{validation} for validation do not fit into {size} rows; expected at least 1 for "
            "training, and no more than there are"
        )
    order = np.random.default_rng(seed).permutation(size) if take == "random" else np.arange(size)
    held_out = slice(left, None) if take == "last" else slice(validation)
    rest = np.delete(order, held_out)[:wanted]
    return np.sort(rest).astype(np.int64), np.sort(order[held_out]).astype(np.int64)
