"""What the settings of a network and of a training are where nobody says, and what they may be."""

from .normalization import NORMALIZATIONS

NETWORK_DEFAULTS = {
    "hidden": [100],
    "activation": "relu",
    "output_activation": "identity",
    "bias": "all",
    "bias_initializer": "zeros",
    "initializer": "he_normal",
    "output_initializer": None,
    "input_initializer": None,
    "normalization": "none",
    "input_dropout": 0.0,
    "dropout": 0.0,
    "residual": False,
    "bottleneck": None,
    "loss": "softmax_cross_entropy",
    "precision": "float32",
}
NETWORK_CHOICES = {
    "bias": ("all", "hidden", "none"),
    "bias_initializer": ("zeros", "as_input"),
    "normalization": ("none", *NORMALIZATIONS),
    "precision": ("float32", "float64"),
}

TRAINING_DEFAULTS = {
    "optimizer": "sgd",
    "learning_rate": 0.1,
    "schedule": "constant",
    "warmup": 0,
    "schedule_per": "iteration",
    "batch_size": 64,
    "batches": "shuffled",  # a name of inputs.BATCHES
    "epochs": 10,
    "iterations": None,
    "shards": 1,
    "reduction": "mean",
    "l2": 0.0,
    "weight_decay": 0.0,
    "l1": 0.0,
    "l1_beta": 0.0,
    "l1_layers": "all",
    "clip_norm": None,
    "ema": 0.0,
    "evaluate_every": 1,
    "patience": None,
    "augmentation": [],  # components of inputs.AUGMENTATIONS: the training examples apply them
}
TRAINING_CHOICES = {
    "schedule_per": ("epoch", "iteration"),
    "reduction": ("mean", "sum"),
    "l1_layers": ("all", "first"),
}
