"""A batch in shards has the same bytes for any number of threads, and the gradient of the whole."""

import copy
import os
import tracemalloc
from functools import partial
from pathlib import Path

import numpy as np
import pytest

import nn
from components import streams
from inputs import (
    AUGMENTATIONS,
    Augmentation,
    Examples,
    Preparation,
    moved_views,
    random_views,
)
from nn.layers import Dense

ROWS, VALIDATION = 70, 20
FEW, MANY = 8, 60
AUGMENTED = {
    "shift": {"pixels": 1},
    "affine": {"rotation": 10, "scale": 0.1, "shear": 0.1},
    "elastic": {"alpha": 3, "sigma": 2},
    "color": {"brightness": 0.3},
    "cutout": {"size": 2},
    "mixup": {"alpha": 0.3},
    "affine_bank": {"transforms": 3, "uses": 20, "shift": 1, "contrast": 0.2},
}
ORDER = sorted(AUGMENTATIONS, key=lambda name: name == "affine_bank")  # which has to be the last


def settings_of(number: int) -> tuple[dict, dict]:
    rng = np.random.default_rng(number)

    def one(values):
        values = list(values)
        return values[rng.integers(len(values))]

    network = {
        "hidden": [int(u) for u in rng.integers(2, 40, rng.integers(0, 3))],
        "activation": one(nn.ACTIVATIONS),
        "normalization": one(nn.NETWORK_CHOICES["normalization"]),
        "dropout": one([0.0, 0.3]),
        "input_dropout": one([0.0, 0.2]),
        "residual": bool(rng.integers(2)),
    }
    training = {
        "optimizer": one([name for name in nn.OPTIMIZERS if name != "adamw"]),
        "learning_rate": 0.01,
        "batch_size": one([16, 17, 33, "full"]),
        "batches": one(["shuffled", "sequential", "replacement"]),
        "epochs": 4,
        "shards": int(one([2, 3, 4, 8])),
        "l2": one([0.0, 0.01]),
        "weight_decay": one([0.0, 0.1]),
        "l1": one([0.0, 0.1]),
        "l1_layers": one(["all", "first"]),
        "clip_norm": one([None, 0.5]),
        "ema": one([0.0, 0.9]),
        "patience": one([None, 2]),
        "augmentation": [
            {"name": name, **AUGMENTED.get(name, {})} for name in ORDER if rng.random() < 0.3
        ],
    }
    return network, training


def trainer(number: int, threads: int, seed: int = 0) -> nn.Trainer:
    network, training = settings_of(number)
    rng = np.random.default_rng(1)
    images = rng.integers(0, 256, (ROWS + VALIDATION, 6, 5), np.uint8)
    labels = rng.integers(0, 3, len(images))
    rows = np.arange(ROWS)
    preparation = Preparation.fit(["standardize"], images, rows)
    shards = training["shards"]
    augmentation = training["augmentation"] or None
    if augmentation:
        augmentation = Augmentation(augmentation, seed, 3, shards)
    generators = streams(seed, shards)
    return nn.Trainer(
        nn.build_network(network, 30, 3, generators),
        training,
        Examples(images, labels, rows, preparation, augmentation=augmentation),
        Examples(images, labels, np.arange(ROWS, len(images)), preparation),
        generators,
        nn.build_loss("softmax_cross_entropy"),
        threads,
    )


def assert_same(first: nn.Trainer, second: nn.Trainer) -> None:
    assert (first.status, first.history) == (second.status, second.history)
    assert first.losses.tobytes() == second.losses.tobytes()
    for name, array in first.state().items():
        assert array.tobytes() == second.state()[name].tobytes(), name


@pytest.mark.parametrize(
    "number",
    [n if n < FEW else pytest.param(n, marks=pytest.mark.exhaustive) for n in range(MANY)],
)
def test_any_number_of_threads_gives_the_same_bytes(number):
    alone = trainer(number, threads=1)
    alone.run()
    assert alone.status in ("completed", "stopped")
    for threads in (2, 3, 8):
        several = trainer(number, threads)
        several.run()
        assert_same(several, alone)
    first, second = trainer(number, threads=3), trainer(number, threads=2, seed=99)
    first.run(until_epoch=2)
    second.restore(copy.deepcopy(first.state()))
    second.run()
    assert_same(second, alone)


@pytest.mark.parametrize("batch_size", [12, 40, "full"])
def test_shards_give_the_gradient_of_the_batch(batch_size, blobs, array_examples):
    """In float64, and without batch normalization, which sees each shard alone."""
    x, y = blobs(1400, np.float64)
    settings = {"hidden": [7], "precision": "float64", "normalization": "layer"}
    gradients = []
    for shards in (1, 3, 8):
        network = nn.build_network(settings, 4, 3, streams(0))
        workers = nn.Workers(min(shards, 2))
        objective = nn.Objective(
            network, nn.build_loss("softmax_cross_entropy"), l2=0.1, shards=shards, workers=workers
        )
        rows = slice(0, 1400) if batch_size == "full" else np.arange(batch_size)
        value = objective(array_examples(x, y), rows)
        gradients.append(np.append(network.gradients, value))
    np.testing.assert_allclose(gradients[1], gradients[0], 1e-12, 1e-15)
    np.testing.assert_allclose(gradients[2], gradients[0], 1e-12, 1e-15)


def test_running_statistics_are_the_mean_of_the_shards(blobs, array_examples):
    x, y = blobs(12, np.float64)
    dense = Dense(4, 3, nn.INITIALIZERS["he_normal"](), streams(0)["init"], dtype=np.float64)
    network = nn.Network([nn.NORMALIZATIONS["batch"](4, np.float64), dense], np.float64)
    objective = nn.Objective(network, nn.build_loss("softmax_cross_entropy"), shards=3)
    means = [x[start : start + 4].mean(axis=0) for start in (0, 4, 8)]
    objective(array_examples(x, y), slice(0, 12))  # a normalization works in place
    (name,) = (name for name in network.buffers if name.endswith("mean"))
    np.testing.assert_allclose(network.buffers[name], 0.1 * np.mean(means, axis=0), 1e-12)


def test_the_rows_of_a_batch_are_enough_for_each_shard():
    """A last batch of 3 rows is one part, because batch normalization needs two rows."""
    number = next(n for n in range(MANY) if settings_of(n)[0]["normalization"] == "batch")
    one = trainer(number, threads=2)
    before = one.network.parameters.copy()
    assert np.isfinite(one.objective(one.training, np.arange(3)))
    assert np.isfinite(one.network.gradients).all()
    assert one.network.parameters.tobytes() == before.tobytes()


@pytest.mark.parametrize("rows", [1, 499, 500, 1700])
def test_threads_do_not_change_predictions(rows):
    rng = np.random.default_rng(0)
    images = rng.integers(0, 256, (rows, 6, 5), np.uint8)
    everything = np.arange(rows)
    examples = Examples(
        images, rng.integers(0, 3, rows), everything, Preparation.fit(["unit"], images, everything)
    )
    network = nn.build_network({"hidden": [9], "normalization": "batch"}, 30, 3, streams(0))
    workers, loss = nn.Workers(3), nn.build_loss("softmax_cross_entropy")
    views = moved_views(1)
    for components in (["affine", "color"], ["shift", "affine_bank"]):
        views += random_views(examples, components, 2, 0)
    for predicted in (nn.predict, partial(nn.predict_averaged, views=views)):
        alone, several = predicted(network, examples), predicted(network, examples, workers=workers)
        assert alone.tobytes() == several.tobytes()
    passes = [
        nn.Pass(network, loss),
        *(nn.Pass(network.replica(), nn.build_loss("softmax_cross_entropy")) for _ in range(2)),
    ]
    assert nn.evaluate(passes, examples, workers=workers) == nn.evaluate(passes[:1], examples)


def test_a_full_batch_needs_one_block_of_memory_per_worker(array_examples):
    """However many rows and shards it has."""

    def peak(rows: int, shards: int) -> int:
        network = nn.build_network({"hidden": [64]}, 4000, 3, streams(0))  # weights: 1 MB
        loss, workers = nn.build_loss("softmax_cross_entropy"), nn.Workers(2)
        objective = nn.Objective(network, loss, shards=shards, workers=workers)
        examples = array_examples(np.zeros((rows, 4000), np.float32), np.zeros(rows, np.intp))
        tracemalloc.start()
        try:
            objective(examples, slice(0, rows))
            return tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()

    assert peak(6000, shards=8) < 2 * peak(1500, shards=2)


@pytest.mark.skipif(not Path("/proc/self/statm").exists(), reason="memory is read from /proc")
def test_shards_have_no_gradients_of_their_own_in_memory():
    """Those of the weights are written by nobody: eight of them would be 134 MB here."""

    def resident() -> int:
        return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")

    network = nn.build_network({"hidden": [2048]}, 2048, 10, streams(0))
    before = resident()
    _kept = nn.Objective(network, nn.build_loss("softmax_cross_entropy"), shards=8)
    assert resident() - before < 2 * network.parameters.nbytes
