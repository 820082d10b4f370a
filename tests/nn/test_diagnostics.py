"""Layer statistics, on networks with known numbers."""

import numpy as np
import pytest

from components import streams
from nn import build_network
from nn.diagnostics import Diagnostics


def network(hidden=(3, 2), inputs=2, **settings):
    return build_network(
        {"hidden": list(hidden), "precision": "float64", **settings}, inputs, 2, streams(0)
    )


def test_scales_and_dead_units_by_hand():
    net = network([2], initializer="zeros")
    parameters = {name: value for name, value, _, _ in net.named_parameters()}
    parameters["hidden1.dense.weight"][0, 0] = 1  # the first unit gives relu(x0), the other 0
    x = np.array([[1.0, 0], [3.0, 0], [-5.0, 0]])
    diagnostics = Diagnostics(net)
    diagnostics.measure(net, x, 7)
    state = diagnostics.state()
    assert state["activation"] == pytest.approx(np.array([[np.std([1, 3, 0, 0, 0, 0])]]))
    assert state["dead"].tolist() == [[0.5]]
    assert state["iteration"].tolist() == [7]


def test_gradients_are_those_of_the_last_batch():
    net = network()
    net.gradients[:] = 2.0
    diagnostics = Diagnostics(net)
    diagnostics.measure(net, np.ones((4, 2)), 1)
    assert diagnostics.state()["gradient"] == pytest.approx(2.0 * np.ones((1, 3)))


def test_measuring_changes_neither_network_nor_gradients():
    net = network(normalization="batch", dropout=0.5)
    net.gradients[:] = 1.5
    buffers = {name: buffer.copy() for name, buffer in net.buffers.items()}
    parameters, gradients = net.parameters.copy(), net.gradients.copy()
    Diagnostics(net).measure(net, np.ones((4, 2)), 1)
    assert (net.parameters == parameters).all() and (net.gradients == gradients).all()
    assert all((net.buffers[name] == buffer).all() for name, buffer in buffers.items())


def test_parameters_are_copied_at_the_powers_of_two():
    net = network()
    diagnostics = Diagnostics(net)
    for evaluation in range(1, 10):
        net.parameters[:] = evaluation
        diagnostics.measure(net, np.ones((4, 2)), 10 * evaluation)
    state = diagnostics.state()
    assert state["copied"].tolist() == [10, 20, 40, 80]
    assert state["parameters"][:, 0].tolist() == [1, 2, 4, 8]


@pytest.mark.parametrize("settings", [{"inputs": 3}, {"normalization": "batch"}])
def test_parameters_of_other_networks_are_not_copied(settings):
    net = network(**settings)
    diagnostics = Diagnostics(net)
    diagnostics.measure(net, np.ones((4, settings.get("inputs", 2))), 1)
    assert len(diagnostics.state()["parameters"]) == 0


def test_diagnostics_continue_from_their_state():
    net = network(residual=True, hidden=[2, 2])
    whole, first, second = Diagnostics(net), Diagnostics(net), Diagnostics(net)
    for evaluation in range(1, 6):
        net.parameters[:] = evaluation
        whole.measure(net, np.eye(2), evaluation)
        (first if evaluation < 3 else second).measure(net, np.eye(2), evaluation)
        if evaluation == 2:
            second.restore(first.state())
    for name, array in whole.state().items():
        assert second.state()[name].tobytes() == array.tobytes(), name


def test_a_network_without_hidden_layers_has_gradients_alone():
    net = network([])
    diagnostics = Diagnostics(net)
    diagnostics.measure(net, np.ones((4, 2)), 1)
    state = diagnostics.state()
    assert state["activation"].shape == (1, 0) and state["gradient"].shape == (1, 1)
