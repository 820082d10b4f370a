"""Compute scores and probabilities of examples block by block, to bound the memory."""

from collections.abc import Callable, Sequence

import numpy as np

from .workers import ALONE, Workers, use_blas_memory


def predict(network, examples, block_rows: int = 500, workers: Workers = ALONE) -> np.ndarray:
    """Return the scores (n, classes) of the examples, without augmentation, in their order."""
    networks, twins = _for_each(workers, network, examples)

    def score(block: slice, worker: int) -> np.ndarray:
        x, _ = twins[worker].load(block, augment=False)
        return networks[worker].forward(x, training=False)

    return _in_blocks(score, examples, block_rows, workers)


def predict_averaged(
    network,
    examples,
    views: Sequence[Callable],
    block_rows: int = 500,
    workers: Workers = ALONE,
) -> np.ndarray:
    """Return class probabilities (n, classes): the softmax of scores, averaged over views.

    A view is a function of examples and a block that returns prepared inputs, see `inputs.views`.
    """
    networks, twins = _for_each(workers, network, examples)
    total = None
    for view in views:

        def probabilities(block: slice, worker: int, view=view) -> np.ndarray:
            x = view(twins[worker], block)
            return softmax(networks[worker].forward(x, training=False))

        rows = _in_blocks(probabilities, examples, block_rows, workers)
        total = rows if total is None else np.add(total, rows, out=total)
    total /= len(views)
    return total


def softmax(scores: np.ndarray) -> np.ndarray:
    """Return the class probabilities (n, classes) of the scores, as a new array."""
    exponentials = np.exp(scores - scores.max(axis=1, keepdims=True))
    return exponentials / exponentials.sum(axis=1, keepdims=True)


def _for_each(workers: Workers, network, examples) -> tuple[list, list]:
    """Return a network and examples for each worker."""
    use_blas_memory(workers.threads)
    replicas = [network.replica() for _ in range(workers.threads - 1)]
    return [network, *replicas], examples.twins(workers.threads)


def _in_blocks(
    work: Callable[[slice, int], np.ndarray], examples, block_rows: int, workers: Workers
) -> np.ndarray:
    """Collect the rows of work(block, worker) for all examples; without any, it gets an empty block."""
    blocks = [slice(i, i + block_rows) for i in range(0, max(len(examples), 1), block_rows)]
    first = work(blocks[0], 0)
    rows = np.empty((len(examples), first.shape[1]), first.dtype)
    rows[blocks[0]] = first

    def fill(number: int, worker: int) -> None:
        rows[blocks[number + 1]] = work(blocks[number + 1], worker)

    workers.run(fill, len(blocks) - 1)
    return rows
