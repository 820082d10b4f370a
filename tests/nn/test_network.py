import numpy as np
import pytest

import nn
from components import SettingsError, streams
from nn import ACTIVATIONS, LOSSES, NORMALIZATIONS, build_loss, build_network, check_gradients
from nn.layers import Dense
from nn.network import Network


def build(inputs=4, outputs=3, seed=0, **settings):
    return build_network({"precision": "float64", **settings}, inputs, outputs, streams(seed))


def names(network):
    return [name for name, *_ in network.named_parameters()]


def test_a_network_worked_by_hand():
    """2 inputs, 2 ReLU units, 2 classes, one sample of class 0.

    x = [1, 2], W1 = [[1, -1], [1, 0.5]], b1 = [0, -1]
    z = [1*1 + 2*1, 1*-1 + 2*0.5 - 1] = [3, -1]         h = [3, 0]
    W2 = [[1, 1], [5, 7]], b2 = [0, log 3]
    s = [3*1 + 0*5, 3*1 + 0*7 + log 3] = [3, 3 + log 3]
    softmax(s) = [1, 3] / 4                              loss = -log(1/4) = log 4
    ds = softmax(s) - [1, 0] = [-3/4, 3/4]
    dW2 = h.T ds = [[-9/4, 9/4], [0, 0]]                 db2 = ds
    dh = ds W2.T = [-3/4 + 3/4, -3/4*5 + 3/4*7] = [0, 3/2]
    dz = dh * [z > 0] = [0, 0]                           dW1 = 0, db1 = 0
    """
    network = build(2, 2, hidden=[2])
    values = {name: value for name, value, *_ in network.named_parameters()}
    gradients = {name: gradient for name, _, gradient, _ in network.named_parameters()}
    values["hidden1.dense.weight"][...] = [[1, -1], [1, 0.5]]
    values["hidden1.dense.bias"][...] = [0, -1]
    values["output.dense.weight"][...] = [[1, 1], [5, 7]]
    values["output.dense.bias"][...] = [0, np.log(3)]
    loss = build_loss("softmax_cross_entropy")
    scores = network.forward(np.array([[1.0, 2.0]]), training=True)
    np.testing.assert_allclose(scores, [[3, 3 + np.log(3)]])
    assert loss(scores, np.array([0])) == pytest.approx(np.log(4))
    network.backward(loss.gradient())
    np.testing.assert_allclose(gradients["output.dense.weight"], [[-9 / 4, 9 / 4], [0, 0]])
    np.testing.assert_allclose(gradients["output.dense.bias"], [-3 / 4, 3 / 4])
    np.testing.assert_allclose(gradients["hidden1.dense.weight"], 0, atol=1e-15)
    # the same with class 1 and a unit that is on: z = [3, 1], h = [3, 1], b1 = [0, 1]
    # s = [3 + 5, 3 + 7 + log 3], softmax = [1, 3 e^2] / (1 + 3 e^2), p = softmax(s)[0]
    # ds = [p, -p], dh = [p - p, 5p - 7p] = [0, -2p], dW1 = x.T dh = [[0, -2p], [0, -4p]]
    values["hidden1.dense.bias"][...] = [0, 1]
    loss(network.forward(np.array([[1.0, 2.0]]), training=True), np.array([1]))
    network.backward(loss.gradient())
    p = 1 / (1 + 3 * np.exp(2))
    np.testing.assert_allclose(
        gradients["hidden1.dense.weight"], [[0, -2 * p], [0, -4 * p]], atol=1e-15
    )
    np.testing.assert_allclose(gradients["hidden1.dense.bias"], [0, -2 * p], atol=1e-15)


@pytest.mark.parametrize("loss", LOSSES)
@pytest.mark.parametrize("normalization", ["none", *NORMALIZATIONS])
@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_gradients_of_every_combination(activation, normalization, loss):
    rng = np.random.default_rng(0)
    network = build(
        hidden=[4, 4],
        activation=activation,
        normalization=normalization,
        residual=True,
        bottleneck=2,
        bias_initializer="as_input",
        initializer={"name": "normal", "std": 0.7},
        dropout=0.2,
        input_dropout=0.1,
        output_activation="sigmoid" if loss == "squared_error" else "identity",
    )
    x, y = rng.standard_normal((6, 4)), rng.integers(0, 3, 6)
    for row in check_gradients(network, build_loss(loss), x, y, l2=0.1):
        assert row.ok, row


def test_layers_hold_views_of_the_flat_vectors_weights_first():
    network = build(hidden=[5], normalization="layer")
    kinds = {name: kind for name, _, _, kind in network.named_parameters()}
    assert kinds == {
        "hidden1.dense.weight": "weight",
        "hidden1.norm.scale": "norm",
        "hidden1.norm.shift": "norm",
        "output.dense.weight": "weight",
        "output.dense.bias": "bias",
    }
    network.parameters[...] = 1
    network.parameters[network.decayed] = 2
    network.gradients[...] = 3
    for _, value, gradient, kind in network.named_parameters():
        assert (value == (2 if kind == "weight" else 1)).all()
        assert (gradient == 3).all()
    assert network.decayed == slice(0, 4 * 5 + 5 * 3)


def test_no_hidden_layer_is_a_linear_classifier():
    network = build(hidden=[])
    x = np.random.default_rng(0).standard_normal((5, 4))
    (_, w, *_), (_, b, *_) = network.named_parameters()
    np.testing.assert_allclose(network.forward(x), x @ w + b)


@pytest.mark.parametrize(
    "settings, expected",
    [
        ({}, ["hidden1.dense.bias", "output.dense.bias"]),
        ({"bias": "hidden"}, ["hidden1.dense.bias"]),
        ({"bias": "none"}, []),
        ({"normalization": "batch"}, ["output.dense.bias"]),
    ],
)
def test_biases_are_in_the_layers_that_bias_names(settings, expected):
    assert [name for name in names(build(hidden=[5], **settings)) if "bias" in name] == expected


def test_bottleneck_factors_every_hidden_layer():
    network = build(hidden=[6, 5], bottleneck=2)
    shapes = {name: value.shape for name, value, *_ in network.named_parameters()}
    assert shapes["hidden1.bottleneck.weight"] == (4, 2)
    assert shapes["hidden1.dense.weight"] == (2, 6)
    assert shapes["hidden2.bottleneck.weight"] == (6, 2)
    assert shapes["output.dense.weight"] == (5, 3)
    assert "hidden1.bottleneck.bias" not in shapes
    assert [weights.shape for weights in network.first_weights()] == [(4, 2), (2, 6)]
    assert [weights.shape for weights in build(hidden=[6, 5]).first_weights()] == [(4, 6)]
    assert [weights.shape for weights in build(hidden=[]).first_weights()] == [(4, 3)]


def test_residual_skips_only_layers_of_equal_width():
    network = build(hidden=[4, 6, 6], residual=True, activation="tanh")
    x = np.random.default_rng(0).standard_normal((5, 4))
    values = {name: value for name, value, *_ in network.named_parameters()}
    h = x
    for layer in ("hidden1", "hidden2", "hidden3"):
        y = np.tanh(h @ values[f"{layer}.dense.weight"] + values[f"{layer}.dense.bias"])
        h = y if layer == "hidden2" else h + y
    expected = h @ values["output.dense.weight"] + values["output.dense.bias"]
    np.testing.assert_allclose(network.forward(x), expected)


def test_input_is_never_written_to():
    network = build(hidden=[4, 4], residual=True, input_dropout=0.5, dropout=0.5)
    x = np.ones((3, 4))
    x.flags.writeable = False
    loss = build_loss("softmax_cross_entropy")
    loss(network.forward(x, training=True), np.array([0, 1, 2]))
    network.backward(loss.gradient())


def test_same_seed_same_bytes_and_another_seed_others():
    assert build().parameters.tobytes() == build().parameters.tobytes()
    assert build(seed=1).parameters.tobytes() != build().parameters.tobytes()


def test_dropout_does_not_change_the_initial_weights():
    plain, dropout = build(), build(dropout=0.5, input_dropout=0.2)
    assert plain.parameters.tobytes() == dropout.parameters.tobytes()


def test_both_precisions_start_from_the_same_numbers():
    single, double = build(precision="float32"), build()
    assert single.parameters.dtype == np.float32
    np.testing.assert_array_equal(single.parameters, double.parameters.astype(np.float32))


def test_a_batch_row_by_row_gives_the_same_scores():
    network = build(hidden=[5, 5], activation="gelu", normalization="layer")
    x = np.random.default_rng(0).standard_normal((6, 4))
    whole = network.forward(x).copy()
    rows = [network.forward(x[i : i + 1])[0].copy() for i in range(6)]
    np.testing.assert_allclose(rows, whole, rtol=1e-12)


@pytest.mark.parametrize(
    "settings, message",
    [
        ({"activation": "rellu"}, "rellu.*identity, relu"),
        ({"activation": {"name": "relu", "slope": 1}}, "slope"),
        ({"initializer": "xavier"}, "xavier.*he_normal"),
        ({"initializer": {"name": "uniform", "low": 0}}, "high"),
        ({"normalization": "group"}, "network.normalization: found 'group'.*none, batch, layer"),
        ({"bias": True}, "network.bias: found True"),
        ({"widths": [3]}, "unknown key 'widths'"),
        ({"dropout": 1.0}, "probability 1.0"),
    ],
)
def test_wrong_settings(settings, message):
    with pytest.raises(SettingsError, match=message):
        build(**settings)


@pytest.mark.parametrize("name", nn.ACTIVATIONS)
@pytest.mark.parametrize("normalization", nn.NORMALIZATIONS)
def test_in_place_layers_have_correct_gradients_or_are_refused(name, normalization):
    """Some activations need their output for the backward pass; a normalization writes over it."""
    generators = streams(0)

    def dense(inputs, units):
        initializer = nn.INITIALIZERS["he_normal"]()
        return Dense(inputs, units, initializer, generators["init"], "zeros", np.float64)

    behind = nn.NORMALIZATIONS[normalization](5, np.float64)
    layers = [dense(4, 5), nn.ACTIVATIONS[name](), behind, dense(5, 3)]
    if nn.ACTIVATIONS[name].keeps_output:
        with pytest.raises(SettingsError, match="works in place on the output that"):
            Network(layers, np.float64)
        return
    network = Network(layers, np.float64)
    x, labels = np.random.default_rng(0).standard_normal((6, 4)), np.arange(6) % 3
    rows = nn.check_gradients(network, nn.build_loss("softmax_cross_entropy"), x, labels)
    assert all(row.ok for row in rows)


def test_kept_outputs_are_found_through_passing_layers():
    kept, passing = nn.ACTIVATIONS["sigmoid"](), nn.ACTIVATIONS["identity"]()
    dense = Dense(2, 2, nn.INITIALIZERS["zeros"](), streams(0)["init"])
    with pytest.raises(SettingsError, match="layer2 works in place"):
        Network([kept, passing, nn.NORMALIZATIONS["layer"](2), dense])


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        # y = x W, dW and, except in the first layer, dx: two operations per weight each
        ({"hidden": []}, 2 * 6 * 3 * 2),
        ({"hidden": [5, 4], "normalization": "batch"}, 2 * (6 * 5 * 2 + 5 * 4 * 3 + 4 * 3 * 3)),
        ({"hidden": [6], "residual": True}, 2 * (6 * 6 * 2 + 6 * 3 * 3)),
        ({"hidden": [5], "bottleneck": 2}, 2 * (6 * 2 * 2 + 2 * 5 * 3 + 5 * 3 * 3)),
    ],
)
def test_operations_of_the_products_by_hand(settings, expected):
    assert build_network(settings, 6, 3, streams(0)).operations() == expected
