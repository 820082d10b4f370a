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
from evaluation import calibration
from evaluation import per_class as measures_of
from nn import HISTORY_COLUMNS

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from experiments import Experiment

FILES = {
    "selection": "selection.json",
    "histories": "histories.csv",
    "models": "model.npz of each final network",
    "test": "test.json",
    "predictions": "test_predictions.npz",
    "prepared": "prepared data, for its split",
    "info": "info.json of the dataset",
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
    """What the stages before left of an experiment: of each kind of file, those that were given.

    ``network`` says which network a figure has shown, for its title.
    """

    def __init__(self, files: dict[str, list[Path]], published: dict[str, Any] | None):
        self.files, self.published = files, published or {}
        self.network = ""

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
                self.network = f"final network of seed {model.config['seed']}"
                return model
        raise NothingToShow("no network survived")

    @cached_property
    def predictions(self) -> dict[str, np.ndarray]:
        """What the test left of the first network that it tested."""
        found = artifacts.load_arrays(self.files["predictions"][0])
        if not len(found["seeds"]):
            raise NothingToShow("no network survived")
        self.network = f"final network of seed {found['seeds'][0]}"
        return found

    @property
    def criterion(self) -> str:
        """What configurations were compared by, as the name of an axis."""
        return f"{self.selection['criterion'].replace('_', ' ')} (%)"

    @property
    def compared(self) -> list[dict[str, Any]]:
        """The runs that were compared, in the order of the config; ``score`` in percent."""
        names = {run for row in self.selection["configurations"] for run in row["runs"]}
        rows = [row for row in self.selection["measured"] if row["name"] in names]
        return [row | {"score": percent(row[self.selection["criterion"]])} for row in rows]


def percent(value: Any) -> Any:
    """A share in percent; of a list, of each; None of none."""
    if isinstance(value, list):
        return [percent(part) for part in value]
    return None if value is None else 100 * value


class NothingToShow(Exception):
    """Why a figure stays empty."""


@figure("selection", "histories")
def learning_curves(results: Results) -> Figure:
    """Loss and accuracy against the epoch: training dashed, validation solid; a colour a configuration,
    a line a seed. Of many configurations, all but the selected one are grey. Both are measured at the
    end of an epoch, the training's on a fixed part of its examples; the loss is the data loss, without
    the L2 penalty.
    """
    histories: dict[str, dict[str, dict[str, list[float]]]] = {}
    for row in artifacts.read_csv(results.files["histories"][0]):
        runs = histories.setdefault(row["configuration"], {})
        columns = runs.setdefault(row["run"], {name: [] for name in HISTORY_COLUMNS})
        for name in HISTORY_COLUMNS:
            columns[name].append(float(row[name]) if row[name] else np.nan)
    if not histories:
        raise NothingToShow("no run reached its first evaluation")
    best = results.selection["best_configuration"]
    curves = {name: list(runs.values()) for name, runs in histories.items()}
    return figures.learning_curves(curves, best if best in curves else None)


@figure("models")
def loss_history(results: Results) -> Figure:
    """What was minimized, batch by batch (with the L2 penalty, dropout and augmentation), in the
    training of the network that is tested, and its running mean.
    """
    return figures.loss_history(results.final_model.losses)


def has_pictures(experiment: Experiment) -> bool:
    """Can its examples be shown: (height, width), or with three colours?"""
    shape = experiment.dataset["shape"]
    return len(shape) == 2 or (len(shape) == 3 and shape[2] == 3)


@figure("images", "labels", "info", when=has_pictures)
def samples(results: Results) -> Figure:
    """Examples of the training file, the first ones of each class."""
    images, labels = (artifacts.open_array(results.files[n][0]) for n in ("images", "labels"))
    return figures.samples(images, labels, results.json("info")["classes"])


@figure("labels", "prepared", "info")
def class_balance(results: Results) -> Figure:
    """How many examples of each class the splits have."""
    labels = artifacts.open_array(results.files["labels"][0])
    split = artifacts.load_arrays(results.files["prepared"][0], "training", "validation")
    info = results.json("info")
    counts = {
        name: np.bincount(labels[rows], minlength=len(info["classes"]))
        for name, rows in split.items()
        if len(rows)
    }
    if "test" in info["splits"]:
        counts["test"] = info["splits"]["test"]["samples_per_class"]
    return figures.class_balance(counts, info["classes"])


@figure("models")
def layer_scales(results: Results) -> Figure:
    """During the training of the network that is tested: the standard deviation of what each hidden layer
    gives for 500 training examples, the share of its units that give the same for all of them, and the
    size of the gradients of each layer's weights in the last batch.
    """
    model = results.final_model
    record = model.record
    if not len(record["iteration"]):
        raise NothingToShow("the training reached no evaluation")
    epochs = record["iteration"] * (model.config["epochs"] / max(model.config["iterations"], 1))
    return figures.layer_scales(epochs, *(record[n] for n in ("activation", "dead", "gradient")))


def in_plane(experiment: Experiment) -> bool:
    """Are its examples points of two numbers?"""
    return experiment.dataset["shape"] == [2]


class Plane:
    """The plane around some points, and what networks say of its places."""

    def __init__(self, results: Results, steps: int):
        self.points, self.labels = (
            artifacts.open_array(results.files[name][0]) for name in ("images", "labels")
        )
        low, high = self.points.min(axis=0), self.points.max(axis=0)
        margin = np.where(high > low, 0.1 * (high - low), 1)
        low, high = low - margin, high + margin
        self.x, self.y = (np.linspace(low[k], high[k], steps) for k in (0, 1))
        self.extent = (low[0], high[0], low[1], high[1])
        self.places = np.stack([a.ravel() for a in np.meshgrid(self.x, self.y)], axis=1)

    def classes(self, model: Model) -> np.ndarray:
        """The class of each place (steps, steps), by a model."""
        return model.predict(self.places).argmax(axis=1).reshape(len(self.y), len(self.x))


@figure("models", "images", "labels", when=in_plane)
def decision_boundary(results: Results) -> Figure:
    """The training points, and the class that the network gives to every place around them."""
    model, plane = results.final_model, Plane(results, 300)
    return figures.decision_boundary(
        plane.points, plane.labels, plane.x, plane.y, plane.classes(model), model.config["classes"]
    )


@figure("models", "images", "labels", when=in_plane)
def boundary_over_training(results: Results) -> Figure:
    """The class of every place as the network of the first seed saw it during its training: at the first,
    second, fourth, eighth, ... evaluation, and at the end.
    """
    model, plane = results.final_model, Plane(results, 120)
    final = model.network.parameters.copy()
    copies = [*model.record["parameters"], final]
    iterations = [*model.record["copied"].tolist(), model.config["iterations"]]
    pictures = []
    for parameters in copies:
        model.network.parameters[:] = parameters
        pictures.append(plane.classes(model))
    titles = [f"iteration {iteration}" for iteration in iterations]
    return figures.boundary_over_training(
        plane.points, plane.labels, plane.extent, pictures, titles, len(model.config["classes"])
    )


@figure("models", when=lambda e: has_pictures(e) and not e.changes_basis)
def first_layer_weights(results: Results) -> Figure:
    """The weights of the first layer as pictures, one for each unit, each scaled to its own range."""
    model = results.final_model
    weights = next(
        value for _, value, _, kind in model.network.named_parameters() if kind == "weight"
    )
    return figures.first_layer_weights(weights, tuple(model.config["shape"]))


@figure("selection", when=lambda e: len(e.runs) > 1)
def configurations(results: Results) -> Figure:
    """Every configuration with its score for each seed, the mean, and the 95 % interval of the mean:
    Student's t over three seeds and more, Wilson's over the images with fewer. The best is on top.
    """
    rows = results.selection["configurations"]
    names = {row["configuration"] or "all seeds": row for row in rows}
    return figures.seed_spread(
        {name: percent(row["scores"]) for name, row in names.items()},
        {name: percent(row["interval"]) for name, row in names.items()},
        percent(results.published.get(results.selection["criterion"])),
        results.criterion,
        next((row["interval_over"] for row in rows if row["interval_over"]), "seeds"),
    )


@figure("selection", when=lambda e: len(e.varied) == 2 and e.is_full_grid)
def sweep_heatmap(results: Results) -> Figure:
    """The mean score over the seeds of every pair of swept values, in the order of the config; the best
    one is framed, failed ones are hatched.
    """
    runs, varied = results.compared, dict(results.selection["varied"])
    values = [_each_once(row["values"][key] for row in runs) for key in varied]
    scores = np.full([len(axis) for axis in values], np.nan)
    tried = np.zeros(scores.shape, bool)
    for row in results.selection["configurations"]:
        place = tuple(
            axis.index(row["values"][key]) for key, axis in zip(varied, values, strict=True)
        )
        tried[place] = True
        if (score := row[results.selection["criterion"]]) is not None:
            scores[place] = percent(score)
    labels = [
        [value if isinstance(value, float) else str(value) for value in axis] for axis in values
    ]
    return figures.sweep_heatmap(
        *labels, scores, *varied.values(), score_name=results.criterion, tried=tried
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
    runs, varied = results.compared, results.selection["varied"]
    columns = {name: [row["values"][key] for row in runs] for key, name in varied}
    return columns, [row["score"] for row in runs], results.criterion


@figure("test", when=lambda e: e.has_test)
def confusion_matrix(results: Results) -> Figure:
    """The test examples by true and predicted class, for the final network of the first seed."""
    test = results.json("test")
    if not test["networks"]:
        raise NothingToShow("no network survived")
    results.network = f"final network of seed {test['networks'][0]['seed']}"
    return figures.confusion(np.array(test["confusion_matrix_of_first"]), test["classes"])


@figure("test", when=lambda e: e.has_test)
def per_class(results: Results) -> Figure:
    """Precision (how many of those taken for a class are of it), recall (how many of it are found) and F1
    of each class on the test split, for the final network of the first seed.
    """
    test = results.json("test")
    if not test["networks"]:
        raise NothingToShow("no network survived")
    results.network = f"final network of seed {test['networks'][0]['seed']}"
    rows = measures_of(np.array(test["confusion_matrix_of_first"]))
    return figures.per_class(rows, test["classes"])


@figure("test", "predictions", when=lambda e: e.has_test and has_pictures(e) and e.is_probable)
def surest_mistakes(results: Results) -> Figure:
    """The test images of which the final network of the first seed was surest, and wrong."""
    test, found = results.json("test"), results.predictions
    labels, predicted = found["labels"], found["predictions"][0]
    shown = found["surest_mistakes_of_first"]
    return figures.misclassified_examples(
        found["images_of_surest_mistakes"],
        *(array[shown] for array in (labels, predicted, found["confidence_of_first"])),
        test["classes"],
        int((labels != predicted).sum()),
        len(labels),
    )


@figure("predictions", when=lambda e: e.has_test and e.is_probable)
def reliability(results: Results) -> Figure:
    """Of the test images that the final network of the first seed gives so much probability, how many are
    right: on the diagonal, as many as it says. ECE is the expected calibration error.
    """
    found = results.predictions
    correct = found["predictions"][0] == found["labels"]
    return figures.reliability(*calibration(found["confidence_of_first"], correct))


def _each_once(values: Iterable) -> list:
    """Each value once, in their order; they may be lists."""
    return [json.loads(text) for text in dict.fromkeys(json.dumps(value) for value in values)]


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("figure", choices=FIGURES, help="its name")
    parser.add_argument("--experiment", required=True, help="the name that its title has")
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
    drawn = figures.titled(drawn, ": ".join(filter(None, (options.experiment, results.network))))
    with artifacts.atomic(options.png) as png, artifacts.atomic(options.svg) as svg:
        figures.write_figure(drawn, png, svg)


if __name__ == "__main__":
    artifacts.cli(main)
