"""The scoreboard: every published figure with ours, an interval and a verdict."""

from decimal import Decimal, InvalidOperation
from statistics import fmean
from typing import Any, NamedTuple

from evaluation import (
    MARGIN,
    accuracy_interval,
    best_of_single_runs,
    mean_interval,
    prediction_interval,
    verdict,
)
from evaluation import in_words as metric_in_words
from files.finished import Counts, FinishedExperiment
from files.markdown import MarkdownTable

FIGURES = (
    "total_loss",
    "training_accuracy",
    "validation_accuracy",
    "best_single_validation_accuracy",
    "test_accuracy",
    "first_test_accuracy",
)
ENDS = ("low", "high", "expected_low", "expected_high")
COLUMNS = [
    *("experiment", "system", "source", "figure", "published", "ours", *ENDS),
    *(*Counts._fields, "note", "found", "verdict", "command"),
]
BEGIN, END = "<!-- scoreboard -->", "<!-- end of scoreboard -->"
UNMEASURED = "not measured"


class Ours(NamedTuple):
    """Our value of a published figure.

    ``interval`` is that of the value. A published figure of a system like ours lies in ``expected``.
    """

    value: float
    interval: tuple[float, float]
    expected: tuple[float, float]
    counts: Counts
    note: str = ""


def ours(figure: str, experiment: FinishedExperiment, published: dict) -> Ours | str | None:
    """Return our value of a published figure; a text says why it cannot be measured, None not yet."""
    if figure == "best_single_validation_accuracy":
        return _best_single(experiment)
    if figure != "total_loss":
        return _accuracy(figure, experiment, published)
    values = experiment.measured("online_loss", "guarded")
    if len(values) < 2:
        return None
    mean, expected = fmean(values), prediction_interval(values, published.get("runs", 1))
    return Ours(mean, mean_interval(values), expected or (mean, mean), Counts(len(values)))


def _best_single(experiment: FinishedExperiment) -> Ours | str | None:
    criterion = experiment.selection["criterion"]
    if criterion != "validation_accuracy":
        return f"{UNMEASURED}: selected by {metric_in_words(criterion)}"
    if experiment.folds:
        return f"{UNMEASURED}: a cross-validation has no single validation split"
    rows = experiment.selection["configurations"]
    scores = [[score for score in row["scores"] if score is not None] for row in rows]
    scores = [group for group in scores if group]
    if not scores:
        return None
    best, *interval = best_of_single_runs(scores, experiment.images("validation"))
    note = f"the best mean over seeds is {100 * rows[0]['validation_accuracy']:.2f} %"
    if len(scores) > 1:
        note = f"the best of {len(scores)} configurations; {note}"
    return Ours(best, tuple(interval), tuple(interval), Counts(max(map(len, scores))), note)


def _accuracy(figure: str, experiment: FinishedExperiment, published: dict) -> Ours | None:
    split = figure.removesuffix("_accuracy").rpartition("_")[2]
    values, images, note = experiment.accuracies(split), experiment.images(split), ""
    if figure == "first_test_accuracy":
        test = experiment.test or {"networks": []}
        note = f"on all {images}: {100 * fmean(values):.2f} %" if values else ""
        values = [r["test_accuracy_first"] for r in test["networks"] if "test_accuracy_first" in r]
        images = test.get("images_first", 0)
    if not values:
        return None
    if experiment.folds and split != "test":  # a published mean over folds is compared with ours
        mean, found = experiment.mean(split), experiment.interval(split, values)
        expected = found and found[:2]
    else:
        mean, found = fmean(values), accuracy_interval(values, 0 if split == "training" else images)
        runs, others = published.get("runs", 1), published.get("other_examples", 0)
        expected = prediction_interval(values, runs, images, others)
    low, high, over = found or (mean, mean, "")
    if not note and over in ("examples", "trainings"):
        note = f"interval over the {over}"
    return Ours(mean, (low, high), expected or (mean, mean), experiment.counts(split), note)


def half_digit(written: str) -> float:
    """Return half a unit of the last digit of a number's text: 0.005 for 0.90, 5000 for 2.1e+5."""
    number = Decimal(written.strip().replace("_", ""))
    if number.as_tuple().exponent == 0:  # zeros at the end of a whole number count as rounded
        number = number.normalize()
    return float(Decimal(5).scaleb(number.as_tuple().exponent - 1))


def as_published(figure: str, published: dict[str, Any]) -> str:
    """Return a published figure with its digits: the config's text if that is a decimal number."""
    text = str(published.get("written", {}).get(figure, "")).strip().replace("_", "")
    try:
        return str(Decimal(text))
    except InvalidOperation:  # no text, or one like 0x1F
        return repr(published[figure])


def rows_of(name: str, published: dict, experiment: FinishedExperiment) -> list[dict]:
    """Return a row for each published figure of an experiment that was measured, or never will be."""
    rows = []
    for figure in FIGURES:
        found = ours(figure, experiment, published) if figure in published else None
        if found is None:
            continue
        row = {
            "experiment": name,
            "system": published["system"],
            "source": published["source"],
            "figure": figure.replace("_", " "),
            "published": as_published(figure, published),
            "command": f"snakemake --cores 4 {name}",
        }
        if isinstance(found, str):
            row |= {"found": UNMEASURED, "verdict": found}
        else:
            row |= {"ours": found.value, "note": found.note, **found.counts._asdict()}
            row |= dict(zip(ENDS, (*found.interval, *found.expected), strict=True))
            row |= judged(figure, found, published)
        rows.append({column: row.get(column) for column in COLUMNS})
    return rows


def judged(figure: str, found: Ours, published: dict[str, Any]) -> dict[str, str]:
    """Return the verdict on a figure, alone and with the remark of the config."""
    if reason := published.get("fitted", {}).get(figure):
        return {"found": "fitted", "verdict": f"fitted: {reason}"}
    aim, remark = published[figure], published.get("remark")
    margin, half = MARGIN if aim <= 1 else MARGIN * aim, half_digit(as_published(figure, published))
    result = verdict(found.value, found.interval, aim, half, margin, found.expected)
    said = f"{result}: {remark}" if remark and result != "reproduced" else result
    return {"found": result, "verdict": said}


def in_words(row: dict[str, Any]) -> dict[str, str]:
    """Write a row's published figure, ours, and the expected range; accuracies in percent."""
    loss, published = row["figure"] == "total loss", Decimal(row["published"])
    said = f"{published:f}" if loss else f"{published.scaleb(2):f} %"
    if row["found"] == UNMEASURED:
        return {"published": said, "ours": UNMEASURED, "expected": ""}
    ours, low, high, least, most = (
        f"{float(row[key]):.0f}" if loss else f"{100 * float(row[key]):.2f}"
        for key in ("ours", *ENDS)
    )
    seeds, folds, repeats = (int(row.get(key) or 0) for key in Counts._fields)
    trainings = Counts(seeds, folds, repeats).in_words if folds else str(seeds)
    interval = f"{low} to {high}, {trainings}"
    if float(row["low"]) == float(row["high"]):  # no spread to judge by
        interval = f"all {seeds} the same" if seeds > 1 and not folds else trainings
    note = f"; {row['note']}" if row["note"] else ""
    unit = "" if loss else " %"
    ours = f"{ours}{unit} ({interval}){note}"
    return {"published": said, "ours": ours, "expected": f"{least} to {most}"}


def as_markdown(rows: list[dict[str, Any]]) -> str:
    columns = {"system": "text", "figure": "text", "published": "number"}
    columns |= {"ours (95 % interval, seeds)": "number", "expected if alike (95 %)": "number"}
    table = MarkdownTable({**columns, "verdict": "text", "command": "code"}, [])
    for row in rows:
        system = row["system"]
        if row["source"].startswith("http"):
            system = f"[{system}]({row['source']})"
        cells = [system, row["figure"], *in_words(row).values(), row["verdict"]]
        table.rows.append([*cells, row["command"]])
    return table.markdown()


def marked(rows: list[dict[str, Any]]) -> str:
    """Return the Markdown table between the marks by which scoreboard.py finds it."""
    return f"{BEGIN}\n{as_markdown(rows)}\n{END}"
