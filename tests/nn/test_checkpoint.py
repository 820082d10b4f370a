import numpy as np

from components import streams
from inputs import Augmentation, Examples, Preparation
from nn import Trainer, build_loss, build_network
from nn.checkpoint import HISTORY_COLUMNS, pack_history, unpack_history


def test_history_survives_packing_with_its_types():
    rows = [
        dict(zip(HISTORY_COLUMNS, (1, 20, 0.1, 2.5, 2.3, 0.5, None, None), strict=True)),
        dict(zip(HISTORY_COLUMNS, (1.25, 25, 1 / 3, 1.2, 1.1, 1.0, 0.7, 0.9), strict=True)),
    ]
    unpacked = unpack_history(pack_history(rows))
    assert unpacked == rows
    assert isinstance(unpacked[0]["epoch"], int) and isinstance(unpacked[1]["epoch"], float)
    assert isinstance(unpacked[1]["training_accuracy"], float)
    assert unpack_history(pack_history([])) == []


def test_augmented_training_resumes_with_the_same_bytes():
    rng = np.random.default_rng(0)
    images, labels = rng.integers(0, 256, (24, 6, 6), np.uint8), rng.integers(0, 3, 24)
    preparation = Preparation.fit(["unit"], images, np.arange(24))
    components = [
        "horizontal_flip",
        {"name": "shift", "pixels": 1},
        {"name": "mixup", "alpha": 0.2},
    ]

    def trainer(seed):
        generators = streams(0)
        augmentation = Augmentation(components, seed, 3)
        examples = Examples(images, labels, np.arange(24), preparation, augmentation=augmentation)
        network = build_network({"hidden": [8], "dropout": 0.2}, 36, 3, generators)
        settings = {"epochs": 4, "batch_size": 5, "optimizer": "adam", "learning_rate": 0.01}
        loss = build_loss("softmax_cross_entropy")
        return Trainer(network, settings, examples, None, generators, loss)

    whole, resumed = trainer(0), trainer(1)
    whole.run(until_epoch=2)
    resumed.restore(whole.state())
    whole.run()
    resumed.run()
    assert whole.status == "completed"
    assert resumed.network.parameters.tobytes() == whole.network.parameters.tobytes()
    assert resumed.losses.tobytes() == whole.losses.tobytes()
