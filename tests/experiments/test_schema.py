"""Mistakes that the schema sees: each message names the key, the value and what is allowed."""

import pytest

from experiments import resolve

NUMBER = "training.learning_rate"


@pytest.mark.parametrize(
    ("settings", "parts"),
    [
        (
            {"training": {"epochs": 1, "learning_rate": "1e-3"}},
            ["training.learning_rate is '1e-3'", "a number", "write 1.0e-3"],
        ),
        (
            {"training": {"epochs": 1, "learning_rate": "1E5"}},
            ["training.learning_rate is '1E5'", "write 1.0e+5"],
        ),
        (
            {"training": {"epochs": 1, "learning_rat": 1}},
            ["training has the unknown key 'learning_rat'", "batch_size", "mean 'learning_rate'?"],
        ),
        (
            {"training": {"epochs": 1, "optimizer": "adamm"}},
            ["training.optimizer is 'adamm'", "sgd, momentum", "did you mean 'adam'?"],
        ),
        (
            {"training": {"epochs": 1, "optimizer": {"name": "adamz"}}},
            ["training.optimizer", "unknown name 'adamz'", "sgd", "did you mean 'adam'?"],
        ),
        (
            {"training": {"epochs": 1, "optimizer": {"name": "adam", "momentum": 0.9}}},
            ["training.optimizer has the unknown key 'momentum'", "beta1, beta2, epsilon"],
        ),
        (
            {"preparation": ["unit", {"name": "range"}]},
            ["preparation.1 lacks the key 'low'"],
        ),
        ({"network": {"hidden": 64}}, ["network.hidden is 64", "a list"]),
        (
            {"training": {"epochs": 1, "learning_rate": float("nan")}},
            ["training.learning_rate is nan", "a finite number"],
        ),
        (
            {"training": {"epochs": 1, "learning_rate": float("inf")}},
            ["training.learning_rate is inf", "a finite number"],
        ),
        ({"preparation": {"name": "zca", "floor": 0}}, ["preparation.floor is 0", "more than 0"]),
        (
            {"training": {"epochs": 1, "batch_size": "ful"}},
            ["training.batch_size is 'ful'", "allowed: full", "did you mean 'full'?"],
        ),
        ({"network": {"hidden": [0]}}, ["network.hidden.0 is 0", "at least 1"]),
        ({"network": {"dropout": 1.0}}, ["network.dropout is 1.0", "less than 1"]),
        ({"training": {"epochs": -1}}, ["training.epochs is -1", "at least 1"]),
        ({"seeds": 0}, ["seeds is 0", "at least 1"]),
        ({"seeds": [0, 0]}, ["seeds is [0, 0]", "expected each value once"]),
        ({"sweep": {"gird": {}}}, ["sweep has the unknown key 'gird'", "did you mean 'grid'?"]),
        ({"sweep": {"grid": {NUMBER: []}}}, [f"sweep.grid.{NUMBER} is []", "length at least 1"]),
        (
            {"sweep": {"random": {"samples": 2, "values": {NUMBER: {"lognormal": [0, 1]}}}}},
            ["the unknown key 'lognormal'", "choice, integer, loguniform, uniform"],
        ),
        (
            {"sweep": {"random": {"samples": 2, "values": {NUMBER: {"loguniform": [0, 1]}}}}},
            ["loguniform.0 is 0", "more than 0"],
        ),
    ],
)
def test_a_message_names_the_key_the_value_and_what_is_allowed(message, settings, parts):
    said = message(**settings)
    assert said.startswith("config: experiments.small.")
    for part in parts:
        assert part in said


def test_a_misspelt_section_of_the_file(message):
    said = message(lambda config: config.update(taget=1))
    assert "unknown key 'taget'; known: datasets" in said
    assert "did you mean 'targets'?" in said
    assert "the file lacks the key 'targets'" in message(lambda config: config.pop("targets"))


def test_a_name_that_would_not_do_as_a_folder(message):
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
