"""Trainings that take their steps together end with the bytes that each has alone."""

import numpy as np
import pytest

import nn
from components import SettingsError, streams
from inputs import Examples, Preparation
from nn.stack import Stack

NETWORK = {"hidden": [6], "loss": "softmax_cross_entropy"}
TRAINING = {"batch_size": 8, "epochs": 3, "learning_rate": 0.05, "optimizer": "momentum"}
ARGUMENTS = {"step": {"milestones": [1, 2]}}
LOSSES = [
    *nn.LOSSES,
    {
        "name": "softmax_cross_entropy",
        "label_smoothing": 0.1,
        "class_weights": [0.5] * 5 + [2.0] * 5,
    },
    {"name": "squared_error", "low": -0.5, "class_weights": [0.5] * 5 + [2.0] * 5},
    {"name": "multiclass_hinge", "margin": 0.5, "class_weights": [0.0] * 5 + [2.0] * 5},
]
# Each run has a seed of its own, and one of these changes.
CHANGES = [{}, {"learning_rate": 0.2}, {"l2": 0.01}, {"learning_rate": 0.1, "l2": 0.1}]


def component(name):
    return {"name": name, **ARGUMENTS.get(name, {})}


def examples(dtype: str, rows: int = 59) -> tuple[Examples, Examples]:
    rng = np.random.default_rng(0)
    images, labels = rng.integers(0, 17, (rows + 20, 12), np.uint8), rng.integers(0, 10, rows + 20)
    unit = Preparation.fit(["unit"], images, np.arange(rows))
    parts = np.arange(rows), np.arange(rows, rows + 20)
    return tuple(Examples(images, labels, part, unit, dtype) for part in parts)


def trainers(network: dict, training: dict, changes, data=None) -> list[nn.Trainer]:
    network = NETWORK | network
    data = data or examples(network.get("precision", "float32"))
    made = []
    for seed, change in enumerate(changes):
        generators = streams(seed)
        net = nn.build_network(network, data[0].inputs, 10, generators)
        settings = TRAINING | training | change
        made.append(nn.Trainer(net, settings, *data, generators, nn.build_loss(network["loss"])))
    return made


def all_of(trainer: nn.Trainer) -> dict:
    """Everything that a model or checkpoint has of a trainer, as bytes or text."""
    arrays = trainer.state() | trainer.diagnostics.state() | trainer.network.state()
    found = {name: (a.shape, a.dtype, a.tobytes()) for name, a in arrays.items()}
    return found | {"status": trainer.status, "reason": trainer.reason}


@pytest.fixture
def stacked(monkeypatch) -> list[int]:
    """The number of networks in each step of a stack."""
    sizes, step = [], Stack.step
    monkeypatch.setattr(
        Stack, "step", lambda stack, group: (sizes.append(len(group)), step(stack, group))
    )
    return sizes


@pytest.fixture
def compared(stacked):
    """compared(network, training, changes): train together and alone; return trainers and stacks."""

    def compared(network=(), training=(), changes=CHANGES, until=None, **more):
        together, alone = (
            trainers(dict(network), dict(training), changes, **more) for _ in range(2)
        )
        nn.train_together(trainer.steps(until) for trainer in together)
        for trainer in alone:
            trainer.run(until)
        for one, other in zip(together, alone, strict=True):
            assert all_of(one) == all_of(other)
        return together, stacked

    return compared


@pytest.mark.parametrize("precision", nn.NETWORK_CHOICES["precision"])
@pytest.mark.parametrize("activation", nn.ACTIVATIONS)
def test_every_activation(compared, activation, precision):
    _, sizes = compared({"activation": activation, "precision": precision, "hidden": [6, 5]})
    assert sizes == [len(CHANGES)] * 24


@pytest.mark.parametrize("precision", nn.NETWORK_CHOICES["precision"])
@pytest.mark.parametrize("loss", LOSSES, ids=str)
def test_every_loss(compared, loss, precision):
    _, sizes = compared({"loss": loss, "precision": precision})
    assert sizes == [len(CHANGES)] * 24


@pytest.mark.parametrize("optimizer", nn.OPTIMIZERS)
def test_every_optimizer(compared, optimizer):
    _, sizes = compared((), {"optimizer": optimizer, "weight_decay": 0.01})
    assert sizes == [len(CHANGES)] * 24


@pytest.mark.parametrize("schedule", nn.SCHEDULES)
def test_every_schedule(compared, schedule):
    changes = [{"schedule": component(schedule)}, {"warmup": 1}, {"schedule_per": "epoch"}, {}]
    _, sizes = compared((), {"schedule": component(schedule)}, changes)
    assert sizes == [4] * 24


@pytest.mark.parametrize("precision", nn.NETWORK_CHOICES["precision"])
@pytest.mark.parametrize("number", range(12))
def test_random_networks_and_trainings(compared, number, precision):
    rng = np.random.default_rng(number)

    def one(*values):
        return values[rng.integers(len(values))]

    network = {
        "precision": precision,
        "hidden": [int(u) for u in rng.integers(1, 40, rng.integers(0, 4))],
        "activation": one(*nn.ACTIVATIONS),
        "output_activation": one("identity", "sigmoid"),
        "loss": one(*LOSSES),
        "bias": one(*nn.NETWORK_CHOICES["bias"]),
        "residual": one(True, False),
        "bottleneck": one(None, 2),
    }
    changes = [
        {
            "optimizer": one("sgd", "adam", "rmsprop", "lion", "nesterov"),
            "learning_rate": one(0.001, 0.1, 1e30),
            "epochs": one(2, 3, 5),
            "l1": one(0.0, 0.01),
            "clip_norm": one(None, 0.1),
            "ema": one(0.0, 0.9),
            "patience": one(None, 1),
        }
        for _ in range(one(2, 3, 9, 16))
    ]
    training = {
        "batch_size": int(rng.integers(2, 60)),
        "batches": one("shuffled", "replacement"),
        "reduction": one(*nn.TRAINING_CHOICES["reduction"]),
    }
    _, sizes = compared(network, training, changes, data=examples(precision, one(59, 64, 200)))
    assert max(sizes) == len(changes)


def test_a_run_that_diverges_or_stops_leaves_the_others(compared):
    changes = [{"learning_rate": 1e30}, {"patience": 1}, {"epochs": 4}, {"epochs": 9}, {}]
    ended, sizes = compared((), {"epochs": 6, "l2": 0.01}, changes)
    assert [trainer.status for trainer in ended] == [
        "diverged",
        "stopped",
        *["completed"] * 3,
    ]
    assert len({trainer.iteration for trainer in ended}) == 5
    assert sorted(set(sizes)) == [2, 3, 4, 5]  # the last one goes on alone


@pytest.mark.parametrize("rows", [57, 58])
def test_a_last_batch_of_one_row_is_no_stack(compared, rows):
    _, sizes = compared(data=examples("float32", rows))
    assert len(sizes) == 3 * (7 if rows == 57 else 8)  # 57 = 7 * 8 + 1


def test_large_batches_are_no_stack(compared):
    _, sizes = compared((), {"batch_size": 800}, data=examples("float32", 900))
    assert len(sizes) == 3  # of 100 rows; 800 are two blocks


def test_examples_that_are_multiplied_batch_by_batch_are_no_stack(compared):
    rng = np.random.default_rng(0)
    images, labels = rng.integers(0, 17, (40, 12), np.uint8), rng.integers(0, 10, 40)
    axes = Preparation.fit([{"name": "pca", "components": 4}], images, np.arange(40))
    part = Examples(images, labels, np.arange(40), axes, cache_bytes=0)
    assert compared(data=(part, part))[1] == []


def assert_they_continue(stopped, training):
    """Assert that others continue together from the states of trainings, to the bytes of each alone."""
    continued, alone = (trainers({}, training, CHANGES) for _ in range(2))
    for trainer, before in zip(continued, stopped, strict=True):
        trainer.restore(before.state())
    nn.train_together(trainer.steps() for trainer in continued)
    for one, other in zip(continued, alone, strict=True):
        other.run()
        assert all_of(one) == all_of(other)


def test_paused_trainings_continue_together_from_their_states(compared, stacked):
    paused, _ = compared((), {"optimizer": "adam", "epochs": 4}, until=1)
    assert {trainer.status for trainer in paused} == {"running"}
    paused[0].run(2)  # one is further than the others
    assert_they_continue(paused, {"optimizer": "adam", "epochs": 4})
    assert set(stacked) == {3, 4}


def test_an_interruption_ends_all_after_the_iteration(monkeypatch, stacked):
    interrupted = trainers({}, {}, CHANGES)
    step = Stack.step

    def signal(stack, group):
        step(stack, group)
        if len(stacked) == 11:
            monkeypatch.setattr(nn.Trainer, "interrupted", 15)

    monkeypatch.setattr(Stack, "step", signal)
    nn.train_together(trainer.steps() for trainer in interrupted)
    assert [trainer.iteration for trainer in interrupted] == [11] * 4
    monkeypatch.setattr(nn.Trainer, "interrupted", 0)
    assert_they_continue(interrupted, {})


def test_each_training_raises_its_own_error():
    weights = {"name": "softmax_cross_entropy", "class_weights": [1.0, 2.0]}
    first, second = (trainer.steps() for trainer in trainers({"loss": weights}, {}, CHANGES[:2]))
    raised = []

    def caught(steps):
        try:
            yield from steps
        except SettingsError as error:
            raised.append(str(error))

    nn.train_together([caught(first), caught(second)])
    assert raised == ["class_weights: found 2, expected 10"] * 2
