"""Settings drawn at random from everything that there is, one set a number."""

import numpy as np

import nn

FEW = 12  # of each kind in every run of the suite; with -m exhaustive many
MANY = 700
ARGUMENTS = {
    "leaky_relu": {"slope": 0.2},
    "elu": {"alpha": 0.7},
    "momentum": {"momentum": 0.8},
    "nesterov": {"momentum": 0.7},
    "adam": {"beta1": 0.8, "beta2": 0.95},
    "rmsprop": {"decay": 0.8, "epsilon": 1e-5},
    "lion": {"beta1": 0.8, "beta2": 0.95},
    "softmax_cross_entropy": {"label_smoothing": 0.1, "class_weights": [0.5, 1.0, 2.0]},
    "squared_error": {"low": -0.5, "high": 1.5},
    "multiclass_hinge": {"margin": 0.8},
    "step": {"milestones": [1, 2]},
}


def settings_of(number: int) -> tuple[dict, dict]:
    """A network and a training of it; every registered component has its turn."""
    rng = np.random.default_rng(number)

    def one(values):
        values = list(values)
        return values[rng.integers(len(values))]

    def component(registry):
        name = one(registry)
        if name == "step" or (name in ARGUMENTS and rng.random() < 0.5):
            return {"name": name, **ARGUMENTS[name]}
        return name

    optimizer = component(nn.OPTIMIZERS)
    bare = optimizer if isinstance(optimizer, str) else optimizer["name"]
    network = {
        "hidden": [int(u) for u in rng.integers(2, 7, rng.integers(0, 4))],
        "activation": component(nn.ACTIVATIONS),
        "output_activation": one(["identity", "identity", "sigmoid", "tanh"]),
        "bias": one(nn.NETWORK_CHOICES["bias"]),
        "normalization": one(nn.NETWORK_CHOICES["normalization"]),
        "residual": bool(rng.integers(2)),
        "bottleneck": one([None, None, 2]),
        "loss": component(nn.LOSSES),
        "precision": "float64",
    }
    training = {
        "optimizer": optimizer,
        "learning_rate": 0.003 if bare in ("adam", "adamw", "lion", "rmsprop") else 0.02,
        "schedule": component(nn.SCHEDULES),
        "warmup": one([0, 0.5]),
        "schedule_per": one(nn.TRAINING_CHOICES["schedule_per"]),
        "batch_size": one([5, 7, "full"]),
        "batches": "sequential",
        "epochs": 3,
        "reduction": "mean",
        "l2": one([0.0, 0.02]),
        "weight_decay": 0.1 if bare == "adamw" else one([0.0, 0.1]),
        "clip_norm": one([None, 0.1, 10.0]),
    }
    return network, training
