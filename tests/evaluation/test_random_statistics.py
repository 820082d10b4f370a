"""Random metrics and intervals against scipy and scikit-learn: a sample here, many on demand."""

import numpy as np
import pytest
from scipy import stats
from sklearn import metrics

from evaluation import (
    accuracy,
    confusion_matrix,
    mcnemar,
    mean_interval,
    per_class,
    total_loss,
    welch,
    wilson_interval,
)

FEW, MANY = 10, 1500


@pytest.fixture(
    params=[n if n < FEW else pytest.param(n, marks=pytest.mark.exhaustive) for n in range(MANY)]
)
def rng(request):
    return np.random.default_rng(request.param)


def test_intervals_and_comparisons_are_those_of_scipy(rng):
    a, b = (rng.normal(rng.random(), rng.random(), rng.integers(2, 9)) for _ in range(2))
    expected = stats.t.interval(0.95, len(a) - 1, a.mean(), stats.sem(a))
    assert mean_interval(a) == pytest.approx(expected, rel=1e-9)

    n = int(rng.integers(1, 5000))
    correct = int(rng.integers(0, n + 1))
    exact = stats.binomtest(correct, n).proportion_ci(0.95, "wilson")
    assert wilson_interval(correct, n) == pytest.approx(tuple(exact), abs=1e-9)

    found, test = welch(a, b), stats.ttest_ind(a, b, equal_var=False)
    assert found["p_value"] == pytest.approx(test.pvalue, rel=1e-9)
    interval = test.confidence_interval(0.95)
    assert found["interval"] == pytest.approx([interval.low, interval.high], rel=1e-9, abs=1e-12)

    right = [rng.random(200) < rng.random() for _ in range(2)]
    found = mcnemar(*right)
    pair = int((right[0] & ~right[1]).sum()), int((right[1] & ~right[0]).sum())
    expected = stats.binomtest(pair[0], sum(pair)).pvalue if sum(pair) else 1.0
    assert found["p_value"] == pytest.approx(expected, rel=1e-9)


def test_scores_are_those_of_scikit_learn(rng):
    classes, n = int(rng.integers(2, 8)), int(rng.integers(1, 60))
    labels, predicted = rng.integers(0, classes, (2, n))
    assert accuracy(predicted, labels) == metrics.accuracy_score(labels, predicted)
    confusion = confusion_matrix(labels, predicted, classes)
    known = list(range(classes))
    assert (confusion == metrics.confusion_matrix(labels, predicted, labels=known)).all()
    expected = metrics.precision_recall_fscore_support(
        labels, predicted, labels=known, zero_division=0.0
    )
    for row, *values in zip(per_class(confusion), *expected, strict=True):
        found = [row[key] or 0.0 for key in ("precision", "recall", "f1")]
        assert [*found, row["images"]] == pytest.approx(values, rel=1e-12)
    probabilities = rng.dirichlet(np.ones(classes), n)
    losses = -np.log(probabilities[np.arange(n), labels])
    expected = metrics.log_loss(labels, probabilities, labels=known, normalize=False)
    assert total_loss(losses) == pytest.approx(expected, rel=1e-9)
