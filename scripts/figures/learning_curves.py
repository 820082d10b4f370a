"""Learning curves: loss and accuracy of both splits against epochs, for every configuration."""

from collections.abc import Mapping, Sequence
from itertools import product
from math import ceil

import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from .curves import FEW, is_wide, log_y, nothing, whole_numbers
from .style import GREY, INK, PALETTE, count, new_figure, shorten

COLOURED = 8  # with more configurations than this all but the best are grey
BOTH = 3  # with more configurations than this only the best shows the training split, too
UNITS = {"loss": ("loss", 1), "accuracy": ("accuracy (%)", 100)}
SPLITS = {"training": "--", "validation": "-"}
BAND = {"alpha": 0.15, "linewidth": 0}


def learning_curves(
    histories: Mapping[str, Sequence[Mapping[str, Sequence]]], best: str | None = None
) -> Figure:
    """Draw loss and accuracy against the epoch: each configuration's mean over its runs, and a band.

    histories: by the name of the configuration, for each run columns of equal length: epoch,
    training_loss, training_accuracy, validation_loss, validation_accuracy; None or NaN if a number is
    missing. Columns may be missing too. Training is dashed, validation solid; the band from the lowest to
    the highest run is that of validation, if there is any. Above 3 configurations, all but the best show
    validation only, if there is any; above 8, they are thin and grey, without a band.
    """
    curves: dict[str, dict] = {}
    found = set()
    for name, runs in histories.items():
        curves[name] = {}
        for split, metric in product(SPLITS, UNITS):
            curve = _over_runs(runs, f"{split}_{metric}")
            if len(curve):
                curves[name][split, metric] = curve
                found.add(split)
    splits = [split for split in SPLITS if split in found]
    looks = _looks(list(curves), best)
    keys = _legend(looks, best, splits, any(len(runs) > 1 for runs in histories.values()))
    widest = max((len(key.get_label()) for key in keys), default=1)
    across = max(1, min(4, 110 // (widest + 8)))
    figure = new_figure(9, 3.8 + 0.2 * ceil(len(keys) / across))
    for axes, metric in zip(figure.subplots(1, 2), UNITS, strict=True):
        _panel(axes, metric, curves, looks, best, splits)
    figure.legend(handles=keys, loc="outside lower center", ncols=across)
    return figure


def _over_runs(runs: Sequence[Mapping[str, Sequence]], column: str) -> np.ndarray:
    """Return epoch, mean, lowest and highest (epochs, 4) of the runs that have a number there."""
    pairs = [
        np.column_stack([np.asarray(run["epoch"], float), np.asarray(run[column], float)])
        for run in runs
        if column in run
    ]
    pairs = np.concatenate([np.empty((0, 2)), *pairs])
    pairs = pairs[np.isfinite(pairs[:, 1])]
    if not len(pairs):
        return np.empty((0, 4))
    epochs, values = pairs[np.argsort(pairs[:, 0], kind="stable")].T
    epochs, starts, counts = np.unique(epochs, return_index=True, return_counts=True)
    of_all = [ufunc.reduceat(values, starts) for ufunc in (np.add, np.minimum, np.maximum)]
    return np.column_stack([epochs, of_all[0] / counts, *of_all[1:]])


def _looks(names: Sequence[str], best: str | None) -> dict[str, dict]:
    """Return the look of each configuration's lines."""
    if len(names) > COLOURED:
        looks = {name: {"color": GREY, "linewidth": 0.8} for name in names}
        return looks | ({best: {"color": PALETTE[0], "linewidth": 2}} if best in names else {})
    return {
        name: {"color": PALETTE[number], "linewidth": 2 if name == best else 1.2}
        for number, name in enumerate(names)
    }


def _panel(
    axes: Axes,
    metric: str,
    curves: dict[str, dict],
    looks: dict[str, dict],
    best: str | None,
    splits: Sequence[str],
) -> None:
    """Draw the curves of one metric, the best on top."""
    label, scale = UNITS[metric]
    shown, grey = [np.empty((0, 2))], []
    for name in sorted(curves, key=lambda name: name == best):
        look = looks[name]
        for split in splits if name == best or len(curves) <= BOTH else splits[-1:]:
            if (split, metric) not in curves[name]:
                continue
            epochs, mean, low, high = (curves[name][split, metric] * [1, scale, scale, scale]).T
            shown.append(np.column_stack([epochs, mean]))
            if look["color"] == GREY:
                grey.append(shown[-1])
                continue
            _line(axes, epochs, mean, split, **look)
            if split == splits[-1] and (low < high).any():
                axes.fill_between(epochs, low, high, color=look["color"], **BAND)
    if grey:  # one artist: each takes a millisecond
        style = SPLITS[splits[-1]]
        axes.add_collection(
            LineCollection(grey, colors=GREY, linewidths=0.8, alpha=0.8, linestyles=style)
        )
        if points := [line for line in grey if len(line) == 1]:
            axes.plot(*np.concatenate(points).T, "o", color=GREY, markersize=4)
    axes.set(xlabel="epoch", ylabel=label)
    epochs, means = np.concatenate(shown).T
    whole_numbers(axes, epochs)
    if not len(means):
        nothing(axes, f"no {metric} was recorded")
    elif metric == "loss" and is_wide(means):
        log_y(axes)


def _line(axes: Axes, x: np.ndarray, y: np.ndarray, split: str, **look) -> None:
    """Draw a line, with markers if it has few points: a single point has no line."""
    axes.plot(
        x, y, linestyle=SPLITS[split], marker="o" if len(x) <= FEW else None, markersize=4,
        markerfacecolor="white" if split == "training" else look["color"], **look,
    )  # fmt: skip


def _legend(looks: dict[str, dict], best: str | None, splits: Sequence[str], bands: bool) -> list:
    """Return the keys: configurations, one for all that are grey, the splits, and the band."""
    coloured = {name: look for name, look in looks.items() if look["color"] != GREY}
    handles = []
    for name, look in coloured.items():
        label = shorten(name or "all runs") + (" (best)" if name == best and len(looks) > 1 else "")
        handles.append(Line2D([], [], label=label, **look))
    if others := len(looks) - len(coloured):
        label = f"{count(others, 'other configuration')} ({', '.join(splits[-1:])})"
        handles.append(Line2D([], [], label=label, color=GREY, linewidth=0.8))
    handles += [
        Line2D([], [], label=split, color=INK, linewidth=1.2, linestyle=SPLITS[split])
        for split in splits
    ]
    if bands and coloured and splits:
        label = f"{splits[-1]}, lowest to highest run"
        handles.append(Patch(label=label, color=INK, **BAND))
    return handles
