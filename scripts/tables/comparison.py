"""Compare the chosen configurations of two finished experiments."""

from collections.abc import Iterable
from typing import Any

from evaluation import corrected_test, fold_means, holm, mcnemar, paired, welch
from files.finished import FinishedExperiment, flat

from .summary import SPLITS

UNTESTED = {"difference": None, "interval": None, "interval_over": None, "p_value": None}


def compare(a: FinishedExperiment, b: FinishedExperiment) -> dict[str, Any]:
    """Compare two experiments; the result can be written as JSON."""
    rows = [_row(split, a, b) for split in SPLITS]
    result = {
        "a": _described(a),
        "b": _described(b),
        "settings": different(a, b),
        "over_seeds": [row for row in rows if row],
    }
    adjust([result])
    return result


def _described(experiment: FinishedExperiment) -> dict[str, Any]:
    selection = experiment.selection
    return {
        "folder": str(experiment.folder),
        "dataset": selection["dataset"],
        "configuration": selection["best_configuration"],
        "configurations": len(selection["configurations"]),
    }


def different(a: FinishedExperiment, b: FinishedExperiment) -> dict[str, list[str | None]]:
    """Return the settings in which the chosen configurations differ: both values by dotted key."""
    sides = [{**flat(e.selection["settings"]), "dataset": e.selection["dataset"]} for e in (a, b)]
    keys = [key for key in dict.fromkeys([*sides[0], *sides[1]]) if key != "seed"]
    pairs = {key: [side.get(key) for side in sides] for key in keys}
    return {key: values for key, values in pairs.items() if values[0] != values[1]}


def _row(split: str, a: FinishedExperiment, b: FinishedExperiment) -> dict[str, Any] | None:
    """Compare the accuracies on a split; None if neither experiment has one."""
    values = a.accuracies(split), b.accuracies(split)
    if not any(values):
        return None
    row: dict[str, Any] = {"split": split, **UNTESTED}
    for side, experiment, scores in zip("ab", (a, b), values, strict=True):
        interval = experiment.interval(split, scores)
        row[side] = experiment.mean(split)
        row |= {f"{side}_{name}": n for name, n in experiment.counts(split)._asdict().items()}
        row[f"{side}_interval"] = list(interval[:2]) if interval else None
        row[f"{side}_interval_over"] = interval.over if interval else None
    row["comparable"] = all(values) and same_data(a, b, split)
    if row["comparable"]:
        row["difference"] = row["a"] - row["b"]
        row |= _tested(split, a, b)
    return row


def _tested(split: str, a: FinishedExperiment, b: FinishedExperiment) -> dict[str, Any]:
    """Return interval, kind of repetition and p-value of a difference; empty without a spread."""
    if split != "test" and a.folds:
        means = (fold_means(e.measured(), f"{split}_accuracy") for e in (a, b))
        found = corrected_test(*means, a.folds)
        return {**found, "interval_over": "folds"} if found else {}
    if split == "test" and a.predictions and b.predictions:
        right = [e.predictions["predictions"] == e.predictions["labels"] for e in (a, b)]
        if found := paired(*right):
            return {**found, "interval_over": "trainings and examples"}
        found = mcnemar(right[0][0], right[1][0])  # its difference is that of these two networks
        return {**found, "interval_over": "examples"}
    groups = [e.accuracies(split) for e in (a, b)]
    if max(len(set(group)) for group in groups) == 1:  # no seed differs from another
        return {}
    found = welch(*groups)
    return {**found, "interval_over": "trainings"} if found else {}


def same_data(a: FinishedExperiment, b: FinishedExperiment, split: str) -> bool:
    """Return whether both experiments were measured on the same examples."""
    if a.selection["dataset"] != b.selection["dataset"]:
        return False
    file = "test" if split == "test" else "train"
    if file in a.data and file in b.data:
        sums = [
            [e.data[file].get(f"{part}_sha256") for part in ("images", "labels")] for e in (a, b)
        ]
        if sums[0] != sums[1]:
            return False
    elif split == "test" and a.predictions and b.predictions:
        return a.predictions["labels"].tobytes() == b.predictions["labels"].tobytes()
    return split == "test" or a.selection["settings"]["split"] == b.selection["settings"]["split"]


def adjust(compared: Iterable[dict[str, Any]]) -> int:
    """Add p_holm to each p_value; return how many differences were tested."""
    rows = [row for result in compared for row in result["over_seeds"]]
    adjusted = holm([row["p_value"] for row in rows])
    for row, p_value in zip(rows, adjusted, strict=True):
        row["p_holm"] = p_value
    return sum(row["p_value"] is not None for row in rows)
