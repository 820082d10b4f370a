"""Scores and probabilities of examples, block by block: only one block of activations exists."""

from collections.abc import Callable

import numpy as np

from components.errors import SettingsError

from .workers import ALONE, Workers


def predict(network, examples, block_rows: int = 500, workers: Workers = ALONE) -> np.ndarray:
    """Scores (n, classes) of the examples, without augmentation, in their order.

    `network.forward(x, training=False)` may return the same buffer again and again.
    """
    networks, twins = _for_each(workers, network, examples)

    def score(block: slice, worker: int) -> np.ndarray:
        x, _ = twins[worker].load(block, augment=False)
        return networks[worker].forward(x, training=False)

    return _in_blocks(score, examples, block_rows, workers)


def predict_averaged(
    network,
    examples,
    shifts: int = 0,
    flips: bool = False,
    block_rows: int = 500,
    workers: Workers = ALONE,
) -> np.ndarray:
    """Class probabilities (n, classes), averaged over shifted and mirrored copies of each image.

    The copies are all offsets of -`shifts` to +`shifts` pixels on both axes, empty pixels 0, and
    with `flips` their mirror images (left-right): (2 * shifts + 1)^2 copies, or twice as many. The
    average is taken of the softmax of the scores. Raises SettingsError for inputs that are not
    images.
    """
    offsets = range(2 * shifts + 1)
    copies = [
        (down, right, step)
        for down in offsets
        for right in offsets
        for step in (1, -1)[: 1 + flips]
    ]
    networks, twins = _for_each(workers, network, examples)

    def average(block: slice, worker: int) -> np.ndarray:
        images = twins[worker].raw(block)
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
            scores = networks[worker].forward(twins[worker].prepare(copy), training=False)
            total = total + softmax(scores)
        return total / len(copies)

    return _in_blocks(average, examples, block_rows, workers)


def softmax(scores: np.ndarray) -> np.ndarray:
    """Class probabilities (n, classes) of the scores, a new array."""
    exponentials = np.exp(scores - scores.max(axis=1, keepdims=True))
    return exponentials / exponentials.sum(axis=1, keepdims=True)


def _for_each(workers: Workers, network, examples) -> tuple[list, list]:
    """A network and examples for each worker."""
    replicas = [network.replica() for _ in range(workers.threads - 1)]
    return [network, *replicas], examples.twins(workers.threads)


def _in_blocks(
    work: Callable[[slice, int], np.ndarray], examples, block_rows: int, workers: Workers
) -> np.ndarray:
    """The rows that work(block, worker) makes of all examples; it sees one empty block of none."""
    blocks = [slice(i, i + block_rows) for i in range(0, max(len(examples), 1), block_rows)]
    first = work(blocks[0], 0)
    rows = np.empty((len(examples), first.shape[1]), first.dtype)
    rows[blocks[0]] = first

    def fill(number: int, worker: int) -> None:
        rows[blocks[number + 1]] = work(blocks[number + 1], worker)

    workers.run(fill, len(blocks) - 1)
    return rows
