"""Split the rows of the training set into training and validation rows."""

from collections.abc import Sequence

import numpy as np

from components import SettingsError

TAKES = ("first", "last", "random", "stratified")


def rows_of(number: int | float, size: int) -> int:
    """Return `number` if it is an integer; for a float, that share of `size`, from 1 to size - 1."""
    if not isinstance(number, float):
        return number
    return max(1, min(round(number * size), size - 1))


def split_indices(
    size: int,
    validation: int | float,
    take: str = "last",
    seed: int = 0,
    training: int | float | None = None,
    labels: np.ndarray | None = None,
    groups: Sequence[int] | None = None,
) -> tuple[np.ndarray, np.ndarray]:
    """Split the rows 0..size-1 into (training rows, validation rows), int64, each ascending.

    `validation` is a number of rows, or a share of them as a float: the first, the last or randomly
    drawn rows (by `seed` alone); `stratified` draws from each class of `labels` (size,) by its share.
    The others train: all of them, or `training` of them (the first in file order, or drawn if `take`
    is random or stratified; a larger number of random rows includes those of a smaller one).

    `groups` are the sizes of consecutive groups of rows. Rows drawn for validation are then whole
    groups, whose sizes add up to about the requested number.

    Raises SettingsError if there are too few rows.
    """
    if take not in TAKES:
        raise SettingsError(f"split: take {take!r} is unknown; known: {', '.join(TAKES)}")
    held = rows_of(validation, size)
    wanted = size - held if training is None else rows_of(training, size)
    if isinstance(training, float):
        wanted = min(wanted, size - held)  # both shares may have been rounded up
    if held < 0 or wanted < 1 or wanted > size - held:
        raise SettingsError(
            f"split: {'all other' if training is None else wanted} rows for training and "
            f"{held} for validation do not fit into {size} rows; expected at least 1 for "
            "training, and no more than there are"
        )
    drawn = take in ("random", "stratified")
    order = np.random.default_rng(seed).permutation(size) if drawn else np.arange(size)
    if drawn and groups and held:
        held_out = _whole_groups(groups, held, seed)
        left = size - int(held_out.sum())
        wanted = left if training is None else min(wanted, left)
    else:
        held_out = np.zeros(size, bool)
        if take == "stratified":
            held_out[order[_places(labels[order], held, keep=1)]] = True
        elif take == "last":
            held_out[size - held :] = True
        else:
            held_out[order[:held]] = True
    rest = order[~held_out[order]]
    rest = rest[_places(labels[rest], wanted)] if take == "stratified" else rest[:wanted]
    return np.sort(rest).astype(np.int64), np.flatnonzero(held_out).astype(np.int64)


def _places(labels: np.ndarray, count: int, keep: int = 0) -> np.ndarray:
    """Return the positions (count,) of the first examples of each class, by its share of `count`.

    After rounding down, the classes with the largest remainders get the rest. `keep` examples of
    each class stay out as long as other classes have more.
    """
    kinds, classes, sizes = np.unique(labels, return_inverse=True, return_counts=True)
    shares = count * sizes / max(len(labels), 1)
    most = np.maximum(sizes - keep, 0)
    taken = np.minimum(shares.astype(int), most)
    while taken.sum() < count:
        room = most - taken
        if not room.any():
            most = sizes  # the kept examples too
            continue
        neediest = np.lexsort((-sizes, taken - shares, room == 0))
        number = min(count - taken.sum(), np.count_nonzero(room))
        taken[neediest[:number]] += 1
    by_class = np.argsort(classes, kind="stable")
    number = np.empty(len(labels), int)  # the number of an example within its class
    number[by_class] = np.arange(len(labels)) - np.repeat(np.cumsum(sizes) - sizes, sizes)
    return np.flatnonzero(number < taken[classes])


def _whole_groups(groups: Sequence[int], count: int, seed: int) -> np.ndarray:
    """Return the mask, bool (n,), of validation rows: whole groups of about `count` rows in total."""
    if len(groups) < 2:
        raise SettingsError(
            "split: all rows belong to one group, which cannot be divided into training and validation; "
            "set split.validation to 0, or name another column under `group`"
        )
    sizes, taken = np.array(groups), np.zeros(len(groups), bool)
    missing, allowed = count, len(groups) - 1
    for group in np.random.default_rng(seed).permutation(len(groups)).tolist():
        if allowed and groups[group] <= missing:
            taken[group] = True
            missing, allowed = missing - groups[group], allowed - 1
    left = np.flatnonzero(~taken)
    nearest = left[np.argmin(np.abs(missing - sizes[left]))]
    if not taken.any() or (abs(missing - sizes[nearest]) < missing and len(left) > 1):
        taken[nearest] = True
    return np.repeat(taken, groups)


def remarks(
    parts: dict[str, np.ndarray],
    labels: np.ndarray,
    classes: Sequence[str],
    take: str,
    groups: Sequence[int] | None = None,
) -> list[str]:
    """Return warnings about a split for readers of scores, one sentence each.

    Classes that the training file lacks are not mentioned; the notes on the data name them.
    """
    said = []
    present = np.bincount(labels, minlength=len(classes)) > 0
    for part, rows in parts.items():
        absent = np.flatnonzero(present & (np.bincount(labels[rows], minlength=len(classes)) == 0))
        if len(rows) and len(absent):
            some = ", ".join(repr(classes[k]) for k in absent[:5])
            if len(absent) > 5:
                some += ", ..."
            cure = "set split.take: stratified, or give these classes more examples"
            if take == "stratified":
                cure = "give these classes more examples"
            said.append(
                f"the {part} part has no example of {len(absent)} of {len(classes)} classes: {some}; "
                + cure
            )
    if groups and sum(groups) == len(labels):
        of_row = np.repeat(np.arange(len(groups)), groups)
        both = np.intersect1d(of_row[parts["training"]], of_row[parts["validation"]])
        if len(both):
            said.append(
                f"split.take {take!r} divides {len(both)} of {len(groups)} groups between training and "
                "validation; set take: random to keep the rows of a group together"
            )
    return said
