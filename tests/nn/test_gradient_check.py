import numpy as np
import pytest

from components import SettingsError, streams
from nn import build_loss, build_network, check_gradients


@pytest.fixture
def batch():
    rng = np.random.default_rng(0)
    return rng.standard_normal((8, 6)), rng.integers(0, 3, 8)


def build(**settings):
    return build_network({"hidden": [5], "precision": "float64", **settings}, 6, 3, streams(0))


def break_backward(network, name, factor):
    """Make the gradient of one parameter wrong by a factor."""
    backward, gradients = network.backward, {n: g for n, _, g, _ in network.named_parameters()}

    def wrong(dscores):
        backward(dscores)
        gradients[name] *= factor

    network.backward = wrong


@pytest.mark.parametrize("elements", [2000, 0], ids=["element by element", "projection"])
def test_finds_the_wrong_parameter_and_no_other(batch, elements):
    network, loss = build(), build_loss("softmax_cross_entropy")
    assert all(row.ok for row in check_gradients(network, loss, *batch, elements=elements))
    break_backward(network, "hidden1.dense.weight", 1.001)
    rows = check_gradients(network, loss, *batch, elements=elements)
    assert [row.name for row in rows if not row.ok] == ["hidden1.dense.weight"]
    (row,) = (row for row in rows if not row.ok)
    assert row.analytic == pytest.approx(1.001 * row.numeric, rel=1e-5)


def test_a_single_wrong_element_is_found(batch):
    network = build()
    break_backward(network, "output.dense.bias", np.array([1, 1, 1.01]))
    rows = check_gradients(network, build_loss("softmax_cross_entropy"), *batch)
    assert [row.name for row in rows if not row.ok] == ["output.dense.bias"]


def test_network_and_generators_stay_unchanged(batch):
    generators = streams(0)
    network = build_network(
        {"hidden": [5], "precision": "float64", "dropout": 0.5, "normalization": "batch"},
        *(6, 3, generators),
    )
    before = network.parameters.copy(), {k: v.copy() for k, v in network.buffers.items()}
    state = generators["dropout"].bit_generator.state
    rows = check_gradients(network, build_loss("softmax_cross_entropy"), *batch)
    assert all(row.ok for row in rows)
    np.testing.assert_array_equal(network.parameters, before[0])
    for name, buffer in network.buffers.items():
        np.testing.assert_array_equal(buffer, before[1][name])
    assert generators["dropout"].bit_generator.state == state


def test_units_exactly_on_the_kink_of_their_relu(batch):
    x, y = batch
    x[3] = 0  # with a bias of zero every hidden unit is exactly 0 there
    rows = check_gradients(build(), build_loss("softmax_cross_entropy"), x, y)
    assert all(row.ok for row in rows)


def test_a_real_architecture_by_projection():
    rng = np.random.default_rng(0)
    settings = {"hidden": [200, 100], "precision": "float64", "dropout": 0.2}
    network = build_network({**settings, "normalization": "batch"}, 784, 10, streams(0))
    x, y = rng.random((32, 784)), rng.integers(0, 10, 32)
    rows = check_gradients(network, build_loss("softmax_cross_entropy"), x, y, l2=1e-3)
    assert all(row.ok for row in rows), rows


def test_float32_is_refused(batch):
    with pytest.raises(SettingsError, match="precision: float64"):
        check_gradients(build(precision="float32"), build_loss("squared_error"), *batch)


@pytest.mark.parametrize("elements", [2000, 0], ids=["element by element", "projection"])
def test_the_error_is_computed_from_the_two_numbers(batch, elements):
    network, loss = build(), build_loss("softmax_cross_entropy")
    for row in check_gradients(network, loss, *batch, elements=elements):
        difference = abs(row.analytic - row.numeric)
        assert 0 < difference < 1e-9 and row.excess == 0 and row.ok  # nothing but rounding
        size = max(abs(row.analytic), abs(row.numeric))
        if elements:
            assert row.error == difference / size
        else:  # by the root mean square of the gradient, if that is more
            assert 0 < row.error <= difference / size
    mean_loss = loss(network.forward(batch[0], training=True), batch[1]).mean()
    break_backward(network, "hidden1.dense.weight", 1.001)
    row = check_gradients(network, loss, *batch)[0]
    assert row.error == pytest.approx(0.001 / 1.001, rel=1e-3)
    rounding = 1e-9 * mean_loss / abs(row.analytic)
    assert mean_loss > 1 and row.error - row.excess == pytest.approx(rounding, rel=1e-5)
