"""The files of an experiment that its figures are drawn from."""

from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from evaluation import METRICS, Metric, in_words
from files import artifacts
from files.models import Model, load_model

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


class NothingToShow(Exception):
    """The reason why a figure is empty."""


class Results:
    """The files of a finished experiment, each read when a figure first needs it."""

    def __init__(self, files: dict[str, list[Path]], published: dict[str, Any] | None):
        self.files, self.published = files, published or {}

    def json(self, name: str) -> Any:
        return artifacts.read_json(self.files[name][0])

    def array(self, name: str) -> np.ndarray:
        return artifacts.open_array(self.files[name][0])

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

    @cached_property
    def test(self) -> dict[str, Any]:
        """The content of test.json, which has a confusion matrix of the first network."""
        test = self.json("test")
        if not test["networks"]:
            raise NothingToShow("no network survived")
        return test

    @cached_property
    def predictions(self) -> dict[str, np.ndarray]:
        """The answers of all tested networks, and the confidences of the first."""
        found = artifacts.load_arrays(self.files["predictions"][0])
        if not len(found["seeds"]):
            raise NothingToShow("no network survived")
        return found

    def network(self, needs: tuple[str, ...]) -> str:
        """Name the network that a figure drawn from these files shows, if it shows one."""
        if "models" in needs:
            seed = self.final_model.config["seed"]
        elif "predictions" in needs:
            seed = self.predictions["seeds"][0]
        elif "test" in needs:
            seed = self.test["networks"][0]["seed"]
        else:
            return ""
        return f"final network of seed {seed}"

    @property
    def criterion(self) -> str:
        """The name of the selection score on an axis; a loss has a minus, so higher is better."""
        name = in_words(self.selection["criterion"])
        if self._metric.better == "lower":
            name = f"-{name}"
        return f"{name} (%)" if self._metric.percent else name

    @property
    def _metric(self) -> Metric:
        return METRICS[self.selection["criterion"].partition("_")[2]]

    def scaled(self, score: Any) -> Any:
        """Return a score, or a list of each of several, as drawn: in percent, a loss with a minus."""
        if isinstance(score, list | tuple):
            return [self.scaled(part) for part in score]
        if score is None:
            return None
        if self._metric.percent:
            score = 100 * score
        return -score if self._metric.better == "lower" else score

    @property
    def columns(self) -> tuple[dict[str, list], list[float | None]]:
        """The swept values of the compared runs by name, and their scores as drawn."""
        names = {run for row in self.selection["configurations"] for run in row["runs"]}
        rows = [row for row in self.selection["measured"] if row["name"] in names]
        scores = [self.scaled(row[self.selection["criterion"]]) for row in rows]
        varied = self.selection["varied"]
        return {name: [row["values"][key] for row in rows] for key, name in varied}, scores
