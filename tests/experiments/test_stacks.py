"""Which runs train together: those whose networks have one shape, up to a number."""

import pytest

from experiments.stacks import stacks


@pytest.fixture
def stacked(experiment):
    """stacked(grid, seeds, ...): the names of the runs of each stack, in a network of 64 inputs."""

    def stacked(grid, seeds=1, **settings) -> list[list[str]]:
        training = {"epochs": 3} | settings.pop("training", {})
        made = experiment(sweep={"grid": grid}, seeds=seeds, training=training, **settings)
        return [[run.name for run in stack] for stack in stacks(made.runs.values(), 64, 10, 80)]

    return stacked


def test_other_shapes_and_batches_are_other_stacks(stacked):
    grid = {"network.hidden": [[4], [8]], "training.learning_rate": [0.1, 0.2]}
    assert stacked(grid) == [
        ["hidden=4__learning_rate=0.1__seed=0", "hidden=4__learning_rate=0.2__seed=0"],
        ["hidden=8__learning_rate=0.1__seed=0", "hidden=8__learning_rate=0.2__seed=0"],
    ]
    assert len(stacked({"training.batch_size": [16, 32]})) == 2
    assert len(stacked({"training.reduction": ["mean", "sum"]})) == 2
    assert len(stacked({"network.activation": ["relu", "tanh"]})) == 2
    assert len(stacked({"network.loss": ["squared_error", "multiclass_hinge"]})) == 2
    assert len(stacked({"network.precision": ["float32", "float64"]})) == 2


@pytest.mark.parametrize(
    "key, values",
    [
        ("optimizer", ["sgd", "adam"]),
        ("l2", [0.0, 0.1]),
        ("epochs", [1, 2]),
        ("patience", [None, 2]),
        ("schedule", ["constant", "cosine"]),
        ("clip_norm", [None, 1.0]),
        ("ema", [0.0, 0.9]),
    ],
)
def test_other_settings_share_a_stack(stacked, key, values):
    assert len(stacked({f"training.{key}": values})) == 1
    assert len(stacked({"network.initializer": ["he_normal", "glorot_uniform"]}, seeds=2)) == 1


@pytest.mark.parametrize(
    "settings",
    [
        {"network": {"normalization": "batch"}},
        {"network": {"normalization": "layer"}},
        {"network": {"dropout": 0.1}},
        {"network": {"input_dropout": 0.1}},
        {"training": {"shards": 2}},
        {"training": {"augmentation": [{"name": "shift", "pixels": 1}]}},
        {"training": {"batches": "sequential"}},
        {"training": {"batch_size": "full"}},
    ],
    ids=str,
)
def test_runs_that_cannot_share_a_step_train_alone(stacked, settings):
    grid = {"training.learning_rate": [0.1, 0.2]}
    assert len(stacked(grid, seeds=2, **settings)) == 4


@pytest.mark.parametrize(
    "hidden, batch_size, sizes",
    [
        ([16], 16, [15, 15]),  # 30 runs, at most 16 together
        ([128], 32, [8, 8, 7, 7]),  # 9472 weights: 1.8e6 operations a step, of 16e6
        ([128], 256, [1] * 30),
        ([2000], 2, [4] * 6 + [3] * 2),  # 15.8 MB each, of 64
    ],
)
def test_a_stack_stays_small(stacked, hidden, batch_size, sizes):
    found = stacked(
        {"training.learning_rate": [0.1, 0.2, 0.3]},
        seeds=10,
        network={"hidden": hidden},
        training={"batch_size": batch_size},
    )
    assert [len(stack) for stack in found] == sizes
