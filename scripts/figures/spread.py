"""How much of a difference is noise: the seeds of every configuration side by side."""

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.figure import Figure

from .style import GREY, PALETTE, FigureError, new_figure, shorten, styled

ROWS = 40


@styled
def seed_spread(
    scores: Mapping[str, Sequence[float | None]],
    intervals: Mapping[str, Sequence[float] | None],
    published: float | None = None,
    score_name: str = "validation accuracy (%)",
    interval_over: str = "trainings and examples",
) -> Figure:
    """Every configuration's scores over its seeds, their mean, and the interval of the mean.

    scores: by configuration, in the order to show, the first on top; None or NaN is a failed
    run. intervals: (low, high) or None by configuration, at 95 %, for new trainings, examples or
    both, or over folds, as `interval_over` says. published: a dashed line. Of more than 40
    configurations the first 40 are shown.
    """
    if not scores:
        raise FigureError("there are no scores to show")
    names = list(scores)[:ROWS]
    widest = max(len(shorten(name)) for name in names)
    figure = new_figure(5.5 + 0.08 * widest, 0.28 * len(names) + 1.7)
    axes = figure.subplots()
    labels, seen = [], [] if published is None else [published]
    spans, seeds, means = [], [], []  # pairs of score and row
    for row, name in enumerate(names):
        values = np.asarray(scores[name], dtype=float)
        finite = values[np.isfinite(values)]
        failed = values.size - finite.size
        labels.append(shorten(name) + (f" ({failed} failed)" if failed else ""))
        seen.extend(finite)
        if not finite.size:
            axes.text(0.5, row, "failed", transform=axes.get_yaxis_transform(), ha="center",
                      va="center", fontsize=8)  # fmt: skip
            continue
        if (interval := intervals.get(name)) is not None:
            seen.extend(interval)
            spans += [(interval[0], row), (interval[1], row), (np.nan, row)]  # a gap follows
        seeds.extend((value, row) for value in finite)
        means.append((finite.mean(), row))
    if spans:
        axes.plot(*zip(*spans, strict=True), color=PALETTE[0], linewidth=2, alpha=0.6, zorder=2)
    if means:
        axes.plot(*zip(*seeds, strict=True), ".", color=GREY, markeredgecolor="#777777", zorder=3)
        axes.plot(*zip(*means, strict=True), "o", color=PALETTE[0], markersize=7, zorder=2.5)
    over = interval_over if any(intervals.get(name) is not None for name in names) else None
    _keys(axes, published, over)
    axes.set_yticks(range(len(names)), labels, fontsize=9)
    axes.set_ylim(len(names) - 0.4, -0.6)
    axes.set_xlabel(score_name)
    if seen:
        margin = max(0.06 * (max(seen) - min(seen)), 0.2)
        axes.set_xlim(min(seen) - margin, max(seen) + margin)
    else:
        axes.set_xticks([])
    if len(scores) > ROWS:
        axes.set_title(f"the first {ROWS} of {len(scores)} configurations")
    figure.legend(loc="outside lower center", ncols=2)
    return figure


def _keys(axes, published: float | None, interval_over: str | None) -> None:
    over, one = ("folds", "run") if interval_over == "folds" else ("seeds", "seed")
    axes.plot([], [], "o", color=PALETTE[0], markersize=7, label=f"mean over {over}")
    if interval_over:
        relation = "over" if interval_over == "folds" else "for new"
        label = f"its 95 % interval {relation} {interval_over}"
        axes.plot([], [], color=PALETTE[0], linewidth=2, alpha=0.6, label=label)
    axes.plot([], [], ".", color=GREY, markeredgecolor="#777777", label=f"one {one}")
    if published is not None:
        label = f"published {published:g}"
        axes.axvline(published, color=PALETTE[1], linestyle="--", linewidth=1.4, label=label)
