"""Numbers a class, and numbers a bin: balance of the splits, precision and recall, calibration."""

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from .style import GREY, PALETTE, FigureError, new_figure, plain_log_ticks, shorten, styled

HATCHES = ("", "//", "..")  # told apart without colours


def _groups(groups: Mapping[str, Sequence], classes: Sequence[str]) -> tuple[Figure, Axes]:
    """Bars side by side, one a group, for each class."""
    for name, values in groups.items():
        if len(values) != len(classes):
            raise FigureError(f"{name} has {len(values)} values for {len(classes)} classes")
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
    figure.legend(loc="outside lower center", ncols=len(groups))
    return figure, axes


@styled
def class_balance(counts: Mapping[str, Sequence[int]], classes: Sequence[str]) -> Figure:
    """How many examples of each class there are: counts (classes,) by the name of the split."""
    figure, axes = _groups(counts, classes)
    axes.set(xlabel="class", ylabel="examples")
    return figure


@styled
def per_class(rows: Sequence[Mapping], classes: Sequence[str]) -> Figure:
    """Precision, recall and f1 of each class, from 0 to 1, in percent; None leaves no bar."""
    names = ("precision", "recall", "f1")
    groups = {name: [np.nan if r[name] is None else 100 * r[name] for r in rows] for name in names}
    figure, axes = _groups(groups, classes)
    axes.set(xlabel="class", ylabel="of the test examples (%)", ylim=(0, 100))
    return figure


@styled
def reliability(
    counts: np.ndarray, confidence: np.ndarray, accuracy: np.ndarray, error: float
) -> Figure:
    """Accuracy against confidence in bins (bins,), and how many examples each bin has; NaN where none."""
    figure = new_figure(4.6, 5)
    axes, below = figure.subplots(2, 1, height_ratios=(3, 1), sharex=True)
    axes.plot([0, 100], [0, 100], color=GREY, linestyle="--", label="as sure as right")
    full = counts > 0
    axes.plot(
        100 * confidence[full], 100 * accuracy[full], "o-", color=PALETTE[0], label="the network"
    )
    axes.set(ylabel="right (%)", ylim=(0, 102), title=f"ECE {100 * error:.2f} %")
    width = 100 / len(counts)
    below.bar((np.arange(len(counts)) + 0.5) * width, counts, 0.9 * width, color=PALETTE[0])
    below.set(xlabel="probability of the predicted class (%)", ylabel="examples", xlim=(0, 101))
    below.set_yscale("symlog", linthresh=10)
    plain_log_ticks(below.yaxis)
    figure.legend(*axes.get_legend_handles_labels(), loc="outside lower center", ncols=2)
    return figure
