"""The data: samples, the balance of the splits; and the plane of two inputs."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

import figures
from files import artifacts
from files.models import Model

from .registry import Results, figure, has_pictures, in_plane

if TYPE_CHECKING:
    from matplotlib.figure import Figure


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
