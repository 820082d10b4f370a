"""The table at the end of a run, from the tables in results/, whatever columns they have."""

import csv
from pathlib import Path

import pytest

from running.outcome import outcome

ROW = {
    "experiment": "digits",
    "best_run": "learning_rate=0.1__hidden=64__seed=0",
    "training_accuracy": "1.0",
    "validation_accuracy": "0.9704",
    "test_accuracy": "0.90926",
    "test_accuracy_low": "0.885",
    "test_accuracy_high": "0.93349",
    "test_accuracy_over": "trainings and examples",
    "status": "completed",
}
REPORT = "report: results/report.html    tables: results/summary.md"


@pytest.fixture
def lines_of(tmp_path, monkeypatch):
    """lines_of([row, ...], name=[row, ...]): the lines printed for tables with these rows."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "results").mkdir()

    def lines_of(rows, names=None, **tables):
        for name, content in {"summary": rows, **tables}.items():
            with open(f"results/{name}.csv", "w", newline="") as file:
                keys = dict.fromkeys(key for row in content for key in row)
                writer = csv.DictWriter(file, list(keys))
                writer.writeheader()
                writer.writerows(content)
        found = outcome(names or [row["experiment"] for row in rows], Path("results")).splitlines()
        assert max(map(len, found), default=0) <= 100
        return found

    return lines_of


def test_a_row_has_the_choice_and_accuracies_in_percent_with_the_interval(lines_of):
    assert lines_of([ROW]) == [
        "experiment  chosen                       validation  test",
        "digits      learning_rate=0.1 hidden=64  97.04 %     90.93 % (88.50 to 93.35)",
        "In brackets: 95 % intervals for new trainings and examples.",
        REPORT,
    ]


def test_columns_that_a_table_lacks_are_left_out(lines_of):
    assert lines_of([{"experiment": "digits", "test_accuracy": "0.5"}]) == [
        "experiment  test",
        "digits      50.00 %",
        REPORT,
    ]


def test_the_training_accuracy_is_shown_if_nothing_is_held_out(lines_of):
    spiral = {"experiment": "spiral", "best_run": "seed=0", "training_accuracy": "0.98"}
    header, first, second, *_ = lines_of([spiral, ROW])
    assert header.split() == ["experiment", "chosen", "training", "validation", "test"]
    assert first.split() == ["spiral", "98.00", "%"]
    assert "100.00 %" not in second


def test_the_best_baseline_is_shown_next_to_ours(lines_of):
    baselines = [
        {"experiment": "digits", "baseline": "majority", "test_accuracy": "0.1"},
        {"experiment": "digits", "baseline": "linear_svc", "test_accuracy": "0.8875"},
        {"experiment": "other", "baseline": "linear_svc", "test_accuracy": "0.99"},
        {"experiment": "digits", "baseline": "failed", "test_accuracy": ""},
    ]
    header, line, *_ = lines_of([ROW], baselines=baselines)
    assert line[header.index("baseline (test)") :] == "88.75 % linear svc"


def test_a_baseline_without_test_examples_says_that_it_was_validated(lines_of):
    baselines = [
        {"experiment": "digits", "baseline": "majority", "validation_accuracy": "0.1"},
        {"experiment": "digits", "baseline": "linear_svc", "validation_accuracy": "0.9"},
    ]
    header, line, *_ = lines_of([{**ROW, "test_accuracy": ""}], baselines=baselines)
    assert line[header.index("baseline (validation)") :] == "90.00 % linear svc"


def test_published_figures_are_shown_next_to_ours(lines_of):
    published = [
        {"figure": "test accuracy", "published": "0.975", "found": "above"},
        {"figure": "total loss", "published": "210000", "verdict": "below: x"},
        {"figure": "training accuracy", "published": "", "verdict": "not built"},
    ]
    scoreboard = [{"experiment": "digits", **row} for row in published]
    row = {**ROW, "best_run": "seed=0", "test_accuracy_low": ""}
    header, line, *_ = lines_of([row], scoreboard=scoreboard)
    assert line[header.index("published") :] == "test 97.5 %: above; total loss 210000: below"


def test_failures_and_warnings_follow_the_table(lines_of):
    rows = [
        {**ROW, "status": "2 of 18 runs failed; earlier run (settings 1234)"},
        {
            **ROW,
            "experiment": "lost",
            "best_run": "",
            "status": "failed: none of the 3 runs survived",
        },
        {**ROW, "experiment": "rare", "warning": "one class has 3 examples"},
    ]
    assert lines_of(rows)[-4:] == [
        "digits: 2 of 18 runs failed; reasons: results/runs.csv",
        "lost: failed: none of the 3 runs survived; reasons: results/runs.csv",
        "rare: warning: one class has 3 examples",
        REPORT,
    ]


def test_only_requested_experiments_are_in_the_table(lines_of):
    lines = lines_of([ROW, {**ROW, "experiment": "earlier"}], names=["digits", "unbuilt"])
    assert not any(line.startswith(("earlier", "unbuilt")) for line in lines)
    assert lines[-1] == "They also show 1 experiment of earlier runs of snakemake."


def test_a_long_configuration_is_cut(lines_of):
    long = {**ROW, "experiment": "other", "best_run": f"{'hidden=64-' * 30}__seed=0"}
    line = lines_of([long, ROW])[1]
    assert "hidden=64-h...  97.04 %     90.93 % (88.50 to 93.35)" in line


def test_only_the_first_of_many_experiments_are_shown(lines_of):
    lines = lines_of([{**ROW, "experiment": f"e{number}"} for number in range(50)])
    assert sum(line.startswith("e") and "97.04" in line for line in lines) == 40
    assert "10 more experiments: results/summary.md" in lines


def test_without_results_nothing_is_printed(lines_of, tmp_path):
    assert outcome(["digits"], tmp_path / "none") == ""
    assert lines_of([ROW], names=["another"]) == []


def test_a_table_that_was_damaged_by_hand_is_one_message(lines_of):
    text = " ".join(lines_of([{**ROW, "test_accuracy": "high"}]))
    assert text.startswith("results: cannot show the table of results (ValueError(")
    assert text.endswith("delete summary.csv to rebuild it")
