"""The split of a cross-validation: complete it, and refuse settings that contradict its folds."""

from typing import Any

from ..errors import ConfigError


def with_folds(
    where: str, settings: dict[str, Any], given: dict[str, Any], dataset: dict[str, Any]
) -> dict[str, Any]:
    """Return the settings that folds change: ``split`` and ``refit``; null folds are removed.

    With folds ``split.validation`` is the share of one of them. One network is tested, so there is
    a refit. ``given`` is the split in the config, without defaults.
    """
    empty = [key for key in ("folds", "repeats") if settings["split"].get(key) is None]
    split = {key: value for key, value in settings["split"].items() if key not in empty}
    if "folds" not in split:
        if "repeats" in split:
            raise ConfigError(
                f"config: {where}.split.repeats is {split['repeats']}, but there are no folds to draw "
                "again; set split.folds, or remove repeats"
            )
        return {"split": split}
    if conflict := _conflict(split["folds"], given, dataset):
        raise ConfigError(f"config: {where}.split.folds is {split['folds']}{conflict}")
    share = {"validation": 1 / split["folds"], "take": "stratified", "training": None}
    split = split | share | {"repeats": split.get("repeats", 1)}
    return {"split": split, "refit": settings["refit"] or {}}


def _conflict(folds: int, given: dict[str, Any], dataset: dict[str, Any]) -> str:
    """Return a sentence on what contradicts the folds, or an empty text."""
    if given.get("validation"):
        return (
            f" and validation {given['validation']}, but the folds take turns to validate; remove one "
            "of them (validation: 0 undoes that of another file)"
        )
    if given.get("training") is not None:
        return f" and training {given['training']}, but all rows outside a fold train; remove one of them"
    if given.get("take") not in (None, "stratified"):
        return (
            f" and take {given['take']!r}, but folds have their share of each class; remove take, or "
            "write stratified"
        )
    if size := dataset.get("validation_size"):
        return (
            f", but the data comes with a validation split of its own ({size} examples); remove folds, "
            "or the validation split"
        )
    if folds > (size := dataset["train_size"]):
        return f", but there are {size} training examples; expected at most as many"
    return ""
