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
    if not fold:
        return split
    return {key: value for key, value in split.items() if key != "repeats"} | fold


def without_folds(split: dict[str, Any]) -> dict[str, Any]:
    """Return the split of a training on all rows."""
    others = ("folds", "repeats", *FOLD)
    return {key: value for key, value in split.items() if key not in others}


def name_of(fold: dict[str, Any]) -> list[str]:
    """Return the parts of a run's name, ``repeat=1`` and ``fold=3``; the first repeat has none."""
    parts = []
    if fold.get("repeat"):
        parts.append(f"repeat={fold['repeat']}")
    if "fold" in fold:
        parts.append(f"fold={fold['fold']}")
    return parts
