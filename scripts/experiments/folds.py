"""Cross-validation: the folds of an experiment, which its config gives as ``split.folds``."""

from typing import Any

FOLD = ("repeat", "fold")  # keys that identify the split of a run


def folds_of(split: dict[str, Any]) -> list[dict[str, int]]:
    """Return repeat and fold of every split; one empty dictionary without cross-validation."""
    if "folds" not in split:
        return [{}]
    return [
        {"repeat": repeat, "fold": fold}
        for repeat in range(split["repeats"])
        for fold in range(split["folds"])
    ]


def split_of(split: dict[str, Any], fold: dict[str, int]) -> dict[str, Any]:
    """Return the split of one fold. Adding repeats does not change those of other folds."""
    return {k: v for k, v in split.items() if k != "repeats"} | fold if fold else split


def without_folds(split: dict[str, Any]) -> dict[str, Any]:
    """Return the split of a training on all rows."""
    return {k: v for k, v in split.items() if k not in ("folds", "repeats", *FOLD)}


def name_of(fold: dict[str, Any]) -> list[str]:
    """Return the parts of a run's name, ``repeat=1`` and ``fold=3``; the first repeat has none."""
    return [f"{key}={fold[key]}" for key in FOLD if fold.get(key) or key == "fold" and key in fold]
