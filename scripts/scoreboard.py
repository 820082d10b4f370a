"""The scoreboard: every published figure beside ours, with an interval and a verdict.

It is a part of results/summary.md, and of README.md, where this program puts it:

    python scripts/scoreboard.py README.md
"""

import argparse
import re
from pathlib import Path
from typing import Any

import artifacts
from evaluation import mean_interval, verdict, wilson_interval
from results import Experiment

FIGURES = ("total_loss", "training_accuracy", "validation_accuracy", "test_accuracy")
COLUMNS = [
    "system",
    "source",
    "figure",
    "published",
    "ours",
    "low",
    "high",
    "seeds",
    "verdict",
    "command",
]
BEGIN, END = "<!-- scoreboard -->", "<!-- end of scoreboard -->"


def ours(figure: str, experiment: Experiment) -> tuple[list[float], int]:
    """Return our values of a figure, one a seed, and on how many images they were measured."""
    if figure == "total_loss":
        return experiment.measured("online_loss", "guarded"), 0
    if figure == "test_accuracy":
        return experiment.accuracies("test"), experiment.test["images"] if experiment.test else 0
    images = experiment.measured(figure.replace("accuracy", "images"))
    return experiment.measured(figure), images[0] if images else 0


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
        values, images = ours(figure, experiment)
        if not values:
            continue
        mean = sum(values) / len(values)
        interval = mean_interval(values) or wilson_interval(round(mean * images), images)
        found = verdict(mean, interval, published[figure], half_digit(published[figure]))
        remark = published.get("remark")
        rows.append(
            {
                "system": published["system"],
                "source": published["source"],
                "figure": figure.replace("_", " "),
                "published": published[figure],
                "ours": mean,
                "low": interval[0],
                "high": interval[1],
                "seeds": len(values),
                "verdict": f"{found}: {remark}" if remark and found != "reproduced" else found,
                "command": f"snakemake --cores 4 {name}",
            }
        )
    return rows


def in_words(row: dict[str, Any]) -> dict[str, str]:
    """Write the published figure of a row and ours, accuracies in percent."""
    values = [float(row[key]) for key in ("published", "ours", "low", "high")]
    if row["figure"] == "total loss":
        published, ours, low, high = (f"{value:.0f}" for value in values)
    else:  # an interval of a mean may reach beyond what an accuracy can be
        published, *within = (100 * min(max(value, 0), 1) for value in values)
        ours, low, high = (f"{value:.2f}" for value in within)
        published, ours = f"{published:.4g} %", f"{ours} %"
    return {"published": published, "ours": f"{ours} ({low} to {high}, {row['seeds']})"}


def as_markdown(rows: list[dict[str, Any]]) -> str:
    """Write the rows as a Markdown table."""
    lines = [
        "| system | figure | published | ours (95 % interval, seeds) | verdict | command |",
        "|---|---|---:|---:|---|---|",
    ]
    for row in rows:
        system = row["system"]
        if row["source"].startswith("http"):
            system = f"[{system}]({row['source']})"
        cells = [system, row["figure"], *in_words(row).values(), row["verdict"]]
        lines.append("| " + " | ".join([*cells, f"`{row['command']}`"]) + " |")
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("document", type=Path, help="Markdown with the marks of a scoreboard")
    parser.add_argument("--summary", type=Path, default=Path("results/summary.md"))
    options = parser.parse_args()
    between = re.compile(f"{BEGIN}.*?{END}", re.DOTALL)
    found = between.search(options.summary.read_text(encoding="utf-8"))
    text = options.document.read_text(encoding="utf-8")
    if not found or not between.search(text):
        place = options.document if found else options.summary
        raise OSError(f"{place} has no scoreboard: the lines {BEGIN} and {END} are missing")
    artifacts.write_text(options.document, between.sub(lambda _: found[0], text))


if __name__ == "__main__":
    artifacts.cli(main)
