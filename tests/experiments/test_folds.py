"""Cross-validation in the list of runs: names, preparations, and the allowed settings."""

import json

import pytest

from experiments import Experiment
from experiments.validation.settings import complete_split

SPLIT = {"folds": 3, "validation": 0}


def test_every_configuration_has_a_run_for_each_fold_and_seed(experiment):
    runs = experiment(split=SPLIT, seeds=2, sweep={"grid": {"training.l2": [0.1]}}).runs
    assert list(runs) == [f"l2=0.1__fold={fold}__seed={s}" for fold in range(3) for s in range(2)]
    assert {run.configuration for run in runs.values()} == {"l2=0.1"}
    assert [run.fold for run in runs.values()][::2] == [{"repeat": 0, "fold": f} for f in range(3)]


def test_repeats_add_runs_and_leave_the_others(experiment):
    once, twice = (experiment(split=SPLIT | {"repeats": n}) for n in (1, 2))
    assert list(twice.runs)[:3] == list(once.runs) == [f"fold={fold}__seed=0" for fold in range(3)]
    assert list(twice.runs)[3:] == [f"repeat=1__fold={fold}__seed=0" for fold in range(3)]
    for name, run in once.runs.items():
        assert (run.trained, run.prepared) == (twice.runs[name].trained, twice.runs[name].prepared)
    assert once.settings["split"] == experiment(split=SPLIT).settings["split"]


def test_every_fold_has_its_own_preparation_which_seeds_share(experiment, plan):
    small = experiment(split=SPLIT | {"repeats": 2}, seeds=3)
    assert len(small.prepared) == 6
    assert [key.rpartition("__")[0] for key in small.prepared] == [
        *(f"unit__fold={fold}" for fold in range(3)),
        *(f"unit__repeat=1__fold={fold}" for fold in range(3)),
    ]
    (last,) = [run for run in small.runs.values() if run.name == "repeat=1__fold=2__seed=0"]
    assert last.settings["split"] == {
        "validation": 1 / 3, "take": "stratified", "training": None, "seed": 0, "folds": 3, "repeat": 1,
        "fold": 2,
    }  # fmt: skip
    made = plan(split=SPLIT, refit={"preparation": "standardize"}).prepared
    assert sum("fold" in about["split"] for about in made.values()) == 3 and len(made) == 4


def test_the_final_network_is_a_refit_on_all_rows(experiment):
    sweep = {"grid": {"training.l2": [0.1, 0.2]}}
    for refit in (None, {}):
        small = experiment(split=SPLIT | {"repeats": 2}, seeds=2, sweep=sweep, refit=refit)
        assert small.settings["refit"] == {}
        assert [run.settings["training"]["l2"] for run in small.refits] == [0.1, 0.2]
        everything = {"validation": 0, "take": "stratified", "training": None, "seed": 0}
        assert all(run.settings["split"] == everything for run in small.refits)
    changed = experiment(split=SPLIT, refit={"training.epochs": 9})
    assert changed.refits[0].settings["training"]["epochs"] == 9


def test_a_program_makes_the_same_runs_from_the_plan_alone(experiment):
    small = experiment(split=SPLIT | {"repeats": 2}, seeds=2)
    again = Experiment("small", json.loads(json.dumps(small.planned)))
    assert {name: run.settings["split"] for name, run in again.runs.items()} == {
        name: run.settings["split"] for name, run in small.runs.items()
    }


@pytest.mark.parametrize("key", ["folds", "repeats"])
def test_null_overrides_a_split_of_another_file(experiment, key):
    plain = experiment(split={"validation": 20})
    assert experiment(split={"validation": 20, key: None}).settings == plain.settings
    assert "folds" not in plain.settings["split"] and "repeats" not in plain.settings["split"]
    (run,) = plain.runs.values()
    assert run.settings["split"] is plain.settings["split"] and run.fold == {}


def test_halving_and_patience_have_validation_rows(experiment):
    assert experiment(split=SPLIT, halving={"factor": 3, "min_epochs": 1}).rungs == [1]
    assert experiment(split=SPLIT, training={"epochs": 9, "patience": 2}).refits


FOUR = {"validation": 0.2, "take": "stratified", "training": None, "seed": 0, "folds": 4}


def test_own_data_has_folds_instead_of_its_default_split():
    """The default split of own data (a fifth, stratified) does not contradict folds."""
    settings = {"split": FOUR, "refit": None}
    assert complete_split("x", settings, {"folds": 4}, {"train_size": 150}) == {
        "split": FOUR | {"validation": 0.25, "repeats": 1},
        "refit": {},
    }


def test_data_with_a_validation_split_of_its_own_has_no_folds():
    settings = {"split": FOUR | {"validation": 30, "take": "last"}, "refit": None}
    with pytest.raises(ValueError, match="has a validation split of its own .30 examples"):
        complete_split("x", settings, {"folds": 4}, {"train_size": 150, "validation_size": 30})
