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

FIGURES = ("total_loss", "training_accuracy", "validation_accuracy", "test_accuracy")
BEGIN, END = "<!-- scoreboard -->", "<!-- end of scoreboard -->"


def of_runs(column: str, folder: Path) -> list[Any]:
    """Return a column of metrics.json for each run of the selected configuration that has it."""
    best = artifacts.read_json(folder / "selection.json")["configurations"][0]
    metrics = [artifacts.read_json(folder / "runs" / run / "metrics.json") for run in best["runs"]]
    return [found[column] for found in metrics if found.get(column) is not None]


def ours(figure: str, folder: Path) -> tuple[list[float], int]:
    """Return our values of a figure, one a seed, and on how many images they were measured."""
    if figure == "total_loss":
        return [loss["guarded"] for loss in of_runs("online_loss", folder)], 0
    if figure == "test_accuracy":
        test = artifacts.read_json(folder / "test.json")
        return [network[figure] for network in test["networks"]], test["images"]
    images = of_runs(figure.replace("accuracy", "images"), folder)
    return of_runs(figure, folder), images[0]


def half_digit(published: float) -> float:
    """Return half a unit of the last digit that was published: 0.005 for 0.98, 5000 for 210000."""
    whole, _, decimals = repr(published).partition(".")
    zeros = 0 if decimals else len(whole) - len(whole.rstrip("0"))
    return 0.5 * 10.0 ** (zeros - len(decimals))


def compare(name: str, published: dict[str, Any], folder: Path) -> list[dict[str, Any]]:
    """Return a row for each published figure of an experiment that was built."""
    rows = []
    for figure in FIGURES:
        if figure not in published:
            continue
        try:
            values, images = ours(figure, folder)
        except FileNotFoundError:  # not that far yet, or deleted; it was not asked for
            continue
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


def as_markdown(rows: list[dict[str, Any]]) -> str:
    """Write the rows as a Markdown table, accuracies in percent."""
    lines = [
        "| system | figure | published | ours (95 % interval, seeds) | verdict | command |",
        "|---|---|---:|---:|---|---|",
    ]
    for row in rows:
        system = row["system"]
        if row["source"].startswith("http"):
            system = f"[{system}]({row['source']})"
        if row["figure"] == "total loss":
            published = str(row["published"])
            ours, low, high = (f"{row[key]:.0f}" for key in ("ours", "low", "high"))
        else:  # an interval of a mean may reach beyond what an accuracy can be
            published = f"{100 * row['published']:.4g} %"
            within = (min(max(row[key], 0), 1) for key in ("ours", "low", "high"))
            ours, low, high = (f"{100 * value:.2f}" for value in within)
            ours += " %"
        figures = f"{ours} ({low} to {high}, {row['seeds']})"
        cells = [system, row["figure"], published, figures, row["verdict"]]
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
