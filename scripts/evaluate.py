"""Measure the final networks of an experiment on the test split; no other program reads it.

`select_best.py` chose the configuration without the test split. This program tests its networks, one per
seed, and reports their mean accuracy, so no lucky seed is quoted. Failed networks are left out, and
listed with the reason.
"""

from collections.abc import Iterator
from pathlib import Path
from statistics import fmean
from typing import Any, NamedTuple

import numpy as np

import cli
from baselines.fitting import load_baselines, tested_baselines
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
from files.models import Model, judged, load_model
from files.prepared import open_split
from inputs import Examples, moved_views, random_views
from nn import ALONE, Workers, predict_averaged, softmax

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


def examples_of(model: Model, images: np.ndarray, labels: np.ndarray) -> Examples:
    """Return the test examples as this model sees them."""
    rows, dtype = np.arange(len(images)), model.network.dtype
    return Examples(images, labels, rows, model.preparation, dtype, cache_bytes=0)


def views_of(examples: Examples, evaluation: dict[str, Any], seed: int) -> list:
    """Return the views to average: moved ones, then `views` random ones; empty if none are configured."""
    shifts, flips, count = (evaluation[key] for key in ("shifts", "flips", "views"))
    if not (shifts or flips or count):
        return []
    drawn = random_views(examples, evaluation["augmentation"], count, seed) if count else []
    return [*moved_views(shifts, flips, evaluation["border"]), *drawn]


def measure_network(
    model: Model,
    images: np.ndarray,
    labels: np.ndarray,
    evaluation: dict[str, Any],
    workers: Workers,
) -> tuple[Tested, dict[str, np.ndarray]]:
    """Measure one network on the test examples; return its probabilities (n, classes) for ensembles too."""
    examples = examples_of(model, images, labels)
    scores, *truth = judged(model, examples, workers)
    row = {"seed": model.config["seed"]}
    row |= {f"test_{name}": value for name, value in measure(scores, *truth).items()}
    predicted, probabilities = scores.argmax(axis=1), {"ensemble": softmax(scores)}
    if first := evaluation["first"]:
        row["test_accuracy_first"] = accuracy(predicted[:first], labels[:first])
    if views := views_of(examples, evaluation, row["seed"]):
        averaged = predict_averaged(model.network, examples, views, workers=workers)
        row["test_accuracy_averaged"] = accuracy(averaged.argmax(axis=1), examples.labels)
        probabilities["ensemble_averaged"] = averaged
    if not model.gives_probabilities:
        return Tested(row, predicted, None), {}
    return Tested(row, predicted, probabilities["ensemble"].max(axis=1)), probabilities


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


def about_first(first: Tested, labels: np.ndarray, classes: int) -> dict[str, Any]:
    """Return the scores that are measured of the first network alone."""
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
    """Test the networks that did not fail; return the content of test.json, and each network's answers."""
    tested: list[Tested] = []
    sums: dict[str, np.ndarray] = {}  # those of many networks would need much memory
    for model in filter(lambda model: model.usable, models):
        each, probabilities = measure_network(model, images, labels, evaluation, workers)
        tested.append(each)
        sums |= {name: sums.get(name, 0) + known for name, known in probabilities.items()}
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
    result |= means(tested, len(images), evaluation["first"])
    if len(tested) > 1:
        ensembles = {f"test_accuracy_{name}": found.argmax(axis=1) for name, found in sums.items()}
        result |= {name: accuracy(classes, labels) for name, classes in ensembles.items()}
    return result, tested


def intervals(values: list[float], examples: int) -> dict[str, Any]:
    """Return the interval of a mean accuracy, and those over the trainings and the examples alone."""
    correct = round(fmean(values) * examples)
    return {
        **accuracy_interval(values, examples)._asdict(),
        "trainings": mean_interval(values),
        "examples": wilson_interval(correct, examples),
    }


def as_arrays(
    tested: list[Tested], images: np.ndarray, labels: np.ndarray, classes: int
) -> dict[str, np.ndarray]:
    """Return test_predictions.npz; it has pictures for the report, which may not read the test split."""
    first = tested[0].confidence if tested else None
    confidence, surest = np.empty(0, np.float32), np.empty(0, int)
    if first is not None:
        confidence = first.astype(np.float32)
        wrong = np.flatnonzero(tested[0].predicted != labels)
        surest = wrong[np.argsort(-first[wrong], kind="stable")][:SUREST]
    rows = np.sort(surest)  # a memory-mapped file is read from start to end
    pictures = images[rows][np.searchsorted(rows, surest)]
    return {
        "labels": labels,
        "confidence_of_first": confidence,
        "surest_mistakes_of_first": surest,
        "images_of_surest_mistakes": pictures,
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


def main() -> None:
    parser = cli.parser(__doc__)
    about = "model.npz of each seed"
    parser.add_argument("--models", required=True, nargs="+", type=Path, help=about)
    cli.add_files(
        parser,
        images="test_images.npy of the dataset",
        labels="test_labels.npy of the dataset",
        sources="test_sources.csv of the dataset",
        info="info.json of the dataset",
        output="test.json",
        predictions="test_predictions.npz, for compare.py and the figures",
        table="test_predictions.csv, for people",
    )
    evaluation = cli.json_with("shifts", "flips", "border", "views", "augmentation", "first")
    about = "JSON: `evaluation` of the experiment"
    parser.add_argument("--evaluation", required=True, type=evaluation, help=about)
    about = "baselines.json, to be tested too; baselines.npz is in the same folder"
    parser.add_argument("--baselines", type=Path, help=about)
    for part in ("images", "labels"):
        about = f"train_{part}.npy of the dataset, for baselines that are fitted again"
        parser.add_argument(f"--training-{part}", type=Path, help=about)
    parser.add_argument("--threads", type=int, default=1, help="threads to use (default: 1)")
    options = parser.parse_args()
    if options.baselines and not (options.training_images and options.training_labels):
        parser.error("--baselines needs --training-images and --training-labels")
    described = artifacts.read_json(options.info)["splits"]["test"]
    images, labels = open_split(options.images, options.labels, described)
    models = [load_model(path) for path in options.models]
    result, tested = test(models, images, labels, options.evaluation, Workers(options.threads))
    if options.baselines:
        numbers = artifacts.read_json(options.baselines)
        training = options.training_images, options.training_labels
        known = load_baselines(options.baselines.with_suffix(".npz"), *training)
        result["baselines"] = tested_baselines(numbers, *known, images, labels)
    print(line_of_scores(result, "test"))
    for sentence in result.get("cautions", []):
        print(f"warning: {sentence}")
    classes, sources = result["classes"], artifacts.read_csv(options.sources)
    artifacts.write_json(options.output, result)
    artifacts.save_arrays(options.predictions, as_arrays(tested, images, labels, len(classes)))
    rows = as_table(tested, labels, classes, sources)
    artifacts.write_csv(options.table, [*sources[0], *COLUMNS], rows)


if __name__ == "__main__":
    cli.run(main)
