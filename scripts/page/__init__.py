"""What the report shows: of each experiment, and of experiments next to each other."""

from .comparison import BAR, compared
from .pictures import DRAWN_IN_PAGE, GROUPS, figures_of, is_current, mistakes_of
from .section import CURVES, SPARK, section_of

__all__ = [
    "BAR",
    "CURVES",
    "DRAWN_IN_PAGE",
    "GROUPS",
    "SPARK",
    "compared",
    "figures_of",
    "is_current",
    "mistakes_of",
    "section_of",
]
