"""What is measured of a network, and the total of the losses that a training with single images has."""

import numpy as np
import pytest

from evaluation import METRICS
from files import bundles
from files.models import load_model, save_model
from files.prepared import load_prepared
from nn import HISTORY_COLUMNS, pack_history, predict
from validate import EPSILON, best_of, online_loss

MEASURED = (*METRICS, "images")
PLAIN = {
    "network": {"loss": "softmax_cross_entropy"},
    "training": {"batch_size": 1, "l2": 0.0, "augmentation": []},
}


def changed(part: str, **values) -> dict:
    return {**PLAIN, part: {**PLAIN[part], **values}}


def test_the_first_epoch_is_summed_with_and_without_the_guard():
    losses = np.array([1.0, 2.0, 100.0, 5.0, 5.0, 5.0])  # two epochs of three images
    total = online_loss(PLAIN, losses, 3)
    assert total["exact"] == 103
    assert total["guarded"] == pytest.approx(3 - np.log(EPSILON))
    assert total["epsilon"] == EPSILON


@pytest.mark.parametrize(
    "config",
    [
        changed("training", batch_size=2),
        changed("training", batch_size="full"),
        changed("training", l2=0.1),
        changed("training", augmentation=[{"name": "mixup", "alpha": 0.2}]),
        changed("network", loss="squared_error"),
        changed("network", loss={"name": "softmax_cross_entropy", "label_smoothing": 0.1}),
    ],
)
def test_the_guarded_total_needs_a_cross_entropy_loss(config):
    assert online_loss(config, np.ones(3), 3) is None


def test_a_component_without_arguments_is_its_name():
    config = changed("network", loss={"name": "softmax_cross_entropy"})
    assert online_loss(config, np.ones(3), 3)["exact"] == 3


def test_the_best_evaluation_is_the_first_of_equal_ones():
    rows = [
        dict.fromkeys(HISTORY_COLUMNS, 0.5) | {"epoch": e, "iteration": 7 * e} for e in (1, 2, 3)
    ]
    for row, accuracy in zip(rows, (0.8, 0.9, 0.9), strict=True):
        row["validation_accuracy"] = accuracy
    assert best_of(pack_history(rows)) == {"epochs": 2, "iterations": 14}
    assert best_of(pack_history([])) is None


def test_a_network_is_measured_on_both_parts_of_the_split(finished):
    plain = finished("plain")
    metrics = plain.metrics("seed=1")
    model = load_model(plain.folder / "runs/seed=1/model.npz")
    data = load_prepared(plain.prepared("seed=1"), ["unit"], *plain.data()[1::2])
    assert (metrics["seed"], metrics["status"], metrics["reason"]) == (1, "completed", None)
    assert (metrics["epochs"], metrics["iterations"]) == (3, 21)
    assert metrics["parameters"] == 64 * 4 + 4 + 4 * 10 + 10
    for part, images in (("training", 200), ("validation", 40)):
        examples = data.examples(part, model.network.dtype)
        right = predict(model.network, examples).argmax(axis=1) == examples.labels
        assert metrics[f"{part}_accuracy"] == right.mean()
        assert metrics[f"{part}_images"] == images
        assert metrics[f"{part}_loss"] > 0
    assert metrics["validation_accuracy"] == model.history[-1, -1]


def test_metrics_contain_no_file_names(finished):
    """The graph has their origin."""
    assert finished("plain").metrics("seed=0").keys() == {
        "seed", "status", "reason", "epochs", "iterations", "parameters",
        *(f"training_{name}" for name in MEASURED), *(f"validation_{name}" for name in MEASURED),
    }  # fmt: skip


def test_without_a_validation_split_its_numbers_are_null(finished):
    metrics = finished("points").metrics("seed=0")
    assert metrics["validation_accuracy"] is None and metrics["validation_loss"] is None
    assert (metrics["training_images"], metrics["validation_images"]) == (60, 0)
    assert metrics["training_accuracy"] > 0.3


def test_a_network_that_diverged_has_no_scores(finished):
    metrics = finished("lost").metrics("seed=0")
    assert metrics["status"] == "diverged" and metrics["reason"].startswith("the loss became")
    for part in ("training", "validation"):
        assert metrics[f"{part}_accuracy"] is metrics[f"{part}_loss"] is None


def test_a_network_that_could_not_be_built_has_no_parameters(built):
    plain = built("plain")
    path = plain.folder / "runs/seed=0/model.npz"
    model = load_model(path)
    model.config |= {"status": "failed", "reason": "activation: unknown"}
    model.network = None
    save_model(path, model)
    bundles.join(plain.bundle(), {"seed=0": path})
    plain.validate(plain.bundle())
    metrics = plain.metrics("seed=0")
    assert (metrics["status"], metrics["parameters"]) == ("failed", None)
    assert metrics["training_accuracy"] is None


def test_a_network_that_paused_at_a_rung_is_measured(finished):
    halved = finished("halved")
    name = "learning_rate=0.1__seed=0"
    metrics = halved.metrics(name, rung=0)
    assert (metrics["status"], metrics["epochs"]) == ("paused", 1)
    assert metrics["validation_accuracy"] is not None


def test_a_bundle_is_measured_only_on_its_own_data(built, refused):
    plain = built("plain")
    prepared = plain.prepared("seed=0")
    prepared.write_bytes(prepared.read_bytes() + b" ")
    message = refused(plain.validate, plain.bundle())
    assert message == f"error: {plain.bundle()}: seed=0 was not trained on {prepared}\n"


def test_the_log_has_the_scores_of_each_run(built, capsys):
    plain = built("plain")
    capsys.readouterr()
    plain.validate(plain.bundle())
    lines = capsys.readouterr().out.splitlines()
    accuracy = f"{100 * plain.metrics('seed=0')['validation_accuracy']:.2f} %"
    assert lines[0].startswith(f"seed=0: validation accuracy {accuracy}, balanced accuracy ")
    assert [line.partition(":")[0] for line in lines] == ["seed=0", "seed=1"]
