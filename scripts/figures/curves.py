"""Curves of one training: its layers against epochs, its loss against iterations."""

from collections.abc import Iterable, Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from .style import GREY, PALETTE, new_figure, plain_log_ticks

FEW = 12  # points of a line up to which each is marked


def is_wide(values: np.ndarray) -> bool:
    """Return whether values over more than two decades (of a diverging run, say) need a log axis."""
    return bool(values.min() > 0 and values.max() > 100 * values.min())


def log_y(axes: Axes) -> None:
    axes.set_yscale("log")
    plain_log_ticks(axes.yaxis)


def whole_numbers(axes: Axes, x: Iterable[float]) -> None:
    """Put the ticks of the x axis at whole numbers, also around a single x."""
    axes.xaxis.set_major_locator(MaxNLocator("auto", integer=True, steps=[1, 2, 5, 10]))
    if len(distinct := np.unique(x)) == 1:
        axes.set_xlim(distinct[0] - 1, distinct[0] + 1)


def nothing(axes: Axes, why: str) -> None:
    axes.text(0.5, 0.5, why, transform=axes.transAxes, ha="center", va="center")
    axes.set(xticks=[], yticks=[])


def layer_scales(
    epochs: np.ndarray, activation: np.ndarray, dead: np.ndarray, gradient: np.ndarray
) -> Figure:
    """Draw the layers' outputs, dead units and gradients against the epochs (evaluations,).

    activation and dead (evaluations, hidden layers), gradient (evaluations, weight matrices): each
    hidden layer has one matrix, or two if it has a bottleneck, and the output layer one. Without hidden
    layers only the gradients are drawn.
    """
    hidden = activation.shape[1]
    factors = (gradient.shape[1] - 1) // hidden if hidden else 1
    panels = {"standard deviation of outputs": activation, "dead units (%)": 100 * dead}
    panels = (panels if hidden else {}) | {"root mean square of gradients": gradient}
    figure = new_figure(max(3.3 * len(panels), 4.5), 3.6)
    grid = figure.subplots(1, len(panels), squeeze=False)[0]
    for axes, (label, values) in zip(grid, panels.items(), strict=True):
        for number, line in enumerate(values.T):
            layer, factor = divmod(number, factors if values is gradient else 1)
            name = f"layer {layer + 1}" if layer < hidden else "output layer"
            marker = "o" if len(epochs) <= FEW else None
            look = {"color": PALETTE[layer % len(PALETTE)], "marker": marker, "markersize": 4}
            if values is gradient and factors > 1 and layer < hidden and not factor:
                name, look["linestyle"] = f"{name}, bottleneck", "--"
            axes.plot(epochs, line, label=name, **look)
        axes.set(xlabel="epoch", ylabel=label)
        whole_numbers(axes, epochs)
        if "dead" in label:
            axes.set_ylim(-2, 102)
        elif is_wide(values):
            log_y(axes)
    handles, names = axes.get_legend_handles_labels()
    figure.legend(handles, names, loc="outside lower center", ncols=min(gradient.shape[1], 6))
    return figure


def loss_history(losses: Sequence[float]) -> Figure:
    """Draw the loss of every batch (iterations,) against the iteration, and its mean over 2 % of them.

    Losses after the first that is not finite are not drawn; a line marks its iteration.
    """
    losses = np.asarray(losses, dtype=np.float64)
    lost = np.flatnonzero(~np.isfinite(losses))
    finite = losses[: lost[0]] if lost.size else losses
    window = max(1, finite.size // 50)
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
    whole_numbers(axes, [0, max(losses.size - 1, 0)])
    trend = mean if smooth else finite
    if not finite.size:
        nothing(axes, "no loss was finite")
    elif is_wide(trend) and finite.min() > 0:
        log_y(axes)  # for the trend, not for the scatter of single examples
        axes.set_ylim(bottom=max(0.8 * finite.min(), trend.min() / 20))
    if lost.size and finite.size:
        label = f"not finite from iteration {lost[0]}"
        axes.axvline(lost[0], color=PALETTE[1], linestyle=":", label=label)
    if finite.size:
        figure.legend(loc="outside lower center", ncols=3)
    return figure


def _thin(losses: np.ndarray, bins: int = 1500) -> tuple[np.ndarray, np.ndarray]:
    """Return the lowest and highest loss of each bin: they look like all iterations, in a small file."""
    if losses.size <= 2 * bins:
        return np.arange(losses.size), losses
    edges = np.linspace(0, losses.size, bins + 1).astype(int)[:-1]
    low, high = np.minimum.reduceat(losses, edges), np.maximum.reduceat(losses, edges)
    return np.repeat(edges, 2), np.stack([low, high], axis=1).ravel()
