"""Held-out shares, and which arrays can be examples."""

import hashlib

import numpy as np
import pytest

from datasets import DatasetError, as_examples
from datasets.holdout import as_array, held_out, splits_of


def test_the_share_is_about_what_was_asked_for_and_never_empty():
    digests = [hashlib.sha256(bytes([i % 256, i // 256])).digest() for i in range(4000)]
    small, large = (held_out(as_array(digests), share) for share in (0.1, 0.2))
    assert large.mean() == pytest.approx(0.2, abs=0.02)
    assert (small <= large).all()  # a larger share keeps the smaller
    with pytest.raises(DatasetError, match="leaves none for the test split"):
        splits_of(digests[:2], 1e-9, np.zeros((2, 1)))


@pytest.mark.parametrize(
    ("array", "dtype", "shape"),
    [
        (np.zeros((5, 4, 4), np.uint8), np.uint8, (5, 4, 4)),
        (np.zeros((5, 4, 4, 1), np.uint8), np.uint8, (5, 4, 4)),
        (np.zeros((5, 4), np.uint8), np.float64, (5, 4)),
        (np.zeros((5, 4, 4), np.float32), np.float64, (5, 4, 4)),
        (np.zeros((5, 3), np.int64), np.float64, (5, 3)),
        (np.ones((5, 3), bool), np.float64, (5, 3)),
    ],
)
def test_numbers_of_any_type_are_examples(array, dtype, shape):
    found = as_examples(array, "x")
    assert found.dtype == dtype and found.shape == shape


@pytest.mark.parametrize("array", [np.array([["a"]]), np.array([[1j]]), np.array([[np.nan]])])
def test_numbers_that_are_not_finite_are_refused(array):
    with pytest.raises(DatasetError, match="expected (finite )?numbers"):
        as_examples(array, "x")
