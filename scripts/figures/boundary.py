"""The plane as a classifier of two inputs sees it."""

from collections.abc import Sequence

import numpy as np
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure

from .style import MARKERS, PALETTE, FigureError, bare, new_figure, shorten, styled


@styled
def boundary_over_training(
    points: np.ndarray,
    labels: np.ndarray,
    extent: tuple[float, float, float, float],
    pictures: Sequence[np.ndarray],
    titles: Sequence[str],
    classes: int,
) -> Figure:
    """The classes predicted everywhere (height, width) at several moments, a panel each.

    extent: left, right, bottom and top of the grid, the edges of its outermost cells.
    """
    colours = np.array([to_rgb(PALETTE[k % len(PALETTE)]) for k in range(classes)])
    light = 1 - 0.4 * (1 - colours)
    across = min(len(pictures), 4)
    down = -(-len(pictures) // across)
    figure = new_figure(2.4 * across + 0.3, 2.6 * down + 0.3)
    grid = figure.subplots(down, across, squeeze=False).ravel()
    for axes in grid:
        bare(axes)
    for axes, picture, title in zip(grid, pictures, titles, strict=False):
        image = (light[picture] * 255).round().astype(np.uint8)
        axes.imshow(image, extent=extent, origin="lower", aspect="auto")
        axes.scatter(*np.asarray(points).T, s=3, color=colours[labels])
        axes.set_title(title, fontsize=9)
    return figure


@styled
def decision_boundary(
    points: np.ndarray,
    labels: np.ndarray,
    grid_x: np.ndarray,
    grid_y: np.ndarray,
    grid_classes: np.ndarray,
    classes: Sequence[str],
) -> Figure:
    """Points (n, 2) with their labels (n,) over the class predicted everywhere around them.

    grid_classes (len(grid_y), len(grid_x)) holds the predicted class at the evenly spaced places
    grid_x and grid_y. It is drawn as cells, not as contours: between the classes 0 and 2 a
    contour plot would draw a strip of class 1.
    """
    grid_x, grid_y = np.asarray(grid_x, dtype=float), np.asarray(grid_y, dtype=float)
    grid_classes, labels = np.asarray(grid_classes), np.asarray(labels)
    if grid_classes.shape != (grid_y.size, grid_x.size) or min(grid_classes.shape) < 2:
        raise FigureError(
            f"grid_classes must be (len(grid_y), len(grid_x)) = {(grid_y.size, grid_x.size)}, "
            f"two at least, not {grid_classes.shape}"
        )
    colours = np.array([to_rgb(PALETTE[k % len(PALETTE)]) for k in range(len(classes))])
    light = 1 - 0.4 * (1 - colours)
    half_x, half_y = (grid_x[1] - grid_x[0]) / 2, (grid_y[1] - grid_y[0]) / 2

    figure = new_figure(6.4, 5.2)
    figure.set_layout_engine("compressed")  # axes of equal units: no empty margins
    axes = figure.subplots()
    axes.imshow(
        (light[grid_classes] * 255).round().astype(np.uint8),
        extent=(grid_x[0] - half_x, grid_x[-1] + half_x, grid_y[0] - half_y, grid_y[-1] + half_y),
        origin="lower",
        aspect="auto" if not 0.2 < np.ptp(grid_x) / np.ptp(grid_y) < 5 else "equal",
    )
    for k, name in enumerate(classes):
        x, y = np.asarray(points)[labels == k].T
        marker = MARKERS[k % len(MARKERS)]
        axes.scatter(
            x, y, s=22, color=colours[k], marker=marker, edgecolors="black", linewidths=0.5,
            label=shorten(name, 30) or " ",
        )  # fmt: skip
    axes.grid(False)
    axes.set(xlabel="input 1", ylabel="input 2")
    figure.legend(title="class", loc="outside right upper")
    return figure
