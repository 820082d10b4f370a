"""The network that was tested: its weights, and what it takes for what."""

from __future__ import annotations

from functools import reduce
from typing import TYPE_CHECKING

import numpy as np

import figures
from evaluation import calibration
from evaluation import per_class as measures_of

from .registry import Results, figure, has_pictures

if TYPE_CHECKING:
    from matplotlib.figure import Figure


@figure("models", when=lambda e: has_pictures(e) and not e.changes_basis)
def first_layer_weights(results: Results) -> Figure:
    """The weights of the first layer as pictures, one for each unit, each scaled to its own range."""
    model = results.final_model
    weights = reduce(np.matmul, model.network.first_weights())
    return figures.first_layer_weights(weights, tuple(model.config["shape"]))


@figure("test", when=lambda e: e.has_test)
def confusion_matrix(results: Results) -> Figure:
    """The test examples by true and predicted class, for the final network of the first seed."""
    return figures.confusion(results.confusion, results.json("test")["classes"])


@figure("test", when=lambda e: e.has_test)
def per_class(results: Results) -> Figure:
    """Precision (how many of those taken for a class are of it), recall (how many of it are found) and F1
    of each class on the test split, for the final network of the first seed.
    """
    return figures.per_class(measures_of(results.confusion), results.json("test")["classes"])


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
    """Of the test examples that the final network of the first seed gives so much probability, how many are
    right: on the diagonal, as many as it says. ECE is the expected calibration error.
    """
    found = results.predictions
    correct = found["predictions"][0] == found["labels"]
    return figures.reliability(*calibration(found["confidence_of_first"], correct))
