"""What happened during training: loss and accuracy against epochs, loss against iterations."""

from collections.abc import Mapping, Sequence
from math import ceil

import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import MaxNLocator

from .style import (
    GREY,
    INK,
    PALETTE,
    FigureError,
    count,
    new_figure,
    plain_log_ticks,
    shorten,
    styled,
)

FEW = 12  # points of a line up to which each is marked
COLOURED = 8  # with more configurations than this all but the best are grey
UNITS = {"loss": ("loss", 1), "accuracy": ("accuracy (%)", 100)}
SPLITS = {"training": "--", "validation": "-"}
Run = dict[str, np.ndarray]


@styled
def learning_curves(
    histories: Mapping[str, Sequence[Mapping[str, Sequence]]], best: str | None = None
) -> Figure:
    """Loss and accuracy against the epoch: a colour a configuration, a line a seed.

    histories: by the name of the configuration, of each seed columns of equal length: epoch,
    training_loss, training_accuracy, validation_loss, validation_accuracy; None or NaN where a
    number is missing. Columns may be missing too. Training is dashed, validation solid. Above 8
    configurations, all but the best are thin and grey and show validation alone, where there is one.
    """
    if best is not None and best not in histories:
        raise FigureError(f"the best configuration {best!r} is not among the histories")
    runs = {name: [_columns(seed) for seed in seeds] for name, seeds in histories.items()}
    every = [run for seeds in runs.values() for run in seeds]
    splits = {s: line for s, line in SPLITS.items() if any(_has(run, s) for run in every)}
    main = list(splits)[-1:]
    looks = _looks(list(runs), best)

    keys = _legend(looks, best, main, splits)
    widest = max((len(key.get_label()) for key in keys), default=1)
    across = max(1, min(4, 110 // (widest + 8)))
    figure = new_figure(9, 3.8 + 0.2 * ceil(len(keys) / across))
    order = sorted(runs, key=lambda name: name == best)  # the best lies on top
    for axes, (metric, (label, scale)) in zip(figure.subplots(1, 2), UNITS.items(), strict=True):
        for split in main:
            grey = [run for name in order if looks[name]["color"] == GREY for run in runs[name]]
            _grey_lines(axes, grey, f"{split}_{metric}", scale, splits[split])
        for name in (name for name in order if looks[name]["color"] != GREY):
            for run in runs[name]:
                for split, line in splits.items():
                    _line(axes, run, f"{split}_{metric}", scale, linestyle=line, **looks[name])
        axes.set(xlabel="epoch", ylabel=label)
        _whole_numbers(axes, [run["epoch"] for run in every])
        shown = [line.get_ydata() for line in axes.get_lines()]
        shown += [line[:, 1] for many in axes.collections for line in many.get_segments()]
        if not shown:
            _nothing(axes, f"no {metric} was recorded")
        elif metric == "loss" and _wide(np.concatenate(shown)):
            axes.set_yscale("log")
            plain_log_ticks(axes.yaxis)
    figure.legend(handles=keys, loc="outside lower center", ncols=across)
    return figure


def _looks(names: Sequence[str], best: str | None) -> dict[str, dict]:
    """The look of each configuration's lines."""
    if len(names) > COLOURED:
        looks = {name: {"color": GREY, "linewidth": 0.8, "alpha": 0.8} for name in names}
        return looks | ({best: {"color": PALETTE[0], "linewidth": 2}} if best is not None else {})
    return {
        name: {"color": PALETTE[number], "linewidth": 2 if name == best else 1.2}
        for number, name in enumerate(names)
    }


def _columns(history: Mapping[str, Sequence]) -> Run:
    return {name: np.asarray(values, dtype=float) for name, values in history.items()}


def _has(run: Run, name: str) -> bool:
    """Has a run any number in a column, or in one of a split?"""
    columns = [name] if name in run else [f"{name}_{metric}" for metric in UNITS]
    return any(np.isfinite(run[column]).any() for column in columns if column in run)


def _grey_lines(axes: Axes, runs: Sequence[Run], column: str, scale: float, style: str) -> None:
    """Draw a column of many runs at once: a line as an artist of its own takes a millisecond."""
    lines = []
    for run in runs:
        if column in run and np.isfinite(run[column]).any():
            shown = np.isfinite(run[column])
            lines.append(np.column_stack([run["epoch"][shown], scale * run[column][shown]]))
    if not lines:
        return
    look = {"capstyle": "projecting", "joinstyle": "round"} if style == "-" else {}
    axes.add_collection(
        LineCollection(lines, colors=GREY, linewidths=0.8, alpha=0.8, linestyles=style, **look)
    )
    if few := [line for line in lines if len(line) <= FEW]:
        fill = "white" if column.startswith("training") else GREY
        axes.plot(
            *np.concatenate(few).T, "o", color=GREY, alpha=0.8, markersize=4, markerfacecolor=fill
        )  # fmt: skip


def _line(axes: Axes, run: Run, column: str, scale: float, **look) -> None:
    if column not in run or not _has(run, column):
        return
    shown = np.isfinite(run[column])  # evaluations without a number leave no gap in the line
    marker = "o" if shown.sum() <= FEW else None  # a single point has no line
    fill = "white" if column.startswith("training") else look["color"]
    axes.plot(
        run["epoch"][shown], scale * run[column][shown], marker=marker, markersize=4,
        markerfacecolor=fill, **look,
    )  # fmt: skip


def _wide(values: np.ndarray) -> bool:
    """Losses over more than two decades, those of a diverging run for one, need a log axis."""
    return bool(values.min() > 0 and values.max() > 100 * values.min())


def _whole_numbers(axes: Axes, counts: Sequence[np.ndarray]) -> None:
    axes.xaxis.set_major_locator(MaxNLocator("auto", integer=True, steps=[1, 2, 5, 10]))
    ends = [end for values in counts if values.size for end in (values.min(), values.max())]
    if ends and min(ends) == max(ends):
        axes.set_xlim(ends[0] - 1, ends[0] + 1)


def _nothing(axes: Axes, why: str) -> None:
    axes.text(0.5, 0.5, why, transform=axes.transAxes, ha="center", va="center")
    axes.set(xticks=[], yticks=[])


def _legend(looks: dict[str, dict], best: str | None, main: Sequence[str], splits: dict):
    """What the lines mean: configurations, those drawn grey together, and splits."""
    coloured = {name: look for name, look in looks.items() if look["color"] != GREY}
    handles = []
    for name, look in coloured.items():
        label = shorten(name or "all runs") + (" (best)" if name == best and len(looks) > 1 else "")
        handles.append(Line2D([], [], label=label, **look))
    if others := len(looks) - len(coloured):
        label = f"{count(others, 'other configuration')} ({', '.join(main)})"
        handles.append(Line2D([], [], label=label, color=GREY, linewidth=0.8))
    return handles + [
        Line2D([], [], label=split, color=INK, linewidth=1.2, linestyle=line)
        for split, line in splits.items()
    ]


@styled
def layer_scales(
    epochs: np.ndarray, activation: np.ndarray, dead: np.ndarray, gradient: np.ndarray
) -> Figure:
    """What the layers give, their dead units and their gradients, against the epochs (evaluations,).

    activation and dead (evaluations, hidden layers), gradient (evaluations, weight matrices): each
    hidden layer has one matrix, or two where it has a bottleneck, and the output layer one.
    """
    hidden = activation.shape[1]
    factors = (gradient.shape[1] - 1) // hidden if hidden else 1
    panels = {
        "std of activations": activation,
        "units that are dead (%)": 100 * dead,
        "rms of gradients": gradient,
    }
    figure = new_figure(10, 3.6)
    for axes, (label, values) in zip(figure.subplots(1, 3), panels.items(), strict=True):
        each = factors if values is gradient else 1
        for number, line in enumerate(values.T):
            layer, factor = divmod(number, each)
            name = f"layer {layer + 1}" if layer < hidden else "output layer"
            marker = "o" if len(epochs) <= 12 else None
            look = {"color": PALETTE[layer % len(PALETTE)], "marker": marker, "markersize": 4}
            if each > 1 and layer < hidden and not factor:
                name, look["linestyle"] = f"{name}, bottleneck", "--"
            axes.plot(epochs, line, label=name, **look)
        axes.set(xlabel="epoch", ylabel=label)
        _whole_numbers(axes, [np.asarray(epochs)])
        if not values.size:
            _nothing(axes, "no hidden layer")
        elif "dead" in label:
            axes.set_ylim(-2, 102)
        elif (values > 0).all() and _wide(values.ravel()):
            axes.set_yscale("log")
            plain_log_ticks(axes.yaxis)
    handles, names = axes.get_legend_handles_labels()
    figure.legend(handles, names, loc="outside lower center", ncols=min(gradient.shape[1], 6))
    return figure


@styled
def loss_history(losses: Sequence[float], window: int | None = None) -> Figure:
    """The loss of every batch (iterations,) against the iteration, thin, and its running mean.

    window: iterations of the running mean, 2 % of all of them by default (1: no such line). What
    follows the first loss that is not finite is not drawn; a line marks where it was.
    """
    losses = np.asarray(losses, dtype=np.float64)
    if losses.ndim != 1:
        raise FigureError(f"losses must be (iterations,), not {losses.shape}")
    lost = np.flatnonzero(~np.isfinite(losses))
    finite = losses[: lost[0]] if lost.size else losses
    window = max(1, finite.size // 50) if window is None else min(window, max(finite.size, 1))

    figure = new_figure(7, 4.2)
    axes = figure.subplots()
    iterations, extremes = _thin(finite)
    smooth = window > 1
    look = {"color": GREY, "linewidth": 0.7} if smooth else {"color": PALETTE[0]}
    axes.plot(
        iterations, extremes, label="one batch", marker="o" if finite.size == 1 else None, **look
    )
    if smooth:
        sums = np.cumsum(np.insert(finite, 0, 0.0))
        mean = (sums[window:] - sums[:-window]) / window
        middle = np.arange(mean.size) + (window - 1) / 2
        every = max(1, mean.size // 2000)
        label = f"mean of {window} iterations"
        axes.plot(middle[::every], mean[::every], color=PALETTE[0], label=label)
    axes.set(xlabel="iteration", ylabel="objective")
    _whole_numbers(axes, [np.arange(losses.size)])
    if not finite.size:
        _nothing(axes, "no loss was finite")
    elif _wide(trend := mean if smooth else finite) and finite.min() > 0:
        axes.set_yscale("log")  # not for the scatter of single images alone, and not ruled by it
        plain_log_ticks(axes.yaxis)
        axes.set_ylim(bottom=max(0.8 * finite.min(), trend.min() / 20))
    if lost.size and finite.size:
        label = f"not finite from iteration {lost[0]}"
        axes.axvline(lost[0], color=PALETTE[1], linestyle=":", label=label)
    if finite.size:
        figure.legend(loc="outside lower center", ncols=3)
    return figure


def _thin(losses: np.ndarray, bins: int = 1500) -> tuple[np.ndarray, np.ndarray]:
    """The lowest and the highest of each bin: looks like all iterations, in a small file."""
    if losses.size <= 2 * bins:
        return np.arange(losses.size), losses
    edges = np.linspace(0, losses.size, bins + 1).astype(int)[:-1]
    low, high = np.minimum.reduceat(losses, edges), np.maximum.reduceat(losses, edges)
    return np.repeat(edges, 2), np.stack([low, high], axis=1).ravel()
