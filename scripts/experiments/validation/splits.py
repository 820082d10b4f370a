"""The split of an experiment: complete it, and refuse keys that contradict each other or the data."""

from typing import Any

from ..errors import ConfigError


def complete_split(
    where: str, settings: dict[str, Any], given: dict[str, Any], dataset: dict[str, Any]
) -> dict[str, Any]:
    """Return the complete ``split`` and, with folds, a ``refit``, because one network is tested.

    With folds ``split.validation`` is the share of one of them. ``given`` is the split in the config,
    without defaults.
    """
    split = {k: v for k, v in settings["split"].items() if v is not None or k == "training"}
    if conflict := _conflict(split, given, dataset):
        raise ConfigError(f"config: {where}.split.{conflict}")
    if "folds" not in split:
        return {"split": split}
    share = {"validation": 1 / split["folds"], "take": "stratified", "training": None}
    split = split | share | {"repeats": split.get("repeats", 1)}
    return {"split": split, "refit": settings["refit"] or {}}


def _conflict(split: dict[str, Any], given: dict[str, Any], dataset: dict[str, Any]) -> str:
    """Return a sentence on keys that exclude each other, or an empty text."""
    size = dataset.get("validation_size")
    for key in ("folds", "validation", "take"):
        if size and (key == "folds" or given.get(key) != split[key]) and given.get(key) is not None:
            own = f"but the data has {size} validation examples of its own"
            return f"{key} is {given[key]}, {own}; remove {key}, or these examples"
    if "folds" not in split:
        repeats = f"repeats is {split.get('repeats')}, but there are no folds to draw again"
        return f"{repeats}; set split.folds, or remove repeats" if "repeats" in split else ""
    folds, size = f"folds is {split['folds']}", dataset["train_size"]
    if given.get("validation"):
        other = (
            f"{folds} and validation {given['validation']}, but the folds take turns to validate"
        )
        return f"{other}; remove one of them (validation: 0 undoes that of another file)"
    if given.get("training") is not None:
        other = f"{folds} and training {given['training']}"
        return f"{other}, but all rows outside a fold train; remove one of them"
    if given.get("take") not in (None, "stratified"):
        other = f"{folds} and take {given['take']!r}, but folds have their share of each class"
        return f"{other}; remove take, or write stratified"
    if split["folds"] > size:
        return f"{folds}, but there are {size} training examples; expected at most as many"
    return ""
