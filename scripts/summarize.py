"""Gather the results of all experiments: a table for programs (CSV) and for people (Markdown).

Beside them runs.csv, with one row for each run: what it varied and how it ended.
"""

import argparse
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import artifacts
import scoreboard
from pages import as_html

SPLITS = ("training", "validation", "test")
COLUMNS = [
    "experiment",
    "dataset",
    "runs",
    "best_run",
    *[f"{split}_accuracy" for split in SPLITS],
    *[f"published_{split}_accuracy" for split in SPLITS],
    "status",
    "test_accuracy_averaged",
]
RUN_COLUMNS = ["experiment", "run", "configuration"]  # then every swept value, then:
RUN_METRICS = [
    "seed",
    "epochs",
    "iterations",
    "training_loss",
    "training_accuracy",
    "validation_loss",
    "validation_accuracy",
    "status",
    "reason",
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
        test = artifacts.read_json(folder / "test.json")
        for column in ("test_accuracy", "test_accuracy_averaged"):
            row[column] = test.get(column)
        if lost := len(test.get("failures", [])):  # older versions of test.json have none
            row["status"] += f"; {lost} of {lost + len(test['networks'])} refits failed"
    for split in SPLITS:
        row[f"published_{split}_accuracy"] = (presented["published"] or {}).get(f"{split}_accuracy")
    return row


def list_runs(name: str, folder: Path) -> Iterator[dict[str, Any]]:
    """Give a row for each run of an experiment that was built, its swept values by dotted keys.

    A value that is no number or text (a list, a mapping, true, null) is written as JSON. A run that
    successive halving left after a rung has the numbers of that rung and the status `dropped`.
    """
    if not (folder / "selection.json").exists():
        return
    selection = artifacts.read_json(folder / "selection.json")
    rows = [(run, row, "runs") for row in selection["configurations"] for run in row["runs"]]
    for row in selection.get("halving", {}).get("dropped", []):
        rows.append((row["run"], row, f"rungs/{row['rung']}"))
    for run, row, place in rows:
        path = folder / place / run / "metrics.json"
        if not path.exists():
            continue  # of an experiment that was not asked for, and whose runs were deleted
        metrics = artifacts.read_json(path)
        if metrics["status"] == "paused":
            metrics["status"] = "dropped"
        yield {
            "experiment": name,
            "run": run,
            "configuration": row["configuration"],
            **{key: metrics[key] for key in RUN_METRICS},
            **{key: as_cell(value) for key, value in row["values"].items()},
        }


def as_cell(value: Any) -> Any:
    """Return what stands for a swept value in a cell of a CSV file."""
    plain = isinstance(value, str | int | float) and not isinstance(value, bool)
    return value if plain else json.dumps(value)


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
        if row.get("test_accuracy_averaged"):
            cells[-1] += f" ({100 * row['test_accuracy_averaged']:.2f} % over moved copies)"
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
    parser.add_argument("--html", required=True, type=Path, help="the tables as a page")
    parser.add_argument("--runs", required=True, type=Path, help="runs.csv: a row for each run")
    options = parser.parse_args()
    found = (
        summarize(name, presented, options.experiments_folder / name)
        for name, presented in options.experiments.items()
    )
    rows = [row for row in found if row]
    scores = [
        score
        for row in rows
        if (published := options.experiments[row["experiment"]]["published"])
        for score in scoreboard.compare(
            row["experiment"], published, options.experiments_folder / row["experiment"]
        )
    ]
    artifacts.write_csv(options.csv, COLUMNS, rows)
    artifacts.write_text(
        options.markdown,
        "# Results\n\nAccuracies are means over the seeds of the best configuration, which was chosen"
        " by its\nvalidation accuracy. The test split was read once, after the choice.\n\n"
        + as_markdown(rows)
        + f"\n\n## Scoreboard\n\n{scoreboard.BEGIN}\n{scoreboard.as_markdown(scores)}\n{scoreboard.END}\n",
    )
    tables = [as_markdown(rows)] + [scoreboard.as_markdown(scores)] * bool(scores)
    artifacts.write_text(options.html, as_html("Results", tables))
    runs = [
        row
        for name in options.experiments
        for row in list_runs(name, options.experiments_folder / name)
    ]
    known = (*RUN_COLUMNS, *RUN_METRICS)
    varied = [key for key in dict.fromkeys(key for row in runs for key in row) if key not in known]
    artifacts.write_csv(options.runs, [*RUN_COLUMNS, *varied, *RUN_METRICS], runs)


if __name__ == "__main__":
    artifacts.cli(main)
