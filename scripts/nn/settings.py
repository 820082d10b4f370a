"""Settings of networks and trainings: their defaults, their choices, and checks against them."""

from collections.abc import Iterable, Mapping

from components.errors import SettingsError
from components.registry import lookup

from .layers import Layer, walk
from .normalization import NORMALIZATIONS, BatchNorm

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
    "batches": "shuffled",  # a name in inputs.BATCHES
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
    "augmentation": [],  # components that the training examples apply
}
TRAINING_CHOICES = {
    "schedule_per": ("epoch", "iteration"),
    "reduction": ("mean", "sum"),
    "l1_layers": ("all", "first"),
}


def complete(settings: Mapping, defaults: Mapping, choices: Mapping, section: str) -> dict:
    """Return the settings with defaults filled in; raise SettingsError for unknown keys, choices."""
    for key in settings:
        if key not in defaults:
            raise SettingsError(f"{section}: unknown key {key!r}; known: {', '.join(defaults)}")
    settings = {**defaults, **settings}
    for key, allowed in choices.items():
        if settings[key] not in allowed:
            raise SettingsError(
                f"{section}.{key}: found {settings[key]!r}, expected one of {', '.join(allowed)}"
            )
    return settings


def check_training(settings: Mapping, layers: Iterable[Layer], validated: bool) -> None:
    """Raise a SettingsError for settings of a training that do not fit each other, the network or the data.

    ``validated``: whether there are validation examples.
    """
    if (settings["epochs"] is None) == (settings["iterations"] is None):
        raise SettingsError("training: give either epochs or iterations, and null for the other")
    normalized = any(isinstance(layer, BatchNorm) for layer in walk(layers))
    if settings["batch_size"] == 1 and normalized:
        raise SettingsError(
            "training.batch_size: is 1, and one example has no variance for batch "
            "normalization; expected 2 or more"
        )
    if settings["patience"] is not None and not validated:
        raise SettingsError("training.patience: needs a validation split; set it to null")


def make(registry: Mapping, component: str | Mapping, what: str):
    """Call the registry's entry of this name with the arguments of the component."""
    factory, arguments = lookup(registry, component, what)
    return factory(**arguments)
