"""The generated datasets."""

import numpy as np
import pytest

from datasets import DatasetError, sklearn_digits, spiral


def test_spiral_draws_what_the_source_draws():
    points, labels = spiral(100, 3, 0.2, np.random.default_rng(5))
    rng = np.random.default_rng(5)
    for arm in range(3):  # the source's loop
        radius = np.linspace(0.0, 1, 100)
        angle = np.linspace(arm * 4, (arm + 1) * 4, 100) + rng.standard_normal(100) * 0.2
        rows = slice(100 * arm, 100 * (arm + 1))
        expected = np.c_[radius * np.sin(angle), radius * np.cos(angle)]
        np.testing.assert_allclose(points[rows], expected, atol=1e-14)
        assert (labels[rows] == arm).all()
    assert points.shape == (300, 2) and points.dtype == np.float64 and labels.dtype == np.uint8


def test_spiral_without_noise_ends_on_the_unit_circle():
    points, _ = spiral(11, 2, 0.0, np.random.default_rng(0))
    np.testing.assert_allclose(points[[10, 21]], [[np.sin(4), np.cos(4)], [np.sin(8), np.cos(8)]])
    np.testing.assert_allclose(np.hypot(*points[:11].T), np.linspace(0, 1, 11))


def test_spiral_refuses_sizes_that_make_no_sense():
    for points_per_class, classes in ((0, 3), (10, 0), (10, 257)):
        with pytest.raises(DatasetError, match="spiral"):
            spiral(points_per_class, classes, 0.2, np.random.default_rng(0))


def test_digits_are_split_in_file_order():
    from sklearn.datasets import load_digits

    digits, data = load_digits(), sklearn_digits()
    images = np.concatenate([data["train_images"], data["test_images"]])
    assert np.array_equal(images, digits.images) and images.dtype == np.uint8
    assert np.array_equal(
        np.concatenate([data["train_labels"], data["test_labels"]]), digits.target
    )
    assert data["train_images"].shape == (1437, 8, 8) and len(data["test_labels"]) == 360
    assert images.max() == 16
