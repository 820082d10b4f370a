"""A small neural network library: fully connected networks in plain numpy, and their training.

It handles arrays and settings (dictionaries) only, no files, datasets or workflows. Examples are
objects with the methods of `inputs.Examples`.
"""

from .activations import ACTIVATIONS
from .checkpoint import HISTORY_COLUMNS, pack_history, unpack_history
from .gradient_check import check_gradients
from .inference import predict, predict_averaged, softmax
from .initializers import INITIALIZERS, INPUT_INITIALIZERS
from .losses import LOSSES, weights_of_classes
from .network import Network, build_loss, build_network
from .normalization import NORMALIZATIONS
from .objective import Objective
from .optimizers import OPTIMIZERS
from .passes import Pass, evaluate
from .schedules import SCHEDULES, Schedule
from .settings import NETWORK_CHOICES, NETWORK_DEFAULTS, TRAINING_CHOICES, TRAINING_DEFAULTS
from .stack import train_together
from .training import Trainer
from .workers import ALONE, Workers

# the registries of components, by kind
REGISTRIES = {
    "activation": ACTIVATIONS,
    "initializer": INITIALIZERS,
    "input_initializer": INPUT_INITIALIZERS,
    "loss": LOSSES,
    "optimizer": OPTIMIZERS,
    "schedule": SCHEDULES,
}
