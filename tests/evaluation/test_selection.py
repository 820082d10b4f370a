import json
import random

import pytest

from evaluation import SELECTABLE, mean_interval, score_intervals, select


def run(configuration, seed, accuracy, loss=1.0, status="completed", reason=None, **others):
    return {
        "name": f"{configuration},seed={seed}",
        "configuration": configuration,
        "seed": seed,
        "status": status,
        "reason": reason,
        "validation_accuracy": accuracy,
        "validation_loss": loss,
        "training_accuracy": 0.9,
        "training_loss": 0.1,
        **others,
    }


def diverged(configuration, seed):
    return run(configuration, seed, None, None, "diverged", "loss is nan at iteration 12")


def best_interval(runs: list[dict], metric: str = "accuracy"):
    selection = select(runs, metric=metric) | {"measured": runs}
    return next(score_intervals(selection))


STEADY = [run("a", 0, 0.50), run("a", 1, 0.54), run("a", 2, 0.52)]
LUCKY = [run("b", 0, 0.40), run("b", 1, 0.60), run("b", 2, 0.50)]


def test_the_mean_over_seeds_decides_not_the_luckiest_run():
    result = select(LUCKY + STEADY)
    assert result["best_configuration"] == "a"
    assert result["criterion"] == "validation_accuracy"
    best = result["configurations"][0]
    assert best["validation_accuracy"] == pytest.approx(0.52)
    interval = best_interval(LUCKY + STEADY)
    assert interval[:2] == pytest.approx(mean_interval([0.50, 0.54, 0.52]))
    assert result["notes"] == []


def test_the_best_run_is_the_first_seed():
    assert select(STEADY)["best_run"] == "a,seed=0"
    assert select(STEADY)["best_seed"] == 0


def test_configurations_are_ranked():
    runs = [run("low", 0, 0.1), run("high", 0, 0.9), run("middle", 0, 0.5)]
    ranked = [row["configuration"] for row in select(runs)["configurations"]]
    assert ranked == ["high", "middle", "low"]


def test_one_seed_has_no_interval():
    assert best_interval([run("a", 0, 0.5)]) is None


def test_ties_are_decided_by_loss_then_order():
    assert select([run("a", 0, 0.5, 0.9), run("b", 0, 0.5, 0.8)])["best_configuration"] == "b"
    assert select([run("a", 0, 0.5, 0.9), run("b", 0, 0.5, 0.9)])["best_configuration"] == "a"
    assert select([run("a", 0, 0.5, None), run("b", 0, 0.5, 9.0)])["best_configuration"] == "b"


def test_a_tie_does_not_depend_on_the_order_of_the_seeds():
    accuracies = [0.1, 0.2, 0.3]  # summed left to right, 0.1 + 0.2 + 0.3 > 0.3 + 0.2 + 0.1
    runs = [run("a", seed, value, 0.9) for seed, value in enumerate(accuracies)]
    runs += [run("b", seed, value, 0.8) for seed, value in enumerate(accuracies[::-1])]
    assert select(runs)["best_configuration"] == "b"


def test_failures_are_ignored_and_counted():
    result = select([*STEADY, diverged("c", 0), diverged("c", 1)])
    assert result["best_configuration"] == "a"
    assert result["runs"] == 5
    assert result["failures"][1] == {
        "run": "c,seed=1",
        "status": "diverged",
        "reason": "loss is nan at iteration 12",
    }
    assert result["notes"] == ["2 of 5 runs failed and were ignored."]
    last = result["configurations"][-1]
    assert (last["failed"], last["validation_accuracy"]) == (2, None)


def test_each_configuration_has_the_interval_of_its_survivors():
    runs = [*LUCKY, diverged("c", 0), run("b", 3, 0.65), *STEADY, run("a", 3, None)]
    first, second, last = score_intervals(select(runs) | {"measured": runs})
    assert first[:2] == pytest.approx(mean_interval([0.40, 0.60, 0.50, 0.65]))
    assert second[:2] == pytest.approx(mean_interval([0.50, 0.54, 0.52]))
    assert last is None


def test_incomplete_configurations_rank_after_complete_ones():
    fragile = [run("b", 0, 0.9), run("b", 1, 0.9), diverged("b", 2)]
    result = select([*fragile, *STEADY, diverged("c", 0)])
    assert [row["configuration"] for row in result["configurations"]] == ["a", "b", "c"]


def test_the_survivors_decide_if_no_configuration_is_complete():
    runs = [diverged("a", 0), run("a", 1, 0.9), run("b", 0, 0.3), diverged("b", 1)]
    result = select(runs)
    assert result["best_run"] == "a,seed=1"
    assert result["notes"][-1].startswith("No configuration completed all of its seeds")


def test_early_stopping_is_not_a_failure():
    assert select([run("a", 0, 0.5, status="stopped", reason="patience")])["failures"] == []


@pytest.mark.parametrize("accuracy", [float("nan"), None])
def test_a_completed_run_without_its_criterion_is_a_failure(accuracy):
    result = select([run("a", 0, accuracy), run("b", 0, 0.1)])
    assert result["best_configuration"] == "b"
    assert "validation_accuracy is" in result["failures"][0]["reason"]


def test_without_validation_the_training_accuracy_decides():
    runs = [
        run("a", 0, None, None, training_accuracy=0.5),
        run("b", 0, None, None, training_accuracy=0.98),
    ]
    result = select(runs)
    assert result["criterion"] == "training_accuracy"
    assert result["best_configuration"] == "b"
    assert result["notes"] == ["No validation split: selected by training accuracy."]


def test_a_failed_selection_names_the_reasons():
    runs = [diverged("a", seed) for seed in range(3)]
    runs += [run("b", 0, None, None, "crashed", "MemoryError")]
    result = select(runs)
    assert result["failed"].startswith("none of the 4 runs survived")
    assert "3 x diverged: loss is nan at iteration 12" in result["failed"]
    assert "1 x crashed: MemoryError" in result["failed"]


def test_without_survivors_the_result_is_otherwise_complete():
    result = select([diverged("a", 3), diverged("a", 4), diverged("b", 3)])
    assert (result["best_configuration"], result["best_run"], result["best_seed"]) == (
        "a",
        "a,seed=3",
        3,
    )
    assert [failure["run"] for failure in result["failures"]] == [
        "a,seed=3",
        "a,seed=4",
        "b,seed=3",
    ]
    for row, runs in zip(result["configurations"], (2, 1), strict=True):
        assert (row["failed"], len(row["runs"])) == (runs, runs)
        assert row["validation_accuracy"] is None


def test_a_survivor_is_enough_not_to_fail():
    assert select([diverged("a", 0), run("b", 0, 0.1)])["failed"] is None


def test_failure_of_all_runs_does_not_deny_a_validation_split():
    lost = run("a", 0, None, None, "diverged", training_accuracy=None, validation_images=40)
    result = select([lost])
    assert result["criterion"] == "validation_accuracy"
    assert not [note for note in result["notes"] if "No validation split" in note]


def test_the_result_is_strict_json_and_deterministic():
    runs = [*STEADY, diverged("c", 0), run("d", 0, 0.1, float("inf"))]
    first = json.dumps(select(runs), allow_nan=False)
    assert first == json.dumps(select([dict(r) for r in runs]), allow_nan=False)


def test_the_choice_does_not_depend_on_the_order_of_the_runs():
    rng = random.Random(0)
    runs = [run(f"c{i}", seed, rng.random(), rng.random()) for i in range(20) for seed in range(3)]
    expected = select(runs)["best_configuration"]
    for _ in range(5):
        rng.shuffle(runs)
        assert select(runs)["best_configuration"] == expected


# ---------------------------------------------------------------------- other metrics

BY_BALANCE = [
    run("a", 0, 0.9, 0.3, validation_balanced_accuracy=0.5, validation_macro_f1=0.47),
    run("b", 0, 0.8, 0.4, validation_balanced_accuracy=0.7, validation_macro_f1=0.6),
    run("c", 0, 0.7, 0.2, validation_balanced_accuracy=0.6, validation_macro_f1=0.65),
]


@pytest.mark.parametrize(
    ("metric", "ranked"),
    [("accuracy", "abc"), ("balanced_accuracy", "bca"), ("macro_f1", "cba"), ("loss", "cab")],
)
def test_the_metric_decides_in_its_own_direction(metric, ranked):
    result = select(BY_BALANCE, metric=metric)
    assert [row["configuration"] for row in result["configurations"]] == list(ranked)
    assert result["criterion"] == f"validation_{metric}"


def test_a_metric_without_a_direction_cannot_select():
    assert {"loss", "accuracy", "balanced_accuracy", "macro_f1"} <= set(SELECTABLE)
    assert not {"majority_rate", "classes_predicted"} & set(SELECTABLE)


def test_a_training_accuracy_has_no_interval_for_new_examples():
    runs = [
        run("a", k, None, training_accuracy=x, training_images=100) | {"validation_images": None}
        for k, x in enumerate([0.9, 0.92, 0.94])
    ]
    interval = best_interval(runs)
    assert interval.over == "trainings"
    assert interval[:2] == pytest.approx(mean_interval([0.9, 0.92, 0.94]))


def test_intervals_of_other_metrics_stay_within_their_range():
    values = [0.5, 0.7, 0.6]
    runs = [run("a", k, 0.9, validation_balanced_accuracy=x) for k, x in enumerate(values)]
    interval = best_interval(runs, "balanced_accuracy")
    assert interval[:2] == pytest.approx(mean_interval(values))
    assert interval.over == "trainings"
    runs = [
        run("a", k, 0.9, validation_balanced_accuracy=x) for k, x in enumerate([0.97, 1.0, 0.99])
    ]
    low, high, _ = best_interval(runs, "balanced_accuracy")
    assert 0.9 < low < 1.0 and high == 1.0
    runs = [run("a", k, 0.9, validation_balanced_accuracy=1.0) for k in range(3)]
    assert best_interval(runs, "balanced_accuracy") is None
    assert best_interval(runs[:2], "balanced_accuracy") is None


def test_a_run_without_the_metric_fails():
    result = select([*BY_BALANCE, run("d", 0, 1.0)], metric="macro_f1")
    assert result["failures"][0]["reason"] == "validation_macro_f1 is None"


def test_without_a_validation_split_the_note_names_the_metric():
    lost = {"validation_accuracy": None, "validation_loss": None}
    runs = [{**each, **lost, "training_balanced_accuracy": 0.5} for each in BY_BALANCE]
    result = select(runs, metric="balanced_accuracy")
    assert result["criterion"] == "training_balanced_accuracy"
    assert result["notes"] == ["No validation split: selected by training balanced accuracy."]


def test_only_the_best_configuration_gets_a_warning():
    rates = {"validation_majority_rate": 0.88, "validation_balanced_accuracy": 0.5}
    same, good = ({**rates, "validation_classes_predicted": count} for count in (1, 2))
    runs = [run("a", 0, 0.88, **same), run("b", 0, 0.93, **good)]
    assert select(runs)["cautions"] == []
    assert select(runs[:1])["cautions"][0] == "the network predicts one class only"
