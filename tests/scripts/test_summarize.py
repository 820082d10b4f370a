"""The summary: a row an experiment, a row a run, a row a published figure."""

from common.artifacts import read_csv, write_json
from common.results import RUN_METRICS, RUN_NAMES

import json

import pytest

import summarize


@pytest.fixture
def tables(tmp_path, run_program):
    """tables([selection.json, ...], earlier=..., published=...): the tables and the Markdown."""

    def made(selections, earlier=(), published=None):
        outputs = {name: tmp_path / name for name in ("csv", "markdown", "scoreboard", "runs")}
        flags = [part for name, path in outputs.items() for part in (f"--{name}", path)]
        if earlier:
            flags += ["--earlier", *earlier]
        if published:
            flags += ["--published", json.dumps(published)]
        run_program(summarize, "--selections", list(selections), *flags)
        markdown = outputs.pop("markdown").read_text()
        return {name: read_csv(path) for name, path in outputs.items()} | {"markdown": markdown}

    return made


def selections(finished, *names):
    return [finished(name).folder / "selection.json" for name in names]


def test_every_swept_value_is_a_column_and_empty_where_it_does_not_vary(tables, finished):
    found = tables(selections(finished, "swept", "halved", "plain"))["runs"]
    varied = ["network.hidden", "training.learning_rate"]
    assert list(found[0]) == ["experiment", *RUN_NAMES, *varied, *RUN_METRICS]
    assert [row["experiment"] for row in found] == ["swept"] * 12 + ["halved"] * 4 + ["plain"] * 2
    for row in found:
        assert (row["network.hidden"] == "") == (row["experiment"] != "swept")
        assert (row["training.learning_rate"] == "") == (row["experiment"] == "plain")


def test_without_published_figures_there_is_no_scoreboard_in_the_markdown(tables, finished):
    some = {"plain": {"system": "a net", "source": "a page", "test_accuracy": 0.9}}
    assert "coreboard" in tables(selections(finished, "plain"), published=some)["markdown"]
    assert "coreboard" not in tables(selections(finished, "plain"))["markdown"]


def test_the_runs_are_those_of_the_experiments_to_the_last_digit(tables, finished):
    found = tables(selections(finished, "swept", "plain"))["runs"]
    for name in ("swept", "plain"):
        for row in finished(name).read("runs.csv"):
            assert {"experiment": name, **row}.items() <= next(
                r for r in found if (r["experiment"], r["run"]) == (name, row["run"])
            ).items()


def test_an_experiment_has_a_row_with_the_means_of_its_best_configuration(tables, finished):
    (row,) = tables(selections(finished, "plain"))["csv"]
    assert list(row) == summarize.COLUMNS
    plain = finished("plain")
    best = plain.read("selection.json")["configurations"][0]
    assert row["experiment"] == "plain" and row["dataset"] == "digits" and row["runs"] == "2"
    assert row["best_run"] == "seed=0" and row["status"] == "completed"
    assert float(row["validation_accuracy"]) == best["validation_accuracy"]
    assert float(row["test_accuracy"]) == plain.read("test.json")["test_accuracy"]
    assert row["published_test_accuracy"] == ""


def test_without_a_test_split_the_cell_is_empty(tables, finished):
    (row,) = tables(selections(finished, "points"))["csv"]
    assert row["test_accuracy"] == row["validation_accuracy"] == ""
    assert float(row["training_accuracy"]) > 0


def test_failed_runs_are_counted_and_a_lost_experiment_is_shown_as_failed(tables, finished):
    found = tables(selections(finished, "swept", "halved", "lost", "lost_halved"))
    status = {row["experiment"]: row["status"] for row in found["csv"]}
    assert status == {
        "swept": "6 of 12 runs failed",
        "halved": "1 of 4 runs failed",
        "lost": "failed: none of the 2 runs survived, so there is nothing to select.",
        "lost_halved": "failed: none of the 4 runs survived, so there is nothing to select.",
    }
    for row in found["csv"][2:]:
        assert row["validation_accuracy"] == row["test_accuracy"] == ""
    assert "| failed: none of the 2 runs survived" in found["markdown"]


def test_that_seeds_of_the_chosen_configuration_failed_is_in_the_status(tables, built):
    swept = built("swept")
    selection = swept.read("selection.json")
    selection["configurations"][0]["failed"] = 1
    write_json(swept.folder / "selection.json", selection)
    (row,) = tables([swept.folder / "selection.json"])["csv"]
    assert row["status"] == "6 of 12 runs failed; no configuration completed all of its seeds"


def test_refits_that_failed_are_in_the_status(tables, built):
    plain = built("plain")
    tested = {"failures": [{}], "networks": [{}, {}], "test_accuracy": 0.5}
    write_json(plain.folder / "test.json", tested)
    (row,) = tables([plain.folder / "selection.json"])["csv"]
    assert row["status"] == "completed; 1 of 3 final networks failed"
    assert row["test_accuracy"] == "0.5"


def test_an_experiment_of_an_earlier_call_says_so_with_its_settings(tables, finished):
    now, before = selections(finished, "plain", "points")
    rows = tables([now], earlier=[before])["csv"]
    digest = finished("points").read("selection.json")["settings_digest"]
    assert [row["experiment"] for row in rows] == ["plain", "points"]
    assert rows[0]["status"] == "completed"
    assert rows[1]["status"] == f"completed; earlier call (settings {digest})"
    assert rows[1]["settings"] == digest


PUBLISHED = {"system": "a net", "source": "a course", "test_accuracy": 0.5}


def test_published_figures_stand_beside_ours_and_on_the_scoreboard(tables, finished):
    published = {"plain": PUBLISHED, "points": None, "absent": PUBLISHED}
    found = tables(selections(finished, "plain", "points"), published=published)
    assert [row["published_test_accuracy"] for row in found["csv"]] == ["0.5", ""]
    assert "(published 50 %)" in found["markdown"]
    (score,) = found["scoreboard"]
    assert (score["system"], score["published"], score["seeds"]) == ("a net", "0.5", "2")
    accuracy = finished("plain").read("test.json")["test_accuracy"]
    assert float(score["ours"]) == pytest.approx(accuracy)
    assert f"| {100 * accuracy:.2f} % (" in found["markdown"]


def test_accuracies_over_views_and_of_all_seeds_stand_apart_in_the_markdown(tables, built):
    plain = built("plain")
    more = {"test_accuracy_averaged": 0.75, "test_accuracy_ensemble": 0.5}
    test = plain.read("test.json") | more
    write_json(plain.folder / "test.json", test)
    found = tables([plain.folder / "selection.json"])
    assert " (75.00 % over many views) (50.00 % by all seeds together) |" in found["markdown"]
    assert found["csv"][0]["test_accuracy_averaged"] == "0.75"
