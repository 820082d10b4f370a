"""Grids of small pictures: what the first layer looks for, and what the network got wrong."""

from collections.abc import Sequence
from math import ceil, prod, sqrt

import numpy as np
from matplotlib.figure import Figure

from .style import FigureError, bare, count, new_figure, shorten, styled

UNITS = 100  # pictures of weights at most
SIDE, ACROSS, DOWN = 1.53, 1.8, 1.97  # inches of a mistake's picture, and from one to the next
CLASSES = 12  # rows of samples at most


@styled
def first_layer_weights(weights: np.ndarray, shape: tuple[int, ...]) -> Figure:
    """The weights (inputs, units) of each unit as a picture of shape (H, W) or (H, W, 3).

    Every picture has its own range: the lowest weight is black, the highest white (colours: one
    range for the three channels). A unit whose weights are all equal, or not finite, is grey. Of
    more than 100 units the first 100 are shown.
    """
    weights = np.asarray(weights)
    if weights.ndim != 2 or weights.shape[0] != prod(shape):
        raise FigureError(f"weights {weights.shape} do not fit pictures of {tuple(shape)}")
    if len(shape) != 2 and not (len(shape) == 3 and shape[2] == 3):
        raise FigureError(f"a picture is (H, W) or (H, W, 3), not {tuple(shape)}")
    units = weights.shape[1]
    pictures = weights[:, :UNITS].T.astype(float).reshape(-1, *shape)

    columns = ceil(sqrt(len(pictures)))
    rows = ceil(len(pictures) / columns)
    height, width = shape[0] + 1, shape[1] + 1  # one pixel apart
    sheet = np.ones((rows * height - 1, columns * width - 1, *shape[2:]))
    for k, picture in enumerate(pictures):
        top, left = k // columns * height, k % columns * width
        sheet[top : top + shape[0], left : left + shape[1]] = _own_range(picture)

    scale = min(7, 1.5 * max(rows, columns)) / max(sheet.shape[:2])  # inches a pixel
    figure = new_figure(max(scale * sheet.shape[1], 3.5), max(scale * sheet.shape[0], 1) + 0.5)
    axes = figure.subplots()
    axes.imshow((sheet * 255).round().astype(np.uint8), cmap="gray", vmin=0, vmax=255)
    bare(axes)
    which = "" if units <= UNITS else f"first {UNITS} of "
    axes.set_title(which + count(units, "hidden unit"))
    return figure


def _own_range(picture: np.ndarray) -> np.ndarray:
    low, high = picture.min(), picture.max()
    if not np.isfinite([low, high]).all() or low == high:
        return np.full_like(picture, 0.5)
    return (picture - low) / (high - low)


def _shown(image: np.ndarray) -> np.ndarray:
    """A picture from 0 to 1: 8 bits as they are, few grey levels or other numbers in their own range."""
    image = np.asarray(image)
    if image.dtype == np.uint8 and image.max(initial=0) > 16:
        return image / 255
    return _own_range(image.astype(float))


@styled
def samples(
    images: np.ndarray, labels: np.ndarray, classes: Sequence[str], each: int = 8
) -> Figure:
    """The first examples of each class, a row a class, of the first 12 classes.

    images (n, H, W) or (n, H, W, 3); labels (n,) integers. Only what is shown is read of `images`.
    """
    names = list(classes)[:CLASSES]
    height, width, *channels = images.shape[1:]
    gap = ceil(max(height, width) / 10)
    below, right = height + gap, width + gap
    sheet = np.ones((len(names) * below - gap, each * right - gap, *channels))
    for row in range(len(names)):
        for column, place in enumerate(np.flatnonzero(np.asarray(labels) == row)[:each]):
            top, left = row * below, column * right
            sheet[top : top + height, left : left + width] = _shown(images[place])
    figure = new_figure(0.75 * each + 1.4, 0.75 * each * len(sheet) / sheet.shape[1] + 0.5)
    axes = figure.subplots()
    axes.imshow(sheet, cmap="gray", vmin=0, vmax=1)
    bare(axes)
    middles = np.arange(len(names)) * below + (height - 1) / 2
    axes.set_yticks(middles, [shorten(name, 14) for name in names])
    axes.tick_params(length=0)
    return figure


@styled
def misclassified_examples(
    images: np.ndarray,
    true: np.ndarray,
    predicted: np.ndarray,
    probabilities: np.ndarray,
    classes: Sequence[str],
    mistakes: int,
    total: int,
) -> Figure:
    """The mistakes that the network was surest of, in their order, of so many among `total` images.

    images (n, H, W) or (n, H, W, 3), uint8, or float from its own lowest to its own highest;
    true and predicted (n,) integers; probabilities (n,) of the predicted classes.
    """
    true, predicted, sure = np.asarray(true), np.asarray(predicted), np.asarray(probabilities)
    if not len(images) == len(true) == len(predicted) == len(sure) or sure.ndim != 1:
        raise FigureError(
            f"{len(images)} images, {true.shape} true and {predicted.shape} predicted classes and "
            f"probabilities {sure.shape} do not belong together: each must have length n"
        )
    columns = min(5, max(len(true), 1))
    rows = ceil(len(true) / columns)
    if not len(true):
        figure = new_figure(5, 1)
        figure.text(0.5, 0.5, f"no mistakes among {total} images", ha="center", va="center")
        return figure

    figure = new_figure(max(1.9 * columns, 5), 2.1 * rows + 0.6)
    axes = figure.subplots()  # one for all: each of 25 would take longer than all that is drawn
    bare(axes)
    tall, wide = np.array(images[0].shape[:2]) / max(images[0].shape[:2])
    for k in range(len(true)):
        middle, bottom = ACROSS * (k % columns), -DOWN * (k // columns)
        axes.imshow(
            _shown(images[k]), cmap="gray", vmin=0, vmax=1,
            extent=(middle - SIDE * wide / 2, middle + SIDE * wide / 2, bottom, bottom + SIDE * tall),
        )  # fmt: skip
        is_class, said = shorten(classes[true[k]], 20), shorten(classes[predicted[k]], 12)
        axes.text(
            middle, bottom + SIDE * tall + 0.06, f"true: {is_class}\npredicted: {said}, {sure[k]:.3f}",
            fontsize=8, ha="center", va="bottom",
        )  # fmt: skip
    axes.set(
        xlim=(-SIDE / 2, ACROSS * (columns - 1) + SIDE / 2), ylim=(DOWN * (1 - rows), SIDE + 0.4)
    )
    head = "the" if len(true) == mistakes else f"the {len(true)} surest of the"
    figure.suptitle(
        f"{head} {count(mistakes, 'mistake')} among {total} images\n"
        "(number: probability of the predicted class)",
        fontsize=10,
    )
    return figure
