"""Sweeps over many values: which of them matter, and where the good ones lie."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import ceil

import matplotlib
import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection
from matplotlib.figure import Figure
from matplotlib.ticker import LogLocator, MaxNLocator

from .style import (
    PALETTE,
    SEQUENTIAL,
    FigureError,
    count,
    new_figure,
    plain_log_ticks,
    shorten,
    styled,
)

FEW = 6  # different numbers up to which each has its tick


@dataclass(frozen=True)
class Scale:
    """A swept value as positions on an axis, one a run, and where its ticks are.

    Numbers are their own positions; what else there is gets evenly spaced places in the order of
    first use, and so do a few numbers of which neither a linear nor a log axis can tell the small
    ones apart (0, 1e-4, 1e-2).
    """

    positions: np.ndarray  # float (runs,)
    ticks: tuple[tuple[float, str], ...] = ()  # place and text; empty: as the axis likes
    log: bool = False  # positive numbers over a decade and more that lie evenly on a log axis
    categories: int = 0

    @classmethod
    def of(cls, values: Sequence) -> "Scale":
        kinds = (int, float, np.integer, np.floating)
        if not all(isinstance(v, kinds) and not isinstance(v, bool) for v in values):
            return cls._of_categories([str(value) for value in values])
        positions = np.array(values, dtype=float)
        distinct = np.unique(positions)
        positive = distinct[distinct > 0]
        wide = positive.size > 0 and positive[-1] >= 100 * positive[0]
        if distinct.size > FEW:
            return cls(positions, log=_even_in_decades(distinct))
        if wide and distinct[0] <= 0:
            return cls._of_categories([f"{v:g}" for v in positions], [f"{v:g}" for v in distinct])
        ticks = tuple((float(place), f"{place:g}") for place in distinct)
        return cls(positions, ticks, log=_even_in_decades(distinct))

    @classmethod
    def _of_categories(cls, texts: list[str], names: list[str] | None = None) -> "Scale":
        names = names or list(dict.fromkeys(texts))
        places = {name: float(place) for place, name in enumerate(names)}
        ticks = tuple((place, shorten(name, 16)) for name, place in places.items())
        return cls(np.array([places[text] for text in texts]), ticks, categories=len(names))

    def on(self, axes: Axes) -> None:
        """Give the x axis this scale, with its ticks."""
        if self.log:
            axes.set_xscale("log")
            plain_log_ticks(axes.xaxis)
        if self.ticks:
            places, texts = zip(*self.ticks, strict=True)
            axes.set_xticks(places, texts)
            axes.set_xticks([], minor=True)
            if max(map(len, texts)) * len(texts) > 20:
                axes.tick_params(axis="x", rotation=30)
        if self.categories:
            axes.set_xlim(-0.5, self.categories - 0.5)

    def units(self) -> tuple[np.ndarray, list[tuple[float, str]]]:
        """Positions from 0 to 1 (one value alone: 0.5), and ticks as pairs of place and text."""
        place = np.log10 if self.log else np.asarray
        low, high = self.positions.min(), self.positions.max()
        locator = LogLocator() if self.log else MaxNLocator(5)
        ticks = self.ticks or [(tick, f"{tick:g}") for tick in locator.tick_values(low, high)]
        ticks = [(tick, text) for tick, text in ticks if low <= tick <= high]
        if low == high:
            return np.full(self.positions.shape, 0.5), [(0.5, self._text(low))]
        start, span = place(low), place(high) - place(low)
        return (place(self.positions) - start) / span, [
            (float((place(tick) - start) / span), text) for tick, text in ticks
        ]

    def _text(self, place: float) -> str:
        return dict(self.ticks).get(place, f"{place:g}")


def _even_in_decades(distinct: np.ndarray) -> bool:
    """Does the middle one of the ascending numbers lie more central on a log axis than on a linear?

    As those of a loguniform draw do, but not those of a uniform one that begins near 0.
    """
    low, middle, high = distinct[0], np.median(distinct), distinct[-1]
    if low <= 0 or high < 10 * low:
        return False
    linear = (middle - low) / (high - low)
    return bool(abs(np.log(middle / low) / np.log(high / low) - 0.5) < abs(linear - 0.5))


def _checked(columns: Mapping[str, Sequence], scores: Sequence) -> np.ndarray:
    scores = np.array(scores, dtype=float)  # None becomes NaN
    lengths = {name: len(values) for name, values in columns.items()}
    if not lengths or not scores.size or set(lengths.values()) != {scores.size}:
        raise FigureError(f"each column needs one value for each of the scores: {lengths}, "
                          f"{scores.size} scores")  # fmt: skip
    return np.where(np.isfinite(scores), scores, np.nan)


@styled
def parallel_coordinates(
    columns: Mapping[str, Sequence],
    scores: Sequence[float],
    score_name: str = "validation accuracy (%)",
) -> Figure:
    """One line a run through its swept values and its score, coloured by the rank of the score.

    columns: by the value's name, one value a run: numbers, or anything else as categories;
    numbers that lie evenly in decades are on a log axis. scores: one a run; None or NaN is a
    failed run, drawn dotted and grey as far as its values go. The best run, of equals the first,
    is the widest line.
    """
    scores = _checked(columns, scores)
    finite = np.isfinite(scores)
    scales = {name: Scale.of(list(values)) for name, values in columns.items()}
    if finite.any():
        scales[score_name] = Scale(scores[finite])
    heights, ticks = zip(*(scale.units() for scale in scales.values()), strict=True)

    figure = new_figure(min(max(1.7 * len(scales) + 1, 5), 16), 4.6)
    axes = figure.subplots()
    values = np.stack(heights[: len(columns)])
    if not finite.all():
        _paths(
            axes, values[:, ~finite].T, colors="#777777", linestyles=":", linewidths=1.2, zorder=1
        )
    if finite.any():
        # By rank: a few bad runs would leave all good ones in one colour. The best is dark.
        _, ranks = np.unique(scores[finite], return_inverse=True)
        colours = matplotlib.colormaps[SEQUENTIAL].reversed()(ranks / max(ranks.max(), 1))
        runs = np.flatnonzero(finite)
        order = np.lexsort((-runs, scores[runs]))  # of equals the first one given is the best
        lines = np.vstack([values[:, runs], heights[-1]]).T[order]
        widths = [1.2] * (len(lines) - 1) + [3]
        _paths(
            axes, lines, colors=colours[order], linewidths=widths, alpha=0.9, zorder=2,
            capstyle="projecting", joinstyle="round",
        )  # fmt: skip
    for place, marks in enumerate(ticks):
        axes.axvline(place, color="#888888", linewidth=1, zorder=3)
        for height, text in marks:
            axes.annotate(text, (place, height), (4, 0), textcoords="offset points", va="center",
                          fontsize=8, zorder=4, annotation_clip=False,
                          bbox={"facecolor": "white", "alpha": 0.9, "edgecolor": "none",
                                "pad": 0.6})  # fmt: skip
    turned = max(len(name) for name in scales) > 20
    axes.set_xticks(
        range(len(scales)), [shorten(name, 30) for name in scales], rotation=20 if turned else 0,
        ha="right" if turned else "center",
    )  # fmt: skip
    axes.set(yticks=[], xlim=(-0.1, len(scales) - 0.6), ylim=(-0.05, 1.05))
    axes.grid(False)
    axes.spines[:].set_visible(False)
    axes.tick_params(length=0)
    failed = int((~finite).sum())
    axes.set_title(count(scores.size, "run") + (f", {failed} failed (dotted)" if failed else ""))
    return figure


def _paths(axes: Axes, heights: np.ndarray, **look) -> None:
    """Draw a line for each row of heights, all in one artist: thousands of artists take seconds."""
    places = np.arange(heights.shape[1])
    lines = [np.column_stack([places, line]) for line in heights]
    axes.add_collection(LineCollection(lines, **look))


@styled
def marginals(
    columns: Mapping[str, Sequence],
    scores: Sequence[float],
    score_name: str = "validation accuracy (%)",
) -> Figure:
    """The score against each swept value, one panel a value; arguments as parallel_coordinates.

    Where several runs share a value (a grid, categories) a line joins their means. Failed runs are
    crosses at the bottom.
    """
    scores = _checked(columns, scores)
    finite = np.isfinite(scores)
    across = min(len(columns), 4)
    down = ceil(len(columns) / across)
    figure = new_figure(max(2.7 * across + 0.6, 4), 2.7 * down + 0.6)
    panels = figure.subplots(down, across, sharey=True, squeeze=False)
    for axes in panels.ravel()[len(columns) :]:
        axes.set_visible(False)
    for place, (name, values) in enumerate(columns.items()):
        axes, scale = panels.ravel()[place], Scale.of(list(values))
        x = scale.positions
        axes.scatter(x[finite], scores[finite], s=22, color=PALETTE[0], alpha=0.7, label="run")
        places = np.unique(x[finite])
        if 1 < places.size <= finite.sum() / 2:
            means = [scores[finite & (x == p)].mean() for p in places]
            axes.plot(places, means, color=PALETTE[1], marker="_", markersize=14, label="mean")
        if not finite.all():
            bottom = np.full((~finite).sum(), 0.03)
            axes.plot(x[~finite], bottom, "x", color="#777777", markersize=6, label="failed",
                      transform=axes.get_xaxis_transform())  # fmt: skip
        scale.on(axes)
        axes.set_xlabel(shorten(name, 30))
        if place % across == 0:
            axes.set_ylabel(score_name)
    if finite.any():
        low, high = scores[finite].min(), scores[finite].max()
        span = max(high - low, 1)
        panels[0, 0].set_ylim(low - (0.1 if finite.all() else 0.16) * span, high + 0.08 * span)
    else:
        panels[0, 0].set_yticks([])
    handles = {}
    for axes in panels.ravel():
        for handle, label in zip(*axes.get_legend_handles_labels(), strict=True):
            handles.setdefault(label, handle)
    figure.legend(handles.values(), handles.keys(), loc="outside lower center", ncols=3)
    return figure
