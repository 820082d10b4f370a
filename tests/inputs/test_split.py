"""Splits: which rows train, which validate."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from components import SettingsError
from inputs import split_indices


@pytest.mark.parametrize(
    ("take", "training", "expected"),
    [
        ("first", None, ([3, 4, 5, 6, 7], [0, 1, 2])),
        ("last", None, ([0, 1, 2, 3, 4], [5, 6, 7])),
        ("first", 2, ([3, 4], [0, 1, 2])),
        ("last", 2, ([0, 1], [5, 6, 7])),
    ],
)
def test_by_position(take, training, expected):
    rows = split_indices(8, 3, take, training=training)
    assert tuple(part.tolist() for part in rows) == expected


def test_without_validation_all_rows_train():
    for take in ("first", "last", "random"):
        training, validation = split_indices(5, 0, take)
        assert training.tolist() == [0, 1, 2, 3, 4] and validation.tolist() == []
        assert training.dtype == validation.dtype == np.int64


@given(st.data())
def test_parts_are_apart_and_ascending(data):
    size = data.draw(st.integers(1, 60))
    validation = data.draw(st.integers(0, size - 1))
    training = data.draw(st.none() | st.integers(1, size - validation))
    take = data.draw(st.sampled_from(["first", "last", "random"]))
    seed = data.draw(st.integers(0, 1000))
    parts = split_indices(size, validation, take, seed, training)
    assert [len(part) for part in parts] == [training or size - validation, validation]
    assert all((np.diff(part) > 0).all() for part in parts)
    together = np.concatenate(parts)
    assert len(set(together.tolist())) == len(together)
    assert ((together >= 0) & (together < size)).all()


def test_random_depends_on_the_seed_alone():
    one, again, other = (split_indices(1000, 200, "random", seed)[1] for seed in (1, 1, 2))
    assert np.array_equal(one, again) and not np.array_equal(one, other)
    small = split_indices(1000, 200, "random", 1, training=100)
    large = split_indices(1000, 200, "random", 1, training=300)
    assert np.array_equal(small[1], large[1]) and set(small[0]) < set(large[0])


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((100, 100), "all other rows for training and 100 for validation.*100 rows"),
        ((100, 20, "last", 0, 81), "81 rows for training and 20 for validation.*100 rows"),
        ((100, 20, "last", 0, 0), "0 rows for training"),
        ((100, -1), "-1 for validation"),
        ((100, 20, "middle"), "'middle' is unknown; known are first, last, random"),
    ],
)
def test_what_does_not_fit_is_refused(arguments, message):
    with pytest.raises(SettingsError, match=message):
        split_indices(*arguments)
