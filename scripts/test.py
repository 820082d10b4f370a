"""Measure the final networks of an experiment on the test split: the one program that reads it.

The configuration was chosen by `select_best.py` without the test split; here its networks, one for
each seed, are tested once. The accuracy reported is their mean, so that no lucky seed is quoted. A
refit that failed is left out, and listed with its reason.
"""

import one_thread  # noqa: F401

import argparse
import json
from pathlib import Path

import numpy as np

import artifacts
from baseline import BASELINES, classify
from evaluation import (
    EvaluationError,
    accuracy,
    confusion_matrix,
    mean_interval,
    wilson_interval,
)
from models import load_model
from nn import Examples, predict, predict_averaged


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--dataset", required=True, type=Path, help="folder of the parsed arrays")
    parser.add_argument("--selection", required=True, type=Path, help="selection.json")
    parser.add_argument(
        "--evaluation", required=True, type=json.loads, help='JSON, as {"shifts": 1, "flips": true}'
    )
    parser.add_argument(
        "--refit-seeds", type=int, nargs="*", default=[], help="test the refitted networks instead"
    )
    parser.add_argument("--output", required=True, type=Path, help="test.json")
    parser.add_argument(
        "--predictions", required=True, type=Path, help="test_predictions.npz, for compare.py"
    )
    parser.add_argument(
        "--baselines", nargs="*", default=[], help="names, as linear_svc_scores; tested beside"
    )
    options = parser.parse_args()
    images, labels = artifacts.load_split(options.dataset, "test")
    folder = options.selection.parent
    finals = {f"refit/seed={seed}": seed for seed in options.refit_seeds}
    if not finals:
        finals = dict(_survivors(artifacts.read_json(options.selection)))
    shifts, flips = options.evaluation["shifts"], options.evaluation["flips"]
    tested, failures, predictions, confusion = [], [], [], None
    for name, seed in finals.items():
        model = load_model(folder / name / "model.npz")
        if not model.usable:
            ended = {key: model.config[key] for key in ("status", "reason")}
            failures.append({"model": name, "seed": seed, **ended})
            continue
        examples = Examples(
            images,
            labels,
            np.arange(len(images)),
            model.preparation,
            model.network.dtype,
            cache_bytes=0,
        )
        predicted = predict(model.network, examples).argmax(axis=1)
        predictions.append(predicted)
        row = {"model": name, "seed": seed, "test_accuracy": accuracy(predicted, examples.labels)}
        if shifts or flips:
            averaged = predict_averaged(model.network, examples, shifts, flips).argmax(axis=1)
            row["test_accuracy_averaged"] = accuracy(averaged, examples.labels)
        tested.append(row)
        if confusion is None:
            correct = int((predicted == examples.labels).sum())
            confusion = confusion_matrix(examples.labels, predicted, len(model.config["classes"]))
            classes = model.config["classes"]
    if not tested:
        reasons = "".join(
            f"\n  {row['model']} {row['status']}: {row['reason']}" for row in failures
        )
        raise EvaluationError(
            f"no refit survived, so there is nothing to test:{reasons}\nThe change that the "
            "experiment's `refit` makes may not suit the selected configuration."
        )
    result = {
        "images": len(images),
        "networks": tested,
        "failures": failures,
        "wilson_interval_of_first": wilson_interval(correct, len(images)),
        "confusion_matrix_of_first": confusion.tolist(),
        "classes": classes,
    }
    for column in ("test_accuracy", "test_accuracy_averaged"):
        if column in tested[0]:
            values = [row[column] for row in tested]
            result[column] = float(np.mean(values))
            result[f"{column}_interval"] = mean_interval(values)
    if options.baselines:
        result["baselines"] = {
            name: _test_baseline(name, folder, images, labels) for name in options.baselines
        }
    artifacts.write_json(options.output, result)
    artifacts.save_arrays(
        options.predictions,
        {
            "labels": labels,
            "predictions": np.array(predictions, np.min_scalar_type(len(classes) - 1)),
            "seeds": np.array([row["seed"] for row in tested]),
        },
    )


def _test_baseline(name: str, folder: Path, images: np.ndarray, labels: np.ndarray) -> dict:
    """What is known of a fitted baseline, with its test accuracy."""
    numbers = artifacts.read_json(folder / "baselines" / f"{name}.json")
    model = load_model(folder / "runs" / numbers["run"] / "model.npz")
    rows = np.arange(len(images))
    examples = Examples(images, labels, rows, model.preparation, model.network.dtype)
    fitted = artifacts.load_arrays(folder / "baselines" / f"{name}.npz")
    predicted = classify(fitted, BASELINES[name](model, examples))
    return {
        **numbers,
        "test_accuracy": accuracy(predicted, labels),
        "wilson_interval": wilson_interval(int((predicted == labels).sum()), len(labels)),
    }


def _survivors(selection: dict) -> list[tuple[str, int]]:
    """Folder and seed of the best configuration's networks, without those that failed."""
    failed = {failure["run"] for failure in selection["failures"]}
    names = [name for name in selection["configurations"][0]["runs"] if name not in failed]
    return [(f"runs/{name}", int(name.rpartition("seed=")[2])) for name in names]


if __name__ == "__main__":
    artifacts.cli(main)
