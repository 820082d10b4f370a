"""Cross-validation: the folds of an experiment, which its config gives as ``split.folds``."""

from typing import Any

from .errors import ConfigError

PARTS = ("repeat", "fold")  # what tells the splits of the runs apart


def completed(
    where: str, split: dict[str, Any], given: dict[str, Any] | None, dataset: dict[str, Any]
) -> dict[str, Any]:
    """Return a resolved split; with folds its ``validation`` is the share of one of them.

    ``given`` is the split in the config, ``dataset`` has the sizes that were found.
    """
    split = {k: v for k, v in split.items() if v is not None or k not in ("folds", "repeats")}
    given, folds = given or {}, split.get("folds")
    if folds is None:
        if "repeats" in split:
            raise ConfigError(
                f"config: {where}.split.repeats is {split['repeats']}, but there are no folds to draw "
                "again; set split.folds, or remove repeats"
            )
        return split
    said = f"config: {where}.split.folds is {folds}"
    if given.get("validation"):
        raise ConfigError(
            f"{said} and validation {given['validation']}, but the folds take turns to validate; remove "
            "one of them (validation: 0 undoes that of another file)"
        )
    if given.get("training") is not None:
        raise ConfigError(
            f"{said} and training {given['training']}, but all rows outside a fold train; remove one of "
            "them"
        )
    if given.get("take", "stratified") != "stratified" and given["take"] is not None:
        raise ConfigError(
            f"{said} and take {given['take']!r}, but folds have their share of each class; remove take, or "
            "write stratified"
        )
    if size := dataset.get("validation_size"):
        raise ConfigError(
            f"{said}, but the data comes with a validation split of its own ({size} examples); remove "
            "folds, or the validation split"
        )
    if folds > dataset.get("train_size", folds):
        raise ConfigError(
            f"{said}, but there are {dataset['train_size']} training examples; expected at most as many"
        )
    share = {"validation": 1 / folds, "take": "stratified", "training": None}
    return split | share | {"repeats": split.get("repeats", 1)}


def parts_of(split: dict[str, Any]) -> list[dict[str, int]]:
    """Return what tells the splits of the runs apart: repeat and fold; nothing without folds."""
    if "folds" not in split:
        return [{}]
    return [
        {"repeat": repeat, "fold": fold}
        for repeat in range(split["repeats"])
        for fold in range(split["folds"])
    ]


def split_of(split: dict[str, Any], part: dict[str, int]) -> dict[str, Any]:
    """Return the split of one of these parts. More repeats leave those of the others unchanged."""
    return {k: v for k, v in split.items() if k != "repeats"} | part if part else split


def without(split: dict[str, Any]) -> dict[str, Any]:
    """Return the split of a training on all rows."""
    return {k: v for k, v in split.items() if k not in ("folds", "repeats", *PARTS)}


def name_of(part: dict[str, Any]) -> list[str]:
    """Return the parts of a run's name, as ``repeat=1`` and ``fold=3``; the first repeat has none."""
    return [f"{key}={part[key]}" for key in PARTS if part.get(key) or key == "fold" and key in part]
