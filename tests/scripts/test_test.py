"""What is tested of a refit, where some of its networks failed."""

import json
import sys

import numpy as np
import pytest

import artifacts
import test as program
from evaluation import EvaluationError
from models import Model, save_model
from nn import Preparation, build_network, streams

IMAGES = np.array([[0, 255], [255, 0], [255, 255]], np.uint8).reshape(3, 1, 2)
LABELS = np.array([0, 1, 1], np.uint8)


@pytest.fixture
def run(tmp_path, monkeypatch):
    """Test refits of these endings, by seed; return what the program wrote."""
    preparation = Preparation.fit(["unit"], IMAGES, np.arange(3))
    artifacts.save_array(tmp_path / "data/test_images.npy", IMAGES)
    artifacts.save_array(tmp_path / "data/test_labels.npy", LABELS)
    artifacts.write_json(tmp_path / "selection.json", {})

    def run(endings: dict[int, str]):
        settings = {"hidden": []}
        network = build_network(settings, 2, 2, streams(0))
        network.parameters[:] = [0, 1, 1, 0, 0, 0]  # class 0 where the right pixel is brighter
        for seed, status in endings.items():
            config = {"network": settings, "preparation": ["unit"], "inputs": 2, "seed": seed}
            config |= {"classes": ["a", "b"], "status": status, "reason": f"why {seed}"}
            failed = status == "failed"  # such a network could not be built
            model = Model(None if failed else network, preparation, config)
            save_model(tmp_path / f"refit/seed={seed}/model.npz", model)
        flags = ["--dataset", "data", "--selection", "selection.json", "--output", "test.json"]
        flags += ["--predictions", "test.npz", "--evaluation", '{"shifts": 0, "flips": false}']
        monkeypatch.chdir(tmp_path)
        monkeypatch.setattr(sys, "argv", ["test.py", *flags, "--refit-seeds", *map(str, endings)])
        program.main()
        return json.loads((tmp_path / "test.json").read_text()), artifacts.load_arrays("test.npz")

    return run


def test_a_refit_that_failed_is_left_out_and_listed(run):
    tested, predictions = run({0: "diverged", 1: "completed", 2: "failed", 3: "stopped"})
    assert [row["model"] for row in tested["networks"]] == ["refit/seed=1", "refit/seed=3"]
    assert tested["test_accuracy"] == pytest.approx(2 / 3)
    assert [(row["seed"], row["status"], row["reason"]) for row in tested["failures"]] == [
        (0, "diverged", "why 0"),
        (2, "failed", "why 2"),
    ]
    assert predictions["seeds"].tolist() == [1, 3]
    assert predictions["predictions"].tolist() == [[0, 1, 0]] * 2


def test_where_none_survived_there_is_nothing_to_test(run, tmp_path):
    with pytest.raises(EvaluationError, match="no refit survived") as caught:
        run({0: "diverged", 4: "failed"})
    assert "refit/seed=0 diverged: why 0" in str(caught.value)
    assert "refit/seed=4 failed: why 4" in str(caught.value)
    assert not (tmp_path / "test.json").exists()
