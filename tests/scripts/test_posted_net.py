"""The gradient check's verdict on each mistake of the posted net, in hand-sized nets."""

import numpy as np
import pytest
import yaml

import posted_net
from components import streams
from configuration.schema import config_schema
from experiments import ConfigError
from experiments.plan import Plan
from inputs import Examples, Preparation
from nn import Trainer, build_loss, build_network
from studies.posted_net import MISTAKES, NETS, PostedLoss, build, with_mistakes

SETTINGS = {
    "network": {"hidden": [3], "activation": "sigmoid", "bias": "none"},
    "training": {"learning_rate": 0.5, "batch_size": 4, "epochs": 3, "l2": 0.01},
}
X = np.random.default_rng(1).standard_normal((6, 4))
LABELS = np.array([0, 1, 2, 2, 0, 0])
WRONG_LAYERS = {
    "corrected": [],
    "(a) alone": ["hidden", "output"],
    "(b) alone": ["hidden"],
    "(c) alone": ["hidden", "output"],
    "(d) alone": [],
    "(e) alone": [],
    "(f) alone": [],
    "(g) alone": ["hidden", "output"],
    "(h) alone": ["hidden"],
    "first posted (a to f)": ["hidden", "output"],
    "second posted (a, d to h)": ["hidden", "output"],
}


@pytest.fixture
def examples() -> Examples:
    preparation = Preparation.fit(["identity"], X, np.arange(6))
    return Examples(X, LABELS, np.arange(6), preparation)


@pytest.mark.parametrize("net", NETS)
def test_the_gradient_check_finds_wrong_backward_passes(net):
    row = posted_net.check(SETTINGS, NETS[net], X, LABELS, 3)
    wrong = [layer for layer in ("hidden", "output") if row[f"{layer}_verdict"] == "WRONG"]
    assert wrong == WRONG_LAYERS[net]
    assert row["found_by_gradient_check"] == ("yes" if wrong else "no")


def test_climbing_gives_gradients_of_opposite_sign():
    settings = {**SETTINGS, "training": {**SETTINGS["training"], "l2": 0.0}}
    row = posted_net.check(settings, "c", X, LABELS, 3)
    for layer in ("hidden", "output"):
        assert row[f"{layer}_analytic"] == pytest.approx(-row[f"{layer}_numeric"], rel=1e-5)


def test_without_mistakes_the_net_equals_that_of_nn(examples):
    """The same weights after training: the table's first row is the corrected net itself."""
    generators, others = streams(0), streams(0)
    network, loss = build(SETTINGS, "", 4, 3, generators)
    Trainer(network, SETTINGS["training"], examples, None, generators, loss).run()
    right = build_network(SETTINGS["network"], 4, 3, others)
    cross_entropy = build_loss("softmax_cross_entropy")
    Trainer(right, SETTINGS["training"], examples, None, others, cross_entropy).run()
    np.testing.assert_allclose(network.parameters, right.parameters, rtol=1e-4)


def test_softmax_over_samples_has_another_derivative():
    """Scores 0, two samples of class 0: p = 1/2 everywhere; n_k p - y is 2/2 - 1 and 0/2 - 0."""
    loss = PostedLoss("a")
    scores, labels = np.zeros((2, 2)), np.array([0, 0])
    assert loss(scores, labels) == pytest.approx(np.log([2, 2]))
    assert loss.gradient(1.0).tolist() == [[-0.5, 0.5], [-0.5, 0.5]]  # p - y, as posted
    step = 1e-6
    for index in np.ndindex(2, 2):
        moved = scores.copy()
        moved[index] += step
        assert (loss(moved, labels).sum() - 2 * np.log(2)) / step == pytest.approx(0, abs=1e-5)


def test_errors_of_one_sample_by_hand():
    """Scores 0 for two classes: p = (1/2, 1/2), y = (1, 0)."""
    expected = {"": [-0.5, 0.5], "c": [0.5, -0.5], "g": [-0.5, -0.5]}
    for letter, error in expected.items():
        loss = PostedLoss(letter)
        loss(np.zeros((1, 2)), np.array([0]))
        assert loss.gradient(1.0).tolist() == [error]


@pytest.mark.parametrize(("letter", "expected"), [("b", 2.0), ("h", 4 * np.log(2))])
def test_the_gradient_of_the_hidden_layer_by_hand(letter, expected):
    """One sample, scores 0, W2 = [1 3]: the sum of 1/2 and 3/2, or of log 2 and 3 log 2."""
    settings = {"network": {"hidden": [1], "bias": "none", "precision": "float64"}}
    network, loss = build(settings, letter, 1, 2, streams(0))
    message, output = network.layers[-3], network.layers[-2]
    output.parameters["weight"].value[...] = [[1, 3]]
    loss(np.zeros((1, 2)), np.array([0]))
    loss.gradient(1.0)
    assert message.backward(np.zeros((1, 1))).tolist() == [[pytest.approx(expected)]]


def test_mistakes_that_are_settings_change_nothing_else():
    assert with_mistakes(SETTINGS, "abcgh") == SETTINGS
    changed = with_mistakes(SETTINGS, "def")
    assert changed["network"] == {**SETTINGS["network"], "output_activation": "sigmoid"}
    assert changed["training"] == {
        **SETTINGS["training"],
        "batches": "sequential",
        "epochs": 1,
        "iterations": None,
        "reduction": "sum",
    }
    assert "output_activation" not in SETTINGS["network"]


def test_the_table_names_every_net_and_explains_every_mistake(examples):
    rows = posted_net.measure(SETTINGS, [0, 1], examples, examples, (X, LABELS), 3)
    assert [row["net"] for row in rows] == list(NETS)
    assert all(set(posted_net.COLUMNS) == set(row) for row in rows)
    text = posted_net.table(rows).markdown()
    for name in NETS:
        assert f"| {name} |" in text
    for letter, mistake in MISTAKES.items():
        assert f"| ({letter}) alone | {mistake.what} |" in text
        assert mistake.check in posted_net.explanations().markdown()
    assert "| WRONG: hidden |" in text and "| ok |" in text


def test_a_net_that_diverged_has_no_accuracy_but_a_row(examples):
    settings = {**SETTINGS, "training": {**SETTINGS["training"], "l2": 1e3, "learning_rate": 1e30}}
    row = posted_net.measure(settings, [0], examples, examples, (X, LABELS), 3)[0]
    assert (row["validation_accuracy"], row["diverged"]) == (None, 1)
    assert "| diverged |" in posted_net.table([row]).markdown()


@pytest.mark.parametrize(
    "changes",
    [
        {"network": {"hidden": []}},
        {"network": {"loss": "squared_error"}},
        {"network": {"loss": {"name": "softmax_cross_entropy", "label_smoothing": 0.1}}},
        {"split": {"validation": 0}, "refit": None},
    ],
)
def test_the_config_asks_for_a_net_that_can_have_the_mistakes(root, changes):
    config = yaml.safe_load((root / "config.yaml").read_text())
    schema = config_schema()
    Plan(config, schema)
    experiment = config["experiments"]["mnist_sigmoid"]
    for key, change in changes.items():
        experiment[key] = change and {**experiment[key], **change}
    with pytest.raises(ConfigError, match="mnist_sigmoid.studies has 'posted_net'"):
        Plan(config, schema)
