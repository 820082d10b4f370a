"""compare.py on folders made by hand: differences, noise and refusals."""

import json
import sys

import numpy as np
import pytest

import compare
from components.errors import UserError
from evaluation import paired
from files.artifacts import ArtifactError, save_arrays, write_json
from files.finished import FinishedExperiment, find, pair
from tables import comparison
from tables.summary import SPLITS

LABELS = np.array([0, 1] * 50, np.uint8)


def wrong(*places: int) -> np.ndarray:
    predicted = LABELS.copy()
    predicted[list(places)] ^= 1
    return predicted


def make(folder, validation, predictions=(), labels=LABELS, dataset="digits", size=200, images="i"):
    """An experiment with a seed for each validation accuracy, tested with these predictions."""
    runs = [f"seed={seed}" for seed in range(len(validation))]
    measured = [
        {
            "name": run,
            "training_accuracy": 1.0,
            "validation_accuracy": score,
            "validation_images": size,
        }
        for run, score in zip(runs, validation, strict=True)
    ]
    selection = {
        "best_configuration": "",
        "configurations": [{"configuration": "", "runs": runs}],
        "dataset": dataset,
        "failures": [],
        "measured": measured,
        "settings": {"split": {"validation": size, "take": "last", "training": None, "seed": 0}},
    }
    write_json(folder / "selection.json", selection)
    splits = {"train": {"images_sha256": images, "labels_sha256": "l"}}
    write_json(folder.parent.parent / f"datasets/{dataset}/0/info.json", {"splits": splits})
    made = {"data": {"images": images, "labels": "l"}}
    save_arrays(folder / "final/seed=0/model.npz", {"made": np.array(json.dumps(made))})
    if predictions:
        rows = [{"test_accuracy": float(np.mean(p == labels))} for p in predictions]
        write_json(folder / "test.json", {"images": len(labels), "networks": rows})
        arrays = {"labels": labels, "predictions": np.array(predictions)}
        seeds = np.arange(len(predictions))
        save_arrays(folder / "test_predictions.npz", {**arrays, "seeds": seeds})
    return FinishedExperiment(folder)


def folded(folder, scores, seeds=(0.0,)):
    """An experiment of three folds with these validation accuracies, and seeds that differ by so much."""
    experiment = make(folder, [score + shift for score in scores for shift in seeds])
    selection = experiment.selection
    for number, row in enumerate(selection["measured"]):
        row |= {"fold": number // len(seeds), "repeat": 0}
    selection["settings"]["split"] |= {"folds": 3, "repeats": 1}
    write_json(folder / "selection.json", selection)
    return FinishedExperiment(folder)


def test_the_same_folds_are_paired(results):
    """Differences 0.1, 0.2, 0.3: mean 0.2, s = 0.1, error 0.1 sqrt(1 / 3 + 1 / 2)."""
    a = folded(results / "experiments/a", [0.6, 0.9, 0.9], seeds=(-0.01, 0.01))
    b = folded(results / "experiments/b", [0.5, 0.7, 0.6])
    row = comparison.compare(a, b)["over_seeds"][1]
    assert (row["split"], row["comparable"], row["a_interval_over"]) == (
        "validation",
        True,
        "folds",
    )
    error = 0.1 * (1 / 3 + 1 / 2) ** 0.5
    t = 0.2 / error
    assert row["difference"] == pytest.approx(0.2)
    # Student's t with 2 degrees of freedom: P(|T| > t) = 1 - t / sqrt(t^2 + 2)
    assert row["p_value"] == pytest.approx(1 - t / (t**2 + 2) ** 0.5)
    assert row["interval"] == pytest.approx([0.2 - 4.302653 * error, 0.2 + 4.302653 * error])


def test_folds_and_a_single_split_are_not_compared(results):
    a = folded(results / "experiments/a", [0.6, 0.9, 0.9])
    b = make(results / "experiments/b", [0.5, 0.7, 0.6])
    assert not comparison.compare(a, b)["over_seeds"][1]["comparable"]


@pytest.fixture
def results(tmp_path):
    return tmp_path / "results"


def rows(a, b):
    return {row["split"]: row for row in comparison.compare(a, b)["over_seeds"]}


def test_a_clear_difference_over_seeds_is_more_than_noise(results):
    a = make(results / "experiments/a", [0.90, 0.91, 0.92])
    b = make(results / "experiments/b", [0.80, 0.81, 0.82])
    row = rows(a, b)["validation"]
    # equal variances 1e-4 and n = 3: Welch has 4 degrees of freedom, t(4) = 2.776, error
    # sqrt(2e-4 / 3) = 0.008165
    assert row["difference"] == pytest.approx(0.10)
    assert row["interval"] == pytest.approx([0.10 - 0.02267, 0.10 + 0.02267], abs=1e-5)
    assert row["p_value"] < 0.001
    assert row["interval_over"] == "trainings"
    # mean 0.91, s^2 / 3 = 3.333e-5 and 0.0819 / 200 = 4.095e-4: 184.95 examples, t(353) = 1.9667
    assert row["a_interval"] == pytest.approx([0.90160 - 0.04181, 0.90160 + 0.04181], abs=2e-5)
    assert row["a_interval_over"] == "trainings and examples"


def test_a_difference_smaller_than_the_spread_is_noise(results):
    a = make(results / "experiments/a", [0.90, 0.95, 0.85])
    b = make(results / "experiments/b", [0.89, 0.94, 0.86])
    row = rows(a, b)["validation"]
    assert row["p_value"] > 0.5
    assert compare.in_noise(row["p_value"]) == "within noise"


def test_one_seed_has_wilsons_interval_and_no_verdict(results):
    a = make(results / "experiments/a", [0.81], size=100)
    b = make(results / "experiments/b", [0.90, 0.91], size=100)
    row = rows(a, b)["validation"]
    assert row["a_interval"] == pytest.approx([0.7222, 0.8749], abs=1e-4)  # 81 of 100
    assert row["p_value"] is None
    assert compare.in_noise(None) == "unknown: one seed, or seeds that agree"


def test_seeds_that_agree_are_compared_by_the_images(results):
    a = make(results / "experiments/a", [0.9, 0.9], [wrong(0), wrong(1)])
    b = make(results / "experiments/b", [0.8, 0.8], [wrong(2, 3), wrong(3, 4)])
    found = rows(a, b)
    assert found["validation"]["p_value"] is None and found["validation"]["interval"] is None
    # one image is wrong in A alone, two in B alone: p = 2 (C(3,0) + C(3,1)) / 2^3; Welch's would be 0
    assert found["test"]["p_value"] == 1
    assert found["test"]["interval_over"] == "examples"
    assert found["test"]["interval"][0] < 0.01 < found["test"]["interval"][1]
    text = compare.as_text("a and b", comparison.compare(a, b))
    assert "no difference but noise, on test, by the images alone" in text
    assert "within noise, images alone" in text and "unknown: one seed, or seeds that agree" in text


def test_a_test_accuracy_is_compared_over_seeds_and_images(results):
    a = make(results / "experiments/a", [0.9, 0.9], [wrong(0), wrong(0, 1)])
    b = make(results / "experiments/b", [0.8, 0.8], [wrong(2, 3), wrong(3, 4, 5)])
    row = rows(a, b)["test"]
    right = [e.predictions["predictions"] == LABELS for e in (a, b)]
    assert row["interval_over"] == "trainings and examples"
    assert row["p_value"] == paired(*right)["p_value"]
    # over the seeds alone it is Welch's: (0.985 - 0.975) / sqrt(2 * 0.00005 / 2), t = 1.414 of 2 degrees
    assert row["difference"] == pytest.approx(0.01)


def test_p_values_of_several_experiments_are_adjusted_together(results):
    pairs = []
    for name in "xyz":
        a = make(results / f"one/{name}", [0.90, 0.91, 0.92])
        b = make(results / f"two/{name}", [0.88, 0.89, 0.895])
        pairs.append(comparison.compare(a, b))
    (p,) = {result["over_seeds"][1]["p_value"] for result in pairs}
    assert (
        0.05 / 3 < p < 0.05
        and compare.in_noise(pairs[0]["over_seeds"][1]["p_holm"]) == "more than noise"
    )
    assert comparison.adjust(pairs) == 3
    for result in pairs:
        assert result["over_seeds"][1]["p_holm"] == pytest.approx(3 * p)
        assert "more than noise" not in compare.as_text("x", result)


def test_without_a_test_split_validation_is_compared(results):
    a, b = (make(results / f"experiments/{name}", [0.9, 0.8]) for name in "ab")
    result = comparison.compare(a, b)
    assert [row["split"] for row in result["over_seeds"]] == ["training", "validation"]


def test_the_first_networks_are_compared_if_no_seed_differs(results):
    a = make(results / "experiments/a", [0.9], [wrong(0)])
    b = make(results / "experiments/b", [0.9], [wrong(*range(1, 10))])
    row = rows(a, b)["test"]
    # image 0 is wrong in A alone, 1 to 9 in B alone: p = 2 (C(10,0) + C(10,1)) / 2^10
    assert row["p_value"] == 22 / 1024 and row["interval_over"] == "examples"


@pytest.mark.parametrize(
    ("change", "validation"),
    [
        ({"dataset": "mnist"}, False),
        ({"size": 100}, False),
        ({"labels": 1 - LABELS}, True),
    ],
)
def test_other_data_are_shown_but_not_compared(results, change, validation):
    a = make(results / "experiments/a", [0.9, 0.8], [LABELS])
    b = make(results / "experiments/b", [0.9, 0.8], [LABELS], **change)
    assert rows(a, b)["validation"]["comparable"] is validation
    comparable = "size" in change
    assert rows(a, b)["test"]["comparable"] is comparable
    text = compare.as_text("a and b", comparison.compare(a, b))
    assert "other data: not comparable" in text


def test_other_images_under_the_same_name_are_other_data(tmp_path):
    a = make(tmp_path / "one/experiments/a", [0.9, 0.8])
    b = make(tmp_path / "two/experiments/a", [0.9, 0.8], images="edited")
    assert not rows(a, b)["validation"]["comparable"]


def test_failed_seeds_take_no_part(results):
    a = make(results / "experiments/a", [0.9, 0.8, 0.1])
    path = a.folder / "selection.json"
    selection = json.loads(path.read_text())
    selection["failures"] = [{"run": "seed=2"}]
    write_json(path, selection)
    assert a.accuracies("validation") == [0.9, 0.8]
    assert a.accuracies("training") == [1.0, 1.0]


def test_runs_of_other_configurations_take_no_part(results):
    a = make(results / "experiments/a", [0.9, 0.8])
    other = {"name": "l2=1__seed=0", "training_accuracy": 0.1, "validation_accuracy": 0.2}
    a.selection["measured"].append(other)
    assert a.accuracies("validation") == [0.9, 0.8]


def test_an_experiment_that_failed_has_nothing_to_compare(finished):
    lost = FinishedExperiment(finished("lost").folder)
    assert comparison.compare(lost, lost)["over_seeds"] == []


def test_names_folders_and_results_are_found(results):
    for name in ("digits", "other"):
        make(results / "experiments" / name, [0.9])
    assert find("digits", results)[""].folder == results / "experiments/digits"
    assert list(find(str(results / "experiments/digits"), results)) == [""]
    assert list(find(str(results), results)) == ["digits", "other"]
    assert list(find(str(results.parent), results)) == ["digits", "other"]  # a checkout


def test_two_results_folders_compare_their_common_experiments(tmp_path):
    for checkout, names in {"one": "xyz", "two": "yzw"}.items():
        for name in names:
            make(tmp_path / checkout / "results/experiments" / name, [0.9])
    pairs = pair(str(tmp_path / "one"), str(tmp_path / "two/results"), tmp_path)
    assert list(pairs) == ["y", "z"]


def test_paths_without_results_are_refused_in_one_sentence(results, tmp_path):
    make(results / "experiments/digits", [0.9])
    (tmp_path / "empty").mkdir()
    for name in ("digitz", str(tmp_path / "empty"), str(tmp_path / "absent")):
        with pytest.raises(
            UserError, match=r"no results found for .*: expected .*\(digits\).*selection"
        ):
            find(name, results)
    with pytest.raises(UserError, match="one is an experiment, the other a folder of several"):
        pair("digits", str(results), results)
    make(tmp_path / "two/experiments/other", [0.9])
    with pytest.raises(UserError, match="no experiment in common: digits and other"):
        pair(str(results), str(tmp_path / "two"), results)


WRONG = (None, "x", -1, [], {}, True, 10**400, float("nan"), float("inf"), [None], {"a": 1})


@pytest.mark.parametrize(
    ("file", "place"),
    [
        *[("selection", (key,)) for key in ("dataset", "configurations", "failures", "measured")],
        ("selection", ("configurations", 0, "runs")),
        *[("selection", ("measured", 0, f"{split}_accuracy")) for split in SPLITS[:2]],
        ("selection", ("measured", 0, "fold")),
        ("selection", ("settings", "split")),
        ("test", ("images",)),
        ("test", ("networks", 0, "test_accuracy")),
    ],
)
def test_foreign_content_ends_in_one_line(results, file, place):
    b = folded(results / "experiments/b", [0.5, 0.7, 0.6])
    folder = folded(results / "experiments/a", [0.6, 0.9, 0.9]).folder
    rows = {"images": 100, "networks": [{"test_accuracy": 0.9}]}
    for name, content in (("test", rows), ("selection", b.selection)):
        write_json(folder / f"{name}.json", content)
    whole = (folder / f"{file}.json").read_text()
    for value in WRONG:
        content = json.loads(whole)
        at = content
        for key in place[:-1]:
            at = at[key]
        at[place[-1]] = value
        (folder / f"{file}.json").write_text(json.dumps(content))
        try:
            comparison.compare(FinishedExperiment(folder), b)
        except ValueError as error:
            assert isinstance(error, UserError) and "\n" not in str(error)
    for text in ("", "[", "[" * 100_000, "null", "[]"):
        (folder / f"{file}.json").write_text(text)
        with pytest.raises(ArtifactError, match="delete"):
            comparison.compare(FinishedExperiment(folder), b)


def run(monkeypatch, capsys, *arguments):
    monkeypatch.setattr(sys, "argv", ["compare.py", *map(str, arguments)])
    compare.main()
    return capsys.readouterr().out


def test_the_text_is_aligned_and_names_the_verdicts(results, monkeypatch, capsys):
    make(results / "experiments/a", [0.90, 0.91, 0.92], [wrong(0)])
    make(results / "experiments/b", [0.80, 0.81, 0.82], [wrong(*range(1, 10))])
    lines = run(monkeypatch, capsys, "a", "b", "--results", results).splitlines()
    table = [line for line in lines if line.startswith(("  validation", "  test", "    "))]
    assert "+10.00 % [7.73, 12.27]" in table[1]
    assert table[1].endswith("more than noise")
    assert table[0].index("A - B") == table[1].index("+10.00") == table[2].index("+8.00")
    assert "A is better, by more than noise, on test" in lines[-3]
    assert lines[-1].startswith("p is adjusted for 2 tested differences (Holm)")


def test_json_has_the_same_numbers(results, monkeypatch, capsys):
    for name in "ab":
        make(results / f"experiments/{name}", [0.9, 0.8])
    printed = json.loads(run(monkeypatch, capsys, "a", "b", "--results", results, "--json"))
    assert printed["a and b"]["over_seeds"][1]["a"] == pytest.approx(0.85)


def test_different_settings_come_first(finished):
    plain, swept = (FinishedExperiment(finished(name).folder) for name in ("plain", "swept"))
    differences = comparison.different(plain, swept)
    assert set(differences) <= {"network.hidden", "training.learning_rate"}
    assert comparison.different(plain, plain) == {}
    text = compare.as_text("x", comparison.compare(plain, plain))
    assert "The settings are the same." in text and "no difference but noise, on test" in text


@pytest.mark.parametrize(
    ("difference", "p_value", "said"),
    [
        (0.1, 0.01, "A is better, by more than noise"),
        (-0.1, 0.01, "B is better, by more than noise"),
        (0.1, 0.2, "no difference but noise"),
        (0.1, None, "unknown without two differing seeds each"),
    ],
)
def test_a_verdict_in_words(difference, p_value, said):
    assert compare.better(difference, p_value) == said


def test_the_difference_that_is_tested_is_the_one_that_is_shown(results):
    """Of one seed and several: the mean of the seeds would name the other as the better one."""
    a = make(results / "experiments/a", [0.95], [wrong(0)])
    b = make(results / "experiments/b", [0.9, 0.5], [wrong(), wrong(*range(10))])
    row = rows(a, b)["test"]
    low, high = row["interval"]
    assert row["interval_over"] == "examples" and low <= row["difference"] <= high
    assert row["difference"] < 0
