"""Defaults of own data: the settings an experiment leaves open, and values that replace them."""

import copy

import pytest

from experiments import ConfigError
from experiments.plan import Plan
from experiments.sizes import parts_of, rows_of
from inputs import rows_of as rows_of_inputs

TABLE = {"classes": ["a", "b"], "shape": [4], "train_size": 150, "test_size": 50}
PICTURES = TABLE | {"shape": [8, 8, 3]}
DATASET = {"format": "csv", "path": "table.csv", "label": "kind", "test": 0.25}


@pytest.fixture
def own(schema):
    """own(found, **settings): the plan of an experiment on a table with these sizes."""

    def plan(found=TABLE, dataset=DATASET, **settings) -> Plan:
        config = {
            "targets": ["mine"],
            "datasets": {"mine": dataset},
            "experiments": {"mine": {"dataset": "mine", **settings}},
        }
        return Plan(copy.deepcopy(config), schema, sizes=lambda name, dataset, kind: dict(found))

    return plan


@pytest.fixture
def settings(own):
    return lambda *found, **settings: own(*found, **settings).experiments["mine"].settings


def recipe(settings, *keys):
    return tuple(settings["training"][key] for key in keys)


def test_five_lines_are_enough(settings):
    """150 rows in batches of 16 are trained for 213 epochs, and evaluated about 100 times."""
    found = settings()
    assert found["split"] == {"validation": 0.2, "take": "stratified", "seed": 0, "training": None}
    assert found["preparation"] == ["standardize"]
    keys = ("optimizer", "learning_rate", "schedule", "batch_size", "l2", "iterations", "epochs")
    assert recipe(found, *keys) == ("adam", 0.01, "cosine", 16, 0.001, 2000, None)
    assert recipe(found, "evaluate_every", "patience") == (2, None)


def test_pictures_keep_their_pixels_between_0_and_1_and_learn_more_slowly(settings):
    found = settings(PICTURES)
    assert found["preparation"] == ["unit"] and recipe(found, "learning_rate") == (0.001,)


def test_many_rows_are_seen_ten_times(settings):
    assert recipe(settings(TABLE | {"train_size": 6400}), "epochs", "iterations") == (None, 2000)
    found = settings(TABLE | {"train_size": 6401})
    assert recipe(found, "epochs", "iterations", "evaluate_every") == (10, None, 1)
    assert recipe(settings(TABLE | {"train_size": 999}), "batch_size") == (16,)
    assert recipe(settings(TABLE | {"train_size": 1000}), "batch_size") == (32,)


@pytest.mark.parametrize(
    ("training", "keys", "expected"),
    [
        ({"epochs": 30}, ("epochs", "iterations", "evaluate_every"), (30, None, 1)),
        ({"epochs": 400}, ("epochs", "iterations", "evaluate_every"), (400, None, 4)),
        ({"iterations": 70}, ("epochs", "iterations"), (None, 70)),
        ({"learning_rate": 0.3}, ("optimizer", "learning_rate"), ("adam", 0.3)),
        ({"optimizer": "sgd"}, ("optimizer", "learning_rate"), ("sgd", 0.1)),
        ({"optimizer": {"name": "momentum"}}, ("learning_rate",), (0.1,)),
        ({"optimizer": {"name": "adam", "beta1": 0.8}}, ("learning_rate",), (0.01,)),
        ({"batch_size": "full"}, ("iterations", "evaluate_every"), (2000, 20)),
        ({"epochs": None, "batch_size": 50}, ("iterations", "evaluate_every"), (2000, 7)),
        ({"weight_decay": 0.01}, ("weight_decay", "l2"), (0.01, 0.0)),
        ({"patience": 5}, ("patience", "evaluate_every"), (5, 1)),
        ({"evaluate_every": 7, "l2": 0.0}, ("evaluate_every", "l2"), (7, 0.0)),
    ],
)
def test_values_of_the_user_override_defaults(settings, training, keys, expected):
    assert recipe(settings(training=training), *keys) == expected


def test_a_split_and_a_preparation_of_the_user_override_defaults(settings):
    found = settings(split={"validation": 30, "take": "last"}, preparation="unit")
    assert found["split"] == {"validation": 30, "take": "last", "seed": 0, "training": None}
    assert found["preparation"] == ["unit"]
    assert settings(split={"validation": 30})["split"]["take"] == "stratified"
    assert settings(split={"validation": 0})["split"]["validation"] == 0


def test_a_sweep_over_the_length_replaces_the_steps(own):
    runs = own(sweep={"grid": {"training.epochs": [3, 5]}}).experiments["mine"].runs
    lengths = [recipe(run.settings, "epochs", "iterations") for run in runs.values()]
    assert lengths == [(3, None), (5, None)]


def test_halving_has_its_rungs_and_an_evaluation_an_epoch(own):
    mine = own(halving={"factor": 3}).experiments["mine"]
    assert mine.rungs == [1, 3, 9, 27, 81, 243]  # of 250 epochs, 8 steps each
    assert recipe(mine.settings, "evaluate_every") == (1,)


def test_other_datasets_keep_the_general_defaults(experiment, config, schema):
    found = experiment().settings
    assert (found["split"]["take"], found["preparation"]) == ("last", ["unit"])
    assert recipe(found, "optimizer", "learning_rate", "batch_size") == ("sgd", 0.1, 64)
    config["experiments"]["small"].pop("training")
    with pytest.raises(ConfigError, match="training has neither epochs nor iterations"):
        Plan(config, schema)


def test_a_validation_split_of_the_data_is_used(own):
    found = TABLE | {"validation_size": 40}
    plan = own(found)
    assert plan.experiments["mine"].settings["split"] == {
        "validation": 40, "take": "last", "seed": 0, "training": None,
    }  # fmt: skip
    for key, value in (("validation", 10), ("validation", 0), ("take", "random")):
        said = f"split.{key} is {value}, but the data has a validation split of its own .40 ex"
        with pytest.raises(ConfigError, match=said):
            own(found, split={key: value})
    assert own(found, split={"validation": 40, "take": "last"})


def test_an_estimated_size_refuses_only_impossible_splits(own):
    """With a share for the test split nobody knows yet how many of the 200 rows it takes."""
    assert own(split={"validation": 160})
    with pytest.raises(ConfigError, match="asks for 200 validation"):
        own(split={"validation": 200})
    sure = DATASET | {"test": 0.0, "test_path": "other.csv"}
    with pytest.raises(ConfigError, match="asks for 160 validation and at least 1 training"):
        own(TABLE, sure, split={"validation": 160})


@pytest.mark.parametrize("steps", [{"name": "pca", "components": None}, {"name": "pca"}, "zca"])
def test_components_that_are_left_open_are_all_inputs(own, steps):
    (run,) = own(preparation=steps).experiments["mine"].runs.values()
    assert run.gradients["inputs"] == 4 and run.architecture.startswith("4-100-2")
    (run,) = own(preparation={"name": "pca", "components": 3}).experiments["mine"].runs.values()
    assert run.gradients["inputs"] == 3


@pytest.mark.parametrize("number", [0, 7, 0.01, 0.2, 0.25, 0.5, 0.99])
def test_planned_sizes_match_those_of_prepare(number):
    for size in range(2, 40):
        assert rows_of(number, size) == rows_of_inputs(number, size)


@pytest.mark.parametrize(
    ("split", "expected"), [((20, None), (80, 20)), ((0.2, 0.3), (30, 20)), ((0.5, 0.5), (50, 50))]
)
def test_parts_of_a_hundred(split, expected):
    assert parts_of(dict(zip(("validation", "training"), split, strict=True)), 100) == expected


def test_names_of_prepared_data_have_the_share(settings, own):
    (key,) = own().experiments["mine"].prepared
    assert key.startswith("standardize__validation=0.2__")


def test_own_data_have_two_baselines_by_default(settings):
    assert settings()["baselines"] == ["majority", "logistic_regression"]
    assert settings(baselines=["nearest_neighbors"])["baselines"] == ["nearest_neighbors"]
    assert settings(baselines=[])["baselines"] == settings(baselines=None)["baselines"] == []
