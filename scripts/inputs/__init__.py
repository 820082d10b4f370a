"""Arrays in, batches out: split, preparation, augmentation, and the batches of a training.

It knows arrays and settings, and nothing of files, networks or workflows.
"""

from .augmentation import AUGMENTATIONS, Augmentation
from .batches import BATCHES, Batches
from .examples import Examples
from .folds import fold_numbers
from .missing import fill_values
from .preparation import Preparation
from .preparation_steps import STEPS as PREPARATION_STEPS
from .split import remarks, rows_of, split_indices
from .views import moved_views, random_views

# Every kind of component: its names, and what each stands for.
REGISTRIES = {"augmentation": AUGMENTATIONS, "preparation": PREPARATION_STEPS}

__all__ = [
    "AUGMENTATIONS",
    "BATCHES",
    "PREPARATION_STEPS",
    "REGISTRIES",
    "Augmentation",
    "Batches",
    "Examples",
    "Preparation",
    "fill_values",
    "fold_numbers",
    "moved_views",
    "random_views",
    "remarks",
    "rows_of",
    "split_indices",
]
