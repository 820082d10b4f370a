"""A training job that is killed and started again ends with the bytes of one that was not."""

import json

import numpy as np
import pytest

import artifacts
import train
from datasets import sklearn_digits
from models import Prepared, save_prepared
from nn import NETWORK_DEFAULTS, TRAINING_DEFAULTS, Preparation

FILES = ("model.npz", "history.csv", "losses.npy")


class Killed(BaseException):
    """In the place of SIGKILL: nothing in between may catch it."""


@pytest.fixture
def data(tmp_path):
    """The prepared data of a parsed dataset, as the stages before leave them."""
    arrays = sklearn_digits()
    images, labels = arrays["train_images"][:300], arrays["train_labels"][:300]
    folder = tmp_path / "digits"
    prepared = folder / "prepared/unit.npz"
    artifacts.save_array(folder / "train_images.npy", images)
    artifacts.save_array(folder / "train_labels.npy", labels)
    info = {"classes": list("0123456789"), "shape": [8, 8]}
    rows = {"training": np.arange(250), "validation": np.arange(250, 300)}
    preparation = Preparation.fit(["unit"], images, rows["training"])
    save_prepared(prepared, Prepared(rows, preparation, info, folder))
    return prepared


@pytest.fixture
def settings():
    network = {**NETWORK_DEFAULTS, "hidden": [16], "normalization": "batch", "dropout": 0.2}
    training = {**TRAINING_DEFAULTS, "optimizer": "adam", "learning_rate": 0.01, "epochs": 6}
    training["augmentation"] = [{"name": "shift", "pixels": 1}]
    return {"network": network, "training": training, "preparation": ["unit"], "seed": 1}


def kill_at(monkeypatch, epoch):
    report = train.report

    def reported(row, trainer):
        if row["epoch"] == epoch:
            raise Killed
        report(row, trainer)

    monkeypatch.setattr(train, "report", reported)


def test_a_killed_training_goes_on_and_ends_with_the_same_bytes(
    data, settings, tmp_path, monkeypatch, capsys
):
    train.train(data, settings, tmp_path / "whole")
    with monkeypatch.context() as patch:
        patch.setattr(train, "CHECKPOINT_SECONDS", 0)
        kill_at(patch, 4)
        with pytest.raises(Killed):
            train.train(data, settings, tmp_path / "killed")
    assert (tmp_path / "killed/checkpoint.npz").exists()
    assert not (tmp_path / "killed/model.npz").exists()
    train.train(data, settings, tmp_path / "killed")
    assert "resumed at iteration 12" in capsys.readouterr().out  # 3 epochs of 4 batches
    for file in FILES:
        assert (tmp_path / "killed" / file).read_bytes() == (tmp_path / "whole" / file).read_bytes()
    assert not (tmp_path / "killed/checkpoint.npz").exists()


def test_a_checkpoint_of_other_settings_is_not_taken(data, settings, tmp_path, monkeypatch, capsys):
    with monkeypatch.context() as patch:
        patch.setattr(train, "CHECKPOINT_SECONDS", 0)
        kill_at(patch, 4)
        with pytest.raises(Killed):
            train.train(data, settings, tmp_path / "killed")
    settings["training"] = {**settings["training"], "learning_rate": 0.02}
    train.train(data, settings, tmp_path / "killed")
    assert "resumed" not in capsys.readouterr().out


def test_a_run_that_cannot_be_built_is_recorded_with_its_reason(data, settings, tmp_path):
    settings["network"] = {**settings["network"], "activation": "none_such"}
    train.train(data, settings, tmp_path / "run")
    model = artifacts.load_arrays(tmp_path / "run/model.npz")
    config = json.loads(str(model["config"]))
    assert config["status"] == "failed"
    assert "none_such" in config["reason"]
    assert "parameters" not in model
