"""The classifiers, and the features of a network's examples on which they are fitted."""

import warnings
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from files.models import Model
from inputs import Examples
from nn import predict

TOLERANCE = 1e-4  # of LinearSVC and LogisticRegression: scikit-learn's own default
ITERATIONS = 1000
NEIGHBORS = 5
BLOCK_ROWS = 5000  # rows that are prepared and classified at a time
# The most prepared values that a baseline is fitted on: 800 MB. CIFAR-10 has 154 million.
VALUES, FEWEST = 200_000_000, 1000
Arrays = dict[str, np.ndarray]
Predict = Callable[[np.ndarray], np.ndarray]


# Features of the examples at some positions.


def scores(model: Model, examples: Examples, positions: np.ndarray) -> np.ndarray:
    """Return the network's outputs (n, classes)."""
    return predict(model.network, examples)[positions]


def pixels(model: Model | None, examples: Examples, positions: np.ndarray) -> np.ndarray:
    """Return the prepared inputs (n, inputs), in a new array."""
    x = np.empty((len(positions), examples.inputs), examples.dtype)
    for start in range(0, len(positions), BLOCK_ROWS):
        block = slice(start, start + BLOCK_ROWS)
        examples.load(positions[block], augment=False, out=x[block])
    return x


def nothing(model: Model | None, examples: Examples, positions: np.ndarray) -> np.ndarray:
    """Return no features (n, 0): the majority needs none."""
    return np.empty((len(positions), 0))


# Each fit gets the features (n, features) and the classes (n,). It returns the arrays of a linear
# classifier (see `classify`) or a function from features to classes, and facts about the fit.


def majority(x: np.ndarray, labels: np.ndarray) -> tuple[Arrays, dict[str, Any]]:
    """Always answer the most frequent class, the first of equals."""
    found = {"coef": np.zeros((1, x.shape[1])), "intercept": np.zeros(1)}
    return {**found, "classes": np.bincount(labels).argmax(keepdims=True)}, {}


def linear_svc(x: np.ndarray, labels: np.ndarray) -> tuple[Arrays, dict[str, Any]]:
    """Fit one classifier against the rest for each class, in the primal: it needs no random numbers."""
    from sklearn.svm import LinearSVC

    return _linear(LinearSVC(dual=False, tol=TOLERANCE, max_iter=ITERATIONS), x, labels)


def logistic_regression(x: np.ndarray, labels: np.ndarray) -> tuple[Arrays, dict[str, Any]]:
    """Fit softmax regression with scikit-learn's L2 penalty (C = 1)."""
    from sklearn.linear_model import LogisticRegression

    return _linear(LogisticRegression(tol=TOLERANCE, max_iter=ITERATIONS), x, labels)


def _linear(classifier: Any, x: np.ndarray, labels: np.ndarray) -> tuple[Arrays, dict[str, Any]]:
    """Fit a linear classifier; with two classes too, each class has a row of coefficients."""
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
    """Answer the class of most of the five nearest training examples, found by brute force."""
    from sklearn.neighbors import KNeighborsClassifier

    neighbors = min(NEIGHBORS, len(labels))
    fitted = KNeighborsClassifier(neighbors, algorithm="brute").fit(x, labels)
    return fitted.predict, {"neighbors": neighbors}


def gradient_boosting(x: np.ndarray, labels: np.ndarray) -> tuple[Predict, dict[str, Any]]:
    """Fit a hundred rounds of trees on histograms of the features."""
    from sklearn.ensemble import HistGradientBoostingClassifier

    fitted = HistGradientBoostingClassifier(random_state=0, early_stopping=False).fit(x, labels)
    return fitted.predict, {"iterations": int(fitted.n_iter_)}


class Baseline(NamedTuple):
    """How a baseline is fitted, on which features, and on how many examples.

    A linear one is kept as arrays. Others would have to keep the training examples, or trees that
    scikit-learn does not export, so they are fitted again for the test, to the same classifier.
    """

    fit: Callable[[np.ndarray, np.ndarray], tuple[Arrays | Predict, dict[str, Any]]]
    on: Callable[[Model | None, Examples, np.ndarray], np.ndarray] = pixels
    values: int = VALUES
    rows: int | None = None
    measures_training: bool = True

    def most(self, examples: int, inputs: int) -> int:
        """Return the number of examples it is fitted on."""
        if self.on is not pixels:
            return examples
        return min(examples, self.rows or examples, max(FEWEST, self.values // inputs))


BASELINES = {
    "majority": Baseline(majority, on=nothing),
    "logistic_regression": Baseline(logistic_regression),
    # A training example is its own nearest neighbour, so the accuracy on training examples means nothing.
    "nearest_neighbors": Baseline(nearest_neighbors, rows=60_000, measures_training=False),
    "gradient_boosting": Baseline(gradient_boosting, values=30_000_000),
    "linear_svc_scores": Baseline(linear_svc, on=scores),
    "linear_svc_pixels": Baseline(linear_svc),
}


def classify(fitted: Arrays, x: np.ndarray) -> np.ndarray:
    """Return the class (n,) with the highest score of a linear classifier (classes, coef, intercept)."""
    return fitted["classes"][(x @ fitted["coef"].T + fitted["intercept"]).argmax(axis=1)]


def predictor(fitted: Arrays | Predict) -> Predict:
    """Return a fitted baseline as a function from features (n, features) to classes (n,)."""
    return fitted if callable(fitted) else lambda x: classify(fitted, x)
