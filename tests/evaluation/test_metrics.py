import numpy as np
import pytest

from evaluation import (
    METRICS,
    accuracy,
    balanced_accuracy,
    confusion_matrix,
    line_of_scores,
    macro_f1,
    majority_rate,
    mean_loss,
    measure,
    measure_classes,
    per_class,
    total_loss,
)

LABELS = np.array([0, 0, 0, 1, 1, 2], dtype=np.uint8)
PREDICTED = np.array([0, 0, 1, 1, 0, 0])
# true 0: twice 0, once 1; true 1: once each of 0 and 1; true 2: taken for 0; 3: not there
CONFUSION = [[2, 1, 0, 0], [1, 1, 0, 0], [1, 0, 0, 0], [0, 0, 0, 0]]


def test_accuracy_counts_the_hits():
    assert accuracy(PREDICTED, LABELS) == 0.5


@pytest.mark.parametrize("predicted", [np.zeros(5, int), np.zeros((6, 1), int)])
def test_accuracy_refuses_other_shapes(predicted):
    with pytest.raises(ValueError, match="must both be"):
        accuracy(predicted, LABELS)


def test_accuracy_of_no_images_is_an_error():
    with pytest.raises(ValueError, match="n > 0"):
        accuracy(np.array([], int), np.array([], int))


def test_confusion_matrix_has_true_classes_as_rows():
    assert confusion_matrix(LABELS, PREDICTED, 4).tolist() == CONFUSION


def test_confusion_of_many_classes_does_not_overflow():
    labels = np.arange(200, dtype=np.uint8)
    assert np.array_equal(confusion_matrix(labels, labels, 200), np.eye(200, dtype=int))


def test_per_class_by_hand():
    zero, one, two, three = per_class(CONFUSION)
    assert (zero["precision"], zero["recall"], zero["f1"]) == (2 / 4, 2 / 3, 4 / 7)
    assert (one["precision"], one["recall"], one["f1"]) == (1 / 2, 1 / 2, 1 / 2)
    assert (two["precision"], two["recall"], two["f1"]) == (None, 0.0, 0.0)
    assert (three["precision"], three["recall"], three["f1"]) == (None, None, None)
    assert [row["images"] for row in (zero, one, two, three)] == [3, 2, 1, 0]


def test_recall_weighted_by_images_is_the_accuracy():
    rng = np.random.default_rng(0)
    labels, predicted = rng.integers(0, 5, (2, 400))
    table = per_class(confusion_matrix(labels, predicted, 5))
    weighted = sum(row["recall"] * row["images"] for row in table) / 400
    assert weighted == pytest.approx(accuracy(predicted, labels))


def test_mean_loss_sums_in_float64():
    losses = np.full(100_000, 0.1, dtype=np.float32)
    losses[0] = 2.0**20  # in float32 each following 0.1 would be lost or rounded to 0.125
    expected = (2.0**20 + 99_999 * float(np.float32(0.1))) / 100_000
    assert mean_loss(losses) == pytest.approx(expected, rel=1e-12)


def test_a_guarded_total_loss_guards_probabilities():
    p = np.array([0.5, 1e-3, 1e-20, 1.0])
    losses = -np.log(p)
    assert total_loss(losses) == pytest.approx(losses.sum())
    assert total_loss(losses, 1e-6) == pytest.approx(-np.log(np.maximum(p, 1e-6)).sum())
    assert total_loss(losses, 1e-30) == pytest.approx(losses.sum())


def test_total_loss_keeps_digits_beyond_float32():
    losses = np.concatenate([np.full(1, 2.0**24, np.float32), np.ones(10, np.float32)])
    assert total_loss(losses) == 2**24 + 10
    assert total_loss(np.empty(0)) == 0


# ---------------------------------------------------------------------- classes of different sizes

RARE = np.repeat([0, 1], [88, 12])  # 12 % of one class


def test_never_predicting_a_class_halves_the_balanced_accuracy():
    never = np.zeros(100, int)
    assert accuracy(never, RARE) == majority_rate(never, RARE) == 0.88
    assert balanced_accuracy(never, RARE) == 0.5  # recalls of 1 and 0
    assert macro_f1(never, RARE) == pytest.approx(2 * 88 / 188 / 2)  # F1 of 176 / 188 and of 0
    assert measure_classes(never, RARE)["classes_predicted"] == 1


def test_balanced_accuracy_and_macro_f1_by_hand():
    # recalls 2/3, 1/2, 0; F1 4/7, 1/2, 0
    assert balanced_accuracy(PREDICTED, LABELS) == pytest.approx((2 / 3 + 1 / 2) / 3)
    assert macro_f1(PREDICTED, LABELS) == pytest.approx((4 / 7 + 1 / 2) / 3)
    assert majority_rate(PREDICTED, LABELS) == 0.5


@pytest.mark.filterwarnings("ignore:y_pred contains classes not in y_true")
@pytest.mark.parametrize("seed", range(20))
def test_metrics_agree_with_scikit_learn_even_with_missing_classes(seed):
    from sklearn.metrics import balanced_accuracy_score, f1_score

    rng = np.random.default_rng(seed)
    classes = rng.permutation(7)
    labels = rng.choice(classes[: rng.integers(1, 6)], 40).astype(np.uint8)
    predicted = rng.choice(classes[: rng.integers(1, 8)], 40)
    assert balanced_accuracy(predicted, labels) == pytest.approx(
        balanced_accuracy_score(labels, predicted), abs=1e-15
    )
    assert macro_f1(predicted, labels) == pytest.approx(
        f1_score(labels, predicted, average="macro", zero_division=0), abs=1e-15
    )


def test_classifiers_without_scores_are_measured_alike():
    rng = np.random.default_rng(0)
    scores, labels = rng.standard_normal((50, 4)), rng.integers(0, 4, 50)
    found = measure(scores, labels, np.ones(50))
    assert list(found) == list(METRICS)
    assert measure_classes(scores.argmax(axis=1), labels) == {
        name: value for name, value in found.items() if name != "loss"
    }


def test_scores_in_a_line():
    measured = {f"test_{name}": x for name, x in measure_classes(np.zeros(100, int), RARE).items()}
    assert line_of_scores(measured, "test") == (
        "test accuracy 88.00 %, balanced accuracy 50.00 %, macro F1 46.81 %, majority rate 88.00 %"
    )
    assert line_of_scores({}, "test") == "test was not measured"
