"""Grids of small pictures: examples, weights of the first layer."""

from collections.abc import Iterable, Sequence
from math import ceil, sqrt

import numpy as np
from matplotlib.figure import Figure

from .style import bare, count, new_figure, shorten

UNITS = 100  # pictures of weights at most
CLASSES = 12  # rows of samples at most


def _sheet(
    rows: int, columns: int, gap: int, shape: tuple, pictures: Iterable[tuple[int, int, np.ndarray]]
) -> np.ndarray:
    """Return a picture of many, each a row, a column and (H, W) or (H, W, 3) from 0 to 1, on white."""
    height, width = shape[0] + gap, shape[1] + gap
    sheet = np.ones((rows * height - gap, columns * width - gap, *shape[2:]))
    for row, column, picture in pictures:
        top, left = row * height, column * width
        sheet[top : top + shape[0], left : left + shape[1]] = picture
    return (sheet * 255).round().astype(np.uint8)


def first_layer_weights(weights: np.ndarray, shape: tuple[int, ...]) -> Figure:
    """Draw the weights (inputs, units) of each unit as a picture of shape (H, W) or (H, W, 3).

    Each picture is scaled to its own range, the three channels of a colour picture together. A unit whose
    weights are all equal, or not finite, is grey. Only the first 100 units are shown.
    """
    units = weights.shape[1]
    pictures = weights[:, :UNITS].T.astype(float).reshape(-1, *shape)
    columns = ceil(sqrt(len(pictures)))
    rows = ceil(len(pictures) / columns)
    placed = ((*divmod(k, columns), _own_range(picture)) for k, picture in enumerate(pictures))
    sheet = _sheet(rows, columns, 1, shape, placed)
    scale = min(5.5, 1.5 * max(rows, columns)) / max(sheet.shape[:2])  # inches a pixel
    figure = new_figure(
        max(scale * sheet.shape[1], 2.6) + 0.9, max(scale * sheet.shape[0], 1) + 0.7
    )
    axes = figure.subplots()
    image = axes.imshow(sheet, cmap="gray", vmin=0, vmax=255)
    bare(axes)
    if len(shape) == 2:
        bar = figure.colorbar(image, ticks=[0, 255], shrink=0.5, aspect=12)
        bar.ax.set_yticklabels(["lowest\nweight", "highest\nweight"])
    else:
        axes.set_xlabel("red, green and blue: the weights of these channels")
    which = "" if units <= UNITS else f"first {UNITS} of "
    axes.set_title(which + count(units, "hidden unit"))
    return figure


def _own_range(picture: np.ndarray) -> np.ndarray:
    low, high = picture.min(), picture.max()
    if not np.isfinite([low, high]).all() or low == high:
        return np.full_like(picture, 0.5)
    return (picture - low) / (high - low)


def _shown(image: np.ndarray) -> np.ndarray:
    """Return a picture from 0 to 1: bytes unchanged, a few grey levels or other numbers by their range."""
    if image.dtype == np.uint8 and image.max(initial=0) > 16:
        return image / 255
    return _own_range(image.astype(float))


def samples(
    images: np.ndarray, labels: np.ndarray, classes: Sequence[str], each: int = 8
) -> Figure:
    """Draw the first examples of each class, one row for each of the first 12 classes.

    images (n, H, W) or (n, H, W, 3), of which only those shown are read; labels (n,) integers.
    """
    names, shape = list(classes)[:CLASSES], images.shape[1:]
    gap = ceil(max(shape[:2]) / 10)
    placed = (
        (row, column, _shown(np.asarray(images[place])))
        for row in range(len(names))
        for column, place in enumerate(np.flatnonzero(labels == row)[:each])
    )
    sheet = _sheet(len(names), each, gap, shape, placed)
    figure = new_figure(0.6 * each + 0.9, 0.6 * each * len(sheet) / sheet.shape[1] + 0.5)
    axes = figure.subplots()
    axes.imshow(sheet, cmap="gray", vmin=0, vmax=255)
    bare(axes)
    middles = np.arange(len(names)) * (shape[0] + gap) + (shape[0] - 1) / 2
    axes.set_yticks(middles, [shorten(name, 14) for name in names])
    axes.tick_params(length=0)
    return figure
