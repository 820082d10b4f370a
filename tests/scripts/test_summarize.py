"""The summary: a row an experiment, a row a run, a row a published figure."""

import json

import pytest

import summarize
from evaluation import accuracy_interval, mean_interval, wilson_interval
from files.artifacts import read_csv, write_json
from files.columns import RUN_METRICS, RUN_NAMES
from tables import summary


@pytest.fixture
def tables(tmp_path, run_program):
    """tables([selection.json, ...], earlier=..., published=..., fitted=...): tables and Markdown."""

    def made(selections, earlier=(), published=None, fitted=()):
        names = ("csv", "markdown", "scoreboard", "baselines", "runs")
        outputs = {name: tmp_path / name for name in names}
        flags = [part for name, path in outputs.items() for part in (f"--{name}", path)]
        if earlier:
            flags += ["--earlier", *earlier]
        if fitted:
            flags += ["--fitted", *fitted]
        if published:
            flags += ["--published", json.dumps(published)]
        run_program(summarize, "--selections", list(selections), *flags)
        markdown = outputs.pop("markdown").read_text()
        return {name: read_csv(path) for name, path in outputs.items()} | {"markdown": markdown}

    return made


def selections(finished, *names):
    return [finished(name).folder / "selection.json" for name in names]


def test_every_swept_value_has_a_column(tables, finished):
    found = tables(selections(finished, "swept", "halved", "plain"))["runs"]
    varied = ["network.hidden", "training.learning_rate"]
    assert list(found[0]) == ["experiment", *RUN_NAMES, *varied, *RUN_METRICS]
    assert [row["experiment"] for row in found] == ["swept"] * 12 + ["halved"] * 4 + ["plain"] * 2
    for row in found:
        assert (row["network.hidden"] == "") == (row["experiment"] != "swept")
        assert (row["training.learning_rate"] == "") == (row["experiment"] == "plain")


def test_without_published_figures_there_is_no_scoreboard(tables, finished):
    some = {"plain": {"system": "a net", "source": "a page", "test_accuracy": 0.9}}
    assert "coreboard" in tables(selections(finished, "plain"), published=some)["markdown"]
    assert "coreboard" not in tables(selections(finished, "plain"))["markdown"]


def test_runs_keep_all_digits_of_the_experiments(tables, finished):
    found = tables(selections(finished, "swept", "plain"))["runs"]
    for name in ("swept", "plain"):
        for row in finished(name).read("runs.csv"):
            assert {"experiment": name, **row}.items() <= next(
                r for r in found if (r["experiment"], r["run"]) == (name, row["run"])
            ).items()


def test_a_row_has_the_means_of_the_best_configuration(tables, finished):
    (row,) = tables(selections(finished, "plain"))["csv"]
    assert list(row) == summary.COLUMNS
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


def test_failed_runs_are_counted_and_a_lost_experiment_failed(tables, finished):
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


def test_the_status_names_failed_seeds_of_the_chosen_one(tables, built):
    swept = built("swept")
    selection = swept.read("selection.json")
    selection["configurations"][0]["failed"] = 1
    write_json(swept.folder / "selection.json", selection)
    (row,) = tables([swept.folder / "selection.json"])["csv"]
    assert row["status"] == "6 of 12 runs failed; no configuration completed all of its seeds"


def test_refits_that_failed_are_in_the_status(tables, built):
    plain = built("plain")
    networks = [{"test_accuracy": 0.5}] * 2
    tested = {"failures": [{}], "networks": networks, "test_accuracy": 0.5, "images": 60}
    write_json(plain.folder / "test.json", tested)
    (row,) = tables([plain.folder / "selection.json"])["csv"]
    assert row["status"] == "completed; 1 of 3 final networks failed"
    assert row["test_accuracy"] == "0.5"


def test_an_earlier_experiment_says_so_with_its_settings(tables, finished):
    now, before = selections(finished, "plain", "points")
    rows = tables([now], earlier=[before])["csv"]
    digest = finished("points").read("selection.json")["settings_digest"]
    assert [row["experiment"] for row in rows] == ["plain", "points"]
    assert rows[0]["status"] == "completed"
    assert rows[1]["status"] == f"completed; earlier run (settings {digest})"
    assert rows[1]["settings"] == digest


PUBLISHED = {"system": "a net", "source": "a course", "test_accuracy": 0.5}


def test_published_figures_are_in_both_tables(tables, finished):
    published = {"plain": PUBLISHED, "points": None, "absent": PUBLISHED}
    found = tables(selections(finished, "plain", "points"), published=published)
    assert [row["published_test_accuracy"] for row in found["csv"]] == ["0.5", ""]
    assert "(published 50 %)" in found["markdown"]
    (score,) = found["scoreboard"]
    assert (score["system"], score["published"], score["seeds"]) == ("a net", "0.5", "2")
    accuracy = finished("plain").read("test.json")["test_accuracy"]
    assert float(score["ours"]) == pytest.approx(accuracy)
    assert f"| {100 * accuracy:.2f} % (" in found["markdown"]


def test_accuracies_over_views_and_of_ensembles_are_separate(tables, built):
    plain = built("plain")
    more = {"test_accuracy_averaged": 0.75, "test_accuracy_ensemble": 0.5}
    test = plain.read("test.json") | more
    write_json(plain.folder / "test.json", test)
    found = tables([plain.folder / "selection.json"])
    assert " (75.00 % over many views) (50.00 % by all seeds together) |" in found["markdown"]
    assert found["csv"][0]["test_accuracy_averaged"] == "0.75"


def test_the_score_that_chose_among_several_is_called_optimistic(tables, finished):
    found = tables(selections(finished, "swept", "halved", "plain", "lost"))
    rows = {row["experiment"]: row for row in found["csv"]}
    # with halving, configurations dropped early count as well
    assert {name: row["configurations"] for name, row in rows.items()} == {
        "swept": "6", "halved": "4", "plain": "1", "lost": "1",
    }  # fmt: skip
    lines = {
        line.split(" | ")[0][2:]: line for line in found["markdown"].splitlines() if "|" in line
    }
    assert (
        "% (best of 6, optimistic) |" in lines["swept"] and lines["swept"].count("optimistic") == 1
    )
    assert "% (best of 4, optimistic) |" in lines["halved"]
    assert "optimistic" not in lines["plain"] and "optimistic" not in lines["lost"]


def test_the_number_of_experiments_on_one_test_split_is_shown(tables, finished):
    shared = tables(selections(finished, "plain", "swept", "points"))["markdown"]
    assert "Experiments that share a test split: 2 on digits. The best" in " ".join(shared.split())
    alone = tables(selections(finished, "plain", "points", "lost"))["markdown"]
    assert "share a test split" not in alone and "once" not in alone


def test_the_table_has_the_ends_and_the_kind_of_an_interval(tables, finished):
    (row,) = tables(selections(finished, "plain"))["csv"]
    tested = finished("plain").read("test.json")
    whole = tested["test_accuracy_interval"]
    assert [row[f"test_accuracy_{part}"] for part in ("low", "high", "over")] == [
        repr(whole["low"]), repr(whole["high"]), whole["over"],
    ]  # fmt: skip
    values = [network["test_accuracy"] for network in tested["networks"]]
    assert (whole["low"], whole["high"], whole["over"]) == accuracy_interval(
        values, tested["images"]
    )
    assert tuple(whole["trainings"]) == mean_interval(values)
    correct = round(sum(values) / len(values) * tested["images"])
    assert tuple(whole["examples"]) == wilson_interval(correct, tested["images"])


# ---------------------------------------------------------------------- the value of an accuracy


def test_the_other_metrics_are_columns(tables, finished):
    found = tables(selections(finished, "plain", "points"))
    row, points = found["csv"]
    tested = finished("plain").read("test.json")
    for name in ("balanced_accuracy", "macro_f1", "majority_rate"):
        assert float(row[f"test_{name}"]) == tested[f"test_{name}"]
        assert 0 < float(row[f"training_{name}"]) <= 1
        assert points[f"test_{name}"] == points[f"validation_{name}"] == ""
    header, _, line, spiral = found["markdown"].split("\n\n")[2].splitlines()
    assert "| balanced accuracy | macro F1 | majority rate |" in header
    balanced = f"{100 * tested['test_balanced_accuracy']:.2f} %"
    f1, rate = (f"{100 * tested[f'test_{n}']:.2f} %" for n in ("macro_f1", "majority_rate"))
    assert f"| {balanced} | {f1} | {rate} | completed |" in line
    assert "| 33.33 % (training) | completed |" in spiral
    assert row["selected_by"] == "validation_accuracy" and row["warning"] == ""


def test_a_worthless_network_is_marked_in_both_tables(tables, built):
    plain = built("plain")
    said = ["the network predicts one class only", "test accuracy is no better"]
    write_json(plain.folder / "test.json", plain.read("test.json") | {"cautions": said})
    found = tables([plain.folder / "selection.json"])
    assert found["csv"][0]["warning"] == "; ".join(said)
    assert f"| completed; warning: {'; '.join(said)} |" in found["markdown"]
    (plain.folder / "test.json").unlink()  # without a test split validation counts
    selection = plain.read("selection.json") | {"cautions": said[:1]}
    write_json(plain.folder / "selection.json", selection)
    assert tables([plain.folder / "selection.json"])["csv"][0]["warning"] == said[0]


def test_the_table_names_the_selecting_metric(tables, built):
    swept = built("swept")
    selection = swept.read("selection.json") | {"criterion": "validation_balanced_accuracy"}
    write_json(swept.folder / "selection.json", selection)
    (row,) = tables([swept.folder / "selection.json"])["csv"]
    assert row["selected_by"] == "validation_balanced_accuracy"
    assert row["status"].endswith("failed; selected by validation balanced accuracy")
    ours = swept.read("test.json")  # the interval stays that of the accuracy
    assert row["test_accuracy_low"] == str(ours["test_accuracy_interval"]["low"])
    low, high = (float(row[f"validation_accuracy_{end}"]) for end in ("low", "high"))
    assert low < float(row["validation_accuracy"]) < high


def test_one_configuration_left_by_halving_counts_as_a_selection(tables, built):
    halved = built("halved")
    selection = halved.read("selection.json") | {"criterion": "validation_loss"}
    assert len(selection["configurations"]) == 1
    write_json(halved.folder / "selection.json", selection)
    (row,) = tables([halved.folder / "selection.json"])["csv"]
    assert row["status"].endswith("; selected by validation loss")


def numbers(**accuracies):
    """What is known of a baseline with these accuracies by split, and twice the error else."""
    found = {f"{split}_accuracy": x for split, x in accuracies.items()}
    return found | {f"{split}_balanced_accuracy": 2 * x - 1 for split, x in accuracies.items()}


def test_each_baseline_has_a_row_below_its_experiment(tables, built):
    plain = built("plain")
    mine = plain.read("test.json")["test_accuracy"]
    fitted = {
        "nearest_neighbors": numbers(validation=0.5, test=mine - 0.25) | {"note": "on a part"},
        "linear_svc_pixels": numbers(training=1.0, validation=0.9, test=mine),
        "majority": numbers(training=0.5, validation=0.5, test=mine),
        "gradient_boosting": {"failed": "no trees"},
        "logistic_regression": numbers(training=1.0, validation=0.9, test=mine + 0.125),
    }
    write_json(plain.folder / "test.json", plain.read("test.json") | {"baselines": fitted})
    found = tables([plain.folder / "selection.json"])
    order = ["nearest_neighbors", "majority", "gradient_boosting", "linear_svc_pixels",
             "logistic_regression"]  # fmt: skip
    assert [row["baseline"] for row in found["baselines"]] == order
    assert list(found["baselines"][0]) == summary.BASELINES
    assert {row["experiment"] for row in found["baselines"]} == {"plain"}
    first, *_, last = found["baselines"]
    assert first["compared_by"] == last["compared_by"] == "test_accuracy"
    found_better = [float(row["network_better_by"]) for row in (first, last)]
    assert found_better == pytest.approx([0.25, -0.125])
    lines = [line for line in found["markdown"].splitlines() if line.startswith("| plain")]
    said = [line.rsplit(" | ")[-1] for line in lines[1:]]
    assert said == [
        "baseline; the network is 25.00 points better in test accuracy; on a part |",
        "baseline; the network is the same in test accuracy |",
        "baseline; failed: no trees |",
        "baseline; the network is the same in test accuracy |",
        "baseline; the network is 12.50 points worse in test accuracy |",
    ]
    assert lines[1].startswith("| plain: nearest neighbors | digits |  |  |  | 50.00 % |")
    assert lines[4].startswith("| plain: linear SVC pixels |")


def test_baselines_are_compared_by_the_selecting_metric(tables, built):
    plain = built("plain")
    write_json(
        plain.folder / "test.json",
        plain.read("test.json") | {"test_balanced_accuracy": 0.75, "baselines": {"majority": {
            "test_accuracy": 0.9, "test_balanced_accuracy": 0.5,
        }}},
    )  # fmt: skip
    selection = plain.read("selection.json")
    for criterion, expected in (
        ("validation_balanced_accuracy", "test_balanced_accuracy"),
        ("validation_loss", "test_accuracy"),  # which is no share
    ):
        write_json(plain.folder / "selection.json", selection | {"criterion": criterion})
        (row,) = tables([plain.folder / "selection.json"])["baselines"]
        assert row["compared_by"] == expected
    write_json(plain.folder / "selection.json", selection | {"criterion": "validation_macro_f1"})
    (row,) = tables([plain.folder / "selection.json"])["baselines"]
    assert row["compared_by"] == row["network_better_by"] == ""  # it was not measured of both


def test_without_a_test_split_baselines_compare_by_validation(tables, built):
    plain = built("plain")
    (plain.folder / "test.json").unlink()
    write_json(plain.folder / "baselines.json", {"majority": numbers(validation=0.125)})
    path = plain.folder / "selection.json"
    assert tables([path])["baselines"] == []  # a file that this config has no use for
    found = tables([path], fitted=[plain.folder / "baselines.json"])
    (row,) = found["baselines"]
    validated = plain.read("selection.json")["configurations"][0]["validation_accuracy"]
    assert row["compared_by"] == "validation_accuracy"
    assert float(row["network_better_by"]) == validated - 0.125
    assert (
        "| plain: majority | digits |  |  |  | 12.50 % |  | -75.00 % (validation) |"
        in (found["markdown"])
    )
