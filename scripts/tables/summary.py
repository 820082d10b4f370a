"""The rows of summary.csv and baselines.csv, and words for them that the summary and the report share."""

from collections import Counter
from typing import Any

from evaluation import METRICS, in_words
from files.finished import EARLIER, FinishedExperiment

SPLITS = ("training", "validation", "test")
SHOWN = [name for name, metric in METRICS.items() if metric.shown]
EACH = "accuracy"  # shown for each split
ONCE = [name for name in SHOWN if name != EACH]  # shown for the last split only
# Scores that are not those of one network and one view of each image.
APART = {
    "test_accuracy_averaged": "over many views",
    "test_accuracy_ensemble": "by all seeds together",
    "test_accuracy_ensemble_averaged": "by all seeds over many views",
}
ENDS = ("low", "high", "over")  # of the interval of an accuracy
SCORES = [f"{split}_{name}" for name in SHOWN for split in SPLITS]
COLUMNS = [
    *("experiment", "dataset", "runs", "configurations", "best_run"),
    *SCORES,
    *[f"{split}_accuracy_{part}" for split in SPLITS[1:] for part in ENDS],
    *[f"published_{split}_accuracy" for split in SPLITS],
    *("selected_by", "status", "warning", *APART, "settings", "remark"),
]
BASELINES = ["experiment", "baseline", *SCORES, "compared_by", "network_better_by", "note"]


def row_of(
    experiment: FinishedExperiment, published: dict, earlier: bool, remark: str | None
) -> dict:
    """Return an experiment's row of the summary; an ``earlier`` one was built by another run."""
    selection, test = experiment.selection, experiment.test or {}
    best = selection["configurations"][0]
    last = test if test.get("networks") else selection
    row = {
        "experiment": experiment.folder.name,
        "dataset": selection["dataset"],
        "runs": selection["runs"],
        "configurations": _configurations(selection),
        "best_run": selection["best_run"],
        "selected_by": selection["criterion"],
        "status": "; ".join(_status(selection, test, earlier)),
        "warning": "; ".join(last.get("cautions", [])),
        "settings": selection["settings_digest"],
        "remark": remark,
    }
    for name in SCORES:
        measured = test if name.startswith("test_") else best
        row[name] = measured.get(name)
    for name in APART:
        row[name] = test.get(name)
    for split in SPLITS:
        row[f"published_{split}_accuracy"] = published.get(f"{split}_accuracy")
    intervals = {
        "validation": _validation_interval(experiment),
        "test": test.get("test_accuracy_interval"),
    }
    for split, interval in intervals.items():
        if interval:
            for part in ENDS:
                row[f"{split}_accuracy_{part}"] = interval[part]
    return row


def _configurations(selection: dict[str, Any]) -> int:
    """Count the configurations that were measured; with halving, those of every rung."""
    return len({run["configuration"] for run in selection["measured"]})


def _status(selection: dict[str, Any], test: dict[str, Any], earlier: bool) -> list[str]:
    """Say how the runs ended, and how the configuration was chosen if not by validation accuracy."""
    best, failed = selection["configurations"][0], len(selection["failures"])
    status = [f"{failed} of {selection['runs']} runs failed" if failed else "completed"]
    if best["failed"] and len(selection["configurations"]) > 1:
        status.append("no configuration completed all of its seeds")
    if selection["failed"]:
        status = ["failed: " + selection["failed"].partition("\n")[0]]
    elif lost := len(test.get("failures", [])):
        status.append(f"{lost} of {lost + len(test['networks'])} final networks failed")
    criterion = selection["criterion"]
    if criterion != "validation_accuracy" and _configurations(selection) > 1:
        chosen = f"selected by {in_words(criterion)}"
        if criterion.startswith("training"):
            chosen += ", because there is no validation split"
        status.append(chosen)
    if earlier:
        status.append(f"{EARLIER} (settings {selection['settings_digest']})")
    return status


def _validation_interval(experiment: FinishedExperiment) -> dict[str, Any] | None:
    """Return the interval of the validation accuracy of the best configuration."""
    found = experiment.interval("validation", experiment.accuracies("validation"))
    return found._asdict() if found else None


def last_split(row: dict[str, Any]) -> str:
    """Return the last split that was measured: test, else validation, else training."""
    for split in reversed(SPLITS):
        if row[f"{split}_{EACH}"] not in (None, ""):
            return split
    return "test"


def baseline_rows(row: dict, fitted: dict[str, dict], folds: int = 0) -> list[dict]:
    """Return a row for each baseline of an experiment, the weakest first.

    `network_better_by` is the difference in the selecting metric on the last split that both have.
    """
    metric = row["selected_by"].partition("_")[2]
    if not METRICS[metric].percent:
        metric = EACH  # a difference of losses says little
    rows = []
    for name, numbers in fitted.items():
        notes = []
        if "failed" in numbers:
            notes.append(f"failed: {numbers['failed']}")
        key = better = None
        for split in SPLITS:
            score = f"{split}_{metric}"
            if row[score] is not None and numbers.get(score) is not None:
                key, better = score, row[score] - numbers[score]
        if folds and key and not key.startswith("test"):
            notes.append("on one fold, the network on all")
        if numbers.get("note"):
            notes.append(numbers["note"])
        found = {score: numbers.get(score) for score in SCORES}
        found |= {"compared_by": key, "network_better_by": better, "note": "; ".join(notes)}
        rows.append({"experiment": row["experiment"], "baseline": name, **found})
    # Among equals the majority comes first.
    return sorted(rows, key=lambda r: (-(r["network_better_by"] or 0), r["baseline"] != "majority"))


def title_of(baseline: str) -> str:
    return baseline.replace("_", " ").replace("svc", "SVC")


def worth(row: dict[str, Any]) -> str:
    """Say how the network compares with a baseline, with the notes on its fit."""
    said = ["baseline"]
    if row["compared_by"]:
        difference = float(row["network_better_by"])
        points = f"{100 * abs(difference):.2f}"
        how = f"{points} points {'better' if difference > 0 else 'worse'}"
        if points == "0.00":
            how = "the same"
        said.append(f"the network is {how} in {in_words(row['compared_by'])}")
    if row["note"]:
        said.append(row["note"])
    return "; ".join(said)


def optimistic(row: dict[str, Any], column: str) -> str:
    """Return a warning for a score that chose the best of several, which chance moved upwards; else ""."""
    several = int(row.get("configurations", 1))  # a baseline has none
    if column != row.get("selected_by") or several < 2 or row[column] in (None, ""):
        return ""
    return f"best of {several}, optimistic"


def read_often(rows: list[dict[str, Any]]) -> str:
    """Say how many experiments share a test split; "" if each has its own."""
    tested = Counter(row["dataset"] for row in rows if row["test_accuracy"] not in (None, ""))
    often = ", ".join(f"{count} on {dataset}" for dataset, count in tested.items() if count > 1)
    if not often:
        return ""
    said = f"Experiments that share a test split: {often}."
    return f"{said} The best of their test accuracies is optimistic, too."
