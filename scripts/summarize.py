"""Gather the results of all experiments: a table for programs (CSV) and for people (Markdown).

Beside them runs.csv, with one row for each run: what it varied and how it ended.
"""

import argparse
import html
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import artifacts
import scoreboard

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
        row["test_accuracy"] = artifacts.read_json(folder / "test.json")["test_accuracy"]
    for split in SPLITS:
        row[f"published_{split}_accuracy"] = (presented["published"] or {}).get(f"{split}_accuracy")
    return row


def list_runs(name: str, folder: Path) -> Iterator[dict[str, Any]]:
    """Give a row for each run of an experiment that was built, its swept values by dotted keys.

    A value that is no number or text (a list, a mapping, true, null) is written as JSON.
    """
    if not (folder / "selection.json").exists():
        return
    for configuration in artifacts.read_json(folder / "selection.json")["configurations"]:
        values = {key: as_cell(value) for key, value in configuration["values"].items()}
        for run in configuration["runs"]:
            metrics = artifacts.read_json(folder / "runs" / run / "metrics.json")
            yield {
                "experiment": name,
                "run": run,
                "configuration": configuration["configuration"],
                **{key: metrics[key] for key in RUN_METRICS},
                **values,
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
        lines.append("| " + " | ".join([*cells, row["status"]]) + " |")
    return "\n".join(lines)


def as_html(title: str, tables: list[str]) -> str:
    """Write Markdown tables as a page that stands alone, for the report."""
    body = []
    for table in tables:
        head, _, *lines = (
            [cell.strip() for cell in line.strip("|").split("|")] for line in table.split("\n")
        )
        cells = [f"<tr>{''.join(f'<th>{cell}</th>' for cell in head)}</tr>"]
        cells += [
            f"<tr>{''.join(f'<td>{in_html(cell)}</td>' for cell in line)}</tr>" for line in lines
        ]
        body.append("<table>\n" + "\n".join(cells) + "\n</table>")
    return PAGE.format(title=title, body="\n".join(body))


def in_html(cell: str) -> str:
    """Write a Markdown cell (code, links) as HTML."""
    cell = html.escape(cell)
    cell = re.sub(r"`([^`]*)`", r"<code>\1</code>", cell)
    return re.sub(r"\[([^]]*)\]\(([^)]*)\)", r'<a href="\2">\1</a>', cell)


PAGE = """<!doctype html>
<meta charset="utf-8">
<title>{title}</title>
<style>
body {{ font: 14px sans-serif; margin: 1.5em; color: #222 }}
table {{ border-collapse: collapse; margin-bottom: 2em }}
th, td {{ border-bottom: 1px solid #ccc; padding: 0.35em 0.7em; text-align: left; vertical-align: top }}
th {{ border-bottom: 2px solid #666 }}
</style>
<h1>{title}</h1>
{body}
"""


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
