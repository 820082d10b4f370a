"""Make one HTML page of all results: tables, figures and studies, in one file that needs no network."""

from common import artifacts

import argparse
import base64
from pathlib import Path
from typing import Any

import jinja2

import scoreboard
from evaluation import METRICS
from plot import FIGURES
from summarize import SHOWN, SPLITS, in_words


def in_table(value: str, metric: str) -> str:
    """Write a metric as the summary does; nothing where there is none."""
    return in_words(float(value) if value else None, METRICS[metric].percent)


def sections(rows: list[dict[str, str]], shown: list[Path]) -> list[dict]:
    """What the page shows of each experiment, in the order of the summary."""
    found: dict[str, dict[str, Any]] = {
        row["experiment"]: {"name": row["experiment"], "row": row, "figures": [], "studies": []}
        for row in rows
    }
    for path in shown:
        if path.suffix == ".png":
            experiment = path.parent.parent.name
            image = base64.b64encode(path.read_bytes()).decode()
            figure = {"name": path.stem.replace("_", " "), "image": image}
            figure["caption"] = FIGURES[path.stem].caption if path.stem in FIGURES else ""
            found[experiment]["figures"].append(figure)
        else:
            found[path.parent.parent.name]["studies"].append(artifacts.read_json(path))
    return list(found.values())


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--summary", required=True, type=Path, help="summary.csv")
    parser.add_argument("--scoreboard", required=True, type=Path, help="scoreboard.csv")
    parser.add_argument(
        "--shown", nargs="*", default=[], type=Path, help="figures (PNG) and studies (JSON)"
    )
    parser.add_argument("--template", required=True, type=Path, help="the page, for Jinja")
    parser.add_argument("--output", required=True, type=Path, help="report.html")
    options = parser.parse_args()
    environment = jinja2.Environment(autoescape=True, trim_blocks=True, lstrip_blocks=True)
    environment.filters["shown"] = in_table
    template = environment.from_string(options.template.read_text(encoding="utf-8"))
    rows = artifacts.read_csv(options.summary)
    scores = [{**row, **scoreboard.in_words(row)} for row in artifacts.read_csv(options.scoreboard)]
    page = template.render(
        rows=rows,
        splits=SPLITS,
        metrics=SHOWN,
        scores=scores,
        sections=sections(rows, options.shown),
    )
    artifacts.write_text(options.output, page)


if __name__ == "__main__":
    artifacts.cli(main)
