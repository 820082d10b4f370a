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

SPLITS = ("training", "validation", "test")
BEGIN, END = "<!-- scoreboard -->", "<!-- end of scoreboard -->"


def ours(split: str, folder: Path) -> tuple[list[float], int]:
    """Return the accuracies of the selected configuration, one a seed, and how many images."""
    if split == "test":
        test = artifacts.read_json(folder / "test.json")
        return [network["test_accuracy"] for network in test["networks"]], test["images"]
    best = artifacts.read_json(folder / "selection.json")["configurations"][0]
    metrics = [artifacts.read_json(folder / "runs" / run / "metrics.json") for run in best["runs"]]
    measured = [m for m in metrics if m[f"{split}_accuracy"] is not None]
    return [m[f"{split}_accuracy"] for m in measured], measured[0][f"{split}_images"]


def half_digit(published: float) -> float:
    """Return half a unit of the last digit that was published: 0.005 for 0.98."""
    return 0.5 * 10.0 ** -len(repr(published).partition(".")[2])


def compare(name: str, published: dict[str, Any], folder: Path) -> list[dict[str, Any]]:
    """Return a row for each published figure of an experiment that was built."""
    rows = []
    for split in SPLITS:
        figure = published.get(f"{split}_accuracy")
        if figure is None:
            continue
        values, images = ours(split, folder)
        mean = sum(values) / len(values)
        interval = mean_interval(values) or wilson_interval(round(mean * images), images)
        found = verdict(mean, interval, figure, half_digit(figure))
        remark = published.get("remark")
        rows.append(
            {
                "system": published["system"],
                "source": published["source"],
                "figure": f"{split} accuracy",
                "published": figure,
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
        # An interval of a mean may reach beyond what an accuracy can be.
        low, high = (100 * min(max(row[end], 0), 1) for end in ("low", "high"))
        figures = f"{100 * row['ours']:.2f} % ({low:.2f} to {high:.2f}, {row['seeds']})"
        cells = [system, row["figure"], f"{100 * row['published']:.4g} %", figures, row["verdict"]]
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
