"""Compare two experiments, or all that two results folders have in common, and say what is noise.

    python scripts/compare.py digits_mlp digits_random
    python scripts/compare.py results ../other-checkout/results

First what differs in the settings of the chosen configurations; then the accuracies of each, means over
its seeds with the interval of evaluation.accuracy_interval; then a verdict for each of two questions:

* Would other trainings on other test images differ like this? By both, the seeds and the test images
  that the two share (evaluation.paired). Not paired by seed: the seed 0 of two recipes draws other
  weights and batches. Of training and validation accuracies the images are not known one by one:
  there it is over the seeds alone, by Welch's test (evaluation.welch). Scores on the same folds are
  paired by fold, by the corrected resampled t-test.
* Do these two networks differ on these images? Between the first tested network of each, paired
  over the test images, by McNemar's exact test (evaluation.mcnemar; T. G. Dietterich, Neural
  Computation 10 (1998) 1895-1923). With one seed, or seeds that all agree, it stands in for the first
  question, "by the images alone". The predictions that the rule `test` left are read, not the test split.

A difference is called noise unless its p-value is below 0.05: Holm's, adjusted for all differences of a
question that are shown (evaluation.holm). The intervals are 95 % each.

Scores on different data, or validation scores on different splits, are shown but not compared.
"""

import argparse
import json
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import cli
from evaluation import corrected_test, fold_means, holm, mcnemar, paired, welch
from files.finished import FinishedExperiment, flat, pair

LEVEL = 0.05
SPLITS = ("training", "validation", "test")


def compare(a: FinishedExperiment, b: FinishedExperiment) -> dict[str, Any]:
    """Compare two experiments; the result can be written as JSON."""
    rows = []
    for split in SPLITS:
        values = a.accuracies(split), b.accuracies(split)
        if not any(values):
            continue
        row: dict[str, Any] = {"split": split}
        for side, experiment, scores in zip("ab", (a, b), values, strict=True):
            row[side] = sum(scores) / len(scores) if scores else None
            row[f"{side}_seeds"] = len(scores)
            interval = experiment.interval(split, scores)
            row[f"{side}_interval"] = list(interval[:2]) if interval else None
            row[f"{side}_interval_over"] = interval.over if interval else None
        row["comparable"] = all(values) and same_data(a, b, split)
        row |= {"difference": None, "interval": None, "interval_over": None, "p_value": None}
        if row["comparable"]:
            row["difference"] = row["a"] - row["b"]
            row |= differ(split, a, b)
        rows.append(row)
    result = {
        "a": describe(a),
        "b": describe(b),
        "settings": different(a, b),
        "over_seeds": rows,
        "over_test_images": over_images(a, b),
    }
    adjust([result])
    return result


def differ(split: str, a: FinishedExperiment, b: FinishedExperiment) -> dict[str, Any]:
    """The interval and the p-value of a difference, and over what; empty where nothing tells."""
    if split != "test" and a.folds:
        means = (fold_means(e.measured(), f"{split}_accuracy") for e in (a, b))
        found = corrected_test(*means, a.folds)
        return {**found, "interval_over": "folds"} if found else {}
    groups = [e.accuracies(split) for e in (a, b)]
    if split == "test" and a.predictions and b.predictions:
        right = [e.predictions["predictions"] == e.predictions["labels"] for e in (a, b)]
        if found := paired(*right):
            return {**found, "interval_over": "trainings and examples"}
        found = mcnemar(right[0][0], right[1][0])  # also its difference: of these two networks
        keys = ("difference", "interval", "p_value")
        return {key: found[key] for key in keys} | {"interval_over": "examples"}
    if max(len(set(group)) for group in groups) == 1:  # no seed differs from another
        return {}
    found = welch(*groups)
    return {**found, "interval_over": "trainings"} if found else {}


def adjust(compared: Iterable[dict[str, Any]]) -> int:
    """Add p_holm beside each p_value; return how many differences over seeds were tested."""
    compared = list(compared)
    over_seeds = [row for result in compared for row in result["over_seeds"]]
    over_images = [result["over_test_images"] for result in compared if result["over_test_images"]]
    for family in (over_seeds, over_images):
        for row, p_value in zip(family, holm([row["p_value"] for row in family]), strict=True):
            row["p_holm"] = p_value
    return sum(row["p_value"] is not None for row in over_seeds)


def different(a: FinishedExperiment, b: FinishedExperiment) -> dict[str, list[str | None]]:
    """What the chosen configurations differ in: both values, by dotted key."""
    sides = [{**flat(e.selection["settings"]), "dataset": e.selection["dataset"]} for e in (a, b)]
    keys = [key for key in dict.fromkeys([*sides[0], *sides[1]]) if key != "seed"]
    pairs = {key: [side.get(key) for side in sides] for key in keys}
    return {key: values for key, values in pairs.items() if values[0] != values[1]}


def describe(experiment: FinishedExperiment) -> dict[str, Any]:
    selection = experiment.selection
    return {
        "folder": str(experiment.folder),
        "dataset": selection["dataset"],
        "configuration": selection["best_configuration"],
        "configurations": len(selection["configurations"]),
    }


def same_data(a: FinishedExperiment, b: FinishedExperiment, split: str) -> bool:
    """Were both measured on the same examples?"""
    if a.selection["dataset"] != b.selection["dataset"]:
        return False
    file = "test" if split == "test" else "train"
    keys = ("images_sha256", "labels_sha256")
    if file in a.data and file in b.data:
        if any(a.data[file].get(key) != b.data[file].get(key) for key in keys):
            return False
    elif split == "test" and a.predictions and b.predictions:
        return a.predictions["labels"].tobytes() == b.predictions["labels"].tobytes()
    return split == "test" or a.selection["settings"]["split"] == b.selection["settings"]["split"]


def over_images(a: FinishedExperiment, b: FinishedExperiment) -> dict[str, Any] | None:
    """McNemar's test of the first network of each; None without predictions on the same images."""
    if not (a.predictions and b.predictions and same_data(a, b, "test")):
        return None
    if not (len(a.predictions["seeds"]) and len(b.predictions["seeds"])):
        return None
    correct = [e.predictions["predictions"][0] == e.predictions["labels"] for e in (a, b)]
    seeds = {f"{s}_seed": int(e.predictions["seeds"][0]) for s, e in zip("ab", (a, b), strict=True)}
    return {**mcnemar(*correct), **seeds}


def in_noise(p_value: float | None) -> str:
    if p_value is None:
        return "unknown: one seed, or seeds that agree"
    return "more than noise" if p_value < LEVEL else "within noise"


def better(difference: float, p_value: float | None) -> str:
    """Say of a difference A - B who is better, if it can be said."""
    if p_value is None:
        return "it takes two seeds each that differ to tell"
    if p_value >= LEVEL:
        return "no difference but noise"
    return f"{'A' if difference > 0 else 'B'} is better, by more than noise"


def verdict_over_seeds(rows: list[dict[str, Any]]) -> str:
    """Would others come out like this? By the test split, or else by validation."""
    for split in ("test", "validation"):
        for row in rows:
            if row["split"] == split and row["comparable"]:
                alone = {
                    "trainings": ", on these images",
                    "examples": ", by the images alone: no seeds tell how other trainings differ",
                }
                rest = alone.get(row["interval_over"], "")
                return f"{better(row['difference'], row['p_holm'])}, on {split}{rest}"
    return "nothing was measured on the same data"


def as_text(name: str, result: dict[str, Any]) -> str:
    """Write a comparison for people, accuracies in percent."""
    lines = [name]
    for side in "ab":
        about = result[side]
        chosen = about["configuration"] or "one configuration"
        if about["configurations"] > 1:
            chosen += f", the best of {about['configurations']}"
        lines.append(f"  {side.upper()}: {about['folder']}: {chosen} ({about['dataset']})")
    lines += [f"  {key}: {a or '-'} | {b or '-'}" for key, (a, b) in result["settings"].items()]
    if not result["settings"]:
        lines.append("  The settings are the same.")
    table = [["", "A", "B", "A - B", "p", "other trainings"]]
    for row in result["over_seeds"]:
        cells = [row["split"]]
        cells += [_with_interval(row[side], row[f"{side}_interval"]) for side in "ab"]
        if row["comparable"]:
            cells += [
                _with_interval(row["difference"], row["interval"], "+"),
                "" if row["p_holm"] is None else f"{row['p_holm']:.2g}",
                in_noise(row["p_holm"]) + ", images alone" * (row["interval_over"] == "examples"),
            ]
        else:
            measured = row["a"] is not None and row["b"] is not None
            cells += ["", "", "other data: not comparable" if measured else ""]
        table.append(cells)
    widths = [max(map(len, column)) for column in zip(*table, strict=True)]
    for cells in table:
        padded = (cell.ljust(width) for cell, width in zip(cells, widths, strict=True))
        lines.append(("  " + "  ".join(padded)).rstrip())
    lines.append(f"  Other trainings, other images: {verdict_over_seeds(result['over_seeds'])}.")
    images = result["over_test_images"]
    if images:
        lines.append(
            f"  These two networks: {better(images['difference'], images['p_holm'])}."
            f" Of {images['images']} test images, A alone has {images['only_a']} right and B alone"
            f" {images['only_b']} (A with seed {images['a_seed']}, B with seed {images['b_seed']}):"
            f" A - B {_with_interval(images['difference'], images['interval'], '+')},"
            f" p = {images['p_holm']:.2g}"
        )
    if result["a"]["configurations"] != result["b"]["configurations"]:
        lines.append(
            "  The validation accuracy of a best of many is optimistic, the more so the more were "
            "tried;\n  the test accuracy is not."
        )
    return "\n".join(lines)


def _with_interval(value: float | None, interval: list[float] | None, sign: str = "") -> str:
    if value is None:
        return "-"
    text = f"{100 * value:{sign}.2f} %"
    return text + (f" [{100 * interval[0]:.2f}, {100 * interval[1]:.2f}]" if interval else "")


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("a", metavar="A", help="an experiment, its folder, or a results folder")
    parser.add_argument("b", metavar="B", help="the same, to compare with")
    parser.add_argument(
        "--results",
        type=Path,
        default=Path("results"),
        help="where experiments' names are looked up",
    )
    parser.add_argument("--json", action="store_true", help="print JSON, accuracies from 0 to 1")
    options = parser.parse_args()
    pairs = pair(options.a, options.b, options.results)
    compared = {name: compare(*experiments) for name, experiments in pairs.items()}
    tests = adjust(compared.values())
    if options.json:
        json.dump(compared, sys.stdout, indent=2, sort_keys=True, allow_nan=False)
        print()
        return
    print("\n\n".join(as_text(name, result) for name, result in compared.items()))
    if tests > 1:
        print(
            f"\np is adjusted for the {tests} differences that were tested (Holm); intervals are 95 % each."
        )


if __name__ == "__main__":
    cli.run(main)
