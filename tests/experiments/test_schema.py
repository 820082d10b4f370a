"""Mistakes that the schema finds: each message has the key, the value and the allowed values."""

import pytest

from experiments import ConfigError
from experiments.validation import resolve


def test_a_misspelt_section_of_the_file(message):
    said = message(lambda config: config.update(taget=1))
    assert "unknown key 'taget'; known: bundle_seconds" in said
    assert "did you mean 'targets'?" in said
    assert "the file lacks the key 'targets'" in message(lambda config: config.pop("targets"))


def test_names_unusable_as_folders_are_refused(message):
    said = message(lambda config: config["experiments"].update({"9 a/b": {"dataset": "digits"}}))
    assert "'9 a/b'" in said
    assert "letters, digits and _" in said


def test_all_mistakes_are_listed_at_once(message):
    said = message(training={"epochs": 0, "l2": -1}, network={"activation": "rellu"})
    assert len(said.splitlines()) == 3
    assert "did you mean 'relu'?" in said


def test_defaults_are_filled_in_and_what_was_given_stays(config, schema):
    settings = resolve(config, schema)["experiments"]["small"]
    assert settings["network"]["hidden"] == [100]
    assert settings["training"]["optimizer"] == "sgd"
    assert settings["training"]["epochs"] == 3
    assert settings["split"] == {"validation": 20, "take": "last", "training": None, "seed": 0}
    assert "learning_rate" not in config["experiments"]["small"]["training"]  # the input is kept


def test_two_experiments_do_not_share_the_lists_of_a_default(config, schema):
    config["experiments"]["other"] = config["experiments"]["small"].copy()
    settings = resolve(config, schema)["experiments"]
    settings["small"]["network"]["hidden"].append(1)
    assert settings["other"]["network"]["hidden"] == [100]


@pytest.mark.parametrize("value", ["a" * 100_000, [1] * 100_000, [[]]])
def test_a_long_value_is_shortened(config, schema, value):
    config["experiments"]["small"]["training"]["epochs"] = value
    with pytest.raises(
        ConfigError, match="training.epochs is .*; expected a whole number"
    ) as error:
        resolve(config, schema)
    assert len(str(error.value)) < 2000


def test_only_the_first_of_many_mistakes_are_listed(config, schema):
    config["targets"] = [1] * 1000
    with pytest.raises(
        ConfigError, match="targets.0 is 1; expected text(.|\n)*and [0-9]+ more$"
    ) as error:
        resolve(config, schema)
    assert len(str(error.value)) < 2000
    named = str(error.value).count("config: ")
    assert str(error.value).endswith(f"and {1000 - named} more")


OFF = {
    "split": {"validation": 0, "take": "last", "training": None, "seed": 0},
    "evaluation": {
        "shifts": 0, "flips": False, "border": "black", "views": 0, "augmentation": [], "first": None,
    },
    "selection": {"metric": "accuracy"},
    "sweep": [], "halving": None, "refit": None, "baselines": [], "studies": [], "published": None,
}  # fmt: skip


@pytest.mark.parametrize("key", OFF)
def test_null_switches_off_settings_of_another_file(experiment, key):
    made = experiment(**{key: None})
    assert made.settings[key] == OFF[key]
    assert list(made.runs) == ["seed=0"]


def test_null_gives_a_section_its_defaults(experiment, message):
    made, plain = experiment(network=None), experiment()
    assert made.settings == plain.settings
    assert message(training=None) == message(training={})  # how long?


@pytest.mark.parametrize("sweep", [None, [], {}])
def test_an_empty_sweep_is_the_same_as_none(experiment, sweep):
    assert list(experiment(sweep=sweep, seeds=2).runs) == ["seed=0", "seed=1"]
