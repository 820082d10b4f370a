"""Make one HTML page of all results: tables, figures and studies, in one file that needs no network."""

import argparse
import base64
import io
import json
import math
from pathlib import Path
from statistics import fmean
from typing import Any

import jinja2
import numpy as np
from markupsafe import Markup
from PIL import Image

import cli
import drawings
import scoreboard
from evaluation import METRICS, in_words, shown_value
from figures import PALETTE
from files import artifacts
from files.finished import flat
from files.prepared import notes_of
from nn.defaults import NETWORK_DEFAULTS, TRAINING_DEFAULTS
from origin.record import file_digest
from summarize import APART, EACH, ONCE, SPLITS, last_split, optimistic, read_often, title_of, worth

# Where the figures stand in the section of an experiment; the others follow its diagnostics.
GROUPS = {
    "predictions": (
        "confusion_matrix", "per_class", "surest_mistakes", "decision_boundary",
        "boundary_over_training",
    ),
    "training": ("learning_curves",),
    "sweep": ("sweep_heatmap", "configurations", "marginals"),
    "data": ("samples", "class_balance"),
    "diagnostics": ("reliability", "loss_history", "layer_scales", "first_layer_weights"),
}  # fmt: skip
DRAWN_HERE = ("parallel_coordinates",)  # the page draws it itself, to be brushed
SPARK = (120, 30)  # width and height of the small curves
BAR = 240  # width of the intervals that are compared
CURVES = ("validation_accuracy", "validation_loss", "training_accuracy", "training_loss")
# Files of an experiment whose digests its figures carry, by their names there.
READ_BY_FIGURES = {
    "selection": "selection.json",
    "histories": "histories.csv",
    "test": "test.json",
    "models": "final/*/model.npz",
}
MOST_CURVES = 200
MOST_FAILURES = 1000
VERSIONS = {"echarts": "5.6.0", "tabulator": "6.5.3"}
LIBRARIES = ("echarts.min.js", "tabulator.min.js")


def in_table(value: str, metric: str) -> str:
    """Write a metric as the summary does; nothing where there is none."""
    return shown_value(float(value) if value else None, metric)


SPLIT_DEFAULTS = {"take": "last", "training": None, "seed": 0}
DEFAULTS = flat(
    {"network": NETWORK_DEFAULTS, "training": TRAINING_DEFAULTS, "split": SPLIT_DEFAULTS}
)


def number_or_text(cell: str) -> float | str | None:
    """A cell of a CSV file for a table that can be sorted; None of an empty one, and of inf."""
    try:
        number = float(cell) if cell else math.nan
    except ValueError:
        return cell
    return number if math.isfinite(number) else None  # JSON has no other numbers


def table_of(rows: list[dict[str, str]], first: list[str]) -> dict[str, list]:
    """The columns of runs.csv that are not empty, some of them first, and their rows."""
    if not rows:
        return {"columns": [], "rows": []}
    names = dict.fromkeys(["run", *first, *rows[0]])
    names.pop("configuration")  # a run's name has it
    columns = [name for name in names if any(row[name] for row in rows)]
    return {
        "columns": columns,
        "rows": [[number_or_text(row[name]) for name in columns] for row in rows],
    }


def curves_of(rows: list[dict[str, str]]) -> list[dict[str, Any]]:
    """The histories of runs as columns, in the order of the config."""
    runs: dict[str, dict[str, Any]] = {}
    for row in rows:
        about = {"run": row["run"], "configuration": row["configuration"]}
        run = runs.setdefault(row["run"], about | {name: [] for name in ("epoch", *CURVES)})
        for name in ("epoch", *CURVES):
            run[name].append(number_or_text(row[name]))
    return list(runs.values())


def is_alarming(status: str) -> bool:
    """Does a status say that something failed?"""
    return "failed" in status or "no configuration completed" in status


def spark(curves: list[dict[str, Any]], best: str, metric: str) -> dict[str, Any] | None:
    """Draw the mean curve of the best configuration for a small space; None without two points."""
    values: dict[float, list[float]] = {}
    for curve in curves:
        for epoch, value in zip(curve["epoch"], curve[metric], strict=True):
            if curve["configuration"] == best and value is not None and epoch is not None:
                values.setdefault(epoch, []).append(value)
    means = [(epoch, fmean(found)) for epoch, found in sorted(values.items())]
    if len(means) < 2:
        return None
    epochs, scores = zip(*means, strict=True)
    width, height = SPARK
    across, up = (max(part) - min(part) or 1 for part in (epochs, scores))
    points = [
        f"{2 + (width - 4) * (epoch - epochs[0]) / across:.1f},"
        f"{height - 2 - (height - 4) * (score - min(scores)) / up:.1f}"
        for epoch, score in means
    ]
    ends = [f"{100 * score:.0f}" for score in (scores[0], scores[-1])]
    return {"points": " ".join(points), "metric": metric.replace("_", " "), "ends": ends}


def compared(
    rows: list[dict[str, Any]], baselines: list[dict[str, Any]], sections: list[dict[str, Any]]
) -> list[dict[str, Any]]:
    """Compare the experiments on each dataset that has several, best first.

    They are compared on the last split that at least two of them have, and have baselines below.
    """
    found = []
    for dataset in dict.fromkeys(row["dataset"] for row in rows):
        group = [row for row in rows if row["dataset"] == dataset]
        names = [row["experiment"] for row in group]
        beside = [row for row in baselines if row["experiment"] in names]
        for split in reversed(SPLITS):
            key = f"{split}_{EACH}"
            if sum(row[key] != "" for row in group) > 1:
                break
        else:
            continue
        lines = [
            {
                "name": row["experiment"],
                "baseline": row.get("title", ""),
                "value": float(row[key]),
                "ends": [float(row[end]) for end in (f"{key}_low", f"{key}_high") if row.get(end)],
            }
            for row in (*group, *beside)
            if row[key] != ""
        ]
        lines.sort(key=lambda line: -line["value"])
        ends = [number for line in lines for number in (line["value"], *line["ends"])]
        low, high = math.floor(100 * min(ends)), math.ceil(100 * max(ends))
        for line in lines:
            places = [line["value"], *line["ends"]]
            line["places"] = [
                round(6 + (BAR - 12) * (100 * place - low) / max(high - low, 1), 1)
                for place in places
            ]
        settings = {s["name"]: s["settings"] for s in sections if s["name"] in names}
        keys = dict.fromkeys(key for each in settings.values() for key in each)
        differ = {
            key: [each.get(key, "") for each in settings.values()]
            for key in keys
            if len({each.get(key) for each in settings.values()}) > 1
        }
        found.append(
            {"dataset": dataset, "split": split, "lines": lines, "low": low, "high": high}
            | {"names": list(settings), "differ": differ}
        )
    return found


def section_of(row: dict[str, str], folder: Path) -> dict[str, Any]:
    """What the page shows of an experiment, from the tables in its folder."""
    selection = artifacts.read_json(folder / "selection.json")
    settings = flat({k: v for k, v in selection["settings"].items() if k != "seed"})
    changed = {key for key, text in settings.items() if DEFAULTS.get(key) != text}
    curves = curves_of(artifacts.read_csv(folder / "histories.csv"))
    validated = any(value is not None for curve in curves for value in curve[CURVES[0]])
    shown = "validation_accuracy" if validated else "training_accuracy"
    return {
        "name": row["experiment"],
        "row": row,
        "figures": [],
        "studies": [],
        "settings": settings,
        "changed": [(key, settings[key]) for key in settings if key in changed],
        "defaults": [(key, settings[key]) for key in settings if key not in changed],
        "failures": selection["failures"][:MOST_FAILURES],
        "curves": curves[:MOST_CURVES],
        "left_out": len(curves) - MOST_CURVES if len(curves) > MOST_CURVES else 0,
        "shown": shown,
        "spark": spark(curves, selection["best_configuration"], shown),
        "parallel": bool(selection["varied"]),
        "names": dict(selection["varied"]),
        "criterion": selection["criterion"],
        "best": selection["best_configuration"],
        "runs": table_of(
            artifacts.read_csv(folder / "runs.csv"),
            [selection["criterion"], *dict(selection["varied"])],
        ),
    }


def compact(png: bytes) -> bytes:
    """The same picture in 256 colours, where that is smaller: a third, and no eye sees it."""
    with Image.open(io.BytesIO(png)) as image:
        few = image.convert("RGB").quantize(256, dither=Image.Dither.NONE)
    file = io.BytesIO()
    few.save(file, "PNG")
    return min(png, file.getvalue(), key=len)


def is_current(figure: Path) -> bool:
    """Was a figure drawn from the files that are in the folder of its experiment now?"""
    with Image.open(figure) as image:
        text = image.info.get("Description")  # it stands before the pixels, which are not decoded
    read = json.loads(text)["data"] if text else {}
    for name, pattern in READ_BY_FIGURES.items():
        now = {file_digest(path) for path in figure.parent.parent.glob(pattern)}
        if not now.issuperset(read.get(name, [])):
            return False
    return True


def sections(
    rows: list[dict[str, str]], folders: list[Path], shown: list[Path]
) -> list[dict[str, Any]]:
    """What the page shows of each experiment, in the order of the summary."""
    places = {folder.name: folder for folder in folders}
    found = {name: section_of(row, places[name]) for row in rows if (name := row["experiment"])}
    for path in shown:
        if path.suffix == ".png" and (path.stem in DRAWN_HERE or not is_current(path)):
            continue
        section = found[path.parent.parent.name]
        if path.suffix == ".png":
            image = base64.b64encode(compact(path.read_bytes())).decode()
            caption = drawings.FIGURES[path.stem].caption if path.stem in drawings.FIGURES else ""
            place = f"results/experiments/{section['name']}/figures/{path.name}"
            figure = {"key": path.stem, "name": path.stem.replace("_", " "), "image": image}
            section["figures"].append(figure | {"caption": caption, "path": place})
        else:
            section["studies"].append(artifacts.read_json(path))
    for section in found.values():
        drawn = {figure["key"]: figure for figure in section["figures"]}
        section["groups"] = {
            group: [drawn.pop(key) for key in keys if key in drawn]
            for group, keys in GROUPS.items()
        }
        section["groups"]["diagnostics"] += drawn.values()
    return list(found.values())


def data_of(sections: list[dict[str, Any]]) -> dict[str, Any]:
    """What the page's own script reads."""
    keys = ("name", "settings", "curves", "names", "criterion", "best", "runs")
    shares = [name for name, metric in METRICS.items() if metric.percent]
    lower = [name for name, metric in METRICS.items() if metric.better == "lower"]
    return {
        "palette": PALETTE,
        "metrics": CURVES,
        "shares": [f"{split}_{name}" for split in SPLITS for name in shares],
        "lower_is_better": [f"{split}_{name}" for split in SPLITS for name in lower],
        "experiments": {s["name"]: {key: s[key] for key in keys} for s in sections},
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--summary", required=True, type=Path, help="summary.csv")
    parser.add_argument("--scoreboard", required=True, type=Path, help="scoreboard.csv")
    parser.add_argument("--baselines", type=Path, help="baselines.csv")
    parser.add_argument(
        "--selections",
        nargs="*",
        default=[],
        type=Path,
        help="selection.json of each experiment; runs.csv and histories.csv lie beside it",
    )
    parser.add_argument(
        "--shown", nargs="*", default=[], type=Path, help="figures (PNG) and studies (JSON)"
    )
    parser.add_argument(
        "--infos", nargs="*", default=[], type=Path, help="info.json of each dataset, in its folder"
    )
    parser.add_argument(
        "--prepared",
        nargs="*",
        default=[],
        type=Path,
        help="prepared data, in their datasets' folders",
    )
    parser.add_argument(
        "--descriptions",
        default={},
        type=cli.json_with(),
        help="JSON: what each experiment is about",
    )
    parser.add_argument(
        "--template",
        required=True,
        type=Path,
        help="the page, for Jinja; its style, its script and their libraries (vendor/) lie beside it",
    )
    parser.add_argument("--output", required=True, type=Path, help="report.html")
    options = parser.parse_args()
    environment = jinja2.Environment(autoescape=True, trim_blocks=True, lstrip_blocks=True)
    environment.filters["shown"] = in_table
    environment.filters["in_words"] = in_words
    environment.filters["is_alarming"] = is_alarming
    environment.policies["json.dumps_kwargs"] = {"sort_keys": False}  # the config's order
    template = environment.from_string(options.template.read_text(encoding="utf-8"))

    def beside(*names: str) -> list[Markup]:
        files = (options.template.parent / name for name in names)
        return [Markup(file.read_text(encoding="utf-8")) for file in files]

    rows = artifacts.read_csv(options.summary)
    scores = [{**row, **scoreboard.in_words(row)} for row in artifacts.read_csv(options.scoreboard)]
    baselines = artifacts.read_csv(options.baselines) if options.baselines else []
    for row in (*rows, *baselines):
        row["last"] = last_split(row)
    for row in rows:
        row["description"] = options.descriptions.get(row["experiment"], "")
    for row in baselines:
        row |= {"title": title_of(row["baseline"]), "worth": worth(row)}
    found = sections(rows, [path.parent for path in options.selections], options.shown)
    notes = {path.parts[-3]: artifacts.read_json(path)["notes"] for path in options.infos}
    for path in options.prepared:
        known = notes.setdefault(path.parts[-4], [])
        known += [note for note in notes_of(path) if note not in known]
    page = template.render(
        rows=rows,
        notes={dataset: said for dataset, said in notes.items() if said},
        splits=SPLITS,
        each=EACH,
        once=ONCE,
        baselines=baselines,
        apart=APART,
        optimistic=optimistic,
        read_often=read_often(rows),
        scores=scores,
        sections=found,
        compared=compared(rows, baselines, found),
        spark_size=SPARK,
        bar=BAR,
        numpy=np.__version__,
        curve_metrics=CURVES,
        data=data_of(found),
        versions=VERSIONS,
        style=Markup("\n").join(beside("vendor/tabulator_simple.min.css", "report.css")),
        scripts=beside(*(f"vendor/{name}" for name in LIBRARIES), "report.js"),
    )
    artifacts.write_text(options.output, page)


if __name__ == "__main__":
    cli.run(main)
