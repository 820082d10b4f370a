"""Gather the results of all experiments: a table for programs (CSV) and for people (Markdown).

Beside them scoreboard.csv, with a row for each published figure, and runs.csv, with one for each run:
what it varied and how it ended.
"""

from common import artifacts
from common.results import RUN_METRICS, RUN_NAMES, Experiment
from common.tables import Table

import argparse
from pathlib import Path
from typing import Any

import scoreboard
from evaluation import METRICS

SPLITS = ("training", "validation", "test")
SHOWN = [name for name, metric in METRICS.items() if metric.shown]
# Beside the accuracy of one network and one view of each image, in the words of the tables.
APART = {
    "test_accuracy_averaged": "over many views",
    "test_accuracy_ensemble": "by all seeds together",
    "test_accuracy_ensemble_averaged": "by all seeds over many views",
}
EARLIER = "earlier call"  # of an experiment that another run of snakemake built
COLUMNS = [
    "experiment",
    "dataset",
    "runs",
    "best_run",
    *[f"{split}_{name}" for name in SHOWN for split in SPLITS],
    *[f"{split}_accuracy_{part}" for split in SPLITS[1:] for part in ("low", "high", "over")],
    *[f"published_{split}_accuracy" for split in SPLITS],
    "status",
    *APART,
    "settings",
    "remark",
]


def summarize(
    experiment: Experiment, published: dict[str, Any] | None, earlier: bool, remark: str | None
) -> dict[str, Any]:
    """Return an experiment's row; ``earlier`` says that another call than this one built it.

    ``remark`` is what there is to know of its data.
    """
    selection, test = experiment.selection, experiment.test or {}
    best, failed = selection["configurations"][0], len(selection["failures"])
    status = [f"{failed} of {selection['runs']} runs failed" if failed else "completed"]
    if best["failed"] and len(selection["configurations"]) > 1:
        status.append("no configuration completed all of its seeds")
    if selection["failed"]:
        status = ["failed: " + selection["failed"].partition("\n")[0]]
    if lost := len(test.get("failures", [])) * (not selection["failed"]):
        status.append(f"{lost} of {lost + len(test['networks'])} final networks failed")
    if selection["criterion"] != "validation_accuracy" and len(selection["configurations"]) > 1:
        status.append("selected by training accuracy, for there is no validation split")
    if earlier:
        status.append(f"{EARLIER} (settings {selection['settings_digest']})")
    return {
        "experiment": experiment.folder.name,
        "dataset": selection["dataset"],
        "runs": selection["runs"],
        "best_run": selection["best_run"],
        **{
            f"{split}_{name}": (test if split == "test" else best).get(f"{split}_{name}")
            for name in SHOWN
            for split in SPLITS
        },
        **interval("validation", best if selection["criterion"].startswith("validation") else {}),
        **interval("test", test),
        **{name: test.get(name) for name in APART},
        "status": "; ".join(status),
        "remark": remark,
        "settings": selection["settings_digest"],
        **{
            f"published_{split}_accuracy": (published or {}).get(f"{split}_accuracy")
            for split in SPLITS
        },
    }


def interval(split: str, found: dict[str, Any]) -> dict[str, Any]:
    """The interval of an accuracy as columns: from, to, and over what (seeds or examples)."""
    if split == "validation" and found.get("interval"):
        ends = dict(zip(("low", "high"), found["interval"], strict=True))
        ends["over"] = found["interval_over"]
    else:
        ends = found.get("test_accuracy_interval") or {}
    return {f"{split}_accuracy_{part}": end for part, end in ends.items()}


def as_markdown(rows: list[dict[str, Any]]) -> str:
    """Write the rows as a Markdown table, accuracies in percent beside the published ones."""
    shown = [(split, name) for name in SHOWN for split in SPLITS]
    titles = [split if name == "accuracy" else f"{split} {name}" for split, name in shown]
    columns = {"experiment": "text", "data": "text", "runs": "number", "best run": "code"}
    table = Table({**columns, **dict.fromkeys(titles, "number"), "status": "text"}, [])
    for row in rows:
        cells = [row["experiment"], row["dataset"], str(row["runs"]), row["best_run"]]
        for split, name in shown:
            cell = in_words(row[f"{split}_{name}"], METRICS[name].percent)
            if published := row.get(f"published_{split}_{name}"):
                cell += f" (published {100 * published:g} %)"
            for column, words in APART.items():
                if column.startswith(f"{split}_{name}_") and row.get(column):
                    cell += f" ({in_words(row[column], True)} {words})"
            cells.append(cell)
        table.rows.append([*cells, row["status"]])
    remarks = [f"* {row['experiment']}: {row['remark']}" for row in rows if row.get("remark")]
    return "\n".join([table.markdown(), *([""] * bool(remarks)), *remarks])


def in_words(value: float | None, percent: bool) -> str:
    if value is None:
        return ""
    return f"{100 * value:.2f} %" if percent else f"{value:.4g}"


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "--selections",
        required=True,
        nargs="+",
        type=Path,
        help="selection.json of each experiment; its other tables lie beside it",
    )
    parser.add_argument(
        "--earlier",
        nargs="*",
        default=[],
        type=Path,
        help="the same of experiments of earlier calls",
    )
    parser.add_argument(
        "--published",
        default={},
        type=artifacts.json_with(),
        help="JSON: published figures by experiment",
    )
    parser.add_argument(
        "--remarks",
        default={},
        type=artifacts.json_with(),
        help="JSON: remarks on the data, by experiment",
    )
    parser.add_argument("--csv", required=True, type=Path, help="a row an experiment")
    parser.add_argument("--markdown", required=True, type=Path, help="the same for people")
    parser.add_argument(
        "--scoreboard", required=True, type=Path, help="a row a published figure, CSV"
    )
    parser.add_argument("--runs", required=True, type=Path, help="a row a run, CSV")
    options = parser.parse_args()
    rows, scores, runs = [], [], []
    for path in (*options.selections, *options.earlier):
        experiment, name = Experiment(path.parent), path.parent.name
        published = options.published.get(name)
        remark = options.remarks.get(name)
        rows.append(summarize(experiment, published, path in options.earlier, remark))
        scores += scoreboard.compare(name, published, experiment) if published else []
        runs += [{"experiment": name, **r} for r in artifacts.read_csv(path.with_name("runs.csv"))]
    artifacts.write_csv(options.csv, COLUMNS, rows)
    artifacts.write_csv(options.scoreboard, scoreboard.COLUMNS, scores)
    means = "seeds and folds" if any("fold" in row for row in runs) else "seeds"
    board = f"\n## Scoreboard\n\n{scoreboard.BEGIN}\n{scoreboard.as_markdown(scores)}\n{scoreboard.END}\n"
    artifacts.write_text(
        options.markdown,
        f"# Results\n\nAccuracies are means over the {means} of the best configuration, which was chosen"
        " by its\nvalidation accuracy. The test split was read once, after the choice.\n\n"
        + f"{as_markdown(rows)}\n{board if scores else ''}",
    )
    known = ["experiment", *RUN_NAMES, *RUN_METRICS]
    varied = [key for key in dict.fromkeys(key for row in runs for key in row) if key not in known]
    artifacts.write_csv(options.runs, ["experiment", *RUN_NAMES, *varied, *RUN_METRICS], runs)


if __name__ == "__main__":
    artifacts.cli(main)
