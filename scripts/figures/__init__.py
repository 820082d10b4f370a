"""One function per figure: arrays in, a matplotlib Figure out. write_figure makes the files.

No pyplot: no window, no global state, and an import in half the time.
"""

from .boundary import decision_boundary
from .curves import learning_curves, loss_history
from .matrices import confusion, sweep_heatmap
from .pictures import first_layer_weights, misclassified_examples
from .spread import seed_spread
from .style import FigureError, empty, write_figure
from .sweeps import marginals, parallel_coordinates

__all__ = [
    "FigureError",
    "confusion",
    "decision_boundary",
    "empty",
    "first_layer_weights",
    "learning_curves",
    "loss_history",
    "marginals",
    "misclassified_examples",
    "parallel_coordinates",
    "seed_spread",
    "sweep_heatmap",
    "write_figure",
]
