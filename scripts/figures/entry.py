"""An entry of the catalogue of figures: its caption, and how it is drawn.

The workflow reads the catalogue in every job, so matplotlib is imported only when a figure is drawn.
"""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from typing import TYPE_CHECKING, NamedTuple

from .results import NothingToShow, Results

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from experiments import Experiment


class Entry(NamedTuple):
    """A figure: its reader, the module that draws it, the FILES it needs, the experiments that have it."""

    read: Callable[[Results], tuple]
    module: str
    needs: tuple[str, ...]
    when: Callable[[Experiment], bool]

    @property
    def caption(self) -> str:
        """The docstring of the function; empty under `python -OO`, which drops docstrings."""
        return " ".join((self.read.__doc__ or "").split())

    def draw(self, results: Results, experiment: str) -> Figure:
        """Draw the figure under a title; if there is nothing to show, draw the reason."""
        name, title = self.read.__name__, experiment
        style = import_module(f"{__package__}.style")
        try:
            arguments = self.read(results)
            if network := results.network(self.needs):
                title = f"{title}: {network}"
            drawn = getattr(import_module(f"{__package__}.{self.module}"), name)(*arguments)
        except NothingToShow as reason:
            drawn = style.empty(f"{name.replace('_', ' ')}: {reason}")
        return style.titled(drawn, title)
