import numpy as np
import pytest

from components import SettingsError
from nn import LOSSES, build_loss

SCORES = np.array([[1.0, 2.0, -1.0], [0.5, 0.1, 0.3], [-2.0, 4.0, 1.0], [0.0, 0.0, 3.0]])
LABELS = np.array([0, 2, 1, 0])
SOFT = np.array([[0.5, 0.5, 0], [0, 0.1, 0.9], [1, 0, 0], [0.2, 0.3, 0.5]])
SMOOTH = {"name": "softmax_cross_entropy", "label_smoothing": 0.1}
WEIGHTED = {"name": "softmax_cross_entropy", "class_weights": [1.0, 2.0, 0.5]}
BOTH = {**SMOOTH, **WEIGHTED}
SIGMOID_NET = {"name": "squared_error", "low": 0.01, "high": 0.99}
HINGES = ["multiclass_hinge", {"name": "multiclass_hinge", "margin": 0.3}]
SOFT_LOSSES = ["softmax_cross_entropy", SMOOTH, WEIGHTED, BOTH, "squared_error", SIGMOID_NET]
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
