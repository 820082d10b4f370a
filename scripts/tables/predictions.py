"""The answers of the tested networks, as arrays for programs and as a table for people."""

from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np

SUREST = 25  # mistakes kept as pictures
COLUMNS = ("seed", "true_class", "predicted_class", "probability")


class Tested(NamedTuple):
    """A network on n test examples: its row of test.json, and its answers.

    ``predicted`` has the classes (n,), ``confidence`` their probabilities (n,): None if the network gives
    no probabilities.
    """

    row: dict[str, Any]
    predicted: np.ndarray
    confidence: np.ndarray | None


def as_arrays(
    tested: list[Tested], images: np.ndarray, labels: np.ndarray, classes: int
) -> dict[str, np.ndarray]:
    """Return test_predictions.npz; it has pictures for figures, which may not read the test split."""
    first = tested[0].confidence if tested else None
    confidence, surest = np.empty(0, np.float32), np.empty(0, int)
    if first is not None:
        confidence = first.astype(np.float32)
        wrong = np.flatnonzero(tested[0].predicted != labels)
        surest = wrong[np.argsort(-first[wrong], kind="stable")][:SUREST]
    return {
        "labels": labels,
        "confidence_of_first": confidence,
        "surest_mistakes_of_first": surest,
        "images_of_surest_mistakes": images[np.sort(surest)][np.argsort(np.argsort(surest))],
        "predictions": np.array([t.predicted for t in tested], np.min_scalar_type(classes - 1)),
        "seeds": np.array([each.row["seed"] for each in tested], int),
    }


def as_table(
    tested: list[Tested], labels: np.ndarray, classes: list[str], sources: list[dict[str, str]]
) -> Iterator[dict[str, Any]]:
    """Yield the rows of test_predictions.csv: one per example and network."""
    for place, source in enumerate(sources):
        for each in tested:
            yield {
                **source,
                "seed": each.row["seed"],
                "true_class": classes[labels[place]],
                "predicted_class": classes[each.predicted[place]],
                "probability": None if each.confidence is None else f"{each.confidence[place]:.6f}",
            }
