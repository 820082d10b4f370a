"""Gather the results of all experiments: a table for programs (CSV) and for people (Markdown).

Beside them scoreboard.csv, with a row for each published figure; baselines.csv, with one for each
classifier of scikit-learn; and runs.csv, with one for each run: what it varied and how it ended.
"""

import argparse
from collections import Counter
from pathlib import Path
from typing import Any

import cli
import scoreboard
from evaluation import METRICS, in_words, shown_value
from files import artifacts
from files.finished import EARLIER, RUN_METRICS, RUN_NAMES, FinishedExperiment
from files.markdown import MarkdownTable

SPLITS = ("training", "validation", "test")
SHOWN = [name for name, metric in METRICS.items() if metric.shown]
EACH, ONCE = (
    "accuracy",
    [name for name in SHOWN if name != "accuracy"],
)  # of each split; of the last one
# Beside the accuracy of one network and one view of each image, in the words of the tables.
APART = {
    "test_accuracy_averaged": "over many views",
    "test_accuracy_ensemble": "by all seeds together",
    "test_accuracy_ensemble_averaged": "by all seeds over many views",
}
ABOUT = """\
Accuracies are means over the {means} of the best configuration, which was chosen by its validation
accuracy if the status names no other score. The test split took no part in the choice; if you
change settings after looking at test accuracies, you choose on the test split.
Balanced accuracy (the mean recall of the classes), macro F1 and majority rate (what the same
answer always would reach) are those of the test split, or of the split in brackets.
"""
COLUMNS = [
    "experiment",
    "dataset",
    "runs",
    "configurations",
    "best_run",
    *[f"{split}_{name}" for name in SHOWN for split in SPLITS],
    *[f"{split}_accuracy_{part}" for split in SPLITS[1:] for part in ("low", "high", "over")],
    *[f"published_{split}_accuracy" for split in SPLITS],
    "selected_by",
    "status",
    "warning",
    *APART,
    "settings",
    "remark",
]
BASELINES = [
    "experiment",
    "baseline",
    *[f"{split}_{name}" for name in SHOWN for split in SPLITS],
    "compared_by",
    "network_better_by",
    "note",
]


def summarize(
    experiment: FinishedExperiment,
    published: dict[str, Any] | None,
    earlier: bool,
    remark: str | None,
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
    criterion = selection["criterion"]
    compared = {run["configuration"] for run in selection["measured"]}
    if criterion != "validation_accuracy" and len(compared) > 1:
        why = ", for there is no validation split" * criterion.startswith("training")
        status.append(f"selected by {in_words(criterion)}{why}")
    if earlier:
        status.append(f"{EARLIER} (settings {selection['settings_digest']})")
    return {
        "experiment": experiment.folder.name,
        "dataset": selection["dataset"],
        "runs": selection["runs"],
        # With halving, those of every rung.
        "configurations": len({run["configuration"] for run in selection["measured"]}),
        "best_run": selection["best_run"],
        **{
            f"{split}_{name}": (test if split == "test" else best).get(f"{split}_{name}")
            for name in SHOWN
            for split in SPLITS
        },
        **interval("validation", validated(experiment)),
        **interval("test", test),
        **{name: test.get(name) for name in APART},
        "selected_by": criterion,
        "status": "; ".join(status),
        "warning": "; ".join((test if test.get("networks") else selection).get("cautions", [])),
        "remark": remark,
        "settings": selection["settings_digest"],
        **{
            f"published_{split}_accuracy": (published or {}).get(f"{split}_accuracy")
            for split in SPLITS
        },
    }


def validated(experiment: FinishedExperiment) -> dict[str, Any]:
    """The best configuration with the interval of its validation accuracy."""
    selection = experiment.selection
    if selection["criterion"] == "validation_accuracy":
        return selection["configurations"][0]
    found = experiment.interval("validation", experiment.accuracies("validation"))
    return {"interval": found[:2], "interval_over": found.over} if found else {}


def last_split(row: dict[str, Any]) -> str:
    """The split that says most of those that were measured: test, else validation, else training."""
    return next((s for s in reversed(SPLITS) if row[f"{s}_{EACH}"] not in (None, "")), "test")


def beside(
    row: dict[str, Any], fitted: dict[str, dict[str, Any]], folds: int = 0
) -> list[dict[str, Any]]:
    """Return a row for each baseline of an experiment, with what the network is better by.

    That is a difference in the metric that the experiment is selected by, or in the accuracy if that is
    no share, on the last split of which both have it.
    """
    metric = row["selected_by"].partition("_")[2]
    metric = metric if METRICS[metric].percent else EACH
    rows = []
    for name, numbers in fitted.items():
        found = {f"{s}_{m}": numbers.get(f"{s}_{m}") for m in SHOWN for s in SPLITS}
        keys = (f"{split}_{metric}" for split in reversed(SPLITS))
        key = next((k for k in keys if row[k] is not None and found[k] is not None), None)
        notes = [f"failed: {numbers['failed']}"] if "failed" in numbers else []
        if folds and key and not key.startswith("test"):
            notes.append("on one fold, the network on all")
        rows.append(
            {
                "experiment": row["experiment"],
                "baseline": name,
                **found,
                "compared_by": key,
                "network_better_by": row[key] - found[key] if key else None,
                "note": "; ".join([*notes, *filter(None, [numbers.get("note")])]),
            }
        )
    # The weakest one first, and the majority before its equals.
    return sorted(rows, key=lambda r: (-(r["network_better_by"] or 0), r["baseline"] != "majority"))


def title_of(baseline: str) -> str:
    """The name of a baseline as people write it."""
    return baseline.replace("_", " ").replace("svc", "SVC")


def worth(row: dict[str, Any]) -> str:
    """Say in words how a baseline compares with the network, and what there is to know of its fit."""
    said = ["baseline"]
    if row["compared_by"]:
        points = f"{100 * abs(float(row['network_better_by'])):.2f}"
        verb = "better" if float(row["network_better_by"]) > 0 else "worse"
        how = "the same" if points == "0.00" else f"{points} points {verb}"
        said.append(f"the network is {how} in {in_words(row['compared_by'])}")
    return "; ".join([*said, *filter(None, [row["note"]])])


def interval(split: str, found: dict[str, Any]) -> dict[str, Any]:
    """The interval of an accuracy as columns: from, to, and what would be new (trainings, examples)."""
    if split == "validation" and found.get("interval"):
        ends = dict(zip(("low", "high"), found["interval"], strict=True))
        ends["over"] = found["interval_over"]
    else:
        ends = found.get("test_accuracy_interval") or {}
    return {f"{split}_accuracy_{part}": ends[part] for part in ("low", "high", "over") if ends}


def optimistic(row: dict[str, Any], column: str) -> str:
    """What to say beside a score that chose the best of several configurations; else nothing.

    Of N scores that chance moves, the largest is one that chance has moved upwards.
    """
    several = int(row.get("configurations", 1))  # a baseline has none
    if column != row.get("selected_by") or several < 2 or row[column] in (None, ""):
        return ""
    return f"best of {several}, optimistic"


def read_often(rows: list[dict[str, Any]]) -> str:
    """Say how many experiments were tested on the same test split; nothing where each has its own."""
    tested = Counter(row["dataset"] for row in rows if row["test_accuracy"] not in (None, ""))
    often = [f"{count} of {dataset}" for dataset, count in tested.items() if count > 1]
    if not often:
        return ""
    return (
        f"Experiments tested on the same test split: {', '.join(often)}. The best of their test "
        "accuracies is optimistic, too."
    )


def as_markdown(rows: list[dict[str, Any]], baselines: list[dict[str, Any]]) -> str:
    """Write the rows as a Markdown table, accuracies in percent beside the published ones.

    Below each experiment are its baselines.
    """
    columns = {"experiment": "text", "data": "text", "runs": "number", "best run": "code"}
    titles = [*SPLITS, *map(in_words, ONCE)]
    table = MarkdownTable({**columns, **dict.fromkeys(titles, "number"), "status": "text"}, [])
    for row in rows:
        name = row["experiment"]
        status = [row["status"], *[f"warning: {row['warning']}"] * bool(row["warning"])]
        about = [name, row["dataset"], str(row["runs"]), row["best_run"]]
        table.rows.append([*about, *cells_of(row), "; ".join(status)])
        for each in baselines:
            if each["experiment"] == name:
                about = [f"{name}: {title_of(each['baseline'])}", row["dataset"], "", ""]
                table.rows.append([*about, *cells_of(each), worth(each)])
    remarks = [f"* {row['experiment']}: {row['remark']}" for row in rows if row.get("remark")]
    return "\n".join([table.markdown(), *([""] * bool(remarks)), *remarks])


def cells_of(row: dict[str, Any]) -> list[str]:
    """The cells with the metrics of an experiment or a baseline."""
    cells = []
    for split in SPLITS:
        cell = shown_value(row[f"{split}_{EACH}"], EACH)
        if words := optimistic(row, f"{split}_{EACH}"):
            cell += f" ({words})"
        if published := row.get(f"published_{split}_{EACH}"):
            cell += f" (published {100 * published:g} %)"
        for column, words in APART.items():
            if column.startswith(f"{split}_{EACH}_") and row.get(column):
                cell += f" ({shown_value(row[column], EACH)} {words})"
        cells.append(cell)
    last = last_split(row)
    of = f" ({last})" if last != "test" else ""
    for name in ONCE:
        value, words = shown_value(row[f"{last}_{name}"], name), optimistic(row, f"{last}_{name}")
        cells.append(value and value + of + f" ({words})" * bool(words))
    return cells


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
        "--fitted",
        nargs="*",
        default=[],
        type=Path,
        help="baselines.json of experiments; where there is a test.json, it has their numbers",
    )
    parser.add_argument(
        "--published",
        default={},
        type=cli.json_with(),
        help="JSON: published figures by experiment",
    )
    parser.add_argument(
        "--remarks",
        default={},
        type=cli.json_with(),
        help="JSON: remarks on the data, by experiment",
    )
    parser.add_argument("--csv", required=True, type=Path, help="a row an experiment")
    parser.add_argument("--markdown", required=True, type=Path, help="the same for people")
    parser.add_argument(
        "--scoreboard", required=True, type=Path, help="a row a published figure, CSV"
    )
    parser.add_argument("--baselines", required=True, type=Path, help="a row a baseline, CSV")
    parser.add_argument("--runs", required=True, type=Path, help="a row a run, CSV")
    options = parser.parse_args()
    rows, scores, baselines, runs = [], [], [], []
    fitted = {path.parent: path for path in options.fitted}
    for path in (*options.selections, *options.earlier):
        experiment, name = FinishedExperiment(path.parent), path.parent.name
        published = options.published.get(name)
        remark = options.remarks.get(name)
        rows.append(summarize(experiment, published, path in options.earlier, remark))
        if experiment.test is not None:
            baselines += beside(rows[-1], experiment.test.get("baselines", {}), experiment.folds)
        elif path.parent in fitted:
            baselines += beside(
                rows[-1], artifacts.read_json(fitted[path.parent]), experiment.folds
            )
        scores += scoreboard.compare(name, published, experiment) if published else []
        runs += [{"experiment": name, **r} for r in artifacts.read_csv(path.with_name("runs.csv"))]
    artifacts.write_csv(options.csv, COLUMNS, rows)
    artifacts.write_csv(options.scoreboard, scoreboard.COLUMNS, scores)
    artifacts.write_csv(options.baselines, BASELINES, baselines)
    board = f"\n## Scoreboard\n\n{scoreboard.BEGIN}\n{scoreboard.as_markdown(scores)}\n{scoreboard.END}\n"
    often = read_often(rows)
    table = as_markdown(rows, baselines)
    about = ABOUT.format(means="seeds and folds" if any("fold" in row for row in runs) else "seeds")
    text = f"# Results\n\n{about}{often}{chr(10) * bool(often)}\n{table}\n{board * bool(scores)}"
    artifacts.write_text(options.markdown, text)
    known = ["experiment", *RUN_NAMES, *RUN_METRICS]
    varied = [key for key in dict.fromkeys(key for row in runs for key in row) if key not in known]
    artifacts.write_csv(options.runs, ["experiment", *RUN_NAMES, *varied, *RUN_METRICS], runs)


if __name__ == "__main__":
    cli.run(main)
