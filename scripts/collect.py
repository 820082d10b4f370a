"""Gather an experiment's runs in tables: runs.csv has a row per run, histories.csv one per evaluation."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import cli
from files import artifacts
from files.bundles import Bundle
from files.columns import FOLD_NAMES, RUN_METRICS, RUN_NAMES
from nn import HISTORY_COLUMNS, unpack_history


def row_of(measured: dict[str, Any]) -> dict[str, Any]:
    """Return a row of runs.csv: names, swept values by their dotted keys, metrics.

    A run that halving dropped after a rung has the numbers of that rung and the status `dropped`.
    """
    row = {key: measured.get(key) for key in (*RUN_NAMES, *FOLD_NAMES, *RUN_METRICS)}
    row |= {key: as_cell(value) for key, value in measured["values"].items()}
    row["run"] = measured["name"]
    row["guarded_total_loss"] = measured.get("online_loss", {}).get("guarded")
    if measured["status"] == "paused":
        row["status"] = "dropped"
    return row


def as_cell(value: Any) -> Any:
    """Return a swept value as a cell of a CSV file: as JSON unless it is a number or a text."""
    return value if type(value) in (str, int, float) else json.dumps(value)


def histories(rows: list[dict[str, Any]], bundles: list[Path]) -> Iterator[dict[str, Any]]:
    """Yield the rows of all histories, run after run; later bundles have the longer trainings."""
    found = {}
    for path in bundles:
        with Bundle(path) as bundle:
            found |= {run: bundle.arrays(run, "history")["history"] for run in bundle.runs}
    for row in rows:
        if row["name"] not in found:
            raise artifacts.ArtifactError(f"{row['name']}: none of the given bundles has this run")
        known = {key: row[key] for key in (*RUN_NAMES, *FOLD_NAMES) if key in row}
        names = {"run": row["name"]} | known
        for evaluation in unpack_history(found[row["name"]]):
            yield names | evaluation


def main() -> None:
    parser = cli.parser(__doc__, fromfile_prefix_chars="@")
    names = {"selection": "selection.json", "runs": "runs.csv", "histories": "histories.csv"}
    cli.add_files(parser, **names)
    about = "its bundles, .npz, later rungs of halving last; @FILE reads the names from its lines"
    parser.add_argument("--bundles", required=True, nargs="+", type=Path, help=about)
    options = parser.parse_args()
    selection = artifacts.read_json(options.selection)
    measured, varied = selection["measured"], [key for key, _ in selection["varied"]]
    rows = list(histories(measured, options.bundles))
    names = [*RUN_NAMES, *(key for key in FOLD_NAMES if key in measured[0])]
    artifacts.write_csv(options.histories, [*names, *HISTORY_COLUMNS], rows)
    artifacts.write_csv(options.runs, [*names, *varied, *RUN_METRICS], map(row_of, measured))


if __name__ == "__main__":
    cli.run(main)
