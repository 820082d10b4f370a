import numpy as np
import pytest

from components import SettingsError
from nn import LOSSES, build_loss, weights_of_classes

SCORES = np.array([[1.0, 2.0, -1.0], [0.5, 0.1, 0.3], [-2.0, 4.0, 1.0], [0.0, 0.0, 3.0]])
LABELS = np.array([0, 2, 1, 0])
SOFT = np.array([[0.5, 0.5, 0], [0, 0.1, 0.9], [1, 0, 0], [0.2, 0.3, 0.5]])
SMOOTH = {"name": "softmax_cross_entropy", "label_smoothing": 0.1}
WEIGHTED = {"name": "softmax_cross_entropy", "class_weights": [1.0, 2.0, 0.5]}
BOTH = {**SMOOTH, **WEIGHTED}
WEIGHTED_SQUARES = {"name": "squared_error", "high": 2.0, "class_weights": [1.0, 0.0, 0.5]}
SIGMOID_NET = {"name": "squared_error", "low": 0.01, "high": 0.99}
HINGES = ["multiclass_hinge", {"name": "multiclass_hinge", "margin": 0.3}]
HINGES.append({"name": "multiclass_hinge", "class_weights": [1.0, 0.0, 0.5]})
SOFT_LOSSES = ["softmax_cross_entropy", SMOOTH, WEIGHTED, BOTH, "squared_error", SIGMOID_NET]
SOFT_LOSSES.append(WEIGHTED_SQUARES)
CASES = [(loss, LABELS) for loss in SOFT_LOSSES + HINGES] + [(loss, SOFT) for loss in SOFT_LOSSES]
EXTREMES = [(loss, False) for loss in SOFT_LOSSES + HINGES] + [(loss, True) for loss in SOFT_LOSSES]


def log_softmax(s):
    return s - np.log(np.exp(s).sum(axis=1, keepdims=True))


@pytest.mark.parametrize("component, targets", CASES)
def test_gradient(component, targets, central_difference):
    loss, scores = build_loss(component), SCORES.copy()
    loss(scores, targets)
    found = loss.gradient(0.25).copy()
    numeric = central_difference(lambda: 0.25 * loss(scores, targets).sum(), scores)
    np.testing.assert_allclose(found, numeric, rtol=1e-6, atol=1e-9)


def test_softmax_cross_entropy_is_minus_the_log_probability():
    losses = build_loss("softmax_cross_entropy")(SCORES, LABELS)
    np.testing.assert_allclose(losses, -log_softmax(SCORES)[np.arange(4), LABELS])


def test_label_smoothing_and_class_weights_by_their_formula():
    target = 0.9 * np.eye(3)[LABELS] + 0.1 / 3
    expected = -(target * [1.0, 2.0, 0.5] * log_softmax(SCORES)).sum(axis=1)
    np.testing.assert_allclose(build_loss(BOTH)(SCORES, LABELS), expected)


LOSSES_WITH_WEIGHTS = ["softmax_cross_entropy", "squared_error", "multiclass_hinge"]


@pytest.mark.parametrize("name", LOSSES_WITH_WEIGHTS)
def test_a_weight_multiplies_the_loss_of_its_class(name):
    weights = np.array([3.0, 0.0, 0.25])
    plain = build_loss(name)(SCORES, LABELS).copy()
    found = build_loss({"name": name, "class_weights": weights.tolist()})(SCORES, LABELS)
    np.testing.assert_allclose(found, weights[LABELS] * plain)


def test_the_weight_of_a_mixture_is_the_mean_of_its_classes():
    plain = build_loss("squared_error")(SCORES, SOFT).copy()
    weighted = build_loss({"name": "squared_error", "class_weights": [1.0, 2.0, 4.0]})
    # (.5, .5, 0) -> 1.5; (0, .1, .9) -> 3.8; (1, 0, 0) -> 1; (.2, .3, .5) -> 2.8
    np.testing.assert_allclose(weighted(SCORES, SOFT), plain * [1.5, 3.8, 1, 2.8])


def test_balanced_weights_are_those_of_scikit_learn():
    from sklearn.utils.class_weight import compute_class_weight

    labels = np.repeat([0, 1, 2], [88, 9, 3])
    expected = compute_class_weight("balanced", classes=np.arange(3), y=labels)
    found = weights_of_classes("balanced", ["a", "b", "c"], [88, 9, 3])
    assert found == expected.tolist()
    assert found == pytest.approx([100 / 264, 100 / 27, 100 / 9])


@pytest.mark.parametrize(
    ("wanted", "expected"),
    [
        ({"b": 3}, [5 / 8, 15 / 8, 5 / 8]),  # 6 + 3 * 3 + 1 = 16 for 10 examples: times 10 / 16
        ({"a": 0, "b": 2.0, "c": 4}, [0, 2, 4]),  # 3 * 2 + 4 = 10 already
        ({}, [1, 1, 1]),
    ],
)
def test_class_weights_have_mean_1_over_training_examples(wanted, expected):
    found = weights_of_classes(wanted, ["a", "b", "c"], [6, 3, 1])
    assert found == pytest.approx(expected)
    assert np.dot([6, 3, 1], found) == pytest.approx(10)


def test_a_class_without_training_examples_has_the_weight_1():
    assert weights_of_classes("balanced", ["a", "b", "c"], [30, 0, 10]) == [40 / 60, 1, 2]


def test_weights_that_cannot_be_used_are_refused():
    with pytest.raises(SettingsError, match="are 0 for all classes that the training examples"):
        weights_of_classes({"a": 0.0}, ["a", "b"], [7, 0])
    for given in ("balanced", {"a": 2.0}):
        with pytest.raises(SettingsError, match="expected a number for each class"):
            build_loss({"name": "squared_error", "class_weights": given})


def test_squared_error_by_hand():
    # targets (.01, .99): ((.51 - .01)^2 + (.89 - .99)^2) / 2 = (.25 + .01) / 2
    loss = build_loss(SIGMOID_NET)
    assert loss(np.array([[0.51, 0.89]]), np.array([1])) == pytest.approx(0.13)
    np.testing.assert_allclose(loss.gradient(), [[0.5, -0.1]])


def test_hinge_by_hand():
    # true score 1: max(0, 2 - 1 + 1) + max(0, -1 - 1 + 1) = 2
    loss = build_loss("multiclass_hinge")
    assert loss(SCORES[:1], LABELS[:1]) == pytest.approx(2)
    np.testing.assert_array_equal(loss.gradient(), [[-1, 1, 0]])


@pytest.mark.parametrize(
    "component", ["softmax_cross_entropy", SMOOTH, "multiclass_hinge"], ids=str
)
def test_a_shift_of_all_scores_changes_nothing(component):
    loss = build_loss(component)
    np.testing.assert_allclose(loss(SCORES + 100, LABELS), loss(SCORES, LABELS), rtol=1e-12)


@pytest.mark.parametrize("component", SOFT_LOSSES, ids=str)
def test_a_class_index_and_its_one_hot_row_are_the_same_target(component):
    loss = build_loss(component)
    np.testing.assert_allclose(loss(SCORES, np.eye(3)[LABELS]), loss(SCORES, LABELS))


def test_hinge_refuses_distributions():
    with pytest.raises(SettingsError, match="mixup"):
        build_loss("multiclass_hinge")(SCORES, SOFT)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("component, soft", EXTREMES)
def test_no_nan_for_extreme_scores(component, soft, dtype):
    big = np.finfo(dtype).max
    scores = np.array([[big, -big, 0], [-big, -big, -big], [big, big, -big], [1e4, -1e4, 0]], dtype)
    for label in range(3):
        labels = np.full(4, label)
        targets = np.eye(3, dtype=dtype)[labels] if soft else labels
        loss = build_loss(component)
        with np.errstate(over="ignore"):
            losses = loss(scores.copy(), targets)
            gradient = loss.gradient(0.25)
        assert losses.dtype == gradient.dtype == dtype
        assert not np.isnan(losses).any() and not np.isnan(gradient).any()
        assert (losses >= 0).all()


def test_large_differences_are_exact_not_guarded():
    # -log(max(p, eps)) would stop at 36 in float64 and at 16 in float32
    scores = np.array([[0, 1000]], np.float32)
    assert build_loss("softmax_cross_entropy")(scores, np.array([0])) == [1000]


def test_a_smaller_batch_after_a_larger_one():
    loss = build_loss("softmax_cross_entropy")
    whole = loss(SCORES, LABELS).copy()
    np.testing.assert_array_equal(loss(SCORES[:2], LABELS[:2]), whole[:2])
    assert loss.gradient().shape == (2, 3)


def test_every_loss_is_tested():
    names = {
        component if isinstance(component, str) else component["name"] for component, _ in CASES
    }
    assert names == set(LOSSES)


def test_wrong_settings():
    with pytest.raises(SettingsError, match="softmax_cross_entropy, squared_error"):
        build_loss("cross_entropy")
    with pytest.raises(SettingsError, match="label_smoothing"):
        build_loss({**SMOOTH, "label_smoothing": 1})
    with pytest.raises(SettingsError, match="found 3, expected 2"):
        build_loss(WEIGHTED)(SCORES[:, :2], np.zeros(4, int))
