"""Fit classifiers of scikit-learn on the examples that a network was trained on, to compare it with.

They get the same training part and the same preparation; `linear_svc_scores` gets the scores of the
network instead. All baselines of an experiment are fitted in one job, without chance (one thread, a
fixed seed), and measured on the training and the validation part. `test.py` measures them on the test
split. Large data are cut to a number of examples that takes minutes; the numbers then say so.
"""

import argparse
import warnings
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

import cli
from evaluation import line_of_scores, measure_classes, wilson_interval
from files import artifacts
from files.models import Model, load_model
from files.prepared import Prepared, load_prepared
from inputs import Examples
from nn import predict

TOLERANCE = 1e-4  # of LinearSVC and LogisticRegression: scikit-learn's own default
ITERATIONS = 1000
NEIGHBORS = 5
BLOCK_ROWS = 5000  # that are prepared, and classified, at a time
# Of prepared inputs a baseline is fitted on so many values at most: 800 MB. CIFAR-10 has 154 million.
VALUES, FEWEST = 200_000_000, 1000
Arrays = dict[str, np.ndarray]
Predict = Callable[[np.ndarray], np.ndarray]


# Features of the examples at some positions.


def scores(model: Model, examples: Examples, positions: np.ndarray) -> np.ndarray:
    """The network's outputs (n, classes)."""
    return predict(model.network, examples)[positions]


def pixels(model: Model | None, examples: Examples, positions: np.ndarray) -> np.ndarray:
    """The prepared inputs (n, inputs), in an array of their own."""
    x = np.empty((len(positions), examples.inputs), examples.dtype)
    for start in range(0, len(positions), BLOCK_ROWS):
        block = slice(start, start + BLOCK_ROWS)
        examples.load(positions[block], augment=False, out=x[block])
    return x


def nothing(model: Model | None, examples: Examples, positions: np.ndarray) -> np.ndarray:
    """No features (n, 0), of which the majority needs none."""
    return np.empty((len(positions), 0))


# Each fit gets the features (n, features) and the classes (n,), and returns how it classifies and how it
# went: the arrays of a linear classifier, see `classify`, or a function from features to classes.


def majority(x: np.ndarray, labels: np.ndarray) -> tuple[Arrays, dict[str, Any]]:
    """Answer the most frequent class always; of equals the first one."""
    found = {"coef": np.zeros((1, x.shape[1])), "intercept": np.zeros(1)}
    return {**found, "classes": np.bincount(labels).argmax(keepdims=True)}, {}


def linear_svc(x: np.ndarray, labels: np.ndarray) -> tuple[Arrays, dict[str, Any]]:
    """One classifier against the rest for each class, in the primal, which needs no random numbers."""
    from sklearn.svm import LinearSVC

    return _linear(LinearSVC(dual=False, tol=TOLERANCE, max_iter=ITERATIONS), x, labels)


def logistic_regression(x: np.ndarray, labels: np.ndarray) -> tuple[Arrays, dict[str, Any]]:
    """Softmax regression with scikit-learn's L2 penalty (C = 1)."""
    from sklearn.linear_model import LogisticRegression

    return _linear(LogisticRegression(tol=TOLERANCE, max_iter=ITERATIONS), x, labels)


def _linear(classifier: Any, x: np.ndarray, labels: np.ndarray) -> tuple[Arrays, dict[str, Any]]:
    """Fit; for two classes scikit-learn has one row of coefficients, here each class has its own."""
    from sklearn.exceptions import ConvergenceWarning

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)  # reported below, in the numbers
        classifier.fit(x, labels)
    coef, intercept = classifier.coef_, classifier.intercept_
    if len(classifier.classes_) == 2:
        coef, intercept = np.concatenate([-coef, coef]), np.concatenate([-intercept, intercept])
    iterations = int(np.max(classifier.n_iter_))
    went = {"iterations": iterations, "converged": iterations < ITERATIONS, "tolerance": TOLERANCE}
    if not went["converged"]:
        went["note"] = f"did not converge in {ITERATIONS} iterations"
    return {"coef": coef, "intercept": intercept, "classes": classifier.classes_}, went


def nearest_neighbors(x: np.ndarray, labels: np.ndarray) -> tuple[Predict, dict[str, Any]]:
    """The class of most of the five nearest training examples, by comparing with all of them."""
    from sklearn.neighbors import KNeighborsClassifier

    neighbors = min(NEIGHBORS, len(labels))
    fitted = KNeighborsClassifier(neighbors, algorithm="brute").fit(x, labels)
    return fitted.predict, {"neighbors": neighbors}


def gradient_boosting(x: np.ndarray, labels: np.ndarray) -> tuple[Predict, dict[str, Any]]:
    """A hundred rounds of trees on histograms of the features."""
    from sklearn.ensemble import HistGradientBoostingClassifier

    fitted = HistGradientBoostingClassifier(random_state=0, early_stopping=False).fit(x, labels)
    return fitted.predict, {"iterations": int(fitted.n_iter_)}


class Baseline(NamedTuple):
    """How a baseline is fitted, on which features, and on how much of many examples.

    A linear one is kept as arrays. What others would keep is the training examples, or trees that no
    public function gives: they are fitted again where they are tested, to the same classifier.
    """

    fit: Callable[[np.ndarray, np.ndarray], tuple[Arrays | Predict, dict[str, Any]]]
    on: Callable[[Model | None, Examples, np.ndarray], np.ndarray] = pixels
    values: int = VALUES
    rows: int | None = None
    measures_training: bool = True

    def most(self, examples: int, inputs: int) -> int:
        """Return on how many of so many examples it is fitted."""
        if self.on is not pixels:
            return examples
        return min(examples, self.rows or examples, max(FEWEST, self.values // inputs))


BASELINES = {
    "majority": Baseline(majority, on=nothing),
    "logistic_regression": Baseline(logistic_regression),
    # An example is its own nearest neighbour: what it says of training examples is no score.
    "nearest_neighbors": Baseline(nearest_neighbors, rows=60_000, measures_training=False),
    "gradient_boosting": Baseline(gradient_boosting, values=30_000_000),
    "linear_svc_scores": Baseline(linear_svc, on=scores),
    "linear_svc_pixels": Baseline(linear_svc),
}


def classify(fitted: Arrays, x: np.ndarray) -> np.ndarray:
    """The class (n,) of the highest score of a linear classifier (classes, coef, intercept)."""
    return fitted["classes"][(x @ fitted["coef"].T + fitted["intercept"]).argmax(axis=1)]


def predictor(fitted: Arrays | Predict) -> Predict:
    """The function from features (n, features) to classes (n,) of a fitted baseline."""
    return fitted if callable(fitted) else lambda x: classify(fitted, x)


def of_split(predicted: np.ndarray, labels: np.ndarray, split: str) -> dict[str, float]:
    return {f"{split}_{name}": value for name, value in measure_classes(predicted, labels).items()}


class Beside:
    """The examples of the network that baselines are fitted beside, and its features of them."""

    def __init__(self, data: Prepared, precision: str, model: Model | None):
        self.data, self.model, self.dtype = data, model, np.dtype(precision)
        self.training = data.examples("training", self.dtype)

    def failure(self, name: str) -> str | None:
        """Why a baseline cannot be fitted; None if it can."""
        if BASELINES[name].on is scores and not self.model.usable:
            return self.model.config["reason"]
        if name != "majority" and len(np.unique(self.training.labels)) < 2:
            return "the training examples are all of one class"
        return None

    def fit(self, name: str) -> tuple[Arrays | Predict | None, dict[str, Any]]:
        """Fit a baseline; None where that cannot be, and the numbers then say why."""
        if reason := self.failure(name):
            return None, {"failed": reason}
        baseline, rows = BASELINES[name], len(self.training)
        most = baseline.most(rows, self.training.inputs)
        positions = np.arange(rows)
        about: dict[str, Any] = {"training_images": most}
        if most < rows:
            positions = np.sort(np.random.default_rng(0).choice(rows, most, replace=False))
            about["note"] = f"fitted on {most} of {rows} training examples"
        x = baseline.on(self.model, self.training, positions)
        try:
            fitted, went = baseline.fit(x, self.training.labels[positions])
        except ValueError as error:  # scikit-learn's, such as of values that are not finite
            return None, {"failed": str(error).partition("\n")[0]}
        notes = [each["note"] for each in (about, went) if "note" in each]
        return fitted, about | went | ({"note": "; ".join(notes)} if notes else {})

    def classes(self, name: str, fitted: Arrays | Predict, examples: Examples) -> np.ndarray:
        """The class (n,) that a fitted baseline gives each example."""
        on, n = BASELINES[name].on, len(examples)
        size = BLOCK_ROWS if on is pixels else n
        blocks = (np.arange(start, min(start + size, n)) for start in range(0, n, size))
        found = [predictor(fitted)(on(self.model, examples, block)) for block in blocks]
        return np.concatenate(found)


def fit_all(names: list[str], beside: Beside) -> tuple[dict[str, Arrays], dict[str, dict]]:
    """Fit and measure some baselines; return the arrays of the linear ones, and the numbers of all."""
    kept, numbers = {}, {}
    for name in names:
        fitted, numbers[name] = beside.fit(name)
        if fitted is None:
            print(f"{name}: failed: {numbers[name]['failed']}", flush=True)
            continue
        if not callable(fitted):
            kept[name] = fitted
        for part in ("training", "validation"):
            examples = beside.data.examples(part, beside.dtype)
            if len(examples) and (part != "training" or BASELINES[name].measures_training):
                predicted = beside.classes(name, fitted, examples)
                numbers[name] |= of_split(predicted, examples.labels, part)
                print(f"{name}: {line_of_scores(numbers[name], part)}", flush=True)
        if "note" in numbers[name]:
            print(f"{name}: {numbers[name]['note']}", flush=True)
    return kept, numbers


def tested(
    numbers: Mapping[str, dict],
    kept: Arrays,
    beside: Beside,
    images: np.ndarray,
    labels: np.ndarray,
) -> dict[str, dict[str, Any]]:
    """Return what is known of some baselines, with their numbers on the test split.

    ``kept`` has the arrays of the linear ones, as ``NAME/ARRAY``.
    """
    preparation = beside.data.preparation
    rows = np.arange(len(images))
    examples = Examples(images, labels, rows, preparation, beside.dtype, cache_bytes=0)
    found = {}
    for name, known in numbers.items():
        found[name] = known
        if "failed" not in known:
            fitted = artifacts.below(name, kept) or beside.fit(name)[0]
            predicted = beside.classes(name, fitted, examples)
            right = int((predicted == examples.labels).sum())
            found[name] = known | of_split(predicted, examples.labels, "test")
            found[name]["wilson_interval"] = wilson_interval(right, len(rows))
    return found


def add_arguments(parser: argparse.ArgumentParser, required: bool = False) -> None:
    """Add the options that say what baselines are fitted on."""
    parser.add_argument(
        "--settings",
        required=required,
        type=cli.json_with("network", "preparation"),
        help="JSON: the selected settings, of which the preparation and the precision count",
    )
    for name, about in (
        ("prepared", "what the network was trained on, .npz"),
        ("training-images", "train_images.npy of the dataset"),
        ("training-labels", "train_labels.npy of the dataset"),
    ):
        parser.add_argument(f"--{name}", required=required, type=Path, help=about)
    parser.add_argument("--model", type=Path, help="the network's model.npz, for linear_svc_scores")


def beside_of(options: argparse.Namespace) -> Beside:
    """Read what baselines are fitted on."""
    read = options.prepared, options.settings["preparation"]
    data = load_prepared(*read, options.training_images, options.training_labels)
    model = load_model(options.model) if options.model else None
    return Beside(data, options.settings["network"]["precision"], model)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("baselines", nargs="+", choices=BASELINES, help="what is fitted")
    add_arguments(parser, required=True)
    parser.add_argument("--output", required=True, type=Path, help="the coefficients, .npz")
    parser.add_argument("--numbers", required=True, type=Path, help="scores and fits, .json")
    options = parser.parse_args()
    if "linear_svc_scores" in options.baselines and not options.model:
        parser.error("linear_svc_scores needs --model")
    kept, numbers = fit_all(options.baselines, beside_of(options))
    arrays = [artifacts.under(name, fitted) for name, fitted in kept.items()]
    artifacts.save_arrays(options.output, {k: v for part in arrays for k, v in part.items()})
    artifacts.write_json(options.numbers, numbers)


if __name__ == "__main__":
    cli.run(main)
