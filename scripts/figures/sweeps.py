"""Sweeps: the score of each configuration, and of each value."""

from collections.abc import Mapping, Sequence
from math import ceil

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from .style import GREY, MANY, PALETTE, new_figure, plain_log_ticks, shorten

ROWS = 40  # configurations at most
FEW = 6  # different numbers up to which each has its tick
ROOM = 0.12  # share of the axis that a tick's label needs


def configurations(
    scores: Mapping[str, Sequence[float | None]],
    intervals: Mapping[str, Sequence[float] | None],
    published: float | None,
    score_name: str,
    interval_over: str,
) -> Figure:
    """Draw the scores of every configuration's runs, their mean, and the 95 % interval of the mean.

    scores: by configuration, the first on top; None or NaN is a failed run. intervals: (low, high) or None
    by configuration, for the kind of repetition that `interval_over` names. published: a dashed line. Only
    the first 40 configurations are shown.
    """
    names = list(scores)[:ROWS]
    figure = new_figure(
        5.5 + 0.08 * max(len(shorten(name)) for name in names), 0.28 * len(names) + 1.7
    )
    axes = figure.subplots()
    labels, spans, runs, means = [], [], [], []  # the last three: pairs of score and row
    for row, name in enumerate(names):
        values = np.asarray(scores[name], dtype=float)
        finite = values[np.isfinite(values)]
        failed = values.size - finite.size
        labels.append(shorten(name) + (f" ({failed} failed)" if failed else ""))
        if not finite.size:
            axes.text(0.5, row, "failed", transform=axes.get_yaxis_transform(), ha="center",
                      va="center", fontsize=8)  # fmt: skip
            continue
        if (interval := intervals.get(name)) is not None:
            spans += [(interval[0], row), (interval[1], row), (np.nan, row)]  # a gap follows
        runs.extend((value, row) for value in finite)
        means.append((finite.mean(), row))
    if means:
        folds = interval_over == "folds"
        label = f"mean over {'folds' if folds else 'seeds'}"
        axes.plot(
            *zip(*means, strict=True), "o", color=PALETTE[0], markersize=7, label=label, zorder=2.5
        )
        if spans:
            label = f"its 95 % interval {'over' if folds else 'for new'} {interval_over}"
            axes.plot(*zip(*spans, strict=True), color=PALETTE[0], lw=2, alpha=0.6, label=label)
        axes.plot(*zip(*runs, strict=True), ".", color=GREY, markeredgecolor="#777777", zorder=3,
                  label=f"one {'run' if folds else 'seed'}")  # fmt: skip
    else:
        axes.set_xticks([])
    seen = [score for score, _ in spans + runs]
    if published is not None:
        label = f"published {published:g}"
        axes.axvline(published, color=PALETTE[1], linestyle="--", linewidth=1.4, label=label)
        seen.append(published)
    if seen:
        low, high = np.nanmin(seen), np.nanmax(seen)
        margin = max(0.06 * (high - low), 0.2)
        axes.set_xlim(low - margin, high + margin)
        figure.legend(loc="outside lower center", ncols=2)
    axes.set_yticks(range(len(names)), labels, fontsize=9)
    axes.set_ylim(len(names) - 0.4, -0.6)
    axes.set_xlabel(score_name)
    if len(scores) > ROWS:
        axes.set_title(f"the first {ROWS} of {len(scores)} configurations")
    return figure


def marginals(
    columns: Mapping[str, Sequence], scores: Sequence[float | None], score_name: str
) -> Figure:
    """Draw the score against each swept value, a panel each.

    columns: by name, one value for each run: numbers, or anything else as categories. scores: one for each
    run; None or NaN is a failed run, a cross at the bottom. If several runs share each of a few values (a
    grid, categories) a line joins their means.
    """
    scores = np.array(scores, dtype=float)  # None becomes NaN
    finite = np.isfinite(scores)
    across = min(len(columns), 4)
    down = ceil(len(columns) / across)
    figure = new_figure(max(2.7 * across + 0.6, 4), 2.7 * down + 0.6)
    panels = figure.subplots(down, across, sharey=True, squeeze=False)
    for axes in panels.ravel()[len(columns) :]:
        axes.set_visible(False)
    for axes, (name, values) in zip(panels.ravel(), columns.items(), strict=False):
        x = _placed(axes, list(values))
        axes.scatter(
            x[finite], scores[finite], s=22, color=PALETTE[0], alpha=0.7, label="run",
            rasterized=len(x) > MANY,
        )  # fmt: skip
        places = np.unique(x[finite])
        if 1 < places.size <= min(FEW, finite.sum() / 2):
            means = [scores[finite & (x == p)].mean() for p in places]
            axes.plot(places, means, color=PALETTE[1], marker="_", markersize=14, label="mean")
        if not finite.all():
            bottom = np.full((~finite).sum(), 0.03)
            axes.plot(x[~finite], bottom, "x", color="#777777", markersize=6, label="failed",
                      transform=axes.get_xaxis_transform())  # fmt: skip
        axes.set_xlabel(shorten(name, 30))
    for axes in panels[:, 0]:
        axes.set_ylabel(score_name)
    if finite.any():
        low, high = scores[finite].min(), scores[finite].max()
        span = max(high - low, 1)
        panels[0, 0].set_ylim(low - (0.1 if finite.all() else 0.16) * span, high + 0.08 * span)
    else:
        panels[0, 0].set_yticks([])
    keys = [axes.get_legend_handles_labels() for axes in panels.ravel()]
    handles = {label: handle for key in keys for handle, label in zip(*key, strict=True)}
    figure.legend(handles.values(), handles.keys(), loc="outside lower center", ncols=3)
    return figure


def _placed(axes: Axes, values: list) -> np.ndarray:
    """Return the position (runs,) of each value on the x axis; give the axis its scale and ticks.

    Numbers are their own positions. Other values are categories at evenly spaced positions, in the order of
    first use, and so are a few numbers that collide on both linear and log axes (0, 1e-4, 1e-2).
    """
    numbers = (int, float, np.integer, np.floating)
    if all(isinstance(value, numbers) and not isinstance(value, bool) for value in values):
        distinct = np.unique(np.array(values, dtype=float))
        positive = distinct[distinct > 0]
        wide = positive.size > 0 and positive[-1] >= 100 * positive[0]
        if distinct.size > FEW or not wide or distinct[0] > 0:
            places = distinct
            if _even_in_decades(distinct):
                axes.set_xscale("log")
                plain_log_ticks(axes.xaxis)
                places = np.log(distinct)
            if distinct.size <= FEW and (np.diff(places) > ROOM * np.ptp(places)).all():
                _ticks(axes, distinct, [f"{value:g}" for value in distinct])
            return np.array(values, dtype=float)
        values, names = [f"{value:g}" for value in values], [f"{value:g}" for value in distinct]
    else:
        values = [str(value) for value in values]
        names = list(dict.fromkeys(values))
    _ticks(axes, range(len(names)), [shorten(name, 16) for name in names])
    axes.set_xlim(-0.5, len(names) - 0.5)
    return np.array([names.index(value) for value in values])


def _ticks(axes: Axes, places: Sequence[float], texts: list[str]) -> None:
    axes.set_xticks(places, texts)
    axes.set_xticks([], minor=True)
    if max(map(len, texts)) * len(texts) > 20:
        axes.tick_params(axis="x", rotation=30)


def _even_in_decades(distinct: np.ndarray) -> bool:
    """Return whether the median of ascending numbers is more central on a log axis than on a linear one.

    It is for a loguniform draw, but not for a uniform one that starts near 0.
    """
    low, middle, high = distinct[0], np.median(distinct), distinct[-1]
    if low <= 0 or high < 10 * low:
        return False
    linear = (middle - low) / (high - low)
    return bool(abs(np.log(middle / low) / np.log(high / low) - 0.5) < abs(linear - 0.5))
