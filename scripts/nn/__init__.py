"""A small neural network library: fully connected networks in plain numpy.

It knows arrays and settings (dictionaries), and nothing of files, data sets or workflows.
"""

from .activations import ACTIVATIONS
from .augmentation import AUGMENTATIONS, Augmentation
from .batches import BATCHES, Batches
from .components import arguments_of
from .defaults import NETWORK_CHOICES, NETWORK_DEFAULTS, TRAINING_CHOICES, TRAINING_DEFAULTS
from .errors import SettingsError
from .examples import Examples
from .gradient_check import check_gradients
from .history import HISTORY_COLUMNS, pack_history, unpack_history
from .inference import predict, predict_averaged, softmax
from .initializers import INITIALIZERS
from .losses import LOSSES
from .network import Network, build_loss, build_network
from .normalization import NORMALIZATIONS
from .objective import Objective, evaluate
from .optimizers import OPTIMIZERS
from .preparation import Preparation
from .preparation_steps import STEPS as PREPARATION_STEPS
from .randomness import streams
from .schedules import SCHEDULES, Schedule
from .training import Trainer

# Every kind of component: its names, and what each stands for.
REGISTRIES = {
    "activation": ACTIVATIONS,
    "augmentation": AUGMENTATIONS,
    "initializer": INITIALIZERS,
    "loss": LOSSES,
    "optimizer": OPTIMIZERS,
    "preparation": PREPARATION_STEPS,
    "schedule": SCHEDULES,
}

__all__ = [
    "ACTIVATIONS",
    "AUGMENTATIONS",
    "BATCHES",
    "HISTORY_COLUMNS",
    "INITIALIZERS",
    "LOSSES",
    "NETWORK_CHOICES",
    "NETWORK_DEFAULTS",
    "NORMALIZATIONS",
    "OPTIMIZERS",
    "PREPARATION_STEPS",
    "REGISTRIES",
    "SCHEDULES",
    "TRAINING_CHOICES",
    "TRAINING_DEFAULTS",
    "Augmentation",
    "Batches",
    "Examples",
    "Network",
    "Objective",
    "Preparation",
    "Schedule",
    "SettingsError",
    "Trainer",
    "arguments_of",
    "build_loss",
    "build_network",
    "check_gradients",
    "evaluate",
    "pack_history",
    "predict",
    "predict_averaged",
    "softmax",
    "streams",
    "unpack_history",
]
