"""Bars for each class: balance of the splits, precision and recall; and calibration in bins."""

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from .style import GREY, PALETTE, new_figure, plain_log_ticks, shorten

HATCHES = ("", "//", "..")  # distinguish the bars without colours


def _groups(groups: Mapping[str, Sequence], classes: Sequence[str]) -> tuple[Figure, Axes]:
    """Draw one bar per group for each class, side by side."""
    figure = new_figure(min(max(0.55 * len(classes) + 2.2, 4.5), 14), 3.4)
    axes = figure.subplots()
    width = 0.8 / len(groups)
    for number, (name, values) in enumerate(groups.items()):
        places = np.arange(len(classes)) + (number - (len(groups) - 1) / 2) * width
        axes.bar(
            places, np.asarray(values, float), width, label=name, color=PALETTE[number],
            hatch=HATCHES[number % len(HATCHES)], edgecolor="white", linewidth=0.5,
        )  # fmt: skip
    names = [shorten(name, 18) for name in classes]
    turned = max(map(len, names)) * len(names) > 60
    axes.set_xticks(
        range(len(names)), names, rotation=45 if turned else 0, ha="right" if turned else "center"
    )
    axes.grid(axis="x", visible=False)
    axes.set_xlabel("class")
    figure.legend(loc="outside lower center", ncols=len(groups))
    return figure, axes


def class_balance(counts: Mapping[str, Sequence[int]], classes: Sequence[str]) -> Figure:
    """Draw how many examples each class has: counts (classes,) by the name of the split."""
    figure, axes = _groups(counts, classes)
    axes.set_ylabel("examples")
    return figure


def per_class(measures: Sequence[Mapping], classes: Sequence[str]) -> Figure:
    """Draw precision, recall and F1 of each class, given from 0 to 1, in percent; None has no bar."""
    groups = {
        name.replace("f1", "F1"): [np.nan if m[name] is None else 100 * m[name] for m in measures]
        for name in ("precision", "recall", "f1")
    }
    figure, axes = _groups(groups, classes)
    axes.set(ylabel="score (%)", ylim=(0, 100))
    return figure


def reliability(
    counts: np.ndarray,
    confidence: np.ndarray,
    accuracy: np.ndarray,
    error: float,
    intervals: np.ndarray,
) -> Figure:
    """Draw accuracy against confidence in bins, and the number of examples in each bin.

    counts, confidence and accuracy are (bins,), NaN in empty bins, and the intervals of the accuracy
    (bins, 2). error is the expected calibration error.
    """
    figure = new_figure(4.6, 5)
    axes, below = figure.subplots(2, 1, height_ratios=(3, 1), sharex=True)
    axes.plot([0, 100], [0, 100], color=GREY, linestyle="--", label="calibrated")
    full = counts > 0
    x, (low, high) = 100 * confidence[full], 100 * intervals[full].T
    axes.vlines(x, low, high, color=PALETTE[0], alpha=0.5, label="95 % interval")
    axes.plot(x, 100 * accuracy[full], "o", color=PALETTE[0], label="the network")
    axes.set(ylabel="correct (%)", ylim=(-2, 102), title=f"ECE {100 * error:.2f} %")
    width = 100 / len(counts)
    below.bar((np.arange(len(counts)) + 0.5) * width, counts, 0.9 * width, color=PALETTE[0])
    below.set(xlabel="probability of the predicted class (%)", ylabel="examples", xlim=(0, 101))
    below.set_yscale("symlog", linthresh=10)
    plain_log_ticks(below.yaxis)
    figure.legend(*axes.get_legend_handles_labels(), loc="outside lower center", ncols=3)
    return figure
