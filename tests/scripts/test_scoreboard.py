"""The scoreboard: published figures next to ours, and its place in a document."""

import json
import subprocess
import sys

import pytest

from files import artifacts
from files.finished import FinishedExperiment
from tables import scoreboard


@pytest.fixture
def folder(tmp_path):
    """An experiment with three seeds, as select and test leave it."""
    accuracies = [0.97, 0.98, 0.99]
    names = [f"seed={seed}" for seed in range(3)]
    measured = [
        {
            "name": name,
            "training_accuracy": accuracy,
            "training_images": 300,
            "online_loss": {"exact": 1e6, "guarded": 210_000 + 1000 * accuracy},
        }
        for name, accuracy in zip(names, accuracies, strict=True)
    ]
    other = {"name": "other", "training_accuracy": 0.1, "training_images": 300}
    selection = {"configurations": [{"runs": names}], "failures": [], "dataset": "digits"}
    selection |= {
        "best_configuration": "",
        "settings": {"split": {}},
        "criterion": "validation_accuracy",
    }
    selection["measured"] = [other, *measured]
    (tmp_path / "selection.json").write_text(json.dumps(selection))
    test = {"images": 10000, "networks": [{"test_accuracy": 0.94}]}
    (tmp_path / "test.json").write_text(json.dumps(test))
    return tmp_path


def compare(folder, **figures):
    published = {"system": "a net", "source": "a course", **figures}
    return scoreboard.rows_of("mine", published, FinishedExperiment(folder))


def test_the_mean_over_seeds_has_a_student_interval(folder):
    (row,) = compare(folder, training_accuracy=0.98)
    # mean 0.98, standard deviation 0.01, t(0.975, 2) = 4.3027: 0.98 -+ 4.3027 * 0.01 / sqrt(3)
    assert row["ours"] == pytest.approx(0.98)
    assert (row["low"], row["high"]) == (
        pytest.approx(0.9552, abs=1e-4),
        1.0,  # 1.0048, but an accuracy is at most 1
    )
    # a single run: 0.98 -+ 4.3027 * 0.01 * sqrt(4/3)
    assert (row["expected_low"], row["expected_high"]) == (pytest.approx(0.9303, abs=1e-4), 1.0)
    assert (row["seeds"], row["verdict"]) == (3, "compatible")  # 2.5 points either way


def test_the_mean_over_folds_has_the_corrected_interval(folder):
    selection = json.loads((folder / "selection.json").read_text())
    for fold, row in enumerate(selection["measured"], start=-1):
        row |= {"fold": max(fold, 0), "repeat": 0}
    (folder / "selection.json").write_text(json.dumps(selection))
    (row,) = compare(folder, training_accuracy=0.98)
    # 0.98 -+ 4.3027 * 0.01 * sqrt(1 / 3 + 1 / 2)
    assert (row["low"], row["high"]) == (pytest.approx(0.9407, abs=1e-4), 1.0)
    assert (row["seeds"], row["folds"], row["repeats"]) == (1, 3, 1)
    assert scoreboard.in_words(row)["ours"] == "98.00 % (94.07 to 100.00, 3 folds x 1 seed)"
    (row,) = compare(folder, best_single_validation_accuracy=0.98)
    assert row["verdict"] == "not measured: a cross-validation has no single validation split"


def test_a_best_accuracy_says_why_it_was_not_measured(folder, tmp_path):
    selection = json.loads((folder / "selection.json").read_text()) | {
        "criterion": "validation_loss"
    }
    (folder / "selection.json").write_text(json.dumps(selection))
    (row,) = rows = compare(folder, best_single_validation_accuracy=0.551)
    assert row["verdict"] == "not measured: selected by validation loss"
    artifacts.write_csv(tmp_path / "scoreboard.csv", scoreboard.COLUMNS, rows)
    for found in (row, *artifacts.read_csv(tmp_path / "scoreboard.csv")):
        said = {"published": "55.1 %", "ours": "not measured", "expected": ""}
        assert scoreboard.in_words(found) == said


def test_a_fold_that_lost_a_seed_counts_like_the_others(folder):
    """Folds of 0.97 and of 0.98 and 0.99: the mean of the folds is 0.9775, that of the runs 0.98."""
    selection = json.loads((folder / "selection.json").read_text())
    for fold, row in zip((0, 1, 1), selection["measured"][1:], strict=True):
        row |= {"fold": fold, "repeat": 0}
    selection["measured"][0] |= {"fold": 0, "repeat": 0}
    (folder / "selection.json").write_text(json.dumps(selection))
    (row,) = compare(folder, training_accuracy=0.98)
    assert row["ours"] == pytest.approx(0.9775) and (row["seeds"], row["folds"]) == (2, 2)


def test_a_total_loss_is_guarded_and_has_no_percent(folder):
    (row,) = compare(folder, total_loss=210_000)
    assert row["ours"] == pytest.approx(210_980)
    assert row["verdict"] == "reproduced"
    assert scoreboard.in_words(row) == {
        "published": "210000",
        "ours": "210980 (210955 to 211005, 3)",  # +- 4.3027 * 10 / sqrt(3)
        "expected": "210930 to 211030",  # +- 4.3027 * 10 * sqrt(4/3)
    }


def test_a_figure_that_was_matched_is_not_called_reproduced(folder):
    (row,) = compare(folder, total_loss=210_000, fitted={"total_loss": "the guard was chosen so"})
    assert (row["found"], row["verdict"]) == ("fitted", "fitted: the guard was chosen so")
    (row,) = compare(folder, training_accuracy=0.98, fitted={"total_loss": "the guard"})
    assert row["found"] == "compatible"


def test_a_mean_over_runs_is_expected_nearer_than_a_single_run(folder):
    (one,) = compare(folder, training_accuracy=0.951)
    (many,) = compare(folder, training_accuracy=0.951, runs=1000)
    assert (one["found"], many["found"]) == ("compatible", "above")
    assert many["expected_low"] == pytest.approx(many["low"], abs=1e-4)


def test_a_figure_of_other_examples_has_their_noise_too(folder):
    (same,) = compare(folder, training_accuracy=0.92)
    (other,) = compare(folder, training_accuracy=0.92, other_examples=50)
    assert (same["found"], other["found"]) == ("above", "compatible")


def test_an_interval_in_words_stays_within_0_and_100(folder):
    (row,) = compare(folder, training_accuracy=0.98)
    assert scoreboard.in_words(row) == {
        "published": "98 %",
        "ours": "98.00 % (95.52 to 100.00, 3); interval over the trainings",
        "expected": "93.03 to 100.00",
    }


@pytest.mark.parametrize(
    ("value", "written", "shown"),
    [(0.98, "0.980", "98.0 %"), (0.9, "0.9", "90 %"), (0.9, None, "90 %"), (0.5939, "0.5939", "59.39 %"),
     (1.0, "1", "100 %"), (0.98, "0x1F", "98 %")],
)  # fmt: skip
def test_a_published_figure_keeps_its_digits(folder, tmp_path, value, written, shown):
    rows = compare(folder, training_accuracy=value, written={"training_accuracy": written})
    artifacts.write_csv(tmp_path / "scoreboard.csv", scoreboard.COLUMNS, rows)
    for row in (*rows, *artifacts.read_csv(tmp_path / "scoreboard.csv")):
        assert scoreboard.in_words(row)["published"] == shown


def test_equal_trainings_are_shown_without_an_interval(folder):
    (row,) = compare(folder, training_accuracy=0.98)
    row |= {"low": 0.98, "high": 0.98}
    assert scoreboard.in_words(row)["ours"].startswith("98.00 % (all 3 the same)")
    row |= {"seeds": 1, "note": ""}
    assert scoreboard.in_words(row)["ours"] == "98.00 % (1)"


def test_a_row_in_words_is_the_same_after_a_csv_file(folder, tmp_path):
    rows = compare(folder, training_accuracy=0.98, total_loss=210_000, test_accuracy=0.91)
    artifacts.write_csv(tmp_path / "scoreboard.csv", scoreboard.COLUMNS, rows)
    read = artifacts.read_csv(tmp_path / "scoreboard.csv")
    assert scoreboard.as_markdown(read) == scoreboard.as_markdown(rows)


def test_a_single_network_has_a_wilson_interval(folder):
    (row,) = compare(folder, test_accuracy=0.91)
    assert (row["low"], row["high"]) == (
        pytest.approx(0.9352, abs=1e-4),
        pytest.approx(0.9445, abs=1e-4),
    )
    assert row["verdict"] == "above"


def test_a_remark_says_why_ours_differs(folder):
    (row,) = compare(folder, test_accuracy=0.96, remark="fewer epochs")
    assert row["verdict"] == "below: fewer epochs"
    (row,) = compare(folder, test_accuracy=0.945, remark="fewer epochs")
    assert row["verdict"] == "reproduced"
    (row,) = compare(folder, training_accuracy=0.98, remark="fewer epochs")
    assert row["verdict"] == "compatible: fewer epochs"
    (row,) = compare(folder, test_accuracy=0.94, remark="fewer epochs")
    assert row["verdict"] == "reproduced"


@pytest.mark.parametrize(
    ("written", "half"),
    [
        ("0.98", 0.005), ("0.551", 0.0005), ("0.1", 0.05), ("0.9", 0.05), ("0.90", 0.005), ("1.00", 0.005),
        (".90", 0.005), ("9.0e-1", 0.005), ("210000", 5000), ("210_000", 5000), ("2.1e+5", 5000),
        ("2.10e+5", 500), ("1e2", 50), ("97.0", 0.05), ("97", 0.5), ("210000.0", 0.05), ("1", 0.5),
        ("1.", 0.5),
    ],
)  # fmt: skip
def test_a_figure_is_as_precise_as_its_last_digit(written, half):
    assert scoreboard.half_digit(written) == half


def test_a_figure_without_a_text_has_its_shortest_digits(folder):
    assert scoreboard.as_published("test_accuracy", {"test_accuracy": 0.98}) == "0.98"
    written = {"test_accuracy": "0x1F"}
    assert (
        scoreboard.as_published("test_accuracy", {"test_accuracy": 31, "written": written}) == "31"
    )


def test_zeros_that_were_published_count(folder):
    rough, fine = (
        compare(folder, test_accuracy=0.9, written={"test_accuracy": text})[0]
        for text in ("0.9", "0.90")
    )
    assert (rough["found"], fine["found"]) == ("reproduced", "above")  # ours is 0.94


def test_the_table_is_put_between_the_marks_of_a_document(folder, root, tmp_path):
    table = scoreboard.as_markdown(compare(folder, training_accuracy=0.98))
    marked = f"{scoreboard.BEGIN}\n{table}\n{scoreboard.END}"
    summary, readme = tmp_path / "summary.md", tmp_path / "README.md"
    summary.write_text(f"# Results\n{marked}\n")
    readme.write_text(f"before\n{scoreboard.BEGIN}\nold\n{scoreboard.END}\nafter\n")
    program = [sys.executable, root / "scripts/scoreboard.py"]
    subprocess.run([*program, readme, "--summary", summary], check=True)
    assert readme.read_text() == f"before\n{marked}\nafter\n"
    readme.write_text("no marks")
    done = subprocess.run([*program, readme, "--summary", summary], capture_output=True, text=True)
    assert done.returncode == 1
    assert done.stderr.startswith("error: ") and "Traceback" not in done.stderr


def test_a_figure_whose_experiment_was_cut_off_has_no_row_yet(folder):
    (folder / "test.json").unlink()
    rows = compare(folder, training_accuracy=0.98, test_accuracy=0.91)
    assert [row["figure"] for row in rows] == ["training accuracy"]


def test_an_experiment_without_survivors_has_no_row(finished):
    published = {"training_accuracy": 0.5, "validation_accuracy": 0.5, "test_accuracy": 0.5}
    assert compare(finished("lost").folder, total_loss=1, **published) == []
