"""Draw one figure of an experiment, as PNG and SVG.

A new figure is a function in figures/ that takes arrays, and a function here that reads them, with the
files that it needs and the experiments that have it. Its docstring is the caption.
"""

from __future__ import annotations

from common import artifacts
from common.models import Model, load_model

import argparse
import json
from collections.abc import Callable, Iterable
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

import figures
from inputs import Examples
from nn import HISTORY_COLUMNS, predict

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from experiments import Experiment

FILES = {
    "selection": "selection.json",
    "histories": "histories.csv",
    "models": "model.npz of each final network",
    "test": "test.json",
    "images": "train_images.npy of the dataset",
    "labels": "train_labels.npy of the dataset",
}


class Drawing(NamedTuple):
    """How a figure is drawn, from which FILES, and which experiments have it."""

    draw: Callable[[Results], Figure]
    needs: tuple[str, ...]
    when: Callable[[Experiment], bool]

    @property
    def caption(self) -> str:
        return " ".join(self.draw.__doc__.split())


FIGURES: dict[str, Drawing] = {}


def figure(*needs: str, when: Callable[[Experiment], bool] = lambda experiment: True):
    """Register a function under its own name as a figure."""

    def register(draw: Callable[[Results], Figure]) -> Callable[[Results], Figure]:
        FIGURES[draw.__name__] = Drawing(draw, needs, when)
        return draw

    return register


class Results:
    """What the stages before left of an experiment: of each kind of file, those that were given."""

    def __init__(self, files: dict[str, list[Path]], published: dict[str, Any] | None):
        self.files, self.published = files, published or {}

    def json(self, name: str) -> Any:
        return artifacts.read_json(self.files[name][0])

    @cached_property
    def selection(self) -> dict[str, Any]:
        return self.json("selection")

    @cached_property
    def final_model(self) -> Model:
        """The network that is shown: that of the first seed that did not fail."""
        for path in self.files["models"]:
            model = load_model(path)
            if model.usable:
                return model
        raise NothingToShow("no network survived")


class NothingToShow(Exception):
    """Why a figure stays empty."""


@figure("selection", "histories")
def learning_curves(results: Results) -> Figure:
    """Loss and accuracy against the epoch: training dashed, validation solid. Of many runs, all but the
    selected one are grey. Both are measured at the end of an epoch, the training's on a fixed part of
    its examples; the loss is the data loss, without the L2 penalty.
    """
    histories: dict[str, dict[str, list[float]]] = {}
    for row in artifacts.read_csv(results.files["histories"][0]):
        columns = histories.setdefault(row["run"], {name: [] for name in HISTORY_COLUMNS})
        for name in HISTORY_COLUMNS:
            columns[name].append(float(row[name]) if row[name] else np.nan)
    if not histories:
        raise NothingToShow("no run reached its first evaluation")
    best = results.selection["best_run"]
    return figures.learning_curves(histories, best if best in histories else None)


@figure("models")
def loss_history(results: Results) -> Figure:
    """What was minimized, batch by batch (with the L2 penalty, dropout and augmentation), in the
    training of the network that is tested, and its running mean.
    """
    return figures.loss_history(results.final_model.losses)


@figure("models", "images", "labels", when=lambda e: e.dataset["shape"] == [2])
def decision_boundary(results: Results) -> Figure:
    """The training points, and the class that the network gives to every place around them."""
    points, labels = (artifacts.open_array(results.files[n][0]) for n in ("images", "labels"))
    model = results.final_model
    low, high = points.min(axis=0) - 0.2, points.max(axis=0) + 0.2
    x, y = np.linspace(low[0], high[0], 300), np.linspace(low[1], high[1], 300)
    grid = np.stack([axis.ravel() for axis in np.meshgrid(x, y)], axis=1)
    rows = np.arange(len(grid))
    examples = Examples(grid, rows * 0, rows, model.preparation, model.network.dtype)
    classes = predict(model.network, examples).argmax(axis=1).reshape(len(y), len(x))
    return figures.decision_boundary(points, labels, x, y, classes, model.config["classes"])


@figure("models", when=lambda e: len(e.dataset["shape"]) >= 2 and not e.changes_basis)
def first_layer_weights(results: Results) -> Figure:
    """The weights of the first layer as pictures, one for each unit, each scaled to its own range."""
    model = results.final_model
    weights = next(
        value for _, value, _, kind in model.network.named_parameters() if kind == "weight"
    )
    return figures.first_layer_weights(weights, tuple(model.config["shape"]))


@figure("selection", when=lambda e: len(e.runs) > 1)
def configurations(results: Results) -> Figure:
    """Every configuration with its score for each seed, the mean, and the 95 % interval of the mean
    (Student t).
    """
    rows = results.selection["configurations"]
    names = {row["configuration"] or "all seeds": row for row in rows}
    criterion = results.selection["criterion"]
    return figures.seed_spread(
        {name: row["scores"] for name, row in names.items()},
        {name: row["interval"] for name, row in names.items()},
        results.published.get(criterion),
        criterion.replace("_", " "),
    )


@figure("selection", when=lambda e: len(e.varied) == 2 and e.is_full_grid)
def sweep_heatmap(results: Results) -> Figure:
    """The mean score over the seeds of every pair of swept values; the best one is framed, failed ones
    are hatched.
    """
    rows = results.selection["configurations"]
    criterion = results.selection["criterion"]
    keys = list(rows[0]["values"])
    values = [_in_order(row["values"][key] for row in rows) for key in keys]
    scores = np.full([len(axis) for axis in values], np.nan)
    tried = np.zeros(scores.shape, bool)
    for row in rows:
        place = tuple(
            axis.index(row["values"][key]) for key, axis in zip(keys, values, strict=True)
        )
        tried[place] = True
        if row[criterion] is not None:
            scores[place] = row[criterion]
    names = _short(keys).values()
    labels = [
        [value if isinstance(value, float) else str(value) for value in axis] for axis in values
    ]
    return figures.sweep_heatmap(
        *labels, scores, *names, score_name=criterion.replace("_", " "), tried=tried
    )


@figure("selection", when=lambda e: len(e.varied) > 1 and len(e.changes) > 5)
def parallel_coordinates(results: Results) -> Figure:
    """Every run as a line through its swept values to its score."""
    return figures.parallel_coordinates(*_columns(results))


@figure("selection", when=lambda e: len(e.varied) > 1 and len(e.changes) > 5)
def marginals(results: Results) -> Figure:
    """The score against each swept value alone."""
    return figures.marginals(*_columns(results))


def _columns(results: Results) -> tuple[dict[str, list], list[float | None], str]:
    """What each run of a sweep varied, its score, and the name of the score."""
    rows = results.selection["configurations"]
    names = _short(rows[0]["values"])
    columns = {
        name: [row["values"][key] for row in rows for _ in row["scores"]]
        for key, name in names.items()
    }
    scores = [score for row in rows for score in row["scores"]]
    return columns, scores, results.selection["criterion"].replace("_", " ")


@figure("test", when=lambda e: e.has_test)
def confusion_matrix(results: Results) -> Figure:
    """The test examples by true and predicted class, for the final network of the first seed."""
    test = results.json("test")
    if not test["networks"]:
        raise NothingToShow("no network survived")
    return figures.confusion(np.array(test["confusion_matrix_of_first"]), test["classes"])


def _short(keys: Iterable[str]) -> dict[str, str]:
    """Each dotted key with its last part, or all of it where two end alike: names for axes."""
    last = [key.rpartition(".")[2] for key in keys]
    return {
        key: name if last.count(name) == 1 else key for key, name in zip(keys, last, strict=True)
    }


def _in_order(values) -> list:
    """Each value once; numbers ascending, anything else as it came."""
    unique = [json.loads(text) for text in dict.fromkeys(json.dumps(value) for value in values)]
    return (
        sorted(unique)
        if all(isinstance(v, int | float) for v in unique)
        else sorted(unique, key=str)
    )


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("figure", choices=FIGURES, help="its name")
    for name, what in FILES.items():
        parser.add_argument(f"--{name}", nargs="+", default=[], type=Path, help=what)
    parser.add_argument("--published", type=json.loads, help="JSON of published figures")
    parser.add_argument("--png", required=True, type=Path, help="the figure as PNG")
    parser.add_argument("--svg", required=True, type=Path, help="the figure as SVG")
    options = parser.parse_args()
    results = Results({name: getattr(options, name) for name in FILES}, options.published)
    try:
        drawn = FIGURES[options.figure].draw(results)
    except NothingToShow as reason:
        drawn = figures.empty(f"{options.figure.replace('_', ' ')}: {reason}")
    with artifacts.atomic(options.png) as png, artifacts.atomic(options.svg) as svg:
        figures.write_figure(drawn, png, svg)


if __name__ == "__main__":
    artifacts.cli(main)
