"""Draw how a classifier with two inputs divides the plane.

The arguments `plane` are points (n, 2), their labels (n,), evenly spaced places x and y around them, and
the names of the classes. Predictions are class numbers (len(y), len(x)).
"""

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure

from .style import MANY, MARKERS, PALETTE, bare, new_figure, shorten


def boundary_over_training(
    predicted: Sequence[np.ndarray], titles: Sequence[str], *plane
) -> Figure:
    """Draw a panel with its title for each of the predictions."""
    across = min(len(predicted), 4)
    down = -(-len(predicted) // across)
    figure = new_figure(2.3 * max(across, 2) + 0.3, 2.5 * down + 0.6)
    grid = figure.subplots(down, across, squeeze=False).ravel()
    for axes in grid:
        bare(axes)
    for axes, classes, title in zip(grid, predicted, titles, strict=False):
        _draw(axes, classes, *plane, s=4, linewidths=0)
        axes.set_title(title, fontsize=9)
    handles, names = grid[0].get_legend_handles_labels()
    figure.legend(
        handles, names, loc="outside lower center", ncols=min(len(names), 2 * across + 2),
        title="class (points: true, background: predicted)", markerscale=3,
    )  # fmt: skip
    return figure


def decision_boundary(predicted: np.ndarray, *plane) -> Figure:
    """Draw the points over the predicted classes."""
    figure = new_figure(6.4, 4.6)
    figure.set_layout_engine("compressed")  # axes of equal units: no empty margins
    axes = figure.subplots()
    _draw(axes, predicted, *plane, s=22, edgecolors="black", linewidths=0.5)
    axes.grid(False)
    axes.locator_params(nbins=6)
    axes.set(xlabel="input 1", ylabel="input 2")
    figure.legend(title="class (points: true,\nbackground: predicted)", loc="outside right upper")
    return figure


def _draw(axes: Axes, predicted, points, labels, x, y, classes: Sequence[str], **look) -> None:
    """Draw predictions as light cells (contours between 0 and 2 would show a strip of 1), then points."""
    colours = np.array([to_rgb(PALETTE[k % len(PALETTE)]) for k in range(len(classes))])
    light = 1 - 0.4 * (1 - colours)
    half_x, half_y = (x[1] - x[0]) / 2, (y[1] - y[0]) / 2
    axes.imshow(
        (light[predicted] * 255).round().astype(np.uint8),
        extent=(x[0] - half_x, x[-1] + half_x, y[0] - half_y, y[-1] + half_y),
        origin="lower",
        aspect="equal" if 0.2 < np.ptp(x) / np.ptp(y) < 5 else "auto",
    )
    for k, name in enumerate(classes):
        of_class = points[labels == k]
        axes.scatter(
            *of_class.T, color=colours[k], marker=MARKERS[k % len(MARKERS)],
            label=shorten(name, 30) or " ", rasterized=len(of_class) > MANY, **look,
        )  # fmt: skip
