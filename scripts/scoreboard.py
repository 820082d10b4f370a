"""The scoreboard: every published figure beside ours, with an interval and a verdict.

It is a part of results/summary.md, and of README.md, where this program puts it:

    python scripts/scoreboard.py README.md

Rows of experiments that are not built stay there.
"""

from common import artifacts
from common.results import Experiment
from common.tables import Table

import argparse
import re
from pathlib import Path
from statistics import fmean
from typing import Any, NamedTuple

from evaluation import (
    MARGIN,
    accuracy_interval,
    best_of_single_runs,
    mean_interval,
    verdict,
)

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
    "seeds",
    "note",
    "found",
    "verdict",
    "command",
]
BEGIN, END = "<!-- scoreboard -->", "<!-- end of scoreboard -->"


class Ours(NamedTuple):
    """Our value of a figure, its interval, of how many trainings, and what else is to be known."""

    value: float
    low: float
    high: float
    seeds: int
    note: str = ""


def ours(figure: str, experiment: Experiment) -> Ours | None:
    """Return what we have beside a published figure; None where nothing was measured."""
    if figure == "total_loss":
        values = experiment.measured("online_loss", "guarded")
        if len(values) < 2:
            return None
        return Ours(fmean(values), *mean_interval(values), len(values))
    if figure == "best_single_validation_accuracy" and experiment.folds:
        return None  # it is of runs on one validation split
    if figure == "best_single_validation_accuracy":
        rows = experiment.selection["configurations"]
        scores = [[score for score in row["scores"] if score is not None] for row in rows]
        scores = [group for group in scores if group]
        if not scores or experiment.selection["criterion"] != "validation_accuracy":
            return None
        mean = f"the best mean over seeds is {100 * rows[0]['validation_accuracy']:.2f} %"
        return Ours(*best_of_single_runs(scores), sum(map(len, scores)), mean)
    split = figure.removesuffix("_accuracy").rpartition("_")[2]
    values, images, note = experiment.accuracies(split), experiment.images(split), ""
    if figure == "first_test_accuracy":
        networks = experiment.test["networks"] if experiment.test else []
        note = f"on all {images}: {100 * fmean(values):.2f} %" if values else ""
        values = [row["test_accuracy_first"] for row in networks if "test_accuracy_first" in row]
        images = experiment.test.get("images_first", 0) if experiment.test else 0
    if not values:
        return None
    interval = accuracy_interval(values, images)
    if experiment.folds and split != "test":
        interval = experiment.interval(split, values)
    low, high, over = interval or (fmean(values), fmean(values), "")
    note += "interval over the examples" * (over == "examples" and not note)
    return Ours(fmean(values), low, high, len(values), note)


def half_digit(published: float) -> float:
    """Return half a unit of the last digit that was published: 0.005 for 0.98, 5000 for 210000."""
    whole, _, decimals = repr(published).partition(".")
    zeros = 0 if decimals else len(whole) - len(whole.rstrip("0"))
    return 0.5 * 10.0 ** (zeros - len(decimals))


def compare(name: str, published: dict[str, Any], experiment: Experiment) -> list[dict[str, Any]]:
    """Return a row for each published figure of an experiment."""
    rows = []
    for figure in FIGURES:
        if figure not in published:
            continue
        found = ours(figure, experiment)
        if found is None:
            continue
        aim, remark = published[figure], published.get("remark")
        margin = MARGIN if aim <= 1 else MARGIN * aim
        interval = found.low, found.high
        found_to_be = verdict(found.value, interval, aim, half_digit(aim), margin)
        rows.append(
            {
                "experiment": name,
                "system": published["system"],
                "source": published["source"],
                "figure": figure.replace("_", " "),
                "published": aim,
                "ours": found.value,
                "low": found.low,
                "high": found.high,
                "seeds": found.seeds,
                "note": found.note,
                "found": found_to_be,
                "verdict": f"{found_to_be}: {remark}"
                if remark and found_to_be in ("above", "below")
                else found_to_be,
                "command": f"snakemake --cores 4 {name}",
            }
        )
    return rows


def in_words(row: dict[str, Any]) -> dict[str, str]:
    """Write the published figure of a row and ours, accuracies in percent."""
    values = [float(row[key]) for key in ("published", "ours", "low", "high")]
    if row["figure"] == "total loss":
        published, ours, low, high = (f"{value:.0f}" for value in values)
    else:
        published, *within = (100 * value for value in values)
        ours, low, high = (f"{value:.2f}" for value in within)
        published, ours = f"{published:.4g} %", f"{ours} %"
    note = f"; {row['note']}" if row["note"] else ""
    return {"published": published, "ours": f"{ours} ({low} to {high}, {row['seeds']}){note}"}


def as_markdown(rows: list[dict[str, Any]]) -> str:
    """Write the rows as a Markdown table."""
    columns = {"system": "text", "figure": "text", "published": "number"}
    columns |= {"ours (95 % interval, seeds)": "number", "verdict": "text", "command": "code"}
    table = Table(columns, [])
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
            if len(cells) == 6 and "---" not in line:
                rows[cells[1], cells[5]] = line
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
    artifacts.cli(main)
