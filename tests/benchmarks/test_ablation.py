"""The printed table of the effect of each change in a sweep."""

import pytest

import select_best
from experiments.experiment import Experiment
from files.artifacts import write_json

MOVED = {"name": "shift", "pixels": 2}
SWEEP = [
    {"grid": {"training.learning_rate": [0.1, 0.2, 9.0]}},
    {"grid": {"training.augmentation": [[{**MOVED, "pixels": 3}], ["horizontal_flip", MOVED]]}},
    {"zip": {"preparation": [[{"name": "pca", "components": 9}]], "network.hidden": [[20, 10]]}},
]
SETTINGS = {
    "network": {"hidden": [10]},
    "training": {"learning_rate": 0.1, "epochs": 2, "iterations": None, "augmentation": [MOVED]},
    "preparation": [{"name": "pca", "components": 5}],
    "dataset": "any",
    "split": {"validation": 5},
    "seeds": 3,
    "sweep": SWEEP,
    "refit": None,
    "halving": None,
}


def measured(run, score):
    return {
        "name": run.name,
        "configuration": run.configuration,
        "seed": run.seed,
        "status": "completed" if score is not None else "diverged",
        "reason": None if score is not None else "the loss became nan",
        "validation_accuracy": score,
        "validation_loss": score and 1 - score,
        "training_accuracy": score,
        "training_loss": score and 1 - score,
        "validation_images": 100,
        "training_images": 100,
        "epochs": 2,
        "iterations": 4,
    }


@pytest.fixture
def table(table_of, tmp_path):
    """Rows of the program's table, by what differs; `score` gives that of a rate and a seed."""

    def rows(score):
        experiment = Experiment("any", SETTINGS)
        runs = {
            name: measured(run, score(run.change.get("training.learning_rate"), run.seed))
            for name, run in experiment.runs.items()
        }
        write_json(tmp_path / "selection.json", select_best.choose(experiment, runs, []))
        return table_of("ablation.py")

    return rows


def test_configurations_are_named_by_what_differs_from_the_first(table):
    found = table(lambda rate, seed: (0.6 if rate == 0.2 else 0.5) + 0.01 * seed)
    assert list(found)[0] == "learning_rate 0.2"  # the best
    assert set(found) == {
        "nothing",
        "learning_rate 0.2",
        "learning_rate 9.0",
        "pixels 3",
        "augmentation horizontal_flip, shift",
        "hidden 20-10, components 9",
    }
    assert found["nothing"] == ["51.0", "51.00 (48.52 to 53.48)", "", ""]
    # Welch: t = 0.1 / sqrt(2 * 0.01^2 / 3) = 12.25 of 4 degrees, p = 0.000255; Holm: times 5
    assert found["learning_rate 0.2"] == [
        "61.0",
        "61.00 (58.52 to 63.48)",
        "+10.00 (+7.73 to +12.27)",
        "0.0013",
    ]
    assert found["pixels 3"][3] == "1"


def test_failed_seeds_are_reported_and_ignored(table):
    found = table(lambda rate, seed: None if rate == 9 and seed == 1 else 0.5 + 0.01 * seed)
    assert found["learning_rate 9.0"] == [
        "51.0",
        "51.00 (50.00, 52.00), 1 of 3 failed",
        "+0.00",
        "",
    ]


def test_an_accuracy_stays_between_0_and_100_if_only_some_seeds_learn(table):
    found = table(lambda rate, seed: (0.1, 0.1, 0.9)[seed] if rate == 9 else 0.5 + 0.01 * seed)
    assert found["learning_rate 9.0"][1] == "36.67 (0.00 to 100.00)"


def test_a_configuration_that_failed_with_all_seeds_says_so(table):
    found = table(lambda rate, seed: None if rate == 9 else 0.5 + 0.01 * seed)
    assert found["learning_rate 9.0"] == ["", "3 failed", "", ""]


def test_without_the_first_configuration_there_are_no_differences(table):
    found = table(lambda rate, seed: None if rate == 0.1 else 0.5 + 0.01 * seed)
    assert found["nothing"] == ["", "3 failed", "", ""]
    assert found["learning_rate 0.2"] == ["51.0", "51.00 (48.52 to 53.48)", "", ""]


def test_a_missing_folder_is_reported_in_one_line(refusal_of, tmp_path):
    assert "nowhere" in refusal_of("ablation.py", tmp_path / "nowhere")
