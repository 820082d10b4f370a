"""The figures of an experiment: a catalogue of them, and the functions that draw them.

A new figure is a function in the catalogue that reads its arrays, and a function of the same name in one
of the other files that draws them. Importing this package does not import matplotlib.
"""

from .catalogue import FIGURES
from .palette import PALETTE
from .results import FILES, Results
