"""A small neural network library: fully connected networks in plain numpy.

It knows arrays and settings (dictionaries), and nothing of files, data sets or workflows.
"""

from .activations import ACTIVATIONS
from .augmentation import AUGMENTATIONS, Augmentation
from .batches import BATCHES, Batches
from .checkpoint import HISTORY_COLUMNS, pack_history, unpack_history
from .errors import SettingsError
from .examples import Examples
from .gradient_check import check_gradients
from .inference import predict, predict_averaged, softmax
from .initializers import INITIALIZERS
from .losses import LOSSES
from .network import NETWORK_DEFAULTS, Network, build_loss, build_network
from .normalization import NORMALIZATIONS
from .objective import Objective, evaluate
from .optimizers import OPTIMIZERS
from .preparation import Preparation
from .preparation_steps import STEPS as PREPARATION_STEPS
from .randomness import streams
from .schedules import SCHEDULES, Schedule
from .training import TRAINING_DEFAULTS, Trainer

__all__ = [
    "ACTIVATIONS",
    "AUGMENTATIONS",
    "BATCHES",
    "HISTORY_COLUMNS",
    "INITIALIZERS",
    "LOSSES",
    "NETWORK_DEFAULTS",
    "NORMALIZATIONS",
    "OPTIMIZERS",
    "PREPARATION_STEPS",
    "SCHEDULES",
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
