"""The section of an experiment: its settings, runs and learning curves."""

import math
from pathlib import Path
from statistics import fmean
from typing import Any

from files import artifacts
from files.finished import flat
from nn.settings import NETWORK_DEFAULTS, TRAINING_DEFAULTS

SPARK = (120, 30)  # width and height of the small curves, in pixels
CURVES = ("validation_accuracy", "validation_loss", "training_accuracy", "training_loss")
MOST_CURVES = 200
SPLIT_DEFAULTS = {"take": "last", "training": None, "seed": 0}
DEFAULTS = flat(
    {"network": NETWORK_DEFAULTS, "training": TRAINING_DEFAULTS, "split": SPLIT_DEFAULTS}
)


def section_of(row: dict[str, str], folder: Path) -> dict[str, Any]:
    """Return the section of an experiment, from the tables in its folder."""
    selection = artifacts.read_json(folder / "selection.json")
    settings = flat({k: v for k, v in selection["settings"].items() if k != "seed"})
    changed = {key: text for key, text in settings.items() if DEFAULTS.get(key) != text}
    curves = curves_of(artifacts.read_csv(folder / "histories.csv"))
    validated = any(value is not None for curve in curves for value in curve[CURVES[0]])
    shown = "validation_accuracy" if validated else "training_accuracy"
    varied, criterion = dict(selection["varied"]), selection["criterion"]
    return {
        "name": row["experiment"],
        "row": row,
        "settings": settings,
        "changed": changed,
        "failures": selection["failures"],
        "curves": curves[:MOST_CURVES],
        "left_out": max(len(curves) - MOST_CURVES, 0),
        "shown": shown,
        "spark": spark(curves, selection["best_configuration"], shown),
        "names": varied,
        "criterion": criterion,
        "best": selection["best_configuration"],
        "runs": table_of(artifacts.read_csv(folder / "runs.csv"), [criterion, *varied]),
    }


def number_or_text(cell: str) -> float | str | None:
    """Return the number or the text in a CSV cell; None if it is empty or infinite."""
    try:
        number = float(cell) if cell else math.nan
    except ValueError:
        return cell
    return number if math.isfinite(number) else None  # JSON has no other numbers


def table_of(rows: list[dict[str, str]], first: list[str]) -> dict[str, list]:
    """Return the columns of runs.csv that are not empty, some of them first, and their rows."""
    if not rows:
        return {"columns": [], "rows": []}
    names = dict.fromkeys(["run", *first, *rows[0]])
    names.pop("configuration")  # part of a run's name
    columns = [name for name in names if any(row[name] for row in rows)]
    return {
        "columns": columns,
        "rows": [[number_or_text(row[name]) for name in columns] for row in rows],
    }


def curves_of(rows: list[dict[str, str]]) -> list[dict[str, Any]]:
    """Return the histories of runs as columns, in the order of the config."""
    runs: dict[str, dict[str, Any]] = {}
    for row in rows:
        about = {"run": row["run"], "configuration": row["configuration"]}
        run = runs.setdefault(row["run"], about | {name: [] for name in ("epoch", *CURVES)})
        for name in ("epoch", *CURVES):
            run[name].append(number_or_text(row[name]))
    return list(runs.values())


def spark(curves: list[dict[str, Any]], best: str, metric: str) -> dict[str, Any] | None:
    """Draw the mean curve of the best configuration for a small space; None without two points."""
    values: dict[float, list[float]] = {}
    for curve in curves:
        for epoch, value in zip(curve["epoch"], curve[metric], strict=True):
            if curve["configuration"] == best and value is not None and epoch is not None:
                values.setdefault(epoch, []).append(value)
    if len(values) < 2:
        return None
    epochs = sorted(values)
    scores = [fmean(values[epoch]) for epoch in epochs]
    width, height = SPARK
    across, up = (max(part) - min(part) or 1 for part in (epochs, scores))
    points = [
        f"{2 + (width - 4) * (epoch - epochs[0]) / across:.1f},"
        f"{height - 2 - (height - 4) * (score - min(scores)) / up:.1f}"
        for epoch, score in zip(epochs, scores, strict=True)
    ]
    ends = [f"{100 * score:.0f}" for score in (scores[0], scores[-1])]
    return {"points": " ".join(points), "metric": metric.replace("_", " "), "ends": ends}
