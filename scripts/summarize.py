"""Gather the results of all experiments in one table, for programs (CSV) and for people (Markdown)."""

import argparse
import json
from pathlib import Path
from typing import Any

import artifacts

SPLITS = ("training", "validation", "test")
COLUMNS = [
    "experiment",
    "dataset",
    "runs",
    "best_run",
    *[f"{split}_accuracy" for split in SPLITS],
    *[f"published_{split}_accuracy" for split in SPLITS],
    "status",
]


def summarize(name: str, presented: dict[str, Any], folder: Path) -> dict[str, Any] | None:
    """Return an experiment's row; None if it was not built yet."""
    if not (folder / "selection.json").exists():
        return None
    selection = artifacts.read_json(folder / "selection.json")
    best, failed = selection["configurations"][0], len(selection["failures"])
    row = {
        "experiment": name,
        "dataset": presented["dataset"],
        "runs": selection["runs"],
        "best_run": selection["best_run"],
        "training_accuracy": best["training_accuracy"],
        "validation_accuracy": best["validation_accuracy"],
        "status": f"{failed} of {selection['runs']} runs failed" if failed else "completed",
    }
    if (folder / "test.json").exists():
        row["test_accuracy"] = artifacts.read_json(folder / "test.json")["test_accuracy"]
    for split in SPLITS:
        row[f"published_{split}_accuracy"] = (presented["published"] or {}).get(f"{split}_accuracy")
    return row


def as_markdown(rows: list[dict[str, Any]]) -> str:
    """Write the rows as a Markdown table, accuracies in percent beside the published ones."""
    lines = [
        "| experiment | data | runs | best run | training | validation | test | status |",
        "|---|---|---:|---|---:|---:|---:|---|",
    ]
    for row in rows:
        cells = [row["experiment"], row["dataset"], str(row["runs"]), f"`{row['best_run']}`"]
        for split in SPLITS:
            ours, published = row.get(f"{split}_accuracy"), row[f"published_{split}_accuracy"]
            cell = "" if ours is None else f"{100 * ours:.2f} %"
            cells.append(cell + (f" (published {100 * published:g} %)" if published else ""))
        lines.append("| " + " | ".join([*cells, row["status"]]) + " |")
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--experiments", required=True, type=json.loads, help="JSON: name -> dataset, published"
    )
    parser.add_argument("--experiments-folder", required=True, type=Path)
    parser.add_argument("--csv", required=True, type=Path)
    parser.add_argument("--markdown", required=True, type=Path)
    options = parser.parse_args()
    found = (
        summarize(name, presented, options.experiments_folder / name)
        for name, presented in options.experiments.items()
    )
    rows = [row for row in found if row]
    artifacts.write_csv(options.csv, COLUMNS, rows)
    artifacts.write_text(
        options.markdown,
        "# Results\n\nAccuracies are means over the seeds of the best configuration, which was chosen"
        " by its\nvalidation accuracy. The test split was read once, after the choice.\n\n"
        + as_markdown(rows)
        + "\n",
    )


if __name__ == "__main__":
    artifacts.cli(main)
