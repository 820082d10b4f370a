"""Measure the final networks of an experiment on the test split: the one program that reads it.

The configuration was chosen by `select_best.py` without the test split; here its networks, one for
each seed, are tested. The accuracy reported is their mean, so that no lucky seed is quoted. A
network that failed is left out, and listed with its reason.
"""

import argparse
from pathlib import Path
from statistics import fmean
from typing import Any

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
from files.models import Model, judged, load_model
from files.prepared import open_split
from inputs import Examples, moved_views, random_views
from nn import ALONE, Workers, predict_averaged, softmax

SUREST = 25  # mistakes that are kept as pictures
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


def test(
    models: list[Model],
    images: np.ndarray,
    labels: np.ndarray,
    evaluation: dict[str, Any],
    workers: Workers = ALONE,
) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
    """Test the networks that did not fail; return the content of test.json, and the predictions."""
    tested, failures, predictions, confidence = [], [], [], np.empty(0, np.float32)
    together: dict[str, np.ndarray] = {}  # sums of the probabilities of all networks
    evaluation = EVALUATION | evaluation
    for model in models:
        seed = model.config["seed"]
        if not model.usable:
            failures.append({"seed": seed, **{k: model.config[k] for k in ("status", "reason")}})
            continue
        examples = examples_of(model, images, labels)
        scores, *truth = judged(model, examples, workers)
        if model.gives_probabilities:
            probabilities = softmax(scores)
            if not predictions:
                confidence = probabilities.max(axis=1)
            together["ensemble"] = together.get("ensemble", 0) + probabilities
        predictions.append(scores.argmax(axis=1))
        measured = measure(scores, *truth)
        row = {"seed": seed, **{f"test_{name}": value for name, value in measured.items()}}
        if first := evaluation["first"]:
            row["test_accuracy_first"] = accuracy(predictions[-1][:first], labels[:first])
        if views := views_of(examples, evaluation, seed):
            averaged = predict_averaged(model.network, examples, views, workers=workers)
            row["test_accuracy_averaged"] = accuracy(averaged.argmax(axis=1), examples.labels)
            if model.gives_probabilities:
                together["ensemble_averaged"] = together.get("ensemble_averaged", 0) + averaged
        tested.append(row)
    classes = models[0].config["classes"]
    result: dict[str, Any] = {
        "images": len(images),
        "networks": tested,
        "failures": failures,
        "classes": classes,
    }
    if evaluation["first"]:
        result["images_first"] = evaluation["first"]
    if tested:
        correct = int((predictions[0] == labels).sum())
        confusion = confusion_matrix(labels, predictions[0], len(classes))
        result["wilson_interval_of_first"] = wilson_interval(correct, len(images))
        result["confusion_matrix_of_first"] = confusion.tolist()
        result["cautions"] = cautions(tested, "test")
    if len(confidence):
        found = calibration(confidence, predictions[0] == labels)
        result["expected_calibration_error_of_first"] = found.error
    for column in (
        *(f"test_{name}" for name in METRICS),
        "test_accuracy_averaged",
        "test_accuracy_first",
    ):
        values = [row[column] for row in tested if row.get(column) is not None]
        if values:
            result[column] = float(np.mean(values))
            if column.startswith("test_accuracy"):
                n = evaluation["first"] if column.endswith("first") else len(images)
                result[f"{column}_interval"] = intervals(values, n)
    for name, summed in together.items() if len(tested) > 1 else ():
        result[f"test_accuracy_{name}"] = accuracy(summed.argmax(axis=1), labels)
    wrong = np.flatnonzero(predictions[0] != labels) if len(confidence) else np.empty(0, int)
    surest = wrong[np.argsort(-confidence[wrong], kind="stable")][:SUREST]
    return result, {
        "labels": labels,
        "confidence_of_first": confidence.astype(np.float32),
        # For a figure, which must not read the test split.
        "surest_mistakes_of_first": surest,
        "images_of_surest_mistakes": images[np.sort(surest)][np.argsort(np.argsort(surest))],
        "predictions": np.array(predictions, np.min_scalar_type(len(classes) - 1)),
        "seeds": np.array([row["seed"] for row in tested], int),
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
    options = parser.parse_args()
    described = artifacts.read_json(options.info)["splits"]["test"]
    images, labels = open_split(options.images, options.labels, described)
    models = [load_model(path) for path in options.models]
    result, predictions = test(models, images, labels, options.evaluation, Workers(options.threads))
    if options.baselines:
        numbers = artifacts.read_json(options.baselines)
        kept = artifacts.load_arrays(options.baselines.with_suffix(".npz"))
        beside = baseline.beside_of(options)
        result["baselines"] = baseline.tested(numbers, kept, beside, images, labels)
    print(line_of_scores(result, "test"))
    for sentence in result.get("cautions", []):
        print(f"warning: {sentence}")
    artifacts.write_json(options.output, result)
    artifacts.save_arrays(options.predictions, predictions)


if __name__ == "__main__":
    cli.run(main)
