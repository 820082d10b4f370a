"""The scoreboard: every published figure beside ours, with an interval and a verdict.

It is a part of results/summary.md, and of README.md, where this program puts it:

    python scripts/scoreboard.py README.md

Rows of experiments that are not built stay there.
"""

import argparse
import re
from decimal import Decimal, InvalidOperation
from pathlib import Path
from statistics import fmean
from typing import Any, NamedTuple

import cli
from evaluation import (
    MARGIN,
    accuracy_interval,
    best_of_single_runs,
    mean_interval,
    prediction_interval,
    verdict,
)
from files import artifacts
from files.finished import FinishedExperiment
from files.markdown import MarkdownTable

# What may have been published of a system; see `ours`.
FIGURES = (
    "total_loss",
    "training_accuracy",
    "validation_accuracy",
    "best_single_validation_accuracy",
    "test_accuracy",
    "first_test_accuracy",
)
COLUMNS = [
    "experiment",
    "system",
    "source",
    "figure",
    "published",
    "ours",
    "low",
    "high",
    "expected_low",
    "expected_high",
    "seeds",
    "note",
    "found",
    "verdict",
    "command",
]
BEGIN, END = "<!-- scoreboard -->", "<!-- end of scoreboard -->"


class Ours(NamedTuple):
    """Our value of a figure, two intervals, of how many trainings, and what else is to be known.

    ``interval`` is that of the value; ``expected`` is where the published figure lies if the systems
    are alike: that of a single run, if it is of one.
    """

    value: float
    interval: tuple[float, float]
    expected: tuple[float, float]
    seeds: int
    note: str = ""


def ours(figure: str, experiment: FinishedExperiment, published: dict[str, Any]) -> Ours | None:
    """Return what we have beside a published figure; None where nothing was measured."""
    runs, others = published.get("runs", 1), published.get("other_examples", 0)
    if figure == "total_loss":
        values = experiment.measured("online_loss", "guarded")
        if len(values) < 2:
            return None
        mean, expected = fmean(values), prediction_interval(values, runs)
        return Ours(mean, mean_interval(values), expected or (mean, mean), len(values))
    if figure == "best_single_validation_accuracy" and experiment.folds:
        return None  # it is of runs on one validation split
    if figure == "best_single_validation_accuracy":
        rows = experiment.selection["configurations"]
        scores = [[score for score in row["scores"] if score is not None] for row in rows]
        scores = [group for group in scores if group]
        if not scores or experiment.selection["criterion"] != "validation_accuracy":
            return None
        best, *interval = best_of_single_runs(scores, experiment.images("validation"))
        note = f"the best mean over seeds is {100 * rows[0]['validation_accuracy']:.2f} %"
        return Ours(best, tuple(interval), tuple(interval), sum(map(len, scores)), note)
    split = figure.removesuffix("_accuracy").rpartition("_")[2]
    values, images, note = experiment.accuracies(split), experiment.images(split), ""
    if figure == "first_test_accuracy":
        networks = experiment.test["networks"] if experiment.test else []
        note = f"on all {images}: {100 * fmean(values):.2f} %" if values else ""
        values = [row["test_accuracy_first"] for row in networks if "test_accuracy_first" in row]
        images = experiment.test.get("images_first", 0) if experiment.test else 0
    if not values:
        return None
    mean = fmean(values)
    found = accuracy_interval(values, 0 if split == "training" else images)
    expected = prediction_interval(values, runs, images, others)
    if experiment.folds and split != "test":  # a published mean over folds is compared with ours
        found = experiment.interval(split, values)
        expected = found and found[:2]
    low, high, over = found or (mean, mean, "")
    expected = expected or (mean, mean)
    note = note or f"interval over the {over}" * (over in ("examples", "trainings"))
    return Ours(mean, (low, high), expected, len(values), note)


def half_digit(written: str) -> float:
    """Return half a unit of the last digit of a number's text: 0.005 for 0.90, 5000 for 2.1e+5.

    The zeros that end a whole number count as rounded: 210000 is taken as 21 times 10000, 2.10e+5 is not.
    """
    number = Decimal(written.strip().replace("_", ""))
    exponent = number.as_tuple().exponent
    if exponent == 0:
        exponent = number.normalize().as_tuple().exponent
    return float(Decimal(5).scaleb(exponent - 1))


def as_published(figure: str, published: dict[str, Any]) -> str:
    """Return a published figure with its digits: the text of the config if that is a decimal number."""
    text = str(published.get("written", {}).get(figure, "")).strip().replace("_", "")
    try:
        return str(Decimal(text))
    except InvalidOperation:  # no text, or one as 0x1F
        return repr(published[figure])


def rounding(figure: str, published: dict[str, Any]) -> float:
    """Return half a unit of the last published digit."""
    try:
        return half_digit(as_published(figure, published))
    except InvalidOperation:
        return 0.0


def compare(
    name: str, published: dict[str, Any], experiment: FinishedExperiment
) -> list[dict[str, Any]]:
    """Return a row for each published figure of an experiment."""
    rows = []
    for figure in FIGURES:
        if figure not in published:
            continue
        found = ours(figure, experiment, published)
        if found is None:
            continue
        aim, remark = published[figure], published.get("remark")
        fitted = published.get("fitted", {}).get(figure)
        margin = MARGIN if aim <= 1 else MARGIN * aim
        half = rounding(figure, published)
        found_to_be = verdict(found.value, found.interval, aim, half, margin, found.expected)
        if fitted:
            found_to_be, remark = "fitted", fitted
        rows.append(
            {
                "experiment": name,
                "system": published["system"],
                "source": published["source"],
                "figure": figure.replace("_", " "),
                "published": as_published(figure, published),
                "ours": found.value,
                "low": found.interval[0],
                "high": found.interval[1],
                "expected_low": found.expected[0],
                "expected_high": found.expected[1],
                "seeds": found.seeds,
                "note": found.note,
                "found": found_to_be,
                "verdict": f"{found_to_be}: {remark}"
                if remark and found_to_be != "reproduced"
                else found_to_be,
                "command": f"snakemake --cores 4 {name}",
            }
        )
    return rows


def in_words(row: dict[str, Any]) -> dict[str, str]:
    """Write the published figure of a row, ours, and what was to be expected, accuracies in percent."""
    keys = ("ours", "low", "high", "expected_low", "expected_high")
    values, published = [float(row[key]) for key in keys], Decimal(row["published"])
    if row["figure"] == "total loss":
        ours, *ends = (f"{value:.0f}" for value in values)
        published = f"{published:f}"
    else:
        ours, *ends = (f"{100 * value:.2f}" for value in values)
        published, ours = f"{published.scaleb(2):f} %", f"{ours} %"
    low, high, least, most = ends
    interval, seeds = f"{low} to {high}, {row['seeds']}", int(row["seeds"])
    if float(row["low"]) == float(row["high"]):  # nothing to tell it by
        interval = f"all {seeds} the same" if seeds > 1 else str(seeds)
    note = f"; {row['note']}" if row["note"] else ""
    return {
        "published": published,
        "ours": f"{ours} ({interval}){note}",
        "expected": f"{least} to {most}",
    }


def as_markdown(rows: list[dict[str, Any]]) -> str:
    """Write the rows as a Markdown table."""
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


def merged(old: str, new: str) -> tuple[str, int]:
    """A table with the rows of another one; rows that it has not stay in their places.

    A row is known by its figure and its command. Second, how many stayed.
    """
    rows = {}
    for text in (old, new):
        for line in text.splitlines():
            cells = [cell.strip() for cell in line.strip("|").split(" | ")]
            if len(cells) == 7 and "---" not in line:
                rows[cells[1], cells[6]] = line
    added = [line for line in rows.values() if line in new.splitlines()]
    head = new.splitlines()[1:3]
    body = [line for line in rows.values() if line != head[0]]
    return "\n".join([BEGIN, *head, *body, END]), len(rows) - len(added)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("document", type=Path, help="Markdown with the marks of a scoreboard")
    parser.add_argument(
        "--summary", type=Path, default=Path("results/summary.md"), help="summary.md"
    )
    options = parser.parse_args()
    between = re.compile(f"{BEGIN}.*?{END}", re.DOTALL)
    found = between.search(options.summary.read_text(encoding="utf-8"))
    text = options.document.read_text(encoding="utf-8")
    if not found or not between.search(text):
        place = options.document if found else options.summary
        raise OSError(f"{place} has no scoreboard: the lines {BEGIN} and {END} are missing")
    rows, kept = merged(between.search(text)[0], found[0])
    artifacts.write_text(options.document, between.sub(lambda _: rows, text))
    if kept:
        print(f"{kept} rows of experiments that were not built stay as they were")


if __name__ == "__main__":
    cli.run(main)
