"""Write the tables of all experiments: summary.csv for programs and summary.md for people.

Also scoreboard.csv, with a row for each published figure; baselines.csv, with a row for each
classifier of scikit-learn; and runs.csv, with a row for each run: its swept values and how it ended.
"""

from pathlib import Path
from typing import Any

import cli
from evaluation import in_words, shown_value
from files import artifacts
from files.columns import RUN_METRICS, RUN_NAMES
from files.finished import FinishedExperiment, readable
from files.markdown import MarkdownTable
from tables import scoreboard, summary
from tables.summary import EACH, ONCE, SPLITS, optimistic

ABOUT = """\
Accuracies are means over the {means} of the best configuration, which was chosen by its validation
accuracy unless the status names another score. The test split took no part in the choice; if you
change settings after looking at test accuracies, you choose on the test split.
Balanced accuracy (the mean recall of the classes), macro F1 and majority rate (the best accuracy
of a constant answer) are measured on the test split, or on the split in brackets.
"""


def as_markdown(rows: list[dict[str, Any]], baselines: list[dict[str, Any]]) -> str:
    """Write the summary as a Markdown table, each experiment followed by its baselines."""
    columns = {"experiment": "text", "data": "text", "runs": "number", "best run": "code"}
    titles = [*SPLITS, *map(in_words, ONCE)]
    columns |= {**dict.fromkeys(titles, "number"), "status": "text"}
    table = MarkdownTable(columns, [])
    for row in rows:
        name = row["experiment"]
        status = row["status"]
        if row["warning"]:
            status += f"; warning: {row['warning']}"
        about = [name, row["dataset"], str(row["runs"]), row["best_run"]]
        table.rows.append([*about, *cells_of(row), status])
        for each in baselines:
            if each["experiment"] == name:
                about = [f"{name}: {summary.title_of(each['baseline'])}", row["dataset"], "", ""]
                table.rows.append([*about, *cells_of(each), summary.worth(each)])
    lines = [table.markdown()]
    remarks = [f"* {row['experiment']}: {row['remark']}" for row in rows if row.get("remark")]
    if remarks:
        lines += ["", *remarks]
    return "\n".join(lines)


def cells_of(row: dict[str, Any]) -> list[str]:
    """Return the cells with the metrics of an experiment or a baseline."""
    cells = []
    for split in SPLITS:
        cell = shown_value(row[f"{split}_{EACH}"], EACH)
        if words := optimistic(row, f"{split}_{EACH}"):
            cell += f" ({words})"
        if published := row.get(f"published_{split}_{EACH}"):
            cell += f" (published {100 * published:g} %)"
        for column, words in summary.APART.items():
            if column.startswith(f"{split}_{EACH}_") and row.get(column):
                cell += f" ({shown_value(row[column], EACH)} {words})"
        cells.append(cell)
    last = summary.last_split(row)
    for name in ONCE:
        cell = shown_value(row[f"{last}_{name}"], name)
        if cell and last != "test":
            cell += f" ({last})"
        if words := optimistic(row, f"{last}_{name}"):
            cell += f" ({words})"
        cells.append(cell)
    return cells


def main() -> None:
    parser = cli.parser(__doc__)
    about = "selection.json of each experiment; its other tables are in the same folder"
    parser.add_argument("--selections", required=True, nargs="+", type=Path, help=about)
    about = "the same files of experiments that earlier runs of snakemake built"
    parser.add_argument("--earlier", nargs="*", default=[], type=Path, help=about)
    about = "baselines.json of experiments; test.json, if there is one, has their numbers"
    parser.add_argument("--fitted", nargs="*", default=[], type=Path, help=about)
    for option in ("published", "remarks"):
        about = f"JSON: {option.replace('published', 'published figures')}, by experiment"
        parser.add_argument(f"--{option}", default={}, type=cli.json_with(), help=about)
    cli.add_files(
        parser,
        csv="a row per experiment",
        markdown="the same for people",
        scoreboard="a row per published figure, CSV",
        baselines="a row per baseline, CSV",
        runs="a row per run, CSV",
    )
    options = parser.parse_args()
    rows, scores, baselines, runs = [], [], [], []
    fitted = {path.parent: path for path in options.fitted}
    for path in (*options.selections, *options.earlier):
        experiment, name = FinishedExperiment(path.parent), path.parent.name
        earlier, published = path in options.earlier, options.published.get(name) or {}
        with readable(path.parent, earlier):
            row = summary.row_of(experiment, published, earlier, options.remarks.get(name))
            numbers = (experiment.test or {}).get("baselines", {})
            if experiment.test is None and path.parent in fitted:
                numbers = artifacts.read_json(fitted[path.parent])
            of_baselines = summary.baseline_rows(row, numbers, experiment.folds)
            of_scores = scoreboard.rows_of(name, published, experiment)
            of_runs = artifacts.read_csv(path.with_name("runs.csv"))
            rows.append(row)
            baselines += of_baselines
            scores += of_scores
            runs += [{"experiment": name, **run} for run in of_runs]
    artifacts.write_csv(options.csv, summary.COLUMNS, rows)
    artifacts.write_csv(options.scoreboard, scoreboard.COLUMNS, scores)
    artifacts.write_csv(options.baselines, summary.BASELINES, baselines)
    means = "seeds and folds" if any("fold" in row for row in runs) else "seeds"
    often = f"{summary.read_often(rows)}\n".lstrip("\n")
    text = f"# Results\n\n{ABOUT.format(means=means)}{often}\n{as_markdown(rows, baselines)}\n"
    if scores:
        text += f"\n## Scoreboard\n\n{scoreboard.marked(scores)}\n"
    artifacts.write_text(options.markdown, text)
    first, last = ["experiment", *RUN_NAMES], list(RUN_METRICS)
    columns = dict.fromkeys(first)
    for row in runs:
        columns |= dict.fromkeys(row)
    varied = [column for column in columns if column not in (*first, *last)]
    artifacts.write_csv(options.runs, [*first, *varied, *last], runs)


if __name__ == "__main__":
    cli.run(main)
