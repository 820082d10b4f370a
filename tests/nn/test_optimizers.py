"""Each optimizer against its published update rule, written out without any rearrangement."""

from types import SimpleNamespace

import numpy as np
import pytest

from components import SettingsError, streams
from nn import OPTIMIZERS, build_network
from nn.averaging import MovingAverage
from nn.blocks import BLOCK
from nn.lasso import Lasso

RATE = 0.1
WEIGHTS = 5  # of 8 parameters: the rest are biases
PLAIN = [name for name in OPTIMIZERS if name != "adamw"]  # which needs a weight decay


def sgd(p, gradients):
    for g in gradients:
        p = p - RATE * g
    return p


def momentum(p, gradients, m=0.9):
    v = 0  # Polyak; with a constant rate the same as v = m v - RATE g, p += v
    for g in gradients:
        v = m * v - RATE * g
        p = p + v
    return p


def nesterov(p, gradients, m=0.9):
    v = 0  # in the look-ahead variables of Sutskever et al., as CS231n writes it
    for g in gradients:
        v_before, v = v, m * v - RATE * g
        p = p - m * v_before + (1 + m) * v
    return p


def rmsprop(p, gradients, decay=0.9, eps=1e-8):
    s = 0
    for g in gradients:
        s = decay * s + (1 - decay) * g**2
        p = p - RATE * g / (np.sqrt(s) + eps)
    return p


def adam(p, gradients, b1=0.9, b2=0.999, eps=1e-8):
    m = v = 0
    for t, g in enumerate(gradients, start=1):
        m = b1 * m + (1 - b1) * g
        v = b2 * v + (1 - b2) * g**2
        m_hat, v_hat = m / (1 - b1**t), v / (1 - b2**t)
        p = p - RATE * m_hat / (np.sqrt(v_hat) + eps)
    return p


def lion(p, gradients, b1=0.9, b2=0.99):
    m = 0
    for g in gradients:
        p = p - RATE * np.sign(b1 * m + (1 - b1) * g)
        m = b2 * m + (1 - b2) * g
    return p


RULES = {
    "sgd": sgd,
    "momentum": momentum,
    "nesterov": nesterov,
    "rmsprop": rmsprop,
    "adam": adam,
    "lion": lion,
}


def vectors(size=8, weights=WEIGHTS, dtype=np.float64):
    parameters = np.random.default_rng(0).standard_normal(size).astype(dtype)
    gradients = np.zeros_like(parameters)
    return SimpleNamespace(parameters=parameters, gradients=gradients, decayed=slice(0, weights))


def gradients_of(size, steps=6):
    return np.random.default_rng(1).standard_normal((steps, size))


def run(optimizer, network, gradients):
    for g in gradients:
        network.gradients[...] = g
        optimizer.step(RATE)
    return network.parameters


def test_every_optimizer_has_a_rule_here():
    assert set(RULES) == set(PLAIN) == set(OPTIMIZERS) - {"adamw"}


@pytest.mark.parametrize("name", PLAIN)
def test_published_rule(name):
    network, gradients = vectors(), gradients_of(8)
    expected = RULES[name](network.parameters.copy(), gradients)
    found = run(OPTIMIZERS[name]().bind(network), network, gradients)
    np.testing.assert_allclose(found, expected, rtol=1e-12)


def test_a_large_epsilon_of_adam_is_the_published_one():
    network, gradients = vectors(), gradients_of(8)
    expected = adam(network.parameters.copy(), gradients, 0.8, 0.95, 0.5)
    found = run(OPTIMIZERS["adam"](0.8, 0.95, 0.5).bind(network), network, gradients)
    np.testing.assert_allclose(found, expected, rtol=1e-12)


@pytest.mark.parametrize("name", PLAIN)
def test_blocks_change_nothing(name):
    size = 2 * BLOCK + 17
    network, gradients = vectors(size, BLOCK + 3), gradients_of(size, 2)
    expected = RULES[name](network.parameters.copy(), gradients)
    found = run(OPTIMIZERS[name]().bind(network), network, gradients)
    np.testing.assert_allclose(found, expected, rtol=1e-10)


@pytest.mark.parametrize("name", PLAIN)
def test_weight_decay_is_decoupled_and_spares_biases(name):
    network = vectors()
    before = network.parameters.copy()
    found = run(OPTIMIZERS[name]().bind(network, weight_decay=0.5), network, np.zeros((2, 8)))
    np.testing.assert_allclose(found[:WEIGHTS], before[:WEIGHTS] * (1 - RATE * 0.5) ** 2)
    np.testing.assert_array_equal(found[WEIGHTS:], before[WEIGHTS:])


@pytest.mark.parametrize("name", PLAIN)
def test_a_restored_optimizer_continues_with_the_same_bytes(name):
    gradients = gradients_of(8).astype(np.float32)
    whole, half = vectors(dtype=np.float32), vectors(dtype=np.float32)
    run(OPTIMIZERS[name]().bind(whole), whole, gradients)
    first, second = OPTIMIZERS[name]().bind(half), OPTIMIZERS[name]().bind(half)
    run(first, half, gradients[:3])
    second.restore(first.state())
    run(second, half, gradients[3:])
    assert half.parameters.dtype == np.float32
    assert half.parameters.tobytes() == whole.parameters.tobytes()


@pytest.mark.parametrize("name", ["momentum", "nesterov"])
def test_faded_velocities_become_zero_instead_of_subnormal(name):
    network, gradients = vectors(dtype=np.float32), np.zeros((1000, 8))
    gradients[0] = 1  # 0.9^t is subnormal from step 830 on
    optimizer = OPTIMIZERS[name]().bind(network)
    run(optimizer, network, gradients)
    assert not optimizer.moments[0].any()


def test_moving_average_is_the_weighted_mean_of_the_past():
    p, mean = np.array([0.0]), np.array([7.0])
    network = SimpleNamespace(parameters=p, buffers={"norm.mean": mean})
    average = MovingAverage(network, 0.5)
    expected, expected_mean = 0.0, 7.0
    for step, value in enumerate([1.0, 2.0, 5.0], start=1):
        p[...], mean[...] = value, 10 * value
        average.update()
        decay = min(0.5, (1 + step) / (10 + step))  # 2/11, 3/12, 4/13
        expected = decay * expected + (1 - decay) * value
        expected_mean = decay * expected_mean + (1 - decay) * 10 * value
    assert average.value[0] == pytest.approx(expected)
    average.put_into(network)
    assert (p[0], mean[0]) == pytest.approx((expected, expected_mean))


def test_adamw_is_adam_with_a_required_weight_decay():
    gradients = np.random.default_rng(0).standard_normal((3, 8))
    found = []
    for name in ("adam", "adamw"):
        network = vectors()
        found.append(run(OPTIMIZERS[name]().bind(network, 0.1), network, gradients))
    np.testing.assert_array_equal(*found)
    with pytest.raises(
        SettingsError, match=r"weight_decay is 0; set it \(PyTorch's default is 0.01\)"
    ):
        OPTIMIZERS["adamw"]().bind(vectors())


def test_the_step_of_l1_by_hand():
    # Rate 0.1 and l1 0.2: every weight comes 0.02 nearer to 0, and stops there.
    network = vectors()
    network.parameters[:] = [0.5, -0.5, 0.01, -0.02, 0.03, 0.01, -0.5, 0.5]
    optimizer = OPTIMIZERS["sgd"]().bind(network, lasso=Lasso(0.2, 0, WEIGHTS))
    found = run(optimizer, network, np.zeros((1, 8)))
    np.testing.assert_allclose(found, [0.48, -0.48, 0, 0, 0.01, 0.01, -0.5, 0.5], atol=1e-15)
    # With beta 1.5 values below 0.3 are then 0, too; the last three are biases.
    optimizer.bind(network, lasso=Lasso(0.2, 1.5, WEIGHTS))
    network.parameters[:5] = [0.5, -0.33, 0.31, -0.31, 0.03]
    found = run(optimizer, network, np.zeros((1, 8)))
    np.testing.assert_allclose(found, [0.48, -0.31, 0, 0, 0, 0.01, -0.5, 0.5], atol=1e-15)


@pytest.mark.parametrize("name", PLAIN)
def test_l1_is_the_proximal_step_after_the_rule_on_the_chosen_weights(name):
    network, gradients = vectors(), gradients_of(8, 1)
    stepped = RULES[name](network.parameters.copy(), gradients)
    run(OPTIMIZERS[name]().bind(network, lasso=Lasso(3.0, 0, 4)), network, gradients)
    candidates = np.linspace(-4, 4, 80001)
    for found, w in zip(network.parameters[:4], stepped, strict=False):
        objective = (candidates - w) ** 2 / 2 + RATE * 3 * np.abs(candidates)
        assert found == pytest.approx(candidates[objective.argmin()], abs=1e-4)
    np.testing.assert_allclose(network.parameters[4:], stepped[4:], rtol=1e-12)


@pytest.mark.parametrize(
    ("settings", "first"),
    [
        ({"hidden": []}, 4 * 3),
        ({"hidden": [6, 5]}, 4 * 6),
        ({"hidden": [6, 5], "bottleneck": 2}, 4 * 2 + 2 * 6),
        ({"hidden": [4, 4], "residual": True, "bottleneck": 2}, 4 * 2 + 2 * 4),
        ({"hidden": [6], "normalization": "batch", "input_dropout": 0.5}, 4 * 6),
    ],
)
def test_l1_of_the_first_layer_is_on_all_weights_of_that_layer(settings, first):
    network = build_network(settings, 4, 3, streams(0))
    training = {"l1": 1e6, "l1_beta": 0.0, "l1_layers": "first"}
    network.parameters[:] = 1
    optimizer = OPTIMIZERS["sgd"]().bind(network, lasso=Lasso.of(network, training))
    optimizer.step(RATE)
    layer = "hidden1." if settings["hidden"] else "output."
    for name, value, _, kind in network.named_parameters():
        assert (value == (not (name.startswith(layer) and kind == "weight"))).all(), name
    assert Lasso.of(network, training).stop == first
    assert Lasso.of(network, training | {"l1_layers": "all"}).stop == network.decayed.stop
    assert Lasso.of(network, training | {"l1": 0}) is None


def test_blocks_do_not_change_l1():
    size = 2 * BLOCK + 17
    network, stop = vectors(size, BLOCK + 9), BLOCK + 3
    before = network.parameters.copy()
    optimizer = OPTIMIZERS["momentum"]().bind(network, 0.5, lasso=Lasso(1.0, 0.2, stop))
    found = run(optimizer, network, np.zeros((1, size)))
    before[: BLOCK + 9] *= 0.95
    expected = np.sign(before) * np.maximum(np.abs(before) - 0.1, 0)
    expected[np.abs(expected) < 0.2] = 0
    np.testing.assert_allclose(found[:stop], expected[:stop], rtol=1e-12)
    np.testing.assert_allclose(found[stop:], before[stop:], rtol=1e-12)
