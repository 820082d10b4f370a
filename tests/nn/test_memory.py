"""Evaluations hold one block of activations, however many images there are."""

import tracemalloc
from collections.abc import Callable

import numpy as np
import pytest

from components import streams
from inputs import Examples, Preparation, moved_views
from nn import Pass, build_loss, build_network, evaluate, predict, predict_averaged

IMAGES, BLOCK, WIDTHS = 60000, 500, (784, 100, 100, 10)


@pytest.fixture(scope="module")
def images() -> np.ndarray:
    return np.random.default_rng(0).integers(0, 256, (IMAGES, 28, 28), np.uint8)


@pytest.fixture
def network():
    return build_network({"hidden": WIDTHS[1:-1]}, WIDTHS[0], WIDTHS[-1], streams(0))


@pytest.fixture
def examples(images) -> Callable:
    """The first n images as examples that are not prepared as a whole."""
    preparation = Preparation.fit(["unit"], images, np.arange(10))

    def make(n: int) -> Examples:
        labels = np.zeros(n, np.uint8)
        return Examples(images, labels, np.arange(n), preparation, cache_bytes=0)

    return make


def peak(function: Callable, *arguments) -> int:
    """The most bytes allocated at a time by a call (numpy reports its arrays to tracemalloc)."""
    tracemalloc.start()
    try:
        function(*arguments)
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def one_block() -> int:
    """Bytes of a block: its pixels, inputs, and for each layer the output and one scratch array."""
    pixels, numbers = WIDTHS[0], WIDTHS[0] + 2 * sum(WIDTHS[1:])
    return BLOCK * (pixels + numbers * np.float32().itemsize)


def test_evaluation_allocates_one_block(network, examples):
    found = peak(evaluate, [Pass(network, build_loss("softmax_cross_entropy"))], examples(IMAGES))
    assert found < 1.2 * one_block()


def test_predictions_allocate_one_block_and_the_scores(network, examples):
    scores = IMAGES * WIDTHS[-1] * np.float32().itemsize
    assert peak(predict, network, examples(IMAGES)) < scores + 1.2 * one_block()


def test_averaged_predictions_need_no_more_for_more_images(network, examples):
    few, many = (
        peak(predict_averaged, network, examples(n), moved_views(1)) for n in (BLOCK, 4 * BLOCK)
    )
    assert many < few + 4 * BLOCK * WIDTHS[-1] * np.float32().itemsize + 100_000


def test_the_measure_sees_all_activations_at_once(network, examples):
    """That the tests above can fail: one block of all images is far above their limit."""
    assert peak(predict, network, examples(4 * BLOCK), 4 * BLOCK) > 3 * one_block()
