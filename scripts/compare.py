"""Compare two experiments, or all that two results folders share, and separate differences from noise.

    python scripts/compare.py digits_mlp digits_random
    python scripts/compare.py results ../other-checkout/results

Prints the settings in which the chosen configurations differ, the accuracies of each with 95 %
intervals, and whether other trainings on other test images would differ like this. That is judged by
the seeds and the shared test images together (docs/statistics.md has the tests), and by the images alone
if there is one seed, or all agree; training and validation accuracies by the seeds, or the folds, alone.

A difference is noise unless its p-value is lower than 0.05, after Holm's adjustment for all differences
shown. Scores on different data or splits are shown but not compared.
"""

import json
import sys
from pathlib import Path
from typing import Any

import cli
from files.finished import Counts, pair
from tables.comparison import adjust, compare

LEVEL = 0.05


def in_noise(p_value: float | None) -> str:
    if p_value is None:
        return "unknown: one seed, or seeds that agree"
    return "more than noise" if p_value < LEVEL else "within noise"


def better(difference: float, p_value: float | None) -> str:
    """Say which side is better, given the difference A - B, or why that is unknown."""
    if p_value is None:
        return "unknown without two differing seeds each"
    if p_value >= LEVEL:
        return "no difference but noise"
    return f"{'A' if difference > 0 else 'B'} is better, by more than noise"


def verdict(rows: list[dict[str, Any]]) -> str:
    """Say which is better by the test split, else by the validation split."""
    alone = {
        "trainings": ", on these images",
        "examples": ", by the images alone: too few seeds show how trainings differ",
    }
    for split in ("test", "validation"):
        for row in rows:
            if row["split"] == split and row["comparable"]:
                rest = alone.get(row["interval_over"], "")
                return f"{better(row['difference'], row['p_holm'])}, on {split}{rest}"
    return "not comparable, because they share no test or validation examples"


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
    lines += table(result["over_seeds"])
    lines.append(f"  Other trainings, other images: {verdict(result['over_seeds'])}.")
    if result["a"]["configurations"] != result["b"]["configurations"]:
        lines.append(
            "  Validation accuracies of the best of many configurations are optimistic, more so the more "
            "were\n  tried; test accuracies are not."
        )
    return "\n".join(lines)


def table(rows: list[dict[str, Any]]) -> list[str]:
    """Return the lines of the accuracies, in aligned columns."""
    cells = [["", "A", "B", "A - B", "p", "other trainings"], *map(cells_of, rows)]
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    padded = ([c.ljust(w) for c, w in zip(line, widths, strict=True)] for line in cells)
    return [("  " + "  ".join(line)).rstrip() for line in padded]


def cells_of(row: dict[str, Any]) -> list[str]:
    """Return the cells of a split: both accuracies, their difference, its p-value and a verdict."""
    cells = [row["split"]]
    for side in "ab":
        cell = _with_interval(row[side], row[f"{side}_interval"])
        counts = Counts(*(row[f"{side}_{name}"] for name in Counts._fields))
        if counts.folds:
            cell += f" over {counts.in_words}"
        cells.append(cell)
    if not row["comparable"]:
        measured = row["a"] is not None and row["b"] is not None
        return [*cells, "", "", "other data: not comparable" if measured else ""]
    verdict = in_noise(row["p_holm"])
    if row["interval_over"] == "examples":
        verdict += ", images alone"
    p_value = "" if row["p_holm"] is None else f"{row['p_holm']:.2g}"
    return [*cells, _with_interval(row["difference"], row["interval"], "+"), p_value, verdict]


def _with_interval(value: float | None, interval: list[float] | None, sign: str = "") -> str:
    if value is None:
        return "-"
    text = f"{100 * value:{sign}.2f} %"
    if interval:
        text += f" [{100 * interval[0]:.2f}, {100 * interval[1]:.2f}]"
    return text


def main() -> None:
    parser = cli.parser(__doc__)
    parser.add_argument("a", metavar="A", help="an experiment, its folder, or a results folder")
    parser.add_argument("b", metavar="B", help="the same, to compare with")
    parser.add_argument("--results", type=Path, default=Path("results"), help="their folder")
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
        print(f"\np is adjusted for {tests} tested differences (Holm); intervals are 95 % each.")


if __name__ == "__main__":
    cli.run(main)
