"""runs.csv and histories.csv: tidy tables of all that was trained."""

import csv

import pytest

import collect
from files.artifacts import read_csv, write_json
from files.columns import RUN_METRICS, RUN_NAMES
from files.models import load_model
from nn import HISTORY_COLUMNS


def table(path) -> list[list[str]]:
    with open(path, newline="") as file:
        return list(csv.reader(file))


def test_a_run_has_a_row_with_its_names_swept_values_and_metrics(finished):
    swept = finished("swept")
    rows = swept.read("runs.csv")
    varied = ["network.hidden", "training.learning_rate"]
    assert list(rows[0]) == [*RUN_NAMES, *varied, *RUN_METRICS]
    assert [row["run"] for row in rows] == list(swept.experiment.runs)
    for row in rows:
        run = swept.experiment.run(row["run"])
        assert (row["configuration"], row["seed"]) == (run.configuration, str(run.seed))
        metrics = swept.metrics(row["run"])
        for name in RUN_METRICS:
            if name != "guarded_total_loss":
                assert row[name] == ("" if metrics[name] is None else str(metrics[name]))


def test_swept_values_are_written_so_that_they_can_be_read_back(finished):
    rows = finished("swept").read("runs.csv")
    assert [row["network.hidden"] for row in rows[::4]] == ["[4]", "[8]", "[8, 4]"]
    assert [row["training.learning_rate"] for row in rows[:3]] == ["0.1", "0.1", "1e+30"]


def test_a_run_that_failed_has_its_reason_and_no_scores(finished):
    rows = [row for row in finished("swept").read("runs.csv") if row["status"] == "diverged"]
    assert len(rows) == 6
    for row in rows:
        assert row["reason"].startswith("the loss became")
        assert row["validation_accuracy"] == row["training_loss"] == ""


def test_histories_are_those_of_the_models_in_order(finished):
    swept = finished("swept")
    rows = swept.read("histories.csv")
    assert list(rows[0]) == [*RUN_NAMES, *HISTORY_COLUMNS]
    assert list(dict.fromkeys(row["run"] for row in rows)) == [
        run.name for run in swept.experiment.runs.values() if "1e+30" not in run.name
    ]
    for name in {row["run"] for row in rows}:
        history = load_model(swept.folder / f"runs/{name}/model.npz").history
        assert history.shape == (3, len(HISTORY_COLUMNS))
        found = [[float(row[c]) for c in HISTORY_COLUMNS] for row in rows if row["run"] == name]
        assert found == history.tolist()  # every digit
    assert [row["epoch"] for row in rows[:3]] == ["1", "2", "3"]


def test_without_a_validation_split_its_columns_are_empty(finished):
    points = finished("points")
    (run,) = points.read("runs.csv")
    assert run["validation_accuracy"] == "" and run["validation_images"] == "0"
    assert {row["validation_loss"] for row in points.read("histories.csv")} == {""}
    assert all(float(row["training_accuracy"]) > 0 for row in points.read("histories.csv"))


def test_a_run_that_halving_dropped_has_the_numbers_of_its_last_rung(finished):
    rows = {row["run"]: row for row in finished("halved").read("runs.csv")}
    by_status = {}
    for name, row in rows.items():
        by_status.setdefault(row["status"], {})[name] = row["epochs"]
    assert by_status.keys() == {"completed", "dropped", "diverged"}
    assert list(by_status["completed"].values()) == ["3"]
    assert sorted(by_status["dropped"].values()) == ["1", "2"]
    assert by_status["dropped"]["learning_rate=1e-06__seed=0"] == "1"
    assert by_status["diverged"].keys() == {"learning_rate=1e+30__seed=0"}


def test_a_history_ends_when_halving_dropped_the_run(finished):
    halved = finished("halved")
    last = {row["run"]: row["epoch"] for row in halved.read("histories.csv")}
    runs = {row["run"]: row["epochs"] for row in halved.read("runs.csv")}
    assert last == {name: epochs for name, epochs in runs.items() if "1e+30" not in name}


def test_without_survivors_there_are_rows_but_no_history(finished):
    lost = finished("lost")
    assert [row["status"] for row in lost.read("runs.csv")] == ["diverged"] * 2
    assert table(lost.folder / "histories.csv") == [[*RUN_NAMES, *HISTORY_COLUMNS]]


def test_the_total_of_a_training_with_single_images_is_the_guarded_one():
    row = {"name": "a", "status": "completed", "values": {}, "online_loss": {"guarded": 2.5}}
    assert collect.row_of(row)["guarded_total_loss"] == 2.5
    assert collect.row_of({**row, "online_loss": {}})["guarded_total_loss"] is None


@pytest.mark.parametrize(
    ("value", "cell"),
    [
        (0.1, 0.1),
        (3, 3),
        ("adam", "adam"),
        (True, "true"),
        (None, "null"),
        ([1, 2], "[1, 2]"),
        ({"name": "adam", "beta1": 0.8}, '{"name": "adam", "beta1": 0.8}'),
    ],
)
def test_other_values_are_written_as_json(value, cell):
    assert collect.as_cell(value) == cell


def test_the_same_runs_give_the_same_bytes(built):
    swept = built("swept")
    before = [(swept.folder / name).read_bytes() for name in ("runs.csv", "histories.csv")]
    swept.collect()
    assert [(swept.folder / name).read_bytes() for name in ("runs.csv", "histories.csv")] == before


def test_a_reason_with_a_comma_or_a_line_break_stays_in_its_cell(built):
    lost = built("lost")
    selection = lost.read("selection.json")
    selection["measured"][0]["reason"] = 'first, "second"\nthird'
    write_json(lost.folder / "selection.json", selection)
    lost.collect()
    assert read_csv(lost.folder / "runs.csv")[0]["reason"] == 'first, "second"\nthird'
