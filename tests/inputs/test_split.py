"""Splits: which rows train, which validate."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from components import SettingsError
from inputs import remarks, rows_of, split_indices


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
        ((100, 20, "middle"), "'middle' is unknown; known: first, last, random, stratified"),
    ],
)
def test_splits_that_do_not_fit_are_refused(arguments, message):
    with pytest.raises(SettingsError, match=message):
        split_indices(*arguments)


@pytest.mark.parametrize(
    ("number", "size", "expected"),
    [(3, 10, 3), (0, 10, 0), (0.2, 10, 2), (0.2, 4, 1), (0.01, 10, 1), (0.99, 10, 9), (0.5, 1, 1)],
)
def test_a_share_is_at_least_one_row_and_leaves_one(number, size, expected):
    assert rows_of(number, size) == expected


def test_shares_of_both_parts():
    training, validation = split_indices(50, 0.2, "last", training=0.5)
    assert training.tolist() == list(range(25)) and validation.tolist() == list(range(40, 50))
    training, validation = split_indices(5, 0.5, "first", training=0.5)  # 2.5 and 2.5 rows
    assert len(training) + len(validation) <= 5 and len(validation) == 2
    with pytest.raises(SettingsError, match="1 for validation do not fit into 1 rows"):
        split_indices(1, 0.2)


def counts(labels, parts):
    return [np.bincount(labels[part], minlength=labels.max() + 1).tolist() for part in parts]


@pytest.mark.parametrize(
    ("sizes", "validation", "expected"),
    [
        ([50, 30, 20], 20, [10, 6, 4]),
        ([50, 30, 20], 0.1, [5, 3, 2]),
        ([5, 3, 2], 4, [2, 1, 1]),  # shares 2, 1.2, 0.8: the rest goes to the last
        ([9, 1], 5, [5, 0]),  # the only example of a class trains
        ([1, 1, 1], 1, [1, 0, 0]),  # if there is no other, one validates all the same
        ([6, 0, 6], 4, [2, 0, 2]),
    ],
)
def test_stratified_draws_from_each_class_by_its_share(sizes, validation, expected):
    labels = np.repeat(np.arange(3)[: len(sizes)], sizes)
    for seed in range(5):
        parts = split_indices(len(labels), validation, "stratified", seed, labels=labels)
        assert counts(labels, parts)[1] == expected
        assert sorted(np.concatenate(parts)) == list(range(len(labels)))
        assert all((np.diff(part) > 0).all() for part in parts)


def test_stratified_depends_on_the_seed_and_draws_at_random():
    labels = np.repeat([0, 1], 50)
    one, again, other = (
        split_indices(100, 20, "stratified", seed, labels=labels)[1] for seed in (1, 1, 2)
    )
    assert np.array_equal(one, again) and not np.array_equal(one, other)
    assert one.max() > 70  # not the first of each class


def test_a_smaller_training_part_is_also_stratified():
    labels = np.repeat([0, 1, 2], [50, 30, 20])
    training, validation = split_indices(100, 20, "stratified", 0, 10, labels)
    assert counts(labels, (training, validation)) == [[5, 3, 2], [10, 6, 4]]
    assert not set(training) & set(validation)


@given(st.data())
def test_stratified_parts_have_the_sizes_asked_for(data):
    labels = np.array(data.draw(st.lists(st.integers(0, 4), min_size=1, max_size=40)))
    validation = data.draw(st.integers(0, len(labels) - 1))
    wanted = data.draw(st.integers(1, len(labels) - validation))
    parts = split_indices(len(labels), validation, "stratified", 3, wanted, labels)
    assert [len(part) for part in parts] == [wanted, validation]
    assert len(set(np.concatenate(parts).tolist())) == wanted + validation


@pytest.mark.parametrize("take", ["random", "stratified"])
@pytest.mark.parametrize(
    ("groups", "validation", "expected"),
    [
        ([4, 4, 4, 4, 4], 0.2, [4]),
        ([1] * 10, 3, [1, 1, 1]),
        ([4, 3, 5], 3, [3]),
        ([2, 90, 8], 20, [2, 8]),
        ([5, 5], 1, [5]),  # the nearest that there is
        ([3, 3], 6, None),
    ],
)
def test_groups_stay_together(take, groups, validation, expected):
    size = sum(groups)
    of_row = np.repeat(np.arange(len(groups)), groups)
    labels = np.arange(size) % 2
    if expected is None:
        with pytest.raises(SettingsError, match="do not fit"):
            split_indices(size, validation, take, 0, None, labels, groups)
        return
    for seed in range(5):
        parts = split_indices(size, validation, take, seed, None, labels, groups)
        held = np.unique(of_row[parts[1]])
        assert sorted(groups[g] for g in held) == expected
        assert len(parts[1]) == sum(expected) and len(parts[0]) == size - sum(expected)
        assert not set(held) & set(of_row[parts[0]])
        named = dict(zip(("training", "validation"), parts, strict=True))
        assert remarks(named, labels * 0, "a", take, groups) == []


def test_many_groups_take_no_quadratic_time():
    groups = [1, 2] * 200_000
    held = split_indices(600_000, 0.2, "random", groups=groups)[1]
    starts = np.cumsum([0, *groups[:-1]])
    assert len(held) == 120_000
    assert np.isin(starts[1::2], held).sum() == np.isin(starts[1::2] + 1, held).sum()


def test_one_group_cannot_be_divided():
    with pytest.raises(SettingsError, match="all rows belong to one group"):
        split_indices(6, 2, "random", groups=[6])
    assert len(split_indices(6, 0, "random", groups=[6])[0]) == 6


def test_a_class_that_is_missing_in_a_part_is_named():
    labels = np.array([0, 0, 1, 1, 2, 2])  # sorted, as many archives are
    parts = dict(zip(("training", "validation"), split_indices(6, 2, "last"), strict=True))
    assert remarks(parts, labels, ["ant", "bee", "cow", "dog"], "last") == [
        "the training part has no example of 1 of 4 classes: 'cow'; set split.take: stratified, or "
        "give these classes more examples",
        "the validation part has no example of 2 of 4 classes: 'ant', 'bee'; set split.take: "
        "stratified, or give these classes more examples",
    ]  # no training file has a dog: the notes on the data say so
    nothing = {"training": np.arange(6), "validation": np.arange(0)}
    assert remarks(nothing, labels, ["ant", "bee", "cow", "dog"], "last") == []


def test_a_group_that_a_split_by_position_divides_is_reported():
    labels, groups = np.zeros(6, int), [2, 3, 1]
    for validation, expected in ((2, 1), (1, 0)):
        parts = split_indices(6, validation, "last", groups=groups)
        said = remarks(dict(training=parts[0], validation=parts[1]), labels, ["a"], "last", groups)
        assert len(said) == expected
    parts = split_indices(6, 2, "last", groups=groups)
    (note,) = remarks(dict(training=parts[0], validation=parts[1]), labels, ["a"], "last", groups)
    assert note.startswith(
        "split.take 'last' divides 1 of 3 groups between training and validation"
    )
