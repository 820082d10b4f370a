"""Cross-validation by the workflow: of the digits, with halving, and of a table of one's own."""

import csv
import json
from functools import partial
from pathlib import Path

import numpy as np
import pytest
from harness import TABLES, Project, small
from scipy import stats
from sklearn.datasets import load_iris

from evaluation import score_intervals
from files.artifacts import load_arrays, read_csv, read_json
from files.models import load_model

CURVES = "results/experiments/tiny/figures/learning_curves.png"
# Without a test no other file needs the model.
MORE = (CURVES, "results/experiments/table/final/seed=0/model.npz")


def cross_validate(config: dict, table: Path) -> None:
    """A sweep over three folds, one over two by halving, and a table over five, drawn twice."""
    small(config)
    tiny = config["experiments"]["tiny"]
    tiny["split"] = {"folds": 3}
    tiny["training"] |= {"epochs": 2}
    del tiny["refit"]
    halved = tiny | {"halving": {"factor": 2, "min_epochs": 1}, "split": {"folds": 2}}
    halved["baselines"] = ["linear_svc_scores"]
    halved["sweep"] = {"grid": {"training.learning_rate": [1.0e20, 0.1, 0.2]}}
    flowers = {"dataset": "flowers", "split": {"folds": 5, "repeats": 2}, "seeds": 2}
    flowers["training"] = {"epochs": 3}
    config["datasets"]["flowers"] = {"format": "csv", "path": str(table), "label": "kind"}
    config["experiments"] = {"tiny": tiny, "halved": halved, "table": flowers}
    config["targets"] = list(config["experiments"])
    config["bundle_seconds"] = 10
    iris = load_iris()
    with open(table, "w", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(["a", "b", "c", "d", "kind"])
        rows.writerows(
            [*x, iris.target_names[y]] for x, y in zip(iris.data, iris.target, strict=True)
        )


@pytest.fixture(scope="module")
def finished(build_once, tmp_path_factory) -> Project:
    """Instead of the usual finished project."""
    table = tmp_path_factory.mktemp("table") / "flowers.csv"
    change = partial(cross_validate, table=table)
    return build_once("cross_validation", change, TABLES, *MORE)


def divided(project: Project, dataset: str, folds: int, repeat: int) -> list[dict[str, np.ndarray]]:
    """Return the prepared rows of each fold."""
    files = sorted(project.folder.glob(f"results/datasets/{dataset}/*/prepared/*.npz"))
    splits = [load_arrays(file, "training", "validation", "settings") for file in files]
    about = [json.loads(str(split.pop("settings")))["split"] for split in splits]
    wanted = [split.get("folds") == folds and split["repeat"] == repeat for split in about]
    return [split for split, of_these in zip(splits, wanted, strict=True) if of_these]


@pytest.mark.parametrize(
    ("name", "dataset", "rows", "folds", "repeats", "seeds"),
    [("tiny", "digits", 1437, 3, 1, 1), ("table", "flowers", 150, 5, 2, 2)],
)
def test_the_mean_over_folds_decides_and_the_final_network_has_all_rows(
    finished, name, dataset, rows, folds, repeats, seeds
):
    folder = finished.folder / f"results/experiments/{name}"
    for repeat in range(repeats):
        splits = divided(finished, dataset, folds, repeat)
        found = np.concatenate([split["validation"] for split in splits])
        assert sorted(found) == list(range(rows)) and len(splits) == folds
        assert all(len(s["training"]) + len(s["validation"]) == rows for s in splits)
    selection, runs = read_json(folder / "selection.json"), read_csv(folder / "runs.csv")
    best = selection["configurations"][0]
    chosen = [row for row in runs if row["configuration"] == best["configuration"]]
    assert len(chosen) == folds * repeats * seeds
    scores = {}
    for row in chosen:
        place = int(row["repeat"]), int(row["fold"])
        scores.setdefault(place, []).append(float(row["validation_accuracy"]))
    assert {len(of_fold) for of_fold in scores.values()} == {seeds}
    means = [np.mean(of_fold) for of_fold in scores.values()]
    assert best["validation_accuracy"] == pytest.approx(np.mean(means))
    error = np.std(means, ddof=1) * (1 / len(means) + 1 / (folds - 1)) ** 0.5
    ends = np.clip(stats.t.interval(0.95, len(means) - 1, np.mean(means), error), 0, 1)
    interval = next(score_intervals(selection))
    assert interval[:2] == pytest.approx(ends) and interval.over == "folds"
    for configuration in selection["configurations"]:
        assert configuration["validation_accuracy"] <= best["validation_accuracy"]
    histories = read_csv(folder / "histories.csv")
    assert {(row["run"], row["repeat"], row["fold"]) for row in histories} == {
        (row["run"], row["repeat"], row["fold"]) for row in runs
    }
    finals = sorted(folder.glob("final/*/model.npz"))
    assert [path.parent.name for path in finals] == [f"seed={seed}" for seed in range(seeds)]
    for path in finals:
        model = load_model(path)
        size = model.config["training"]["batch_size"]
        assert model.config["iterations"] == model.config["epochs"] * -(-rows // size)
        assert "folds" not in model.made["split"] and model.made["split"]["validation"] == 0


def test_with_halving_a_fold_that_diverged_counts(finished):
    folder = finished.folder / "results/experiments/halved"
    selection = read_json(folder / "selection.json")
    promoted = read_json(folder / "rungs/0/promoted.json")
    assert (promoted["epochs"], len(promoted["runs"])) == (1, 4)
    assert [row["failed"] for row in selection["configurations"]] == [0, 0]
    (baseline,) = read_json(folder / "test.json")["baselines"].values()  # of the scores of a fold
    assert 0.1 < baseline["test_accuracy"] < 1
    assert {failure["run"] for failure in selection["failures"]} == {
        f"learning_rate=1e+20__fold={fold}__seed=0" for fold in range(2)
    }


def test_the_summary_names_the_folds_and_a_learning_curve_each_run(finished):
    rows = {row["experiment"]: row for row in read_csv(finished.folder / "results/summary.csv")}
    assert (
        rows["tiny"]["validation_accuracy_over"]
        == rows["table"]["validation_accuracy_over"]
        == "folds"
    )
    assert rows["halved"]["validation_accuracy_over"] == "examples"  # of two folds
    assert rows["table"]["runs"] == "20" and rows["table"]["best_run"] == "fold=0__seed=0"
    assert "means over the seeds and folds" in (finished.folder / "results/summary.md").read_text()
    every = read_csv(finished.folder / "results/runs.csv")
    assert {row["fold"] for row in every if row["experiment"] == "table"} == set("01234")
    assert (finished.folder / CURVES).stat().st_size > 10_000


def test_another_repeat_trains_only_its_own_runs(built):
    built.edit(lambda config: config.update(bundle_seconds=1e-9))
    before = {job for job in built.jobs("--dry-run", TABLES) if job.startswith("train table")}
    built.edit(lambda c: c["experiments"]["table"]["split"].update(repeats=3))
    after = {job for job in built.jobs("--dry-run", TABLES) if job.startswith("train table")}
    assert after - before == {
        f"train table repeat=2__fold={fold}__seed={seed}" for fold in range(5) for seed in range(2)
    }
