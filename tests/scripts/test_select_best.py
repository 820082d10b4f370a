"""promote and select_best: which runs continue, which configuration wins, and the notes on the others."""

import json

import pytest

import promote
import select_best
from evaluation import MEANS
from experiments import Experiment
from files.artifacts import read_json, write_json
from files.models import load_model


@pytest.fixture
def halved(small_plan):
    """Four configurations, one seed each; halving after epochs 1 and 2."""
    return small_plan.experiments["halved"]


NAMES = [f"learning_rate={rate}__seed=0" for rate in ("0.1", "0.2", "1e-06", "1e+30")]


def metrics(name, score, epochs, status="paused"):
    return {
        "name": name,
        "configuration": name.removesuffix("__seed=0"),
        "seed": 0,
        "status": status,
        "reason": None if score is not None else "the loss became nan",
        "epochs": epochs,
        "validation_accuracy": score,
        "validation_loss": score and 1 - score,
        "training_accuracy": score,
        "training_loss": score and 1 - score,
        "validation_images": 40,
        "training_images": 200,
    }


def rung(epochs, scores, kept):
    """promoted.json of a rung with these scores by run, None for a diverged run."""
    statuses = {True: "paused", False: "diverged"}
    found = {
        name: metrics(name, score, epochs, statuses[score is not None])
        for name, score in scores.items()
    }
    failures = [
        {"run": name, "status": "diverged", "reason": "the loss became nan"}
        for name, score in scores.items()
        if score is None
    ]
    return {"epochs": epochs, "runs": kept, "failures": failures, "metrics": found}


def test_the_best_run_trained_to_the_end_is_chosen(halved):
    first = rung(1, dict(zip(NAMES, (0.5, 0.6, 0.9, None), strict=True)), NAMES[1:3])
    second = rung(2, {NAMES[1]: 0.7, NAMES[2]: 0.95}, [NAMES[1]])
    end = {NAMES[1]: metrics(NAMES[1], 0.8, 3, "completed")}
    selection = select_best.choose(halved, end, [first, second])
    assert selection["best_run"] == NAMES[1]  # 0.95 after 2 epochs is no score of the end
    assert selection["failed"] is None
    assert [row["configuration"] for row in selection["configurations"]] == ["learning_rate=0.2"]
    assert selection["configurations"][0]["scores"] == [0.8]
    assert selection["configurations"][0]["values"] == {"training.learning_rate": 0.2}
    assert selection["runs"] == 4
    assert [failure["run"] for failure in selection["failures"]] == [NAMES[3]]


def test_every_run_has_the_numbers_of_its_last_rung(halved):
    first = rung(1, dict(zip(NAMES, (0.5, 0.6, 0.9, None), strict=True)), NAMES[1:3])
    second = rung(2, {NAMES[1]: 0.7, NAMES[2]: 0.95}, [NAMES[1]])
    end = {NAMES[1]: metrics(NAMES[1], 0.8, 3, "completed")}
    measured = select_best.choose(halved, end, [first, second])["measured"]
    assert [row["name"] for row in measured] == NAMES
    assert [row["rung"] for row in measured] == [0, None, 1, 0]
    assert [row["validation_accuracy"] for row in measured] == [0.5, 0.8, 0.95, None]
    rates = [row["values"]["training.learning_rate"] for row in measured]
    assert rates == [0.1, 0.2, 1e-6, 1e30]


NOBODY = {"epochs": 0, "runs": [], "configurations": [], "failures": [], "metrics": {}}


def test_failures_of_all_runs_in_the_first_rung_are_reported(halved):
    first = rung(1, dict.fromkeys(NAMES), [])
    selection = select_best.choose(halved, {}, [first, NOBODY])
    assert selection["failed"].startswith("none of the 4 runs survived")
    assert "4 x diverged: the loss became nan" in selection["failed"]
    assert selection["best_run"] == NAMES[0]
    assert [row["rung"] for row in selection["measured"]] == [0, 0, 0, 0]
    assert [failure["run"] for failure in selection["failures"]] == NAMES  # each once
    assert selection["runs"] == 4


def test_if_all_promoted_runs_failed_earlier_rungs_do_not_count(halved):
    """A score after one epoch is not compared with that of a whole training."""
    first = rung(1, dict(zip(NAMES, (0.5, 0.6, 0.9, None), strict=True)), NAMES[1:3])
    second = rung(2, dict.fromkeys(NAMES[1:3]), [])
    selection = select_best.choose(halved, {}, [first, second])
    assert selection["failed"].startswith("none of the 2 runs survived")
    assert selection["best_run"] == NAMES[1]
    assert sorted(f["run"] for f in selection["failures"]) == sorted(NAMES[1:])
    assert [row["rung"] for row in selection["measured"]] == [0, 1, 1, 0]


def test_the_best_half_of_the_configurations_continues(finished):
    halved = finished("halved")
    first, second = (halved.read(f"rungs/{rung}/promoted.json") for rung in (0, 1))
    assert sorted(first["runs"]) == NAMES[:2]
    assert [failure["run"] for failure in first["failures"]] == [NAMES[3]]
    assert first["metrics"].keys() == set(NAMES) and second["metrics"].keys() == set(NAMES[:2])
    assert (first["epochs"], second["epochs"]) == (1, 2)
    assert second["runs"] == [halved.read("selection.json")["best_run"]]


def test_without_survivors_no_rung_promotes_anything(finished):
    lost = finished("lost_halved")
    first, second = (lost.read(f"rungs/{rung}/promoted.json") for rung in (0, 1))
    assert first["runs"] == second["runs"] == []
    assert len(first["failures"]) == 4 and first["metrics"].keys() == set(lost.experiment.runs)
    assert second == NOBODY
    assert lost.read("selection.json")["failed"].startswith("none of the 4 runs survived")
    assert not (lost.folder / "bundles").exists()


def test_a_configuration_continues_without_its_failed_seed(built):
    """One of two configurations survives, with one of its two seeds."""
    lost = built("lost_halved")
    folder, survivor = lost.folder / "rungs/0", "learning_rate=1e+31__seed=1"
    path = lost.bundle(0).with_suffix(".json")
    metrics = read_json(path)
    row = metrics[survivor]
    row |= {"status": "paused", "reason": None, "epochs": 1, "validation_accuracy": 0.5}
    write_json(path, metrics)
    lost.choose(promote, folder, folder / "promoted.json")
    promoted = lost.read("rungs/0/promoted.json")
    assert promoted["runs"] == [survivor]
    assert promoted["configurations"][0] == {
        "configuration": "learning_rate=1e+31",
        "failed": 1,
        "validation_accuracy": 0.5,
    }


def scored(rate, seed, score, epochs=1):
    name = f"learning_rate={rate}__seed={seed}"
    ended = "diverged" if score is None else "paused"
    row = metrics(name, score, epochs, ended)
    return name, dict.fromkeys(MEANS) | row | {
        "seed": seed,
        "configuration": f"learning_rate={rate}",
    }


# Two configurations of two seeds: of the better one a seed diverged in the first rung.
FIRST = dict([scored("1e+30", 0, 0.9), scored("1e+30", 1, None), scored("1e+31", 0, 0.2),
              scored("1e+31", 1, 0.1)])  # fmt: skip


def first_rung(kept):
    lost = {"run": "learning_rate=1e+30__seed=1", "status": "diverged", "reason": "it is nan"}
    return {"epochs": 1, "runs": kept, "failures": [lost], "metrics": FIRST}


def test_a_seed_that_failed_in_a_rung_counts_at_the_end(small_plan):
    """What survived of a configuration is no better than a complete one, as without halving."""
    experiment = small_plan.experiments["lost_halved"]
    end = dict(
        [scored("1e+30", 0, 0.95, 3), scored("1e+31", 0, 0.3, 3), scored("1e+31", 1, 0.2, 3)]
    )
    selection = select_best.choose(experiment, end, [first_rung(list(end))])
    rows = selection["configurations"]
    assert [(row["configuration"], row["failed"]) for row in rows] == [
        ("learning_rate=1e+31", 0),
        ("learning_rate=1e+30", 1),
    ]
    assert selection["best_run"] == "learning_rate=1e+31__seed=0"
    assert rows[1]["scores"] == [0.95, None] and rows[0]["scores"] == [0.3, 0.2]
    assert rows[1]["runs"] == [f"learning_rate=1e+30__seed={seed}" for seed in (0, 1)]
    assert [failure["run"] for failure in selection["failures"]] == ["learning_rate=1e+30__seed=1"]
    assert selection["notes"] == ["1 of 4 runs failed and were ignored."]
    whole = select_best.choose(experiment, FIRST | end, [])
    assert [row["configuration"] for row in whole["configurations"]] == [
        row["configuration"] for row in rows
    ]


def test_the_choice_says_that_seeds_failed_in_earlier_rungs(small_plan):
    experiment = small_plan.experiments["lost_halved"]
    end = dict([scored("1e+30", 0, 0.95, 3)])
    selection = select_best.choose(experiment, end, [first_rung(list(end))])
    assert selection["configurations"][0]["failed"] == 1
    assert selection["notes"] == [
        "1 of 4 runs failed and were ignored.",
        "No configuration completed all of its seeds: ranked by the seeds that survived.",
    ]


@pytest.mark.parametrize("complete", [True, False])
def test_a_seed_that_failed_in_a_rung_counts_in_the_next_ones(
    small_plan, tmp_path, run_program, complete
):
    """Only the complete one of the two configurations continues after the second rung."""
    experiment = small_plan.experiments["lost_halved"]
    rows = [scored("1e+30", 0, 0.95, 2), scored("1e+31", 0, 0.3, 2)]
    rows.append(scored("1e+31", 1, 0.2 if complete else None, 2))
    write_json(tmp_path / "before.json", first_rung([name for name, _ in rows]))
    write_json(tmp_path / "rung/bundle=.0123456789.json", dict(rows))
    run_program(promote, "--experiment", "x", "--settings", json.dumps(experiment.planned),
                "--before", tmp_path / "before.json",
                "--metrics", tmp_path / "rung/bundle=.0123456789.json",
                "--output", tmp_path / "promoted.json")  # fmt: skip
    promoted = read_json(tmp_path / "promoted.json")
    best = ["1e+31", "1e+30"] if complete else ["1e+30", "1e+31"]
    assert [(row["configuration"], row["failed"]) for row in promoted["configurations"]] == [
        (f"learning_rate={best[0]}", 0 if complete else 1),
        (f"learning_rate={best[1]}", 1),
    ]
    seeds = (0, 1) if complete else (0,)
    assert promoted["runs"] == [f"learning_rate={best[0]}__seed={seed}" for seed in seeds]
    again = [] if complete else ["learning_rate=1e+31__seed=1"]
    assert [failure["run"] for failure in promoted["failures"]] == again  # each in its rung


@pytest.fixture
def patient(small_plan):
    """patient(refit, training): two seeds of an experiment whose trainings stop early."""

    def make(refit, **training):
        plain = small_plan.experiments["plain"]
        training = {**plain.settings["training"], "epochs": 20, "patience": 3, **training}
        return Experiment("x", plain.settings | {"refit": refit, "training": training, "seeds": 3})

    return make


def stopped(bests, **changes):
    """Metrics of three seeds that were at their best after these epochs, of 7 iterations each."""
    rows = {}
    for seed, best in enumerate(bests):
        row = metrics(f"seed={seed}", 0.5, 13, "stopped") | {"seed": seed, "configuration": ""}
        rows[f"seed={seed}"] = row | {"best": best and {"epochs": best, "iterations": 7 * best}}
    for seed, status in changes.items():
        rows[f"seed={seed[1:]}"] |= {"status": status, "validation_accuracy": None}
    return rows


@pytest.mark.parametrize(
    ("bests", "changes", "epochs"),
    [
        ((8, 11, 12), {}, 10),  # 31 / 3 = 10.33
        ((8, 11, 13), {}, 11),  # 32 / 3 = 10.67
        ((1, 1, 1), {}, 1),
        ((8, 13, 99), {"s2": "diverged"}, 11),  # 10.5, rounded up
    ],
)
def test_a_refit_is_as_long_as_the_seeds_best_on_average(patient, bests, changes, epochs):
    rows = stopped(bests, **changes)
    settings = select_best.choose(patient({}), rows, [])["settings"]
    assert settings["ends_after"] == {"epochs": epochs}
    refit = patient({}).refit(settings, 5)
    assert refit.trained["ends_after"] == {"epochs": epochs}
    assert refit.trained["training"] == {**patient({}).settings["training"], "patience": None}


def test_a_refit_counts_iterations_if_the_config_does(patient):
    by_iterations = patient({}, epochs=None, iterations=140)
    settings = select_best.choose(by_iterations, stopped((8, 11, 13)), [])["settings"]
    assert settings["ends_after"] == {"iterations": 75}  # 7 * 32 / 3 = 74.67


@pytest.mark.parametrize(
    ("refit", "training"),
    [
        (None, {}),
        ({"training.epochs": 5}, {}),
        ({"training.iterations": 5}, {}),
        ({}, {"patience": None}),
    ],
)
def test_a_refit_of_a_given_length_has_that_length(patient, refit, training):
    experiment = patient(refit, **training)
    settings = select_best.choose(experiment, stopped((8, 11, 12)), [])["settings"]
    assert settings.keys() == {"split", "network", "training", "preparation", "seed"}
    if refit is not None:
        assert experiment.refit(settings, 0).trained.keys() == settings.keys() - {"split"}


def test_a_sweep_with_some_survivors_is_not_a_failure(finished):
    selection = finished("swept").read("selection.json")
    assert selection["failed"] is None
    assert len(selection["failures"]) == 6
    last = selection["configurations"][-1]
    assert last["values"]["training.learning_rate"] == 1e30 and last["scores"] == [None, None]


def test_the_settings_are_those_of_the_best_run(finished):
    swept = finished("swept")
    selection = swept.read("selection.json")
    best = swept.experiment.run(selection["best_run"])
    assert selection["settings"] == {"split": best.settings["split"], **best.trained}
    assert selection["dataset"] == "digits"
    model = load_model(swept.folder / f"final/seed={best.seed}/model.npz")
    assert model.config["network"]["hidden"] == best.settings["network"]["hidden"]


def test_the_same_metrics_give_the_same_bytes(built):
    swept = built("swept")
    before = (swept.folder / "selection.json").read_bytes()
    swept.choose(select_best, swept.folder / "bundles", swept.folder / "selection.json")
    assert (swept.folder / "selection.json").read_bytes() == before


@pytest.mark.parametrize(
    ("metric", "kept"),
    [("accuracy", NAMES[2:]), ("balanced_accuracy", NAMES[:2]), ("loss", [NAMES[1], NAMES[3]])],
)
def test_a_rung_promotes_by_the_metric_of_the_experiment(built, monkeypatch, metric, kept):
    halved = built("halved")
    values = {
        "accuracy": (0.1, 0.2, 0.3, 0.4),
        "balanced_accuracy": (0.4, 0.3, 0.2, 0.1),
        "loss": (2.0, 0.5, 2.0, 1.0),
    }
    measured = {name: halved.metrics(NAMES[0], rung=0) for name in NAMES}
    for number, name in enumerate(NAMES):
        scores = {f"validation_{key}": each[number] for key, each in values.items()}
        measured[name] = measured[name] | {"status": "paused", "reason": None} | scores
    folder = halved.folder / "rungs/0"
    write_json(halved.bundle(0).with_suffix(".json"), measured)
    monkeypatch.setitem(halved.experiment.settings, "selection", {"metric": metric})
    halved.choose(promote, folder, folder / "promoted.json")
    promoted = read_json(folder / "promoted.json")
    assert set(promoted["runs"]) == set(kept)
    assert f"validation_{metric}" in promoted["configurations"][0]


def test_the_program_selects_by_the_metric_and_prints_the_scores(built, monkeypatch, capsys):
    swept = built("swept")
    monkeypatch.setitem(swept.experiment.settings, "selection", {"metric": "loss"})
    swept.choose(select_best, swept.folder / "bundles", swept.folder / "selection.json")
    selection = swept.read("selection.json")
    losses = [row["validation_loss"] for row in selection["configurations"]]
    done = [loss for loss in losses if loss is not None]
    assert selection["criterion"] == "validation_loss" and done == sorted(done) and len(done) == 3
    assert selection["configurations"][0]["scores"] == [
        row["validation_loss"]
        for row in selection["measured"]
        if row["configuration"] == selection["best_configuration"]
    ]
    said = capsys.readouterr().out
    assert f"selected by validation loss: {selection['best_run']}\n" in said
    assert "validation accuracy " in said and "majority rate " in said
