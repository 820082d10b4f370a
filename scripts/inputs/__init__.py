"""Turn arrays into batches: split, preparation, augmentation, and the batches of a training.

This package handles arrays and settings; it has no access to files, networks or workflows.
"""

from .augmentation import AUGMENTATIONS, Augmentation
from .batches import BATCHES, Batches
from .examples import Examples
from .folds import fold_numbers
from .missing import fill_values
from .preparation import Preparation
from .preparation_steps import STEPS
from .split import remarks, rows_of, split_indices
from .views import moved_views, random_views

# the registries of components, by kind
REGISTRIES = {"augmentation": AUGMENTATIONS, "preparation": STEPS}
