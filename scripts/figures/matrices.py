"""Tables as colours: a sweep over two values, a confusion matrix."""

from collections.abc import Callable, Sequence
from math import ceil

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import PowerNorm
from matplotlib.figure import Figure
from matplotlib.image import AxesImage
from matplotlib.patches import Rectangle

from .style import HATCH, INK, SEQUENTIAL, new_figure, shorten

ANNOTATED = 20  # rows or columns up to which every cell has its number


def sweep_heatmap(
    scores: np.ma.MaskedArray,
    row_values: Sequence,
    column_values: Sequence,
    row_name: str,
    column_name: str,
    score_name: str,
) -> Figure:
    """Draw the score (rows, columns) of every pair of two swept values, the highest framed.

    NaN is a failed run: hatched, and labelled so. Masked cells, not in the sweep, stay empty.
    """
    shown = np.ma.masked_invalid(scores)
    failed = np.argwhere(np.ma.getmaskarray(shown) & ~np.ma.getmaskarray(scores))
    figure, axes = _table(row_values, column_values, row_name, column_name)
    image = axes.imshow(shown, cmap=SEQUENTIAL, aspect="auto")
    for row, column in failed:
        _frame(axes, row, column, hatch=HATCH, edgecolor="#aaaaaa", linewidth=0)
    if max(shown.shape) <= ANNOTATED:
        _annotate(axes, image, shown, lambda score: f"{score:.2f}")
        for row, column in failed:
            box = {"facecolor": "white", "edgecolor": "none", "pad": 1.5}
            axes.text(column, row, "failed", ha="center", va="center", fontsize=8, bbox=box)
    title = "no run survived"
    if shown.count():
        row, column = np.unravel_index(shown.argmax(), shown.shape)
        _frame(axes, row, column, edgecolor="#bd1f01", linewidth=2.5)
        title = f"highest (framed): {shown[row, column]:.2f}"
        figure.colorbar(image, label=score_name)
    axes.set_title(title + (f", {len(failed)} failed (hatched)" if len(failed) else ""))
    return figure


def confusion_matrix(matrix: Sequence[Sequence[int]], classes: Sequence[str]) -> Figure:
    """Draw the counts of a confusion matrix (rows true), coloured by their share of the true class."""
    matrix = np.asarray(matrix)
    share = 100 * matrix / np.maximum(matrix.sum(axis=1, keepdims=True), 1)
    figure, axes = _table(classes, classes, "true class", "predicted class")
    image = axes.imshow(share, cmap="Blues", norm=PowerNorm(0.5, 0, 100))  # 2 % is visible, too
    if len(classes) <= ANNOTATED:
        _annotate(axes, image, matrix, lambda count: f"{count:d}" if count else "")
    axes.set_title(f"{np.trace(matrix)} of {matrix.sum()} correct")
    label = "share of the true class (%),\non a square-root scale"
    figure.colorbar(image, label=label, ticks=[0, 1, 5, 20, 50, 100], format="{x:g}")
    return figure


def _table(
    rows: Sequence, columns: Sequence, row_name: str, column_name: str
) -> tuple[Figure, Axes]:
    """Return a figure with room for the cells, and axes with the names of rows and columns as ticks."""
    small = max(len(rows), len(columns)) <= ANNOTATED
    cell = 0.62 if small else 0.22
    width = min(max(cell * len(columns) + 2.6, 4.6), 14)
    height = min(max(cell * len(rows) + 1.4, 3), 12)
    figure = new_figure(width, height)
    axes = figure.subplots()
    names = [shorten(_text(value), 18) for value in columns]
    longest = max(map(len, names))
    turned = longest > 8 or (longest > 5 and len(columns) > 10)
    every = ceil(len(columns) / 40)  # labels that have room
    axes.set_xticks(
        range(0, len(columns), every), names[::every], rotation=45 if turned else 0,
        ha="right" if turned else "center", rotation_mode="anchor" if turned else "default",
    )  # fmt: skip
    every = ceil(len(rows) / 40)
    names = [shorten(_text(value), 18) for value in rows]
    axes.set_yticks(range(0, len(rows), every), names[::every])
    axes.tick_params(length=0, labelsize=9 if small else 7)
    axes.set(xlabel=column_name, ylabel=row_name)
    axes.grid(False)
    axes.spines[:].set_visible(False)
    return figure, axes


def _text(value) -> str:
    return f"{value:.4g}" if isinstance(value, float) else str(value)


def _annotate(axes: Axes, image: AxesImage, values: np.ndarray, text: Callable) -> None:
    for (row, column), value in np.ma.ndenumerate(np.ma.asarray(values)):
        if not (label := text(value)):
            continue
        red, green, blue, _ = image.cmap(image.norm(image.get_array()[row, column]))
        dark = 0.299 * red + 0.587 * green + 0.114 * blue < 0.5
        colour = "white" if dark else INK
        shown = axes.text(column, row, label, ha="center", va="center", fontsize=8, color=colour)
        shown.set_in_layout(False)  # inside the axes; measuring every cell is slow


def _frame(axes: Axes, row: int, column: int, **look) -> None:
    corner = (column - 0.5, row - 0.5)
    axes.add_patch(Rectangle(corner, 1, 1, fill=False, clip_on=False, **look))
