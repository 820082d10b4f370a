"""Brightness, contrast and saturation on hand-worked pixels, and the pixels that each leaves unchanged."""

import numpy as np
import pytest

from inputs.augmentation import Augmentation
from inputs.color import linear_factors, recoloured

WEIGHTS = np.array([0.299, 0.587, 0.114])


@pytest.fixture
def images():
    return np.random.default_rng(0).uniform(0, 100, (4, 5, 6, 3))


def changed(images, brightness=1.0, contrast=1.0, saturation=1.0):
    ones = np.ones(len(images))
    return recoloured(
        images, *linear_factors(ones * brightness, ones * contrast, ones * saturation)
    )


def test_by_hand():
    # Two pixels, red and black: greys 29.9 and 0, mean grey 14.95. Brightness 2: red 200, greys 59.8
    # and 0, mean 29.9. Contrast 0.5: red (114.95, 14.95, 14.95), its grey 44.85; black 14.95 thrice.
    # Saturation 0.5: halfway to the grey.
    image = np.array([[[[100.0, 0, 0], [0, 0, 0]]]])
    expected = [[[[79.9, 29.9, 29.9], [14.95, 14.95, 14.95]]]]
    np.testing.assert_allclose(changed(image, 2, 0.5, 0.5), expected, rtol=1e-6)


def test_each_factor_by_hand(images):
    grey = images @ WEIGHTS
    np.testing.assert_allclose(changed(images, brightness=1.3), 1.3 * images)
    mean = grey.mean(axis=(1, 2))[:, None, None, None]
    np.testing.assert_allclose(changed(images, contrast=0.7), mean + 0.7 * (images - mean), 1e-6)
    np.testing.assert_allclose(
        changed(images, contrast=0), np.broadcast_to(mean, images.shape), 1e-6
    )
    colourless = changed(images, saturation=0)
    np.testing.assert_allclose(colourless, np.repeat(grey[..., None], 3, axis=3), 1e-6)
    np.testing.assert_allclose(changed(images, saturation=1.4) @ WEIGHTS, grey, rtol=1e-6)


def test_grey_images_have_no_saturation():
    images = np.random.default_rng(0).uniform(0, 100, (4, 5, 6, 1))
    np.testing.assert_allclose(changed(images, saturation=0.2), images, rtol=1e-6)


def test_8_bit_images_are_rounded_and_clipped():
    images = np.array([[[[3, 200, 100]]]], np.uint8)
    np.testing.assert_array_equal(changed(images, brightness=1.5), [[[[4, 255, 150]]]])  # 4.5: even


def test_factors_are_drawn_within_their_limits_for_each_image():
    step = {"name": "color", "brightness": 0.5, "contrast": 0, "saturation": 0}
    images = np.full((2000, 1, 1, 3), 10.0, np.float32)
    found = Augmentation([step], 0, 2)(images, np.zeros(2000, int))[0][:, 0, 0, 0] / 10
    assert 0.5 <= found.min() < 0.51 and 1.49 < found.max() <= 1.5
    assert found.mean() == pytest.approx(1, abs=0.03)
