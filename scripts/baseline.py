"""Fit scikit-learn's LinearSVC beside a network: on the network's scores, or on its inputs.

Its inputs are the prepared pixels. One classifier against the rest for each class, fitted in the
primal (no randomness) on the training examples of the selected configuration's first seed.
`test.py` measures it on the test split.
"""

from common import artifacts
from common.models import Model, load_model
from common.prepared import load_prepared

import argparse
import warnings
from pathlib import Path
from typing import Any

import numpy as np

from evaluation import accuracy
from inputs import Examples
from nn import predict

TOLERANCE = 1e-4  # both are scikit-learn's own defaults
ITERATIONS = 1000


def scores(model: Model, examples: Examples) -> np.ndarray:
    """The network's outputs (n, classes)."""
    return predict(model.network, examples)


def pixels(model: Model, examples: Examples) -> np.ndarray:
    """The prepared inputs (n, inputs)."""
    return examples.load(slice(0, len(examples)), augment=False)[0]


BASELINES = {"linear_svc_scores": scores, "linear_svc_pixels": pixels}


def fit(x: np.ndarray, labels: np.ndarray) -> tuple[np.ndarray, np.ndarray, dict[str, Any]]:
    """Fit LinearSVC; return coefficients (classes, features), intercepts (classes,) and how it went.

    Both float64. For two classes scikit-learn fits one classifier; here each class has its own.
    """
    from sklearn.exceptions import ConvergenceWarning
    from sklearn.svm import LinearSVC

    svc = LinearSVC(dual=False, tol=TOLERANCE, max_iter=ITERATIONS)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)  # reported below, in the numbers
        svc.fit(x, labels)
    coef, intercept = svc.coef_, svc.intercept_
    if len(svc.classes_) == 2:
        coef, intercept = np.concatenate([-coef, coef]), np.concatenate([-intercept, intercept])
    went = {"iterations": int(svc.n_iter_), "converged": bool(svc.n_iter_ < ITERATIONS)}
    return coef, intercept, {**went, "tolerance": TOLERANCE, "classes": svc.classes_.tolist()}


def classify(baseline: dict[str, np.ndarray], x: np.ndarray) -> np.ndarray:
    """The class (n,) of the highest score of a fitted baseline (classes, coef, intercept)."""
    return baseline["classes"][(x @ baseline["coef"].T + baseline["intercept"]).argmax(axis=1)]


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("baseline", choices=BASELINES, help="what it is fitted on")
    parser.add_argument("--model", required=True, type=Path, help="model.npz of the network")
    parser.add_argument("--prepared", required=True, type=Path, help="what it was trained on, .npz")
    parser.add_argument(
        "--images", required=True, type=Path, help="train_images.npy of the dataset"
    )
    parser.add_argument(
        "--labels", required=True, type=Path, help="train_labels.npy of the dataset"
    )
    parser.add_argument("--output", required=True, type=Path, help="the coefficients, .npz")
    parser.add_argument("--numbers", required=True, type=Path, help="how the fit went, .json")
    options = parser.parse_args()
    model = load_model(options.model)
    steps = model.config["preparation"]
    data = load_prepared(options.prepared, steps, options.images, options.labels)
    if not model.usable:
        artifacts.save_arrays(options.output, {})
        artifacts.write_json(options.numbers, {"failed": model.config["reason"]})
        return
    examples = data.examples("training", model.network.dtype)
    x = BASELINES[options.baseline](model, examples)
    coef, intercept, numbers = fit(x, examples.labels)
    baseline = {"coef": coef, "intercept": intercept, "classes": np.array(numbers.pop("classes"))}
    numbers |= {
        "seed": model.config["seed"],
        "training_images": len(examples),
        "training_accuracy": accuracy(classify(baseline, x), examples.labels),
    }
    artifacts.save_arrays(options.output, baseline)
    artifacts.write_json(options.numbers, numbers)
    print(numbers, flush=True)


if __name__ == "__main__":
    artifacts.cli(main)
