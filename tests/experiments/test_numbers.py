"""If a number is expected, 1e-3 is one, and makes the same experiment as 1.0e-3."""

import pytest
import yaml

TEXT = """
training:
  epochs: 3
  learning_rate: {0}
  optimizer: {{name: adam, epsilon: {0}}}
  schedule: {{name: exponential, decay: {1}}}
network: {{initializer: {{name: normal, std: {0}}}, dropout: {1}}}
preparation: [{{name: zca, floor: {0}}}, unit]
refit: {{training.learning_rate: {0}, network.initializer: {{name: normal, std: {1}}}}}
sweep:
  - grid:
      training.learning_rate: [{0}, {1}, 0.5]
      training.optimizer: [{{name: adam, epsilon: {0}}}, sgd]
  - zip: {{training.l2: [{1}], training.clip_norm: [{0}]}}
  - random:
      samples: 2
      values:
        training.l2: {{loguniform: [{0}, 1]}}
        training.l1: {{uniform: [0, {1}]}}
        training.weight_decay: {{choice: [{0}, {1}]}}
"""


def experiment_with(experiment, *numbers):
    return experiment(**yaml.safe_load(TEXT.format(*numbers)))


@pytest.mark.parametrize(
    "texts",
    [
        ("1e-3", "5e-1"),
        ("1E-3", "+5e-1"),
        ("10e-4", ".5e0"),
        ("'1.0e-3'", "'0.5'"),
        ("1.e-3", "5E-01"),
    ],
)
def test_the_text_1e_3_makes_the_same_runs_as_the_number(experiment, texts):
    if "'" in texts[1]:
        texts = (texts[0], "0.5")  # a quoted number without an exponent stays a text
    one, other = experiment_with(experiment, *texts), experiment_with(experiment, "1.0e-3", "0.5")
    assert one.settings == other.settings
    assert list(one.runs) == list(other.runs)
    assert "learning_rate=0.001__optimizer=sgd__seed=0" in one.runs
    assert [run.settings for run in one.refits] == [run.settings for run in other.refits]
    assert one.prepared == other.prepared and one.architectures == other.architectures


def test_the_config_that_was_given_stays(plan, config):
    before = yaml.safe_load(TEXT.format("1e-3", "5e-1"))
    given = yaml.safe_load(TEXT.format("1e-3", "5e-1"))
    plan(**given)
    assert given == before


def test_texts_stay_texts(plan):
    def change(config):
        config["experiments"]["small"]["description"] = "1e-3"
        config["datasets"]["digits"]["classes"] = ["1e3", "2e3"]

    made = plan(change)
    assert made.datasets["digits"]["classes"] == ["1e3", "2e3"]
    assert made.experiments["small"].settings["description"] == "1e-3"


def test_a_share_of_a_dataset(plan):
    made = plan(lambda config: config["datasets"]["spiral"].update(noise="2e-1"))
    assert made.datasets["spiral"]["noise"] == 0.2


@pytest.mark.parametrize("text", ["1e-3x", "e-3", "1e", "1e-", "0x1e3", "١e-3", "1e-3 ", "--1e3"])
def test_text_that_is_not_a_number_is_refused(message, text):
    said = message(training={"epochs": 3, "learning_rate": text})
    assert (
        said == f"config: experiments.small.training.learning_rate is {text!r}; expected a number"
    )
