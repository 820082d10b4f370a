"""Which figures there are: what each reads of an experiment, and which experiments have it.

A new figure is a function in figures/ that takes arrays, and a function here that reads them, with the
files that it needs and the experiments that have it. Its docstring is the caption.
"""

from . import data, networks, sweeps, training
from .registry import FIGURES, FILES, Drawing, NothingToShow, Results

__all__ = [
    "FIGURES",
    "FILES",
    "Drawing",
    "NothingToShow",
    "Results",
    "data",
    "networks",
    "sweeps",
    "training",
]
