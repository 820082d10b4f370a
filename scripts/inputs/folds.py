"""Divide the rows of the training set into folds that take turns to validate."""

from collections.abc import Sequence

import numpy as np

from components import SettingsError


def fold_numbers(
    labels: np.ndarray,
    folds: int,
    seed: int = 0,
    repeat: int = 0,
    groups: Sequence[int] | None = None,
) -> np.ndarray:
    """Return the fold (0 to folds - 1) in which each row validates, int64 (n,).

    The rows of each class, in an order drawn by `seed` and `repeat`, are dealt to the folds one by
    one, and each class starts at the fold after the last row of the class before. So two folds
    differ by at most one row of each class, and by at most one row in total.

    `groups` are the sizes of consecutive groups of rows, which stay together. Large groups come
    first; each goes to the fold with the fewest rows of its classes so far.

    Raises SettingsError if there are more folds than rows or groups.
    """
    parts, name = (len(groups), "groups") if groups else (len(labels), "rows")
    if not 2 <= folds <= parts:
        raise SettingsError(
            f"split: {parts} {name} cannot be divided into {folds} folds; lower split.folds"
        )
    generator = np.random.default_rng(np.random.SeedSequence(seed, spawn_key=(repeat,)))
    if groups:
        return np.repeat(_folds_of_groups(labels, folds, groups, generator), groups)
    order = generator.permutation(len(labels))
    order = order[np.argsort(labels[order], kind="stable")]
    numbers = np.empty(len(labels), np.int64)
    numbers[order] = np.arange(len(labels)) % folds
    return numbers


def _folds_of_groups(
    labels: np.ndarray, folds: int, groups: Sequence[int], generator: np.random.Generator
) -> np.ndarray:
    """Return the fold of each group, chosen to increase the sum of squared class counts least."""
    kinds, classes, sizes = np.unique(labels, return_inverse=True, return_counts=True)
    of_row = np.repeat(np.arange(len(groups)), groups)
    counts = np.zeros((len(groups), len(kinds)))
    np.add.at(counts, (of_row, classes), 1)
    order = generator.permutation(len(groups))
    order = order[np.argsort(-counts[order].sum(axis=1), kind="stable")]
    numbers, taken = np.empty(len(groups), np.int64), np.zeros((folds, len(kinds)))
    for group in order:
        shared = (taken / sizes) @ counts[group]
        numbers[group] = np.lexsort((taken.sum(axis=1), shared))[0]
        taken[numbers[group]] += counts[group]
    return numbers
