"""Trainings ask a cluster for the memory that they hold: the arrays that numpy allocates."""

import tracemalloc

import numpy as np
import pytest

from components import streams
from experiments import Run, resources
from inputs import Augmentation, Examples, Preparation
from nn import (
    NETWORK_DEFAULTS,
    TRAINING_DEFAULTS,
    Trainer,
    build_loss,
    build_network,
)

FULL = {"batch_size": "full", "batches": "sequential"}
BATCH = {"normalization": "batch"}
MIXED = ["horizontal_flip", {"name": "shift", "pixels": 2}, {"name": "mixup", "alpha": 0.2}]
SHAPES = {  # network, training, preparation
    "full batch": (BATCH, FULL, "unit"),
    "two layers": ({**BATCH, "hidden": [200, 200], "dropout": 0.2, "residual": True}, FULL, "unit"),
    "gelu": ({**BATCH, "activation": "gelu"}, FULL, "unit"),
    "silu": ({**BATCH, "activation": "silu"}, FULL, "unit"),
    "float64": ({**BATCH, "precision": "float64"}, FULL, "unit"),
    "blocks": ({}, FULL, "unit"),
    "dropped inputs": ({**BATCH, "input_dropout": 0.1, "bottleneck": 20}, FULL, "unit"),
    "batches": (BATCH, {"batch_size": 4000, "optimizer": "adam", "ema": 0.9}, "unit"),
    "drawn again": (BATCH, {"batch_size": 9000, "batches": "replacement"}, "unit"),
    "mixed": (BATCH, {**FULL, "augmentation": MIXED}, "unit"),
    "projected": (BATCH, {**FULL, "augmentation": MIXED}, {"name": "pca", "components": 100}),
    "shards": (BATCH, {**FULL, "shards": 2}, "unit"),
    "averaged weights": (
        {"hidden": [900, 900]},
        {"optimizer": "adam", "batch_size": 100, "ema": 0.9, "patience": 5},
        "unit",
    ),
    "many weights": ({"hidden": [900, 900]}, {"optimizer": "adam", "batch_size": 100}, "unit"),
}


@pytest.mark.parametrize("name", SHAPES)
def test_a_training_asks_for_what_its_arrays_take(name):
    network, training, step = SHAPES[name]
    network = {**NETWORK_DEFAULTS, "hidden": [200], **network}
    training = {**TRAINING_DEFAULTS, "epochs": 1, **training}
    images = np.random.default_rng(0).integers(0, 256, (8000, 12, 12), np.uint8)
    labels, preparation = np.arange(8000) % 10, Preparation.fit([step], images, np.arange(500))
    settings = {"network": network, "training": training, "preparation": [step]}
    settings["split"] = {"validation": 1000, "training": None}
    dataset = {"train_size": 8000, "test_size": 0, "shape": [12, 12], "classes": list("0123456789")}

    tracemalloc.start()
    try:
        generators = streams(0, training["shards"])
        steps = training["augmentation"]
        moved = Augmentation(steps, 0, 10, training["shards"]) if steps else None
        net = build_network(network, preparation.inputs, 10, generators)
        parts = [
            Examples(images, labels, rows, preparation, net.dtype, augmentation=augmentation)
            for rows, augmentation in ((np.arange(7000), moved), (np.arange(7000, 8000), None))
        ]
        loss = build_loss(network["loss"])
        trainer = Trainer(net, training, *parts, generators, loss, threads=training["shards"])
        trainer.run(on_epoch=lambda row: trainer.state())
        held = tracemalloc.get_traced_memory()[1] / 1e6
    finally:
        tracemalloc.stop()
    process = 400 + 1.2 * images.nbytes / 1e6  # Snakemake, Python, the data
    asked = resources.training_mb([Run("", "", {}, 0, settings, dataset)]) - process
    asked -= 35 * (training["shards"] - 1)  # OpenBLAS's buffers are no arrays
    assert held <= asked <= 2 * held
