"""The catalogue of figures: the files that each reads, the experiments that have it, and its caption.

A function here returns the arguments of the drawing function that has the same name.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import reduce
from typing import TYPE_CHECKING

import numpy as np

from evaluation import calibration, score_intervals, wilson_interval
from evaluation import per_class as measures_of
from files import artifacts
from files.models import Model
from nn import HISTORY_COLUMNS

from .entry import Entry
from .results import NothingToShow, Results

if TYPE_CHECKING:
    from experiments import Experiment

ALIKE = 0.01  # share of places up to which two pictures of the plane look the same


FIGURES: dict[str, Entry] = {}


def figure(module: str, *needs: str, when: Callable[[Experiment], bool] = lambda experiment: True):
    """Add a function to the catalogue; its name is the figure's, its docstring the caption."""

    def register(read: Callable[[Results], tuple]):
        FIGURES[read.__name__] = Entry(read, module, needs, when)
        return read

    return register


def has_pictures(experiment: Experiment) -> bool:
    """Return whether its examples are pictures: (height, width), or with three colours."""
    shape = experiment.dataset["shape"]
    return len(shape) == 2 or (len(shape) == 3 and shape[2] == 3)


def in_plane(experiment: Experiment) -> bool:
    """Return whether its examples are points with two coordinates."""
    return experiment.dataset["shape"] == [2]


@figure("pictures", "images", "labels", "info", when=has_pictures)
def samples(results: Results) -> tuple:
    """The first examples of each class in the training file."""
    return results.array("images"), results.array("labels"), results.json("info")["classes"]


@figure("bars", "labels", "prepared", "info")
def class_balance(results: Results) -> tuple:
    """The number of examples of each class in each split."""
    labels, info = results.array("labels"), results.json("info")
    split = artifacts.load_arrays(results.files["prepared"][0], "training", "validation")
    counts = {
        name: np.bincount(labels[rows], minlength=len(info["classes"]))
        for name, rows in split.items()
        if len(rows)
    }
    if "test" in info["splits"]:
        counts["test"] = info["splits"]["test"]["samples_per_class"]
    return counts, info["classes"]


def _around(points: np.ndarray, steps: int) -> list[np.ndarray]:
    """Return evenly spaced x and y (steps,) that cover the points with a margin."""
    low, high = points.min(axis=0), points.max(axis=0)
    margin = np.where(high > low, 0.1 * (high - low), 1)
    return [np.linspace(low[k] - margin[k], high[k] + margin[k], steps) for k in (0, 1)]


def _predicted(model: Model, x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Return the class (len(y), len(x)) that a model predicts at each place."""
    places = np.stack([grid.ravel() for grid in np.meshgrid(x, y)], axis=1)
    return model.predict(places).argmax(axis=1).reshape(len(y), len(x))


@figure("boundary", "models", "images", "labels", when=in_plane)
def decision_boundary(results: Results) -> tuple:
    """The training points, and in the background the class that the network predicts at each place."""
    model, points = results.final_model, results.array("images")
    x, y = _around(points, 300)
    plane = points, results.array("labels"), x, y, model.config["classes"]
    return _predicted(model, x, y), *plane


@figure("boundary", "models", "images", "labels", when=in_plane)
def boundary_over_training(results: Results) -> tuple:
    """The predicted class at each place during the training of the first seed: at evaluations 1, 2, 4,
    8, ... and at the end. Predictions that differ at less than 1 % of the places share a panel.
    """
    model, points = results.final_model, results.array("images")
    x, y = _around(points, 120)
    copies = [*model.diagnostics["parameters"], model.network.parameters.copy()]
    iterations = [*model.diagnostics["copied"].tolist(), model.config["iterations"]]
    pictures, moments = [], []
    for iteration, parameters in zip(iterations, copies, strict=True):
        model.network.parameters[:] = parameters
        picture = _predicted(model, x, y)
        if pictures and np.mean(picture != pictures[-1]) < ALIKE:
            moments[-1][1:] = [iteration]
        else:
            pictures.append(picture)
            moments.append([iteration])
    titles = ["iteration " + " to ".join(map(str, moment)) for moment in moments]
    return pictures, titles, points, results.array("labels"), x, y, model.config["classes"]


@figure("pictures", "models", when=lambda e: has_pictures(e) and not e.changes_basis)
def first_layer_weights(results: Results) -> tuple:
    """The weights of each unit of the first layer as a picture, scaled to the unit's own range."""
    model = results.final_model
    return reduce(np.matmul, model.network.first_weights()), tuple(model.config["shape"])


@figure("matrices", "test", when=lambda e: e.has_test)
def confusion_matrix(results: Results) -> tuple:
    """The test examples by true and predicted class, for the final network of the first seed."""
    return results.test["confusion_matrix_of_first"], results.test["classes"]


@figure("bars", "test", when=lambda e: e.has_test)
def per_class(results: Results) -> tuple:
    """Scores of each class on the test split, for the final network of the first seed: precision (the
    share of the examples predicted as this class that belong to it), recall (the share of the class's
    examples that are found), and F1, their harmonic mean.
    """
    matrix = np.array(results.test["confusion_matrix_of_first"])
    return measures_of(matrix), results.test["classes"]


@figure("bars", "predictions", when=lambda e: e.has_test and e.is_probable)
def reliability(results: Results) -> tuple:
    """Test examples in bins of the probability that the final network of the first seed gave its
    prediction, against the share that it classified correctly, with 95 % intervals (Wilson). A
    calibrated network is on the diagonal. ECE is the expected calibration error.
    """
    found = results.predictions
    correct = found["predictions"][0] == found["labels"]
    bins = calibration(found["confidence_of_first"], correct)
    intervals = [
        wilson_interval(round(count * share), int(count)) if count else (np.nan, np.nan)
        for count, share in zip(bins.counts, bins.accuracy, strict=True)
    ]
    return *bins, np.array(intervals)


@figure("learning_curves", "selection", "histories")
def learning_curves(results: Results) -> tuple:
    """Loss and accuracy against the epoch: a colour for each configuration, the mean over its runs, and for
    the validation split (without one, the training split) a band from the lowest run to the highest.
    With many configurations, all but the selected one are grey. Both splits are measured at the end of
    an epoch, training on a fixed part of its examples. The loss excludes the L2 penalty.
    """
    histories: dict[str, dict[str, dict[str, list[float]]]] = {}
    for row in artifacts.read_csv(results.files["histories"][0]):
        runs = histories.setdefault(row["configuration"], {})
        columns = runs.setdefault(row["run"], {name: [] for name in HISTORY_COLUMNS})
        for name in HISTORY_COLUMNS:
            columns[name].append(float(row[name]) if row[name] else np.nan)
    if not histories:
        raise NothingToShow("no run reached its first evaluation")
    curves = {name: list(runs.values()) for name, runs in histories.items()}
    return curves, results.selection["best_configuration"]


@figure("curves", "models")
def loss_history(results: Results) -> tuple:
    """The minimized objective (with the L2 penalty, dropout and augmentation) of each batch in the
    training of the tested network, and its running mean.
    """
    return (results.final_model.losses,)


@figure("curves", "models")
def layer_scales(results: Results) -> tuple:
    """During the training of the tested network: the standard deviation of each hidden layer's output for
    500 training examples, the share of its units with the same output for all of them, and the root
    mean square of the gradients of each layer's weights (both factors of a bottleneck) in the last
    batch.
    """
    config, measured = results.final_model.config, results.final_model.diagnostics
    if not len(measured["iteration"]):
        raise NothingToShow("the training reached no evaluation")
    epochs = measured["iteration"] * (config["epochs"] / max(config["iterations"], 1))
    return epochs, measured["activation"], measured["dead"], measured["gradient"]


@figure("sweeps", "selection", when=lambda e: len(e.runs) > 1)
def configurations(results: Results) -> tuple:
    """The score of each configuration: one point for each run, the mean, and the 95 % interval of the mean
    for new trainings on new examples (with one seed: for new examples only; over folds: by the corrected
    resampled t-test). All configurations share their examples, so differences are more certain than
    the intervals suggest. The best is on top; chosen among many, its score is optimistic.
    """
    scores, intervals, over = {}, {}, [""]
    rows = results.selection["configurations"]
    for row, interval in zip(rows, score_intervals(results.selection), strict=True):
        name = row["configuration"] or "all seeds"
        scores[name] = results.scaled(row["scores"])
        intervals[name] = results.scaled(interval and interval[:2])
        over.append(interval.over if interval else "")
    published = results.scaled(results.published.get(results.selection["criterion"]))
    over = "folds" if "folds" in over else max(over, key=len)  # of both, if any is
    return scores, intervals, published, results.criterion, over


@figure("matrices", "selection", when=lambda e: len(e.varied) == 2 and e.is_full_grid)
def sweep_heatmap(results: Results) -> tuple:
    """The mean score over the seeds of each pair of swept values. The best is framed, failed ones are
    hatched.
    """
    columns, _ = results.columns
    # Each value once, in the order of the config; they may be lists.
    axes = [list(map(json.loads, dict.fromkeys(map(json.dumps, c)))) for c in columns.values()]
    scores = np.ma.masked_all([len(axis) for axis in axes])
    for row in results.selection["configurations"]:
        values = (row["values"][key] for key, _ in results.selection["varied"])
        place = tuple(axis.index(value) for axis, value in zip(axes, values, strict=True))
        score = row[results.selection["criterion"]]
        scores[place] = np.nan if score is None else results.scaled(score)
    return scores, *axes, *columns, results.criterion


@figure("sweeps", "selection", when=lambda e: len(e.varied) > 1 and len(e.changes) > 5)
def marginals(results: Results) -> tuple:
    """The score against each swept value."""
    return *results.columns, results.criterion
