"""Make one HTML page of all results: tables, figures and studies, in one file that needs no network."""

from pathlib import Path
from typing import Any

import jinja2
import numpy as np
from markupsafe import Markup

import cli
from evaluation import METRICS, in_words, shown_value
from figures import FIGURES, PALETTE
from files import artifacts
from files.finished import EARLIER, readable
from files.prepared import notes_of
from page.comparison import BAR, compared
from page.pictures import figures_of, mistakes_of
from page.section import CURVES, SPARK, section_of
from tables import scoreboard, summary


def in_table(value: str, metric: str) -> str:
    """Write a metric as the summary does; nothing if there is none."""
    return shown_value(float(value) if value else None, metric)


def sections(rows: list[dict], folders: list[Path], shown: list[Path]) -> list[dict]:
    """Return the section of each experiment, in the order of the summary."""
    places, found = {folder.name: folder for folder in folders}, []
    captions = {name: figure.caption for name, figure in FIGURES.items()}
    for row in rows:
        folder = places[row["experiment"]]
        own = [path for path in shown if path.parent.parent.name == folder.name]
        with readable(folder, EARLIER in row["status"]):
            figures = [path for path in own if path.suffix == ".png"]
            studies = [path for path in own if path.suffix == ".json"]
            found.append(
                section_of(row, folder)
                | {
                    "mistakes": mistakes_of(folder),
                    "figures": figures_of(figures, captions),
                    "studies": [artifacts.read_json(path) for path in studies],
                }
            )
    return found


def data_of(sections: list[dict[str, Any]]) -> dict[str, Any]:
    """Return the data that the page's script reads."""
    keys = ("name", "settings", "curves", "names", "criterion", "best", "runs")
    shares = [name for name, metric in METRICS.items() if metric.percent]
    lower = [name for name, metric in METRICS.items() if metric.better == "lower"]
    return {
        "palette": PALETTE,
        "metrics": CURVES,
        "shares": [f"{split}_{name}" for split in summary.SPLITS for name in shares],
        "lower_is_better": [f"{split}_{name}" for split in summary.SPLITS for name in lower],
        "experiments": {s["name"]: {key: s[key] for key in keys} for s in sections},
    }


def main() -> None:
    parser = cli.parser(__doc__)
    cli.add_files(
        parser,
        summary="summary.csv",
        scoreboard="scoreboard.csv",
        baselines="baselines.csv",
        template="report.html.j2, next to all that it includes",
        output="report.html",
    )
    for option, about in (
        ("--selections", "selection.json of each experiment, next to its tables"),
        ("--shown", "figures (PNG) and studies (JSON)"),
        ("--infos", "info.json of each dataset, in its folder"),
        ("--prepared", "prepared data, in their datasets' folders"),
    ):
        parser.add_argument(option, type=Path, nargs="*", default=[], help=about)
    about = "JSON: one of each experiment"
    parser.add_argument("--descriptions", default={}, type=cli.json_with(), help=about)
    options = parser.parse_args()
    environment = jinja2.Environment(autoescape=True, trim_blocks=True, lstrip_blocks=True)
    environment.filters["shown"] = in_table
    environment.filters["in_words"] = in_words
    environment.policies["json.dumps_kwargs"] = {"sort_keys": False}  # the config's order
    template = environment.from_string(options.template.read_text(encoding="utf-8"))

    def included(*names: str) -> list[Markup]:
        files = (options.template.parent / name for name in names)
        return [Markup(file.read_text(encoding="utf-8")) for file in files]

    rows = artifacts.read_csv(options.summary)
    scores = [row | scoreboard.in_words(row) for row in artifacts.read_csv(options.scoreboard)]
    baselines = artifacts.read_csv(options.baselines)
    for row in (*rows, *baselines):
        row["last"] = summary.last_split(row)
    for row in rows:
        row["description"] = options.descriptions.get(row["experiment"], "")
    for row in baselines:
        row |= {"title": summary.title_of(row["baseline"]), "worth": summary.worth(row)}
    found = sections(rows, [path.parent for path in options.selections], options.shown)
    shown = {section["name"] for section in found}
    rows = [row for row in rows if row["experiment"] in shown]
    scores = [row for row in scores if row["experiment"] in shown]
    baselines = [row for row in baselines if row["experiment"] in shown]
    notes = {path.parts[-3]: artifacts.read_json(path)["notes"] for path in options.infos}
    for path in options.prepared:
        known = notes.setdefault(path.parts[-4], [])
        known += [note for note in notes_of(path) if note not in known]
    page = template.render(
        rows=rows,
        notes={dataset: said for dataset, said in notes.items() if said},
        summary=summary,
        baselines=baselines,
        read_often=summary.read_often(rows),
        scores=scores,
        sections=found,
        compared=compared(rows, baselines, found),
        spark_size=SPARK,
        bar=BAR,
        numpy=np.__version__,
        curve_metrics=CURVES,
        data=data_of(found),
        style=Markup("\n").join(included("vendor/tabulator_simple.min.css", "report.css")),
        scripts=included("vendor/echarts.min.js", "vendor/tabulator.min.js", "report.js"),
    )
    artifacts.write_text(options.output, page)


if __name__ == "__main__":
    cli.run(main)
