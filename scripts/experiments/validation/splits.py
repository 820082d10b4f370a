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
            return (
                f"{key} is {given[key]}, but the data has a validation split of its own ({size} "
                f"examples); remove {key}, or the validation split"
            )
    if "folds" not in split:
        if "repeats" not in split:
            return ""
        return (
            f"repeats is {split['repeats']}, but there are no folds to draw again; set split.folds, or "
            "remove repeats"
        )
    folds, size = f"folds is {split['folds']}", dataset["train_size"]
    if given.get("validation"):
        return (
            f"{folds} and validation {given['validation']}, but the folds take turns to validate; remove "
            "one of them (`validation: 0` overrides another file)"
        )
    if given.get("training") is not None:
        return (
            f"{folds} and training {given['training']}, but all rows outside a fold are trained on; remove "
            "one of them"
        )
    if given.get("take") not in (None, "stratified"):
        return (
            f"{folds} and take {given['take']!r}, but folds are always stratified; remove "
            "take, or write stratified"
        )
    if split["folds"] > size:
        return f"{folds}, but there are {size} training examples; expected at most {size}"
    return ""
