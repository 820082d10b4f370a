"""Tables as colours: a sweep over two values, a confusion matrix."""

from collections.abc import Sequence
from math import ceil

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import PowerNorm
from matplotlib.figure import Figure
from matplotlib.image import AxesImage
from matplotlib.patches import Rectangle

from .style import HATCH, INK, SEQUENTIAL, FigureError, new_figure, shorten, styled

ANNOTATED = 20  # rows or columns up to which every cell has its number


@styled
def sweep_heatmap(
    row_values: Sequence,
    column_values: Sequence,
    scores: np.ndarray,
    row_name: str,
    column_name: str,
    score_name: str = "validation accuracy (%)",
    tried: np.ndarray | None = None,
) -> Figure:
    """The score (rows, columns) of every pair of two swept values, the highest framed.

    NaN is a failed run: hatched, and labelled so. tried: bool (rows, columns); cells that the
    sweep did not contain stay empty. All are taken as tried by default.
    """
    scores = np.asarray(scores, dtype=float)
    shape = (len(row_values), len(column_values))
    tried = np.ones(shape, dtype=bool) if tried is None else np.asarray(tried)
    if scores.shape != shape or tried.shape != shape:
        raise FigureError(
            f"{shape[0]} row and {shape[1]} column values need scores of that shape, "
            f"not {scores.shape} and tried {tried.shape}"
        )
    finite = np.isfinite(scores) & tried
    low, high = (scores[finite].min(), scores[finite].max()) if finite.any() else (0.0, 1.0)

    figure, axes = _table(row_values, column_values, row_name, column_name)
    shown = np.ma.masked_where(~finite, scores)
    image = axes.imshow(shown, cmap=SEQUENTIAL, vmin=low, vmax=high, aspect="auto")
    for row, column in np.argwhere(tried & ~finite):
        _frame(axes, row, column, hatch=HATCH, edgecolor="#aaaaaa", linewidth=0)
    if max(shape) <= ANNOTATED:
        _annotate(axes, image, shown, lambda score: f"{score:.2f}")
        for row, column in np.argwhere(tried & ~finite):
            box = {"facecolor": "white", "edgecolor": "none", "pad": 1.5}
            axes.text(column, row, "failed", ha="center", va="center", fontsize=8, bbox=box)
    if finite.any():
        row, column = np.unravel_index(np.nanargmax(np.where(finite, scores, np.nan)), shape)
        _frame(axes, row, column, edgecolor="#bd1f01", linewidth=2.5)
        title = f"highest: {scores[row, column]:.2f}"
    else:
        title = "no run survived"
    failed = int((tried & ~finite).sum())
    axes.set_title(title + (f", {failed} failed (hatched)" if failed else ""))
    if finite.any():
        figure.colorbar(image, label=score_name)
    return figure


@styled
def confusion(matrix: np.ndarray, classes: Sequence[str]) -> Figure:
    """The counts of a confusion matrix (rows true), coloured by their share of the true class."""
    matrix = np.asarray(matrix)
    if matrix.shape != (len(classes), len(classes)):
        raise FigureError(f"{len(classes)} classes need a square of that size, not {matrix.shape}")
    share = matrix / np.maximum(matrix.sum(axis=1, keepdims=True), 1)
    figure, axes = _table(classes, classes, "true class", "predicted class")
    image = axes.imshow(share, cmap="Blues", norm=PowerNorm(0.5, 0, 1))  # so that 2 % is seen
    if len(classes) <= ANNOTATED:
        _annotate(axes, image, matrix, lambda count: f"{count:d}" if count else "")
    hits, total = int(np.trace(matrix)), int(matrix.sum())
    axes.set_title(f"{hits} of {total} correct")
    figure.colorbar(image, label="share of the true class", shrink=0.8)
    return figure


def _table(
    rows: Sequence, columns: Sequence, row_name: str, column_name: str
) -> tuple[Figure, Axes]:
    """A figure whose size fits so many cells, with the names of rows and columns at its ticks."""
    small = max(len(rows), len(columns)) <= ANNOTATED
    cell = 0.62 if small else 0.22
    width = min(max(cell * len(columns) + 2.6, 4.6), 14)
    height = min(max(cell * len(rows) + 1.4, 3), 12)
    figure = new_figure(width, height)
    axes = figure.subplots()
    names = [shorten(_text(value), 18) for value in columns]
    longest = max(map(len, names))
    turned = longest > 8 or (longest > 5 and len(columns) > 10)
    angle, align = (45, "right") if turned else (0, "center")
    every = ceil(len(columns) / 40)  # labels that have room
    axes.set_xticks(
        range(0, len(columns), every), names[::every],
        rotation=angle, ha=align, rotation_mode="anchor" if turned else "default",
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


def _annotate(axes: Axes, image: AxesImage, values: np.ndarray, text) -> None:
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
