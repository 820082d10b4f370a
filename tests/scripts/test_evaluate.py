"""The test of the final networks: scores, failures, and the table of answers."""

import csv
import json
from pathlib import Path
from types import MappingProxyType

import numpy as np
import pytest

import evaluate
from components import streams
from components.randomness import LARGEST_SEED
from datasets import describe
from files import artifacts
from files.models import Model, save_model
from inputs import Preparation
from nn import build_network
from parse import write_sources

IMAGES = np.array([[0, 255], [255, 0], [255, 255]], np.uint8).reshape(3, 1, 2)
LABELS = np.array([0, 1, 1], np.uint8)
MIRROR = {"name": "affine_bank", "flip": 1, "shift": 0, "rotation": 0, "scale": 0, "shear": 0}
VIEWS = {
    "shifts": 0,
    "flips": False,
    "border": "black",
    "views": 0,
    "augmentation": [],
    "first": None,
}


@pytest.fixture
def run(tmp_path, monkeypatch, run_program):
    """Test final networks of these endings (and biases), by seed; return the output."""
    preparation = Preparation.fit(["unit"], IMAGES, np.arange(3))
    artifacts.save_array(tmp_path / "data/test_images.npy", IMAGES)
    artifacts.save_array(tmp_path / "data/test_labels.npy", LABELS)
    write_sources(tmp_path / "data/test_sources.csv", ["-/a.png", "b/=b.png", "=c/c.png"], 3)
    info = {"splits": {"test": describe(IMAGES, LABELS, 2)}}
    artifacts.write_json(tmp_path / "data/info.json", info)

    def run(endings: dict[int, str], *options, biases=MappingProxyType({})):
        settings = {"hidden": [], "loss": "softmax_cross_entropy"}
        network = build_network(settings, 2, 2, streams(0))
        network.parameters[:] = [0, 1, 1, 0, 0, 0]  # class 0 if the right pixel is brighter
        for seed, status in endings.items():
            network.parameters[-2:] = biases.get(seed, (0, 0))
            config = {"network": settings, "preparation": ["unit"], "inputs": 2, "seed": seed}
            config |= {
                "classes": ["a", "=b"],
                "shape": list(IMAGES.shape[1:]),
                "status": status,
                "reason": f"why {seed}",
            }
            failed = status == "failed"  # such a network could not be built
            model = Model(None if failed else network, preparation, config)
            save_model(tmp_path / f"final/seed={seed}/model.npz", model)
        monkeypatch.chdir(tmp_path)
        run_program(
            evaluate,
            *("--models", *(f"final/seed={seed}/model.npz" for seed in endings)),
            *("--images", "data/test_images.npy", "--labels", "data/test_labels.npy"),
            *("--info", "data/info.json", "--output", "test.json", "--predictions", "test.npz"),
            *("--sources", "data/test_sources.csv", "--table", "test.csv"),
            *("--evaluation", json.dumps(VIEWS | {"first": 2}), *options),
        )
        return json.loads((tmp_path / "test.json").read_text()), artifacts.load_arrays("test.npz")

    return run


def test_a_network_that_failed_is_left_out_and_listed(run):
    tested, predictions = run({0: "diverged", 1: "completed", 2: "failed", 3: "stopped"})
    assert [row["seed"] for row in tested["networks"]] == [1, 3]
    assert tested["test_accuracy"] == pytest.approx(2 / 3)
    assert (tested["test_accuracy_first"], tested["images_first"]) == (1.0, 2)
    assert tested["failures"] == [
        {"seed": 0, "status": "diverged", "reason": "why 0"},
        {"seed": 2, "status": "failed", "reason": "why 2"},
    ]
    assert predictions["seeds"].tolist() == [1, 3]
    assert predictions["predictions"].tolist() == [[0, 1, 0]] * 2
    assert tested["confusion_matrix_of_first"] == [[1, 0], [1, 1]]


def test_every_answer_is_a_row_that_a_spreadsheet_shows_as_text(run):
    run({0: "diverged", 1: "completed", 3: "completed"}, biases={3: (0, 9)})
    sure, unsure, certain = "0.731059", "0.500000", "0.999"
    rows = list(csv.reader(Path("test.csv").read_text().splitlines()))[1:]
    assert [row[:4] for row in rows] == [
        ["'-/a.png", "1", "a", "a"],
        ["'-/a.png", "3", "a", "'=b"],
        ["b/=b.png", "1", "'=b", "'=b"],
        ["b/=b.png", "3", "'=b", "'=b"],
        ["'=c/c.png", "1", "'=b", "a"],
        ["'=c/c.png", "3", "'=b", "'=b"],
    ]
    assert [row[4] for row in rows[::2]] == [sure, sure, unsure]
    assert rows[3][4].startswith(certain)


def test_rows_of_the_table_agree_with_the_arrays(finished):
    plain = finished("plain")
    kept = artifacts.load_arrays(plain.folder / "test_predictions.npz")
    rows = artifacts.read_csv(plain.folder / "test_predictions.csv")
    assert [int(row["row"]) for row in rows] == np.repeat(np.arange(60), 2).tolist()
    assert [int(row["predicted_class"]) for row in rows] == kept["predictions"].T.ravel().tolist()
    assert [int(row["true_class"]) for row in rows] == np.repeat(kept["labels"], 2).tolist()
    first = [float(row["probability"]) for row in rows if row["seed"] == "0"]
    assert first == pytest.approx(kept["confidence_of_first"].tolist(), abs=1e-6)


def test_without_survivors_only_the_reasons_are_written(run):
    tested, predictions = run({0: "diverged", 4: "failed"})
    assert tested == {
        "images": 3,
        "images_first": 2,
        "networks": [],
        "failures": [
            {"seed": 0, "status": "diverged", "reason": "why 0"},
            {"seed": 4, "status": "failed", "reason": "why 4"},
        ],
        "classes": ["a", "=b"],
    }
    assert predictions["seeds"].tolist() == [] and len(predictions["predictions"]) == 0
    assert predictions["labels"].tolist() == LABELS.tolist()


def test_the_mean_over_the_seeds_is_the_accuracy(finished):
    tested = finished("plain").read("test.json")
    accuracies = [row["test_accuracy"] for row in tested["networks"]]
    assert [row["seed"] for row in tested["networks"]] == [0, 1]
    assert tested["test_accuracy"] == pytest.approx(sum(accuracies) / 2)
    assert tested["failures"] == [] and tested["images"] == 60
    predictions = artifacts.load_arrays(finished("plain").folder / "test_predictions.npz")
    right = (predictions["predictions"] == predictions["labels"]).mean(axis=1)
    assert right.tolist() == accuracies


def test_an_ensemble_averages_the_probabilities_of_the_seeds(run):
    # Scores of the right pixel alone (1, 0), of the left one (0, 1), of both (1, 1), and the biases: the
    # third, a surer network, overrules the other two on the last image.
    biases = {1: (0.1, 0), 2: (0.1, 0), 3: (0, 0.9)}
    tested, _ = run(
        dict.fromkeys(biases, "completed"), "--evaluation", json.dumps(VIEWS), biases=biases
    )
    assert [row["test_accuracy"] for row in tested["networks"]] == pytest.approx([2 / 3, 2 / 3, 1])
    assert tested["test_accuracy_ensemble"] == 1
    assert "test_accuracy_ensemble_averaged" not in tested

    flips = json.dumps(VIEWS | {"flips": True})  # a matter of the biases alone
    both, _ = run(dict.fromkeys(biases, "completed"), "--evaluation", flips, biases=biases)
    assert both["test_accuracy_averaged"] == pytest.approx((1 / 3 + 1 / 3 + 2 / 3) / 3)
    assert both["test_accuracy_ensemble_averaged"] == pytest.approx(2 / 3)

    alone, _ = run({1: "completed", 2: "diverged"}, "--evaluation", flips)
    assert not [name for name in alone if "ensemble" in name]


def test_figures_find_the_surest_mistakes_of_the_first_network(finished):
    plain = finished("plain")
    found = artifacts.load_arrays(plain.folder / "test_predictions.npz")
    images, labels = (np.load(plain.dataset / f"test_{part}.npy") for part in ("images", "labels"))
    confidence, predicted = found["confidence_of_first"], found["predictions"][0]
    assert confidence.shape == labels.shape and confidence.min() >= 0.1 and confidence.max() <= 1
    shown = found["surest_mistakes_of_first"]
    assert len(shown) == min(25, (predicted != labels).sum()) > 0
    assert (predicted[shown] != labels[shown]).all()
    assert (np.diff(confidence[shown]) <= 0).all()
    assert (found["images_of_surest_mistakes"] == images[shown]).all()
    numbers = artifacts.read_json(plain.folder / "test.json")
    assert 0 < numbers["expected_calibration_error_of_first"] < 1


@pytest.mark.parametrize(
    ("evaluation", "averaged"),
    [
        ({}, None),
        ({"flips": True}, 1 / 3),  # the class is a matter of left and right: the copies disagree
        ({"views": 3, "augmentation": [MIRROR]}, 0),  # three of four say the opposite, or none
    ],
)
def test_the_accuracy_over_views_is_separate(run, evaluation, averaged):
    settings = VIEWS | evaluation
    tested, _ = run({1: "completed"}, "--evaluation", json.dumps(settings))
    assert tested["test_accuracy"] == pytest.approx(2 / 3)
    found = tested.get("test_accuracy_averaged")
    assert found == pytest.approx(averaged)


def test_the_largest_seeds_are_kept(run):
    seeds = [0, LARGEST_SEED]
    tested, predictions = run(dict.fromkeys(seeds, "completed"))
    assert [row["seed"] for row in tested["networks"]] == predictions["seeds"].tolist() == seeds


def test_a_network_with_one_answer_is_warned_of(run, capsys):
    # class 1 always, which two of the three are: recalls of 0 and 1, F1 of 0 and 4 / 5
    tested, _ = run({0: "completed", 1: "completed"}, biases={0: (0, 9), 1: (0, 9)})
    for row in (tested, *tested["networks"]):
        assert row["test_accuracy"] == row["test_majority_rate"] == pytest.approx(2 / 3)
        assert (row["test_balanced_accuracy"], row["test_classes_predicted"]) == (0.5, 1)
        assert row["test_macro_f1"] == pytest.approx(2 / 5)
    assert tested["cautions"] == [
        "2 of 2 networks predict one class only",
        "test accuracy is 66.67 %, no better than the 66.67 % of always answering the most frequent "
        "test class (balanced accuracy is 50.00 %)",
    ]
    said = capsys.readouterr().out
    assert "test accuracy 66.67 %, balanced accuracy 50.00 %, macro F1 40.00 %, majority" in said
    assert "warning: 2 of 2 networks predict one class only\n" in said
    assert "test_balanced_accuracy_interval" not in tested
    right, _ = run({0: "completed"}, biases={0: (0, 0.9)})
    assert right["test_accuracy"] == 1 and right["cautions"] == []
