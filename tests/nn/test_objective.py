import numpy as np
import pytest

from components import streams
from nn import Objective, Pass, build_loss, build_network, evaluate
from nn.objective import clip
from nn.passes import split


@pytest.fixture
def parts(blobs, array_examples):
    x, y = blobs(1203)
    settings = {"hidden": [6], "precision": "float64"}
    network = build_network(settings, 4, 3, streams(0))
    return network, build_loss("softmax_cross_entropy"), array_examples(x, y)


def gradient(network, loss, examples, positions, **settings):
    value = Objective(network, loss, **settings)(examples, positions)
    return value, network.gradients.copy()


def test_blocks_of_rows_give_the_gradient_of_the_batch(parts):
    network, loss, examples = parts
    found, blocked = gradient(*parts, slice(0, 1203))
    losses = loss(network.forward(examples.x, True), examples.y).copy()
    network.backward(loss.gradient(1 / 1203))
    assert found == pytest.approx(losses.mean(), rel=1e-12)
    np.testing.assert_allclose(blocked, network.gradients, rtol=1e-9, atol=1e-15)


def test_batch_norm_sees_the_complete_batch(blobs, array_examples):
    x, y = blobs(1203)
    network = build_network({"hidden": [6], "normalization": "batch"}, 4, 3, streams(0))
    Objective(network, build_loss("softmax_cross_entropy"))(
        array_examples(x.astype(np.float32), y), slice(0, 1203)
    )
    assert len(network.layers[0].x) == 1203


def test_the_order_of_a_batch_does_not_matter(parts):
    order = np.random.default_rng(0).permutation(100)
    value, found = gradient(*parts, np.arange(100))
    value_permuted, permuted = gradient(*parts, order)
    assert value == pytest.approx(value_permuted, rel=1e-13)
    np.testing.assert_allclose(found, permuted, rtol=1e-10, atol=1e-15)


def test_sum_has_n_times_the_gradient_of_mean(parts):
    value, mean = gradient(*parts, np.arange(50))
    value_sum, total = gradient(*parts, np.arange(50), reduction="sum")
    assert value == pytest.approx(value_sum)
    np.testing.assert_allclose(total, 50 * mean, rtol=1e-10, atol=1e-14)


@pytest.mark.parametrize("reduction, per_sample", [("mean", 1), ("sum", 1 / 20)])
def test_l2_acts_only_on_weights(parts, reduction, per_sample):
    network = parts[0]
    value, plain = gradient(*parts, np.arange(20), reduction=reduction)
    value_l2, penalized = gradient(*parts, np.arange(20), reduction=reduction, l2=0.3)
    weights = network.parameters[network.decayed]
    assert value_l2 - value == pytest.approx(per_sample * 0.15 * (weights**2).sum())
    expected = np.zeros_like(plain)
    expected[network.decayed] = 0.3 * weights
    np.testing.assert_allclose(penalized - plain, expected, atol=1e-12)


def test_clip_shortens_only_a_long_gradient():
    g = np.array([3.0, 4.0])
    clip(g, 10)
    np.testing.assert_array_equal(g, [3, 4])
    clip(g, 1)
    np.testing.assert_allclose(g, [0.6, 0.8])


def test_clip_norm_limits_the_gradient_of_the_objective(parts):
    _, found = gradient(*parts, np.arange(20), l2=1.0, clip_norm=0.01)
    assert np.linalg.norm(found) == pytest.approx(0.01)


def test_split_covers_slices_and_arrays():
    for positions in (slice(0, 11), np.arange(11)[::-1]):
        parts = [np.arange(11)[p] for p in split(positions, 3)]
        np.testing.assert_array_equal(np.concatenate(parts), np.arange(11)[positions])
        assert {len(p) for p in parts} <= {3, 4}


def test_evaluate_is_the_mean_loss_and_accuracy_in_blocks(parts):
    network, loss, examples = parts
    found = evaluate([Pass(network, loss)], examples)
    scores = network.forward(examples.x)
    assert found[0] == pytest.approx(loss(scores, examples.y).mean())
    assert found[1] == np.mean(scores.argmax(axis=1) == examples.y)
    some = np.array([5, 3, 8])
    assert evaluate([Pass(network, loss)], examples, some)[1] == np.mean(
        scores[some].argmax(axis=1) == examples.y[some]
    )


def test_clipping_a_gradient_whose_squares_overflow():
    direction = np.array([3.0, -4.0, 0.0], np.float32)
    gradients = direction * np.float32(1e30)
    with np.errstate(over="ignore"):  # as in a training
        clip(gradients, 2.5)
    np.testing.assert_allclose(gradients, direction / 2, rtol=1e-6)
