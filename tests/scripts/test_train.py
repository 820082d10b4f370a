"""A training that is killed, or done in parts, ends with the bytes of an uninterrupted one."""

import json
import signal
from types import SimpleNamespace

import numpy as np
import pytest

import train
from datasets import describe, sklearn_digits
from files import artifacts
from files.models import judged, load_model, loss_of
from files.prepared import Prepared, load_prepared, save_prepared
from inputs import Preparation
from nn import NETWORK_DEFAULTS, TRAINING_DEFAULTS


class Killed(BaseException):
    """In the place of SIGKILL: nothing in between may catch it."""


@pytest.fixture
def data(tmp_path):
    """The folder of a parsed dataset with prepared data, as the stages before leave it."""
    arrays = sklearn_digits()
    images, labels = arrays["train_images"][:300], arrays["train_labels"][:300]
    folder = tmp_path / "digits"
    artifacts.save_array(folder / "train_images.npy", images)
    artifacts.save_array(folder / "train_labels.npy", labels)
    info = {"classes": list("0123456789"), "shape": [8, 8], "dtype": "uint8"}
    info["splits"] = {"train": describe(images, labels, 10)}
    rows = {"training": np.arange(250), "validation": np.arange(250, 300)}
    preparation = Preparation.fit(["unit"], images, rows["training"])
    save_prepared(folder / "unit.npz", Prepared(rows, preparation, info))
    return folder


@pytest.fixture
def settings():
    network = {**NETWORK_DEFAULTS, "hidden": [16], "normalization": "batch", "dropout": 0.2}
    training = {**TRAINING_DEFAULTS, "optimizer": "adam", "learning_rate": 0.01, "epochs": 6}
    training["augmentation"] = [{"name": "shift", "pixels": 1}]
    return {"network": network, "training": training, "preparation": ["unit"], "seed": 1}


@pytest.fixture
def trained(data, settings, tmp_path, run_program):
    """trained(folder, *options): train with these settings; return the folder."""

    def trained(name, *options, prepared=data / "unit.npz"):
        run_program(
            train,
            *("--prepared", prepared, "--settings", json.dumps(settings)),
            *("--images", data / "train_images.npy", "--labels", data / "train_labels.npy"),
            *("--output", tmp_path / name / "model.npz", *options),
        )
        return tmp_path / name

    return trained


@pytest.fixture
def killed(trained, monkeypatch):
    """killed(folder, epoch): a training that is killed when it reports this epoch."""

    def killed(name, epoch, *options):
        report = train.report

        def reported(row, trainer):
            if row["epoch"] == epoch:
                raise Killed
            report(row, trainer)

        with monkeypatch.context() as patch:
            patch.setattr(train.Checkpoint, "seconds", 0)
            patch.setattr(train, "report", reported)
            with pytest.raises(Killed):
                trained(name, *options)

    return killed


def test_a_killed_training_resumes_and_ends_with_the_same_bytes(trained, killed, tmp_path, capsys):
    whole = trained("whole")
    killed("killed", 4)
    assert (tmp_path / "killed/model.checkpoint.npz").exists()
    assert not (tmp_path / "killed/model.npz").exists()
    trained("killed")
    assert "resumed at iteration 12" in capsys.readouterr().out  # 3 epochs of 4 batches
    assert (tmp_path / "killed/model.npz").read_bytes() == (whole / "model.npz").read_bytes()
    assert [path.name for path in (tmp_path / "killed").iterdir()] == ["model.npz"]


def test_a_model_records_that_channels_came_first(trained, data):
    arrays = artifacts.load_arrays(data / "unit.npz")
    info = json.loads(str(arrays["info"])) | {"channels": "first"}
    artifacts.save_arrays(data / "first.npz", arrays | {"info": np.array(json.dumps(info))})
    first = load_model(trained("first", prepared=data / "first.npz") / "model.npz")
    assert first.config["channels"] == "first"
    assert "channels" not in load_model(trained("last") / "model.npz").config


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_leaves_a_checkpoint_at_once_and_no_other_file(
    trained, tmp_path, monkeypatch, capsys, number
):
    whole = trained("whole")
    step, steps = train.Trainer._evaluate, []

    def interrupted(trainer):
        steps.append(trainer)
        if len(steps) == 2:
            signal.raise_signal(number)
        return step(trainer)

    with monkeypatch.context() as patch, pytest.raises(SystemExit) as ended:
        patch.setattr(train.Trainer, "_evaluate", interrupted)
        trained("cut")
    assert ended.value.code == 128 + number
    assert [path.name for path in (tmp_path / "cut").iterdir()] == ["model.checkpoint.npz"]
    assert capsys.readouterr().out.splitlines()[-1] == (
        "interrupted at epoch 2; the same command continues from there"
    )
    trained("cut")
    assert "resumed at iteration 8" in capsys.readouterr().out
    assert (tmp_path / "cut/model.npz").read_bytes() == (whole / "model.npz").read_bytes()


def test_the_number_of_threads_changes_no_byte(trained, settings):
    settings["training"]["shards"] = 3
    one, two = trained("one") / "model.npz", trained("two", "--threads", "2") / "model.npz"
    assert one.read_bytes() == two.read_bytes()
    settings["training"]["shards"] = 1
    other = trained("other") / "model.npz"
    assert load_model(other).losses.tobytes() != load_model(one).losses.tobytes()


def test_a_training_leaves_its_history_and_every_loss_in_the_model(trained, capsys):
    model = load_model(trained("run") / "model.npz")
    assert model.config["status"] == "completed" and model.usable
    assert (model.config["epochs"], model.config["iterations"]) == (6, 24)
    assert model.losses.shape == (24,) and model.history.shape[0] == 6
    assert model.history[:, 0].tolist() == [1, 2, 3, 4, 5, 6]
    assert model.state == {}
    assert "epoch 6, iteration 24/24" in capsys.readouterr().out


def drop(prepared, training):
    """The prepared data of another split."""
    arrays = artifacts.load_arrays(prepared)
    artifacts.save_arrays(prepared, {**arrays, "training": arrays["training"][:training]})


@pytest.mark.parametrize("what", ["settings", "data", "code"])
def test_a_checkpoint_of_another_training_is_ignored(
    trained, killed, settings, data, monkeypatch, capsys, what
):
    killed("killed", 4)
    if what == "settings":
        settings["training"]["learning_rate"] = 0.02
    elif what == "data":
        drop(data / "unit.npz", 249)
    else:
        monkeypatch.setattr("origin.code_digest.digest", lambda *_: "another")
    capsys.readouterr()
    trained("killed")
    assert "resumed" not in capsys.readouterr().out


@pytest.mark.parametrize("content", [b"", b"no archive", None])
def test_a_damaged_checkpoint_is_reported_and_the_training_restarts(
    trained, killed, tmp_path, capsys, content
):
    whole = trained("whole")
    killed("killed", 4)
    path = tmp_path / "killed/model.checkpoint.npz"
    path.write_bytes(path.read_bytes()[:-50] if content is None else content)
    trained("killed")
    assert f"ignoring the checkpoint: {path}: damaged" in capsys.readouterr().out
    assert (tmp_path / "killed/model.npz").read_bytes() == (whole / "model.npz").read_bytes()
    assert not path.exists()


@pytest.mark.parametrize("ema", [None, 0.9])
def test_a_training_in_parts_is_the_training_in_one_go(trained, settings, ema):
    settings["training"]["ema"] = ema
    settings["network"] = {**settings["network"], "normalization": "batch"}
    whole = trained("whole")
    first = trained("0", "--until-epoch", 1)
    second = trained("1", "--until-epoch", 3, "--start", first / "model.npz")
    last = trained("end", "--start", second / "model.npz")
    assert (last / "model.npz").read_bytes() == (whole / "model.npz").read_bytes()


def test_a_killed_part_resumes_from_its_own_checkpoint(trained, killed, capsys):
    whole = trained("whole")
    first = trained("0", "--until-epoch", 2)
    killed("end", 5, "--start", first / "model.npz")
    capsys.readouterr()
    last = trained("end", "--start", first / "model.npz")
    assert "resumed at iteration 16" in capsys.readouterr().out
    assert (last / "model.npz").read_bytes() == (whole / "model.npz").read_bytes()


def test_a_paused_model_can_predict_and_continue(trained):
    model = load_model(trained("0", "--until-epoch", 2) / "model.npz")
    assert (model.config["status"], model.config["epochs"]) == ("paused", 2)
    assert model.usable and model.state
    assert model.losses.shape == (8,) and len(model.history) == 2


def test_a_paused_model_has_averaged_weights_and_its_state_has_the_raw_ones(trained, settings):
    settings["training"]["ema"] = 0.9
    settings["network"] = {**settings["network"], "normalization": "batch"}
    model = load_model(trained("0", "--until-epoch", 2) / "model.npz")
    assert np.array_equal(model.network.parameters, model.state["average.value"])
    assert not np.array_equal(model.network.parameters, model.state["network.parameters"])
    assert model.network.buffers
    for name, buffer in model.network.buffers.items():
        assert np.array_equal(buffer, model.state[f"average.buffers.{name}"])
        assert not np.array_equal(buffer, model.state[f"network.buffers.{name}"])


def test_a_run_that_cannot_be_built_is_recorded_with_its_reason(trained, settings):
    settings["network"] = {**settings["network"], "activation": "none_such"}
    folder = trained("run")
    model = artifacts.load_arrays(folder / "model.npz")
    config = json.loads(str(model["config"]))
    assert config["status"] == "failed"
    assert "none_such" in config["reason"]
    assert "parameters" not in model
    loaded = load_model(folder / "model.npz")
    assert not loaded.usable and loaded.network is None
    assert loaded.losses.shape == (0,) and len(loaded.history) == 0
    assert loaded.config["classes"] == list("0123456789")


def test_a_run_that_diverged_is_recorded_with_its_reason(trained, settings):
    settings["training"] |= {"optimizer": "sgd", "learning_rate": 1e30, "l2": 0.01}
    model = load_model(trained("run") / "model.npz")
    assert model.config["status"] == "diverged" and not model.usable
    assert model.config["reason"].startswith("the loss became")
    assert len(model.history) == 0 and len(model.losses) == model.config["iterations"]


def test_the_same_settings_give_the_same_bytes_and_another_seed_others(trained, settings):
    first, second = trained("one"), trained("two")
    settings["seed"] = 2
    third = trained("three")
    assert (first / "model.npz").read_bytes() == (second / "model.npz").read_bytes()
    assert (first / "model.npz").read_bytes() != (third / "model.npz").read_bytes()


@pytest.mark.parametrize("batch", [100, 400])  # of 250 examples
def test_the_log_begins_with_the_operations_of_the_products(trained, settings, capsys, batch):
    settings["training"] |= {"epochs": 1, "batch_size": batch}
    trained("logged")
    a_row = 2 * (2 * 64 * 16 + 3 * 16 * 10)  # 64 - 16 - 10, and no dx of the inputs
    said = capsys.readouterr().out.splitlines()[0]
    expected = f"{a_row * min(batch, 250):.4g} a step, {a_row * 250:.4g} in all"
    assert said == f"operations of the matrix products: {expected}"


def test_the_log_has_large_numbers_of_epochs_in_full(capsys):
    row = dict.fromkeys(train.HISTORY_COLUMNS)
    for epoch, shown in (
        (0.123456, "0.1235"),
        (12.5, "12.5"),
        (10_000, "10000"),
        (12_345.6, "12346"),
    ):
        train.report(row | {"epoch": epoch, "iteration": 7}, SimpleNamespace(iterations=9))
        assert capsys.readouterr().out == f"epoch {shown}, iteration 7/9\n"


def test_a_model_contains_the_description_of_its_table(data, trained):
    before = load_prepared(
        data / "unit.npz", ["unit"], *(data / f"train_{a}.npy" for a in ("images", "labels"))
    )
    about = {"format": "csv", "table": {"inputs": ["age"], "label": "kind"}}
    before.info |= about
    save_prepared(data / "table.npz", before)
    config = load_model(trained("table", prepared=data / "table.npz") / "model.npz").config
    assert {key: config[key] for key in about} == about
    assert not about.keys() & load_model(trained("plain") / "model.npz").config.keys()


# ---------------------------------------------------------------------- weights of classes

COUNTS = np.bincount(sklearn_digits()["train_labels"][:250], minlength=10)


def with_loss(settings, **loss):
    settings["network"]["loss"] = {"name": "softmax_cross_entropy", **loss}


def test_balanced_weights_come_from_the_training_part(trained, settings):
    plain = load_model(trained("plain") / "model.npz")
    with_loss(settings, class_weights="balanced")
    model = load_model(trained("balanced") / "model.npz")
    expected = (250 / (10 * COUNTS)).tolist()
    assert model.config["class_weights"] == expected
    assert model.config["network"]["loss"]["class_weights"] == "balanced"  # as it was asked for
    assert "class_weights" not in plain.config
    with_loss(settings, class_weights=expected)
    given = load_model(trained("given") / "model.npz")
    assert (given.network.parameters == model.network.parameters).all()
    assert (given.network.parameters != plain.network.parameters).any()
    assert loss_of(given.config) == loss_of(model.config)


def test_weights_by_name_are_scaled_by_the_training_part(trained, settings):
    with_loss(settings, class_weights={"3": 9.0})
    found = load_model(trained("named") / "model.npz").config["class_weights"]
    scale = 250 / (250 + 8 * COUNTS[3])
    assert found == pytest.approx([9 * scale if k == 3 else scale for k in range(10)])


@pytest.mark.parametrize("shards", [1, 2])
def test_weights_reach_every_shard_mixture_and_smoothed_target(trained, settings, data, shards):
    """A loss with equal weights of 1 and one with none are the same training."""
    training = settings["training"]
    training |= {"shards": shards, "augmentation": [{"name": "mixup", "alpha": 0.2}], "epochs": 2}
    with_loss(settings, label_smoothing=0.1)
    plain = load_model(trained("plain") / "model.npz")
    with_loss(settings, label_smoothing=0.1, class_weights=dict.fromkeys("0123456789", 5.0))
    equal = load_model(trained("equal") / "model.npz")
    assert equal.config["class_weights"] == [1.0] * 10
    assert (equal.network.parameters == plain.network.parameters).all()
    with_loss(settings, label_smoothing=0.1, class_weights="balanced")
    balanced = load_model(trained("balanced") / "model.npz")
    assert (balanced.network.parameters != plain.network.parameters).any()


def test_the_validation_loss_is_weighted(trained, settings, data):
    with_loss(settings, class_weights="balanced")
    settings["training"]["augmentation"] = []
    model = load_model(trained("balanced") / "model.npz")
    read = data / "train_images.npy", data / "train_labels.npy"
    prepared = load_prepared(data / "unit.npz", ["unit"], *read)
    scores, labels, losses = judged(model, prepared.examples("validation", np.float32))
    assert model.history[-1, -2] == pytest.approx(losses.mean())
    log_p = scores - np.log(np.exp(scores).sum(axis=1, keepdims=True))
    weights = np.array(model.config["class_weights"])[labels]
    np.testing.assert_allclose(losses, -weights * log_p[np.arange(50), labels], rtol=1e-4)


def test_a_paused_training_continues_with_the_same_class_weights(trained, settings):
    with_loss(settings, class_weights="balanced")
    whole = trained("whole")
    first = trained("first", "--until-epoch", 3)
    second = trained("second", "--start", first / "model.npz")
    assert (second / "model.npz").read_bytes() == (whole / "model.npz").read_bytes()


def test_class_weights_of_0_for_all_training_examples_fail_the_run(trained, settings):
    with_loss(settings, class_weights=dict.fromkeys("0123456789", 0.0))
    model = load_model(trained("zero") / "model.npz")
    assert model.config["status"] == "failed"
    assert "class_weights: are 0 for all classes" in model.config["reason"]
