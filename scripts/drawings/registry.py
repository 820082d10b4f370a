"""The figures of an experiment by their names, and what they read."""

from __future__ import annotations

import ast
import inspect
from collections.abc import Callable
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from evaluation import METRICS, Metric, in_words
from files import artifacts
from files.models import Model, load_model

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
        """The docstring of the function; from its source under `python -OO`, which drops docstrings."""
        text = self.draw.__doc__
        if text is None:
            text = ast.get_docstring(ast.parse(inspect.getsource(self.draw)).body[0])
        return " ".join(text.split())


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
    def confusion(self) -> np.ndarray:
        """The confusion matrix (classes, classes) of the first network that was tested."""
        test = self.json("test")
        if not test["networks"]:
            raise NothingToShow("no network survived")
        self.network = f"final network of seed {test['networks'][0]['seed']}"
        return np.array(test["confusion_matrix_of_first"])

    @property
    def criterion(self) -> str:
        """What configurations were compared by, as the name of an axis: more is better."""
        name, metric = in_words(self.selection["criterion"]), self._metric
        return f"{'-' * (metric.better == 'lower')}{name}{' (%)' * metric.percent}"

    @property
    def _metric(self) -> Metric:
        return METRICS[self.selection["criterion"].partition("_")[2]]

    def scaled(self, score: Any) -> Any:
        """A score as it is drawn: in percent, and a loss with a minus; of a list, of each."""
        if isinstance(score, list):
            return [self.scaled(part) for part in score]
        factor = (100 if self._metric.percent else 1) * (
            -1 if self._metric.better == "lower" else 1
        )
        return None if score is None else factor * score

    @property
    def compared(self) -> list[dict[str, Any]]:
        """The runs that were compared, in the order of the config; ``score`` as it is drawn."""
        names = {run for row in self.selection["configurations"] for run in row["runs"]}
        rows = [row for row in self.selection["measured"] if row["name"] in names]
        return [row | {"score": self.scaled(row[self.selection["criterion"]])} for row in rows]


class NothingToShow(Exception):
    """Why a figure stays empty."""


def has_pictures(experiment: Experiment) -> bool:
    """Can its examples be shown: (height, width), or with three colours?"""
    shape = experiment.dataset["shape"]
    return len(shape) == 2 or (len(shape) == 3 and shape[2] == 3)


def in_plane(experiment: Experiment) -> bool:
    """Are its examples points of two numbers?"""
    return experiment.dataset["shape"] == [2]
