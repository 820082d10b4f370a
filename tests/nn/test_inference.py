"""Prediction in blocks and averaged over augmented copies, with a stub for the network."""

import numpy as np
import pytest

from components.errors import SettingsError
from inputs.augmentation import Augmentation
from inputs.examples import Examples
from inputs.preparation import Preparation
from inputs.views import moved_views
from inputs.whole_pixels import shift
from nn.inference import predict, predict_averaged, softmax


class Linear:
    """Scores x @ W in one buffer that it reuses, as the network does."""

    def __init__(self, inputs, classes):
        self.weights = np.random.default_rng(0).normal(0, 0.01, (inputs, classes)).astype("f4")
        self.buffer = np.empty((1000, classes), np.float32)
        self.largest = 0

    def forward(self, x, training=False):
        assert not training
        self.largest = max(self.largest, len(x))
        return np.matmul(x, self.weights, out=self.buffer[: len(x)])


ROWS = np.arange(23, 0, -1)


@pytest.fixture(params=[(), (3,)], ids=["grey", "colour"])
def images(request):
    return np.random.default_rng(2).integers(0, 256, (24, 6, 5, *request.param), dtype=np.uint8)


def build(images, **options):
    preparation = Preparation.fit(["mean_image"], images, ROWS)
    return Examples(images, np.zeros(len(images), int), ROWS, preparation, **options)


@pytest.mark.parametrize("cache_bytes", [0, 2**20], ids=["gathered", "cached"])
@pytest.mark.parametrize("block_rows", [1, 10, 500])
def test_predict_gives_every_score_in_order(images, block_rows, cache_bytes):
    examples = build(images, cache_bytes=cache_bytes)
    network = Linear(examples.inputs, 4)
    scores = predict(network, examples, block_rows)
    expected = examples.preparation.transform(images[ROWS]) @ network.weights
    np.testing.assert_allclose(scores, expected, rtol=1e-4, atol=1e-4)
    assert network.largest == min(block_rows, 23)


def test_predict_does_not_use_augmentation_or_its_random_stream(images):
    augmentation = Augmentation(["shift"], 0, 4)
    before = augmentation.state()["shift"]
    examples = build(images, augmentation=augmentation)
    network = Linear(examples.inputs, 4)
    np.testing.assert_array_equal(predict(network, examples), predict(network, build(images)))
    np.testing.assert_array_equal(augmentation.state()["shift"], before)


def test_softmax_survives_extreme_scores():
    probabilities = softmax(np.array([[1000.0, 1000.0], [-1000.0, 0.0], [0.0, np.log(3)]]))
    np.testing.assert_allclose(probabilities, [[0.5, 0.5], [0, 1], [0.25, 0.75]], atol=1e-12)


def test_averaging_over_one_copy_is_the_softmax_of_the_scores(images):
    examples = build(images)
    network = Linear(examples.inputs, 4)
    averaged = predict_averaged(network, examples, moved_views())
    np.testing.assert_allclose(averaged, softmax(predict(network, examples)), rtol=1e-4)


@pytest.mark.parametrize("block_rows", [7, 500])
def test_averaging_over_shifts_and_flips_by_its_definition(images, block_rows):
    examples = build(images)
    network = Linear(examples.inputs, 4)
    copies = []
    for down in (-1, 0, 1):
        for right in (-1, 0, 1):
            moved = shift(images[ROWS], np.full(23, down), np.full(23, right))
            copies += [moved, moved[:, :, ::-1]]
    probabilities = [
        softmax(examples.preparation.transform(copy) @ network.weights) for copy in copies
    ]
    averaged = predict_averaged(network, examples, moved_views(1, True), block_rows)
    np.testing.assert_allclose(averaged, np.mean(probabilities, axis=0), rtol=1e-3, atol=1e-6)
    again = predict_averaged(network, examples, moved_views(1, True), block_rows)
    assert again.tobytes() == averaged.tobytes()


def test_moved_copies_may_be_mirrored_at_the_edge(images):
    examples = build(images)
    views = moved_views(2, border="reflect")
    assert len(views) == 25
    raw = images[ROWS[:1]]
    down, right = np.abs(np.arange(-2, 4) + 0.5) - 0.5, np.abs(np.arange(-2, 3) + 0.5) - 0.5
    expected = raw[:, down.astype(int)][
        :, :, right.astype(int)
    ]  # rows 1 0 0 1 2 3, columns 1 0 0 1 2
    found = views[0](examples, slice(0, 1))
    np.testing.assert_allclose(found, examples.preparation.transform(expected))


def test_a_mirrored_image_gets_the_same_averaged_probabilities(images):
    network = Linear(images[0].size, 4)
    preparation = Preparation.fit(["unit"], images, ROWS)
    both = [
        Examples(pictures, np.zeros(24, int), ROWS, preparation)
        for pictures in (images, images[:, :, ::-1].copy())
    ]
    first, second = (predict_averaged(network, e, moved_views(flips=True)) for e in both)
    np.testing.assert_allclose(first, second, rtol=1e-5)


def test_inputs_that_are_not_images():
    points = np.random.default_rng(0).normal(size=(30, 2))
    with pytest.raises(SettingsError, match=r"needs images .* found inputs of shape \(23, 2\)"):
        predict_averaged(Linear(2, 3), build(points), moved_views(1))
