"""Mistakes that the schema sees: each message names the key, the value and what is allowed."""

from experiments import resolve


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
