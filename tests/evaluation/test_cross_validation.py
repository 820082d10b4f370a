"""Intervals and tests over folds, by hand, and their coverage."""

import numpy as np
import pytest
from scipy import stats

from evaluation import (
    corrected_test,
    fold_interval,
    fold_means,
    mean_interval,
    mean_score,
    score_intervals,
    select,
    wilson_interval,
)
from evaluation.cross_validation import corrected_error


def runs_of(scores, repeats=1, images=20):
    """Runs of one seed: scores of repeat after repeat, fold after fold."""
    folds = len(scores) // repeats
    return [
        {"repeat": i // folds, "fold": i % folds, "validation_accuracy": s, "validation_images": images}
        for i, s in enumerate(scores)
    ]  # fmt: skip


FIVE = [0.80, 0.90, 0.85, 0.75, 0.95]


def test_the_error_by_hand():
    # deviations 0.05 (-1, 1, 0, -2, 2): s^2 = 0.0025 * 10 / 4; 1 / 5 + 1 / 4 = 0.45
    assert corrected_error(FIVE, 5) == pytest.approx((0.00625 * 0.45) ** 0.5)
    # the same scores as those of two repeats of 5 folds: s^2 = 0.025 * 2 / 9; 1 / 10 + 1 / 4
    assert corrected_error(FIVE * 2, 5) == pytest.approx((0.05 / 9 * 0.35) ** 0.5)


def test_the_interval_by_hand():
    # 2.776445 is the 97.5 % quantile of t with 4 degrees of freedom
    low, high, over = fold_interval(runs_of(FIVE), "validation_accuracy", 5)
    assert (low, high) == pytest.approx(
        (0.85 - 2.776445 * 0.0530330, 0.85 + 2.776445 * 0.0530330), abs=1e-6
    )
    assert over == "folds"
    low, high, _ = fold_interval(runs_of([0.9, 1.0, 1.0, 1.0]), "validation_accuracy", 4)
    assert high == 1.0 and low < 0.975


def test_the_correction_widens_the_interval():
    low, high, _ = fold_interval(runs_of(FIVE), "validation_accuracy", 5)
    plain = mean_interval(FIVE)
    assert high - low == pytest.approx((plain[1] - plain[0]) * (1 + 5 / 4) ** 0.5)


def test_seeds_of_a_fold_are_averaged_first():
    """More seeds of the same folds are no more folds."""
    seeds = [run | {"validation_accuracy": run["validation_accuracy"] + shift}
             for run in runs_of(FIVE) for shift in (-0.01, 0.01)]  # fmt: skip
    assert fold_means(seeds, "validation_accuracy") == {
        (0, fold): pytest.approx(score) for fold, score in enumerate(FIVE)
    }
    once = fold_interval(runs_of(FIVE), "validation_accuracy", 5)
    assert fold_interval(seeds, "validation_accuracy", 5)[:2] == pytest.approx(once[:2])


def test_two_folds_have_the_interval_over_their_examples():
    found = fold_interval(runs_of([0.8, 0.9], images=50), "validation_accuracy", 2)
    assert found.over == "examples" and found[:2] == wilson_interval(85, 100)
    assert fold_interval([], "validation_accuracy", 5) is None


def test_a_paired_test_by_hand():
    a, b = fold_means(runs_of(FIVE), "validation_accuracy"), {(0, f): 0.7 for f in range(5)}
    found = corrected_test(a, b, 5)
    error = (0.00625 * 0.45) ** 0.5
    assert found["difference"] == pytest.approx(0.15)
    assert found["p_value"] == pytest.approx(2 * stats.t.sf(0.15 / error, 4))
    assert found["interval"] == pytest.approx(stats.t.interval(0.95, 4, 0.15, error))
    reverse = corrected_test(b, a, 5)
    assert reverse["difference"] == pytest.approx(-0.15)
    assert reverse["p_value"] == pytest.approx(found["p_value"])


def test_folds_missing_in_one_experiment_are_left_out():
    a = {(0, 0): 0.5, (0, 1): 0.7, (0, 2): 0.6, (0, 3): 0.6}
    b = {(0, 0): 0.4, (0, 2): 0.4, (0, 3): 0.3, (1, 0): 0.9}
    assert corrected_test(a, b, 4)["difference"] == pytest.approx(0.2)


def test_two_folds_or_equal_differences_have_no_spread():
    a = {(0, 0): 0.5, (0, 1): 0.7, (0, 2): 0.6}
    assert corrected_test(a, {(0, 0): 0.4, (0, 1): 0.1}, 3) is None
    assert corrected_test(a, a, 3) is None
    shifted = {fold: score + 0.25 for fold, score in a.items()}
    assert corrected_test(shifted, a, 3) is None


def test_equal_training_accuracies_have_no_interval():
    runs = [each | {"training_accuracy": 1.0, "training_images": 80} for each in runs_of(FIVE)]
    assert fold_interval(runs, "training_accuracy", 5) is None


def scores_of(rng, examples, folds, repeats):
    """Scores over folds of a classifier by the nearest mean, of classes N(-0.5, 1) and N(0.5, 1)."""
    y = np.arange(examples) % 2
    x = rng.standard_normal(examples) + y - 0.5
    scores = []
    for _ in range(repeats):
        numbers = rng.permutation(np.arange(examples) % folds)
        for fold in range(folds):
            out = numbers == fold
            threshold = (x[~out & (y == 0)].mean() + x[~out & (y == 1)].mean()) / 2
            scores.append(float(((x[out] > threshold) == y[out]).mean()))
    return scores


def test_the_interval_covers_more_often_than_a_plain_one():
    """Ten repeats of 5 folds on 40 examples, 400 times.

    The threshold is N(0, s^2) with s^2 = 1 / 32, so the true accuracy is the mean of
    (Phi(0.5 + t) + Phi(0.5 - t)) / 2 over t, which is Phi(0.5 / sqrt(1 + s^2)) = 0.689.
    """
    true = stats.norm.cdf(0.5 / np.sqrt(1 + 1 / 32))
    rng = np.random.default_rng(0)
    corrected = plain = 0
    for _ in range(400):
        scores = scores_of(rng, 40, 5, 10)
        low, high, _ = fold_interval(runs_of(scores, 10), "validation_accuracy", 5)
        corrected += low <= true <= high
        low, high = mean_interval(scores)
        plain += low <= true <= high
    assert corrected / 400 > 0.93  # a standard error of 0.01 below 0.95
    assert plain / 400 < 0.6


def test_a_configuration_is_ranked_by_its_mean_over_folds():
    def of(name, scores):
        rows = runs_of(scores)
        about = {"configuration": name, "seed": 0, "reason": None, "status": "completed",
                 "validation_loss": 1.0, "training_accuracy": 1.0, "training_loss": 0.0}  # fmt: skip
        return [{**row, **about, "name": f"{name}__fold={row['fold']}__seed=0"} for row in rows]

    lost = of("c", [0.99] * 5)
    lost[3] |= {"status": "diverged", "validation_accuracy": None}
    runs = [*of("a", [0.99, 0.5, 0.5, 0.5, 0.5]), *of("b", FIVE), *lost]
    result = select(runs)
    first, _, last = result["configurations"]
    assert (first["configuration"], last["configuration"], last["failed"]) == ("b", "c", 1)
    assert first["validation_accuracy"] == pytest.approx(0.85)
    interval = next(score_intervals(result | {"measured": runs}))
    assert interval == fold_interval(runs_of(FIVE), "validation_accuracy", 5)
    assert interval.over == "folds"
    assert result["best_run"] == "b__fold=0__seed=0"


def test_a_fold_that_lost_a_seed_counts_like_the_others():
    runs = [{"repeat": 0, "fold": f, "score": v} for f, v in ((0, 0.6), (1, 0.8), (1, 1.0))]
    assert mean_score(runs, "score") == pytest.approx(0.75)
    assert mean_score(runs[:2], "score") == pytest.approx(0.7)
    assert mean_score([*runs, {"repeat": 0, "fold": 0, "score": None}], "score") is None
    assert mean_score([], "score") is None
