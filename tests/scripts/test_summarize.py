"""runs.csv: one row for each run, every swept value a column."""

import csv
import json
import sys

import pytest

import summarize
from artifacts import write_json


def row(configuration, values, *runs):
    means = {"training_accuracy": 1.0, "validation_accuracy": 0.9}
    return {"configuration": configuration, "values": values, "runs": list(runs), **means}


def make(folder, configurations, metrics, **selection):
    settings = {"configurations": configurations, "failures": [], "runs": 1, "best_run": "x"}
    write_json(folder / "selection.json", {**settings, **selection})
    for place, numbers in metrics.items():
        blank = dict.fromkeys(summarize.RUN_METRICS)
        write_json(folder / place / "metrics.json", {**blank, "status": "completed", **numbers})


@pytest.fixture
def rows(tmp_path, monkeypatch):
    """The rows of runs.csv, of all experiments made in a folder, as dictionaries of strings."""

    def read(*names):
        presented = {"dataset": "digits", "description": "", "published": None}
        outputs = {flag: tmp_path / flag for flag in ("csv", "markdown", "html", "runs")}
        flags = [part for flag, path in outputs.items() for part in (f"--{flag}", str(path))]
        experiments = json.dumps(dict.fromkeys(names, presented))
        folder = ["--experiments-folder", str(tmp_path / "experiments")]
        monkeypatch.setattr(
            sys, "argv", ["summarize.py", "--experiments", experiments, *folder, *flags]
        )
        summarize.main()
        with open(outputs["runs"], newline="") as file:
            return list(csv.DictReader(file))

    return read


def test_every_swept_value_is_a_column_and_empty_where_it_does_not_vary(rows, tmp_path):
    a, b = tmp_path / "experiments/a", tmp_path / "experiments/b"
    first = {"training.learning_rate": 0.1, "network.hidden": [64, 32]}
    second = {"training.learning_rate": 1e-05, "network.hidden": []}
    numbers = {"seed": 0, "epochs": 3, "iterations": 9, "validation_accuracy": 0.1 + 0.2}
    failure = {"seed": 0, "status": "diverged", "reason": "the loss is nan, after 2 epochs"}
    make(
        a,
        [row("one", first, "one,seed=0"), row("two", second, "two,seed=0")],
        {"runs/one,seed=0": numbers, "runs/two,seed=0": failure},
    )
    make(b, [row("", {"training.clip_norm": None}, "seed=7")], {"runs/seed=7": {"seed": 7}})
    table = rows("a", "b", "absent")
    assert list(table[0]) == [
        "experiment", "run", "configuration",
        "network.hidden", "training.learning_rate", "training.clip_norm",
        "seed", "epochs", "iterations", "training_loss", "training_accuracy",
        "validation_loss", "validation_accuracy", "status", "reason",
    ]  # fmt: skip
    assert [r["run"] for r in table] == ["one,seed=0", "two,seed=0", "seed=7"]
    assert [r["network.hidden"] for r in table] == ["[64, 32]", "[]", ""]
    assert [r["training.learning_rate"] for r in table] == ["0.1", "1e-05", ""]
    assert [r["training.clip_norm"] for r in table] == ["", "", "null"]
    assert float(table[0]["validation_accuracy"]) == 0.1 + 0.2
    assert table[1]["status"] == "diverged"
    assert table[1]["reason"] == "the loss is nan, after 2 epochs"
    assert table[1]["validation_accuracy"] == ""


def test_a_run_that_halving_dropped_has_a_row_with_the_numbers_of_its_last_rung(rows, tmp_path):
    dropped = {"run": "b,seed=0", "configuration": "b", "rung": 1, "values": {"training.l2": 0.2}}
    make(
        tmp_path / "experiments/a",
        [row("a", {"training.l2": 0.1}, "a,seed=0")],
        {
            "runs/a,seed=0": {"epochs": 9},
            "rungs/0/b,seed=0": {"epochs": 1, "status": "paused"},
            "rungs/1/b,seed=0": {"epochs": 3, "status": "paused"},
        },
        halving={"dropped": [dropped]},
    )
    table = rows("a")
    assert [(r["run"], r["epochs"], r["status"]) for r in table] == [
        ("a,seed=0", "9", "completed"),
        ("b,seed=0", "3", "dropped"),
    ]
    assert table[1]["training.l2"] == "0.2"


def test_refits_that_failed_are_in_the_status(rows, tmp_path):
    folder = tmp_path / "experiments/a"
    make(folder, [row("", {}, "seed=0")], {"runs/seed=0": {}})
    write_json(folder / "test.json", {"failures": [{}], "networks": [{}, {}], "test_accuracy": 0.5})
    rows("a")
    with open(tmp_path / "csv", newline="") as file:
        (summary,) = csv.DictReader(file)
    assert summary["status"] == "completed; 1 of 3 refits failed"
    assert summary["test_accuracy"] == "0.5"


@pytest.mark.parametrize(
    ("value", "cell"),
    [(0.1, 0.1), (3, 3), ("adam", "adam"), (True, "true"), (None, "null"), ([1, 2], "[1, 2]")],
)
def test_what_is_no_number_or_text_is_written_as_json(value, cell):
    assert summarize.as_cell(value) == cell
