import io
import warnings

import numpy as np
import pytest

from components import SettingsError, streams
from nn import HISTORY_COLUMNS, Trainer, build_loss, build_network

NETWORK = {"hidden": [16]}
SETTINGS = {"learning_rate": 0.05, "batch_size": 8, "epochs": 4}


@pytest.fixture
def trainer(blobs, array_examples):
    """trainer(settings, network settings): 75 training and 30 validation examples."""

    def make(settings=None, network=None, seed=0, validation=True):
        network = {**NETWORK, **(network or {})}
        dtype = np.dtype(network.get("precision", "float32"))
        x, y = blobs(105, dtype)
        generators = streams(seed)
        return Trainer(
            build_network(network, 4, 3, generators),
            {**SETTINGS, **(settings or {})},
            array_examples(x[:75], y[:75]),
            array_examples(x[75:], y[75:]) if validation else None,
            generators,
            build_loss(network.get("loss", "softmax_cross_entropy")),
        )

    return make


def finished(trainer):
    trainer.run()
    return trainer


def test_history_and_losses(trainer):
    seen = []
    t = trainer()
    t.run(on_epoch=seen.append)
    assert t.status == "completed" and t.reason is None
    assert seen == t.history and len(seen) == 4
    assert tuple(seen[0]) == HISTORY_COLUMNS
    assert [row["epoch"] for row in seen] == [1, 2, 3, 4]
    assert [row["iteration"] for row in seen] == [10, 20, 30, 40]
    assert len(t.losses) == 40
    assert seen[1]["training_objective"] == pytest.approx(t.losses[10:20].mean())
    assert seen[-1]["validation_accuracy"] > 0.9
    assert seen[-1]["training_loss"] < seen[0]["training_loss"]


def test_without_validation(trainer):
    row = finished(trainer(validation=False)).history[-1]
    assert row["validation_loss"] is None and row["validation_accuracy"] is None
    assert row["training_accuracy"] > 0.9


def test_evaluate_every_and_the_end(trainer):
    t = finished(trainer({"evaluate_every": 3}))
    assert [row["epoch"] for row in t.history] == [3, 4]


def test_counted_in_iterations(trainer):
    t = finished(trainer({"epochs": None, "iterations": 25}))
    assert [row["epoch"] for row in t.history] == [1, 2, 2.5]
    assert len(t.losses) == 25


@pytest.mark.parametrize("schedule", ["cosine", {"name": "step", "milestones": [3]}])
@pytest.mark.parametrize("length", [{"epochs": 2}, {"iterations": 20}])
def test_a_shorter_training_is_the_start_of_the_longer_one(trainer, schedule, length):
    settings = {"schedule": schedule, "warmup": 1, "ema": 0.5}
    whole, short = trainer(settings), trainer(settings)
    whole.run(until_epoch=2)
    short.end_after(**length)
    short.run()
    assert (short.epoch, short.status, short.reason) == (2, "completed", None)
    assert short.history == whole.history and short.losses.tolist() == whole.losses.tolist()
    assert [short.rate(i) for i in range(20)] == [whole.rate(i) for i in range(20)]
    assert short.network.parameters.tobytes() == whole.average.value.tobytes()


def test_does_not_end_later_than_its_settings_say(trainer):
    longer = trainer()
    longer.end_after(epochs=9)
    assert len(finished(longer).losses) == 40


def test_a_training_stops_at_an_epoch_and_continues(trainer):
    t = trainer()
    t.run(until_epoch=2)
    assert (t.epoch, t.status) == (2, "running")
    t.run()
    assert (t.epoch, t.status) == (4, "completed")
    assert t.network.parameters.tobytes() == finished(trainer()).network.parameters.tobytes()


@pytest.mark.parametrize("optimizer, rate", [("sgd", 0.1), ("adam", 0.01)])
@pytest.mark.parametrize("normalization", ["none", "batch", "layer"])
def test_twenty_samples_are_overfitted(optimizer, rate, normalization, array_examples):
    rng = np.random.default_rng(0)
    examples = array_examples(rng.random((20, 30), np.float32), rng.integers(0, 4, 20))
    generators = streams(0)
    network = {"hidden": [40], "normalization": normalization}
    t = Trainer(
        build_network(network, 30, 4, generators),
        {"optimizer": optimizer, "learning_rate": rate, "epochs": 200, "batch_size": 10},
        *(examples, None, generators, build_loss("softmax_cross_entropy")),
    )
    t.run()
    assert t.history[-1]["training_accuracy"] == 1.0


RESUMED = [
    {},
    {"batches": "replacement", "optimizer": "adam", "schedule": "cosine", "warmup": 0.5},
    {"optimizer": "momentum", "ema": 0.9, "patience": 3, "l2": 0.01},
    {"optimizer": "adam", "ema": 0.95},
    {"optimizer": "lion", "learning_rate": 0.001, "batch_size": "full", "weight_decay": 0.1},
    {"epochs": None, "iterations": 35, "optimizer": "nesterov"},
]


@pytest.mark.parametrize("settings", RESUMED, ids=str)
def test_resumed_training_gives_the_same_bytes(settings, trainer):
    network = {"dropout": 0.3, "normalization": "batch"}
    saved = []
    whole = trainer(settings, network)
    whole.run(on_epoch=lambda row: saved.append(whole.state()))
    for state in saved:  # the last one as well: there is only the finish to be done
        file = io.BytesIO()
        np.savez(file, **state)
        file.seek(0)
        resumed = trainer(settings, network, seed=99)
        resumed.restore(np.load(file, allow_pickle=False))
        resumed.run()
        assert (resumed.status, resumed.reason) == (whole.status, whole.reason)
        assert resumed.history == whole.history
        assert resumed.losses.tobytes() == whole.losses.tobytes()
        assert resumed.network.parameters.tobytes() == whole.network.parameters.tobytes()
        for name, buffer in resumed.network.buffers.items():
            assert buffer.tobytes() == whole.network.buffers[name].tobytes()


@pytest.mark.parametrize("settings", RESUMED, ids=str)
@pytest.mark.parametrize("iterations", [1, 3, 7, 8])
def test_resuming_within_an_epoch_gives_the_same_bytes(settings, iterations, trainer):
    network = {"dropout": 0.3, "normalization": "batch"}
    whole = finished(trainer(settings, network))
    part = trainer(settings, network)
    iterations = min(iterations, part.iterations - 1)
    interrupt_after(part, iterations)
    part.run()
    assert (part.iteration, part.status) == (iterations, "running")
    resumed = trainer(settings, network, seed=99)
    resumed.restore(part.state())
    again = trainer(settings, network, seed=98)
    again.restore(resumed.state())  # a checkpoint before the first iteration of the second part
    for other in (finished(resumed), finished(again)):
        assert other.history == whole.history
        assert other.losses.tobytes() == whole.losses.tobytes()
        assert other.network.parameters.tobytes() == whole.network.parameters.tobytes()


def interrupt_after(trainer, iterations):
    """Let a signal come while this iteration runs."""
    step, done = trainer.optimizer.step, []

    def counted(rate):
        step(rate)
        done.append(rate)
        trainer.interrupted = len(done) == iterations

    trainer.optimizer.step = counted


def test_state_of_another_network_is_refused(trainer):
    with pytest.raises(SettingsError, match="parameters"):
        trainer().restore(trainer(network={"hidden": [3]}).state())


def test_same_seed_same_bytes(trainer):
    first, second, other = (finished(trainer(seed=seed)).network for seed in (0, 0, 1))
    assert first.parameters.tobytes() == second.parameters.tobytes()
    assert first.parameters.tobytes() != other.parameters.tobytes()


def test_divergence_ends_the_run_with_a_reason_and_no_warning(trainer):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        t = finished(trainer({"learning_rate": 1e20}))
    assert t.status == "diverged"
    assert f"at iteration {t.iteration} " in t.reason and "last finite loss was" in t.reason
    assert np.isfinite(t.losses).all()
    assert len(t.losses) == t.iteration < 40


def test_early_stopping_restores_the_best_weights(trainer):
    # a rate that soon does harm: the best validation accuracy is not the last
    t = trainer({"patience": 2, "epochs": 60, "learning_rate": 2.0})
    seen = []
    t.run(on_epoch=lambda row: seen.append(t.network.parameters.copy()))
    accuracies = [row["validation_accuracy"] for row in t.history]
    best = int(np.argmax(accuracies))
    assert t.status == "stopped" and "2 evaluations" in t.reason
    assert len(accuracies) == best + 3
    np.testing.assert_array_equal(t.network.parameters, seen[best])


def test_the_moving_average_is_evaluated_and_saved(trainer):
    plain, averaged = finished(trainer()), trainer({"ema": 0.9})
    trained = []
    averaged.run(on_epoch=lambda row: trained.append(averaged.network.parameters.copy()))
    np.testing.assert_array_equal(trained[-1], plain.network.parameters)
    np.testing.assert_array_equal(averaged.network.parameters, averaged.average.value)
    assert averaged.history[-1]["validation_loss"] != plain.history[-1]["validation_loss"]


BATCH_NORM = {"hidden": [16], "normalization": "batch", "precision": "float64"}


def test_moving_average_includes_running_statistics(trainer):
    t = trainer({"ema": 0.9}, BATCH_NORM)
    before = {name: buffer.copy() for name, buffer in t.network.buffers.items()}
    every, seen, step = [before], [], t.optimizer.step

    def tracking(rate):  # a step of the optimizer comes after those of the statistics
        every.append({name: buffer.copy() for name, buffer in t.network.buffers.items()})
        step(rate)

    t.optimizer.step = tracking
    evaluate = t.objective.evaluate

    def looking(examples, positions=None):
        seen.append(t.network.buffers["hidden1.norm.mean"].copy())
        return evaluate(examples, positions)

    t.objective.evaluate = looking
    t.run()
    for name, found in t.network.buffers.items():
        expected = every[0][name]
        for i, buffers in enumerate(every[1:], start=1):
            decay = min(0.9, (1 + i) / (10 + i))
            expected = decay * expected + (1 - decay) * buffers[name]
        np.testing.assert_allclose(found, expected, rtol=1e-12)
        assert not np.allclose(found, every[-1][name], rtol=1e-3)
    np.testing.assert_array_equal(seen[-1], t.network.buffers["hidden1.norm.mean"])


@pytest.mark.parametrize("seed", range(3))
def test_averaged_statistics_fit_the_averaged_network(trainer, seed):
    settings = {"ema": 0.98, "learning_rate": 0.5, "epochs": 30}
    t = trainer(settings, BATCH_NORM, seed)
    last = []
    t.run(on_epoch=lambda row: last.append(t.network.state()))  # between evaluations: not averaged
    raw = last[-1]["buffers.hidden1.norm.mean"]
    averaged = t.network.buffers["hidden1.norm.mean"].copy()
    weight = dict((name, value) for name, value, _, _ in t.network.named_parameters())
    x, _ = t.training.load(slice(0, 75))
    true = (x @ weight["hidden1.dense.weight"]).mean(axis=0)
    assert np.linalg.norm(averaged - true) < 0.7 * np.linalg.norm(raw - true)


def test_float32_stays_float32(trainer):
    network = {"dropout": 0.2, "normalization": "batch"}
    t = finished(trainer({"optimizer": "adam", "ema": 0.9}, network))
    assert t.network.parameters.dtype == t.average.value.dtype == np.float32
    assert {buffer.dtype for buffer in t.average.buffers.values()} == {np.dtype(np.float32)}
    assert all(moment.dtype == np.float32 for moment in t.optimizer.moments)


@pytest.mark.parametrize(
    "settings, message",
    [
        ({"optimizer": "sdg"}, "sdg.*sgd, momentum"),
        ({"iterations": 5}, "either epochs or iterations"),
        ({"momentum": 0.9}, "unknown key 'momentum'"),
        ({"reduction": "max"}, "training.reduction: found 'max'"),
        ({"schedule": "linear"}, "linear.*constant"),
    ],
)
def test_wrong_settings(settings, message, trainer):
    with pytest.raises(SettingsError, match=message):
        trainer(settings)


def test_patience_needs_a_validation_split(trainer):
    with pytest.raises(SettingsError, match="training.patience"):
        trainer({"patience": 2}, validation=False)


def test_batch_normalization_refuses_batches_of_one(trainer):
    with pytest.raises(SettingsError, match="batch_size: is 1"):
        trainer({"batch_size": 1}, {"normalization": "batch"})


def test_objective_and_data_loss_have_two_names(trainer):
    t = finished(trainer({"l2": 0.1, "epochs": 1}))
    row = t.history[-1]
    assert row["training_objective"] > row["training_loss"] > 0
    assert row["training_objective"] == pytest.approx(t.losses.mean())


@pytest.mark.parametrize("layers", ["all", "first"])
def test_l1_leaves_zeros_in_the_layers_it_is_for(trainer, layers):
    t = finished(trainer({"l1": 0.05, "l1_beta": 1.0, "l1_layers": layers}))
    zeros = {
        name: np.mean(v == 0)
        for name, v, _, kind in t.network.named_parameters()
        if kind == "weight"
    }
    first, last = zeros.values()
    assert first > 0.1
    assert (last > 0.05) == (layers == "all")
