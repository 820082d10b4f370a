"""docs/mathematics.md: its links, and the numbers of its example."""

import ast
import math
import re

import numpy as np
import pytest

import nn
from components import streams
from nn.objective import penalize

LINK = re.compile(r"\[([^\]]+)\]\(([^)\s]+)\)")
CODE = re.compile(r"^```text\n(.*?)^```", re.MULTILINE | re.DOTALL)
NUMBERS = re.compile(r"^(\w+) = ([^#\n]+)", re.MULTILINE)


@pytest.fixture(scope="module")
def text(root) -> str:
    return (root / "docs/mathematics.md").read_text()


@pytest.fixture(scope="module")
def written(text) -> dict[str, np.ndarray]:
    """The numbers of the worked example, by name."""
    known = {"__builtins__": {}, "log": math.log}
    return {
        name: np.array(eval(value, known))
        for block in CODE.findall(text)
        for name, value in NUMBERS.findall(block)
    }


@pytest.fixture
def network(written) -> nn.Network:
    """The network of the example, with the weights that the document gives it."""
    settings = {"hidden": [2], "precision": "float64"}
    network = nn.build_network(settings, inputs=2, outputs=2, streams=streams(0))
    for name, (value, _) in learned(network).items():
        value[...] = written[name]
    return network


def learned(network) -> dict[str, tuple[np.ndarray, np.ndarray]]:
    """Value and gradient of each parameter, by the document's names for them."""
    return {
        name: (value, gradient)
        for name, (_, value, gradient, _) in zip(
            ("W1", "b1", "W2", "b2"), network.named_parameters(), strict=True
        )
    }


def loss_of(network, written) -> float:
    scores = network.forward(written["x"].astype(float), training=True)
    return nn.build_loss("softmax_cross_entropy")(scores, written["y"]).item()


def assert_written(written, found: dict, atol: float = 5e-5) -> None:
    for name, value in found.items():
        np.testing.assert_allclose(value, written[name], rtol=0, atol=atol, err_msg=name)


def defined_in(path) -> set[str]:
    """The classes, functions and constants of a module."""
    names = set()
    for node in ast.parse(path.read_text()).body:
        if isinstance(node, (ast.ClassDef, ast.FunctionDef)):
            names.add(node.name)
        elif isinstance(node, ast.Assign):
            names |= {target.id for target in node.targets if isinstance(target, ast.Name)}
    return names


def test_links_lead_to_the_files_that_define_the_named_objects(text, root):
    links = [(label, link) for label, link in LINK.findall(text) if "://" not in link]
    assert len(links) > 20
    for label, link in links:
        path = root / "docs" / link
        assert path.is_file(), link
        if label.startswith("`") and path.suffix == ".py":
            assert label.strip("`") in defined_in(path), f"{label} in {link}"


def test_the_example_forward_and_backward(written, network):
    y = written["x"].astype(float)
    outputs = []
    for layer in network.layers:  # layers work in place on their inputs: copies
        y = layer.forward(y.copy(), training=True)
        outputs.append(y.copy())
    z, h, s, _ = outputs
    loss = nn.build_loss("softmax_cross_entropy")
    value = loss(s.copy(), written["y"])
    assert_written(written, {"z": z, "h": h, "s": s, "p": nn.softmax(s), "loss": value.item()})

    ds = loss.gradient(1 / len(s)).copy()
    output_dense, activation = network.layers[2], network.layers[1]
    dh = output_dense.backward(ds.copy()).copy()
    dz = activation.backward(dh.copy()).copy()
    assert_written(written, {"ds": ds, "dh": dh, "dz": dz})

    network.backward(ds.copy())
    gradients = {f"d{name}": gradient for name, (_, gradient) in learned(network).items()}
    assert_written(written, gradients)


def test_the_example_by_a_central_difference(written, network):
    weight, _ = learned(network)["W1"]
    before, step = weight[0, 0], written["step"]
    weight[0, 0] = before + step
    above = loss_of(network, written)
    weight[0, 0] = before - step
    below = loss_of(network, written)
    assert_written(written, {"numeric": (above - below) / (2 * step)}, atol=5e-8)


def test_the_example_with_a_penalty_and_one_step(written, network):
    loss = nn.build_loss("softmax_cross_entropy")
    loss(network.forward(written["x"].astype(float), training=True), written["y"])
    network.backward(loss.gradient(1.0))
    penalty = penalize(network, written["l2"].item())
    gradients = {f"d{name}_l2": learned(network)[name][1] for name in ("W1", "W2")}
    assert_written(written, {"penalty": penalty, **gradients})

    nn.OPTIMIZERS["sgd"]().bind(network).step(written["rate"].item())
    values = {f"{name}_new": value for name, (value, _) in learned(network).items()}
    assert_written(written, {**values, "loss_new": loss_of(network, written)})


def test_every_number_of_the_example_is_compared(written):
    given = {"x", "y", "W1", "b1", "W2", "b2", "step", "l2", "rate"}
    compared = {"z", "h", "s", "p", "loss", "ds", "dh", "dz", "dW1", "db1", "dW2", "db2"}
    compared |= {"numeric", "penalty", "dW1_l2", "dW2_l2", "loss_new"}
    compared |= {f"{name}_new" for name in ("W1", "b1", "W2", "b2")}
    assert set(written) == given | compared
