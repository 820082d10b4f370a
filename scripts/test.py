"""Measure the final networks of an experiment on the test split: the one program that reads it.

The configuration was chosen by `select_best.py` without the test split; here its networks, one for
each seed, are tested. The accuracy reported is their mean, so that no lucky seed is quoted. A
network that failed is left out, and listed with its reason.
"""

import argparse
from collections.abc import Iterator
from pathlib import Path
from statistics import fmean
from typing import Any, NamedTuple

import numpy as np

import baseline
import cli
from evaluation import (
    METRICS,
    accuracy,
    accuracy_interval,
    calibration,
    cautions,
    confusion_matrix,
    line_of_scores,
    mean_interval,
    measure,
    wilson_interval,
)
from files import artifacts
from files.markdown import as_cell
from files.models import Model, judged, load_model
from files.prepared import open_split
from inputs import Examples, moved_views, random_views
from nn import ALONE, Workers, predict_averaged, softmax

SUREST = 25  # mistakes that are kept as pictures
COLUMNS = ("seed", "true_class", "predicted_class", "probability")
EVALUATION = {
    "shifts": 0,
    "flips": False,
    "border": "black",
    "views": 0,
    "augmentation": [],
    "first": None,
}


def examples_of(model: Model, images: np.ndarray, labels: np.ndarray) -> Examples:
    """The test examples as this model sees them."""
    rows = np.arange(len(images))
    dtype = model.network.dtype
    return Examples(images, labels, rows, model.preparation, dtype, cache_bytes=0)


def views_of(examples: Examples, evaluation: dict[str, Any], seed: int) -> list:
    """The views that are averaged: moved ones, and `views` drawn ones beside; none where not wanted."""
    shifts, flips, count = (evaluation[key] for key in ("shifts", "flips", "views"))
    if not (shifts or flips or count):
        return []
    drawn = random_views(examples, evaluation["augmentation"], count, seed) if count else []
    return [*moved_views(shifts, flips, evaluation["border"]), *drawn]


class Tested(NamedTuple):
    """A network on n test examples: its row of test.json, and its answers.

    ``predicted`` has the classes (n,). ``probabilities`` and ``averaged``, those over many views, are
    (n, classes); None if the network gives none, or no views are averaged.
    """

    row: dict[str, Any]
    predicted: np.ndarray
    probabilities: np.ndarray | None
    averaged: np.ndarray | None

    @property
    def confidence(self) -> np.ndarray | None:
        """The probabilities (n,) of the predicted classes."""
        return None if self.probabilities is None else self.probabilities.max(axis=1)


def measure_network(
    model: Model,
    images: np.ndarray,
    labels: np.ndarray,
    evaluation: dict[str, Any],
    workers: Workers,
) -> Tested:
    """Measure one network on the test examples."""
    examples = examples_of(model, images, labels)
    scores, *truth = judged(model, examples, workers)
    predicted, averaged = scores.argmax(axis=1), None
    row = {"seed": model.config["seed"]}
    row |= {f"test_{name}": value for name, value in measure(scores, *truth).items()}
    if first := evaluation["first"]:
        row["test_accuracy_first"] = accuracy(predicted[:first], labels[:first])
    if views := views_of(examples, evaluation, row["seed"]):
        averaged = predict_averaged(model.network, examples, views, workers=workers)
        row["test_accuracy_averaged"] = accuracy(averaged.argmax(axis=1), examples.labels)
    if not model.gives_probabilities:
        return Tested(row, predicted, None, None)
    return Tested(row, predicted, softmax(scores), averaged)


def means(tested: list[Tested], images: int, first: int | None) -> dict[str, Any]:
    """Return the mean of each metric over the networks, and the intervals of accuracies."""
    found: dict[str, Any] = {}
    columns = [f"test_{name}" for name in METRICS]
    for column in (*columns, "test_accuracy_averaged", "test_accuracy_first"):
        values = [each.row[column] for each in tested if each.row.get(column) is not None]
        if values:
            found[column] = float(np.mean(values))
            if column.startswith("test_accuracy"):
                n = first if column.endswith("first") else images
                found[f"{column}_interval"] = intervals(values, n)
    return found


def ensembles(tested: list[Tested], labels: np.ndarray) -> dict[str, float]:
    """Return the accuracies of the summed probabilities of all networks; empty for one network."""
    if len(tested) < 2:
        return {}
    answers = {
        "test_accuracy_ensemble": [each.probabilities for each in tested],
        "test_accuracy_ensemble_averaged": [each.averaged for each in tested],
    }
    return {
        name: accuracy(sum(known).argmax(axis=1), labels)
        for name, found in answers.items()
        if (known := [each for each in found if each is not None])
    }


def about_first(first: Tested, labels: np.ndarray, classes: int) -> dict[str, Any]:
    """Return what is known of the first network alone."""
    right = first.predicted == labels
    found: dict[str, Any] = {
        "wilson_interval_of_first": wilson_interval(int(right.sum()), len(labels)),
        "confusion_matrix_of_first": confusion_matrix(labels, first.predicted, classes).tolist(),
    }
    if first.confidence is not None:
        calibrated = calibration(first.confidence, right)
        found["expected_calibration_error_of_first"] = calibrated.error
    return found


def test(
    models: list[Model],
    images: np.ndarray,
    labels: np.ndarray,
    evaluation: dict[str, Any],
    workers: Workers = ALONE,
) -> tuple[dict[str, Any], list[Tested]]:
    """Test the networks that did not fail; return the content of test.json, and their answers."""
    evaluation = EVALUATION | evaluation
    tested = [
        measure_network(model, images, labels, evaluation, workers)
        for model in models
        if model.usable
    ]
    failures = [
        {key: model.config[key] for key in ("seed", "status", "reason")}
        for model in models
        if not model.usable
    ]
    classes = models[0].config["classes"]
    rows = [each.row for each in tested]
    result = {"images": len(images), "networks": rows, "failures": failures, "classes": classes}
    if evaluation["first"]:
        result["images_first"] = evaluation["first"]
    if tested:
        result |= about_first(tested[0], labels, len(classes))
        result["cautions"] = cautions(rows, "test")
    result |= means(tested, len(images), evaluation["first"]) | ensembles(tested, labels)
    return result, tested


def as_arrays(
    tested: list[Tested], images: np.ndarray, labels: np.ndarray, classes: int
) -> dict[str, np.ndarray]:
    """Return the content of test_predictions.npz.

    It has the surest mistakes of the first network as pictures, for a figure: no other program may
    read the test split.
    """
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
        "predictions": np.array(
            [each.predicted for each in tested], np.min_scalar_type(classes - 1)
        ),
        "seeds": np.array([each.row["seed"] for each in tested], int),
    }


def as_table(
    tested: list[Tested], labels: np.ndarray, classes: list[str], sources: list[dict[str, str]]
) -> Iterator[dict[str, Any]]:
    """Yield the rows of test_predictions.csv: one for each example and network.

    Rows rather than columns for the networks, so the columns are the same for any number of seeds.
    """
    names = list(map(as_cell, classes))
    for place, source in enumerate(sources):
        for each in tested:
            yield {
                **source,
                "seed": each.row["seed"],
                "true_class": names[labels[place]],
                "predicted_class": names[each.predicted[place]],
                "probability": None
                if each.probabilities is None
                else f"{each.probabilities[place].max():.6f}",
            }


def intervals(values: list[float], examples: int) -> dict[str, Any]:
    """The interval of a mean accuracy, and its parts: those of the trainings and of the examples alone."""
    correct = round(fmean(values) * examples)
    return {
        **accuracy_interval(values, examples)._asdict(),
        "trainings": mean_interval(values),
        "examples": wilson_interval(correct, examples),
    }


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "--models", required=True, nargs="+", type=Path, help="model.npz of each seed"
    )
    parser.add_argument("--images", required=True, type=Path, help="test_images.npy of the dataset")
    parser.add_argument("--labels", required=True, type=Path, help="test_labels.npy of the dataset")
    parser.add_argument(
        "--sources", required=True, type=Path, help="test_sources.csv of the dataset"
    )
    parser.add_argument("--info", required=True, type=Path, help="info.json of the dataset")
    parser.add_argument(
        "--evaluation",
        required=True,
        type=cli.json_with("shifts", "flips", "first"),
        help='JSON, as {"shifts": 1, "flips": true}',
    )
    parser.add_argument(
        "--baselines",
        type=Path,
        help="baselines.json, to be tested, too; baselines.npz lies beside it",
    )
    baseline.add_arguments(parser)
    parser.add_argument("--threads", type=int, default=1, help="that share the work (default: 1)")
    parser.add_argument("--output", required=True, type=Path, help="test.json")
    parser.add_argument(
        "--predictions", required=True, type=Path, help="test_predictions.npz, for compare.py"
    )
    parser.add_argument(
        "--table", required=True, type=Path, help="test_predictions.csv, for people"
    )
    options = parser.parse_args()
    described = artifacts.read_json(options.info)["splits"]["test"]
    images, labels = open_split(options.images, options.labels, described)
    models = [load_model(path) for path in options.models]
    result, tested = test(models, images, labels, options.evaluation, Workers(options.threads))
    if options.baselines:
        numbers = artifacts.read_json(options.baselines)
        kept = artifacts.load_arrays(options.baselines.with_suffix(".npz"))
        beside = baseline.beside_of(options)
        result["baselines"] = baseline.tested(numbers, kept, beside, images, labels)
    print(line_of_scores(result, "test"))
    for sentence in result.get("cautions", []):
        print(f"warning: {sentence}")
    artifacts.write_json(options.output, result)
    classes = result["classes"]
    arrays = as_arrays(tested, images, labels, len(classes))
    artifacts.save_arrays(options.predictions, arrays)
    sources = artifacts.read_csv(options.sources)
    columns = [*sources[0], *COLUMNS]
    artifacts.write_csv(options.table, columns, as_table(tested, labels, classes, sources))


if __name__ == "__main__":
    cli.run(main)
