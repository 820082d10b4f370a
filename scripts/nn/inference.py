"""Scores and probabilities of examples, block by block: only one block of activations exists."""

import numpy as np

from components.errors import SettingsError


def predict(network, examples, block_rows: int = 500) -> np.ndarray:
    """Scores (n, classes) of the examples, without augmentation, in their order.

    `network.forward(x, training=False)` may return the same buffer again and again.
    """
    scores = None
    for block in _blocks(examples, block_rows):
        x, _ = examples.load(block, augment=False)
        part = network.forward(x, training=False)
        if scores is None:
            scores = np.empty((len(examples), part.shape[1]), part.dtype)
        scores[block] = part
    return scores


def predict_averaged(
    network, examples, shifts: int = 0, flips: bool = False, block_rows: int = 500
) -> np.ndarray:
    """Class probabilities (n, classes), averaged over shifted and mirrored copies of each image.

    The copies are all offsets of -`shifts` to +`shifts` pixels on both axes, empty pixels 0, and
    with `flips` their mirror images (left-right): (2 * shifts + 1)^2 copies, or twice as many. The
    average is taken of the softmax of the scores. Raises SettingsError for inputs that are not
    images.
    """
    averages = None
    offsets = range(2 * shifts + 1)
    copies = [
        (down, right, step)
        for down in offsets
        for right in offsets
        for step in (1, -1)[: 1 + flips]
    ]
    for block in _blocks(examples, block_rows):
        images = examples.raw(block)
        if images.ndim < 3:
            raise SettingsError(
                f"averaging over shifted copies needs images (n, height, width[, channels]), found "
                f"inputs of shape {images.shape}"
            )
        height, width = images.shape[1:3]
        padding = [(0, 0), (shifts, shifts), (shifts, shifts), (0, 0)][: images.ndim]
        padded = np.pad(images, padding)
        total = 0.0
        for down, right, step in copies:
            copy = padded[:, down : down + height, right : right + width][:, :, ::step]
            total = total + softmax(network.forward(examples.prepare(copy), training=False))
        if averages is None:
            averages = np.empty((len(examples), total.shape[1]), total.dtype)
        averages[block] = total / len(copies)
    return averages


def softmax(scores: np.ndarray) -> np.ndarray:
    """Class probabilities (n, classes) of the scores, a new array."""
    exponentials = np.exp(scores - scores.max(axis=1, keepdims=True))
    return exponentials / exponentials.sum(axis=1, keepdims=True)


def _blocks(examples, block_rows: int) -> list[slice]:
    """Slices that cover the examples; one empty slice where there are none."""
    return [slice(i, i + block_rows) for i in range(0, max(len(examples), 1), block_rows)]
