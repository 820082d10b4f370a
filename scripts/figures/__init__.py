"""One function per figure: arrays in, a matplotlib Figure out. write_figure makes the files.

No pyplot: no window, no global state, and an import in half the time. And matplotlib itself is imported
with the first function that is used, so that the names here can be had without it.
"""

from importlib import import_module

# M. Petroff, Accessible color sequences for data visualization (2021), arXiv:2107.02270: ten
# colours that people with any colour vision tell apart; its greys last
PALETTE = (
    "#3f90da",
    "#bd1f01",
    "#ffa90e",
    "#832db6",
    "#a96b59",
    "#e76300",
    "#92dadd",
    "#717581",
    "#b9ac70",
    "#94a4a2",
)

_MODULES = {
    "bars": ("class_balance", "per_class", "reliability"),
    "boundary": ("boundary_over_training", "decision_boundary"),
    "curves": ("layer_scales", "learning_curves", "loss_history"),
    "matrices": ("confusion", "sweep_heatmap"),
    "pictures": ("first_layer_weights", "misclassified_examples", "samples"),
    "spread": ("seed_spread",),
    "style": ("FigureError", "empty", "titled", "write_figure"),
    "sweeps": ("marginals", "parallel_coordinates"),
}
_PLACES = {name: module for module, names in _MODULES.items() for name in names}
__all__ = ["PALETTE", *_PLACES]


def __getattr__(name: str):
    if name not in _PLACES:
        raise AttributeError(f"module 'figures' has no attribute {name!r}")
    return getattr(import_module(f".{_PLACES[name]}", __name__), name)
