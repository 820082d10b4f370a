"""Folds: every row validates once, classes keep their shares, groups stay whole."""

import numpy as np
import pytest
from sklearn.model_selection import StratifiedKFold

from components import SettingsError
from inputs import fold_numbers


def counts_of(numbers, labels, folds):
    """How many rows of each class each fold has: (folds, classes)."""
    counts = np.zeros((folds, labels.max() + 1), int)
    np.add.at(counts, (numbers, labels), 1)
    return counts


def random_labels(seed):
    """Labels of 2 to 6 classes of very different sizes, in any order, and a number of folds."""
    rng = np.random.default_rng(seed)
    sizes = rng.integers(1, 40, rng.integers(2, 7))
    labels = rng.permutation(np.repeat(np.arange(len(sizes)), sizes))
    return labels, int(rng.integers(2, min(len(labels), 12) + 1))


@pytest.mark.parametrize("seed", range(30))
def test_folds_are_as_even_as_possible(seed):
    labels, folds = random_labels(seed)
    numbers = fold_numbers(labels, folds, seed)
    assert numbers.shape == labels.shape and numbers.dtype == np.int64
    assert set(numbers) == set(range(folds))  # one fold a row, and no fold is empty
    counts = counts_of(numbers, labels, folds)
    assert (np.ptp(counts, axis=0) <= 1).all()
    assert np.ptp(counts.sum(axis=1)) <= 1


@pytest.mark.filterwarnings("ignore:The least populated class")
@pytest.mark.parametrize("seed", range(30))
def test_folds_have_the_statistics_of_scikit_learn(seed):
    labels, folds = random_labels(seed)
    folds = min(folds, int(np.bincount(labels).max()))  # scikit-learn refuses more
    theirs = np.empty(len(labels), int)
    split = StratifiedKFold(folds, shuffle=True, random_state=seed).split(labels, labels)
    for fold, (_, validation) in enumerate(split):
        theirs[validation] = fold
    ours = counts_of(fold_numbers(labels, folds, seed), labels, folds)
    theirs = counts_of(theirs, labels, folds)
    assert np.sort(ours, axis=0).tolist() == np.sort(theirs, axis=0).tolist()
    assert sorted(ours.sum(axis=1)) == sorted(theirs.sum(axis=1))


def test_the_rows_of_a_fold_are_drawn_by_seed_and_repeat_alone():
    labels = np.arange(90) % 3
    first = fold_numbers(labels, 3, seed=1)
    assert first.tolist() == fold_numbers(labels, 3, seed=1, repeat=0).tolist()
    others = [
        fold_numbers(labels, 3, seed=s, repeat=r) for s, r in ((1, 1), (1, 2), (2, 0), (2, 1))
    ]
    drawn = {tuple(numbers) for numbers in [first, *others]}
    assert len(drawn) == 5
    for numbers in others:  # drawn again: a third of the rows is in the same fold by chance
        assert 15 < (numbers == first).sum() < 45


def test_any_row_is_as_likely_in_any_fold():
    labels = np.array([0] * 7 + [1] * 5)
    drawn = np.stack([fold_numbers(labels, 3, repeat=repeat) for repeat in range(3000)])
    share = (drawn[:, :7] == 1).mean(axis=0)  # 7 rows are dealt to folds 0, 1, 2, 0, 1, 2, 0
    assert share == pytest.approx(np.full(7, 2 / 7), abs=0.03)


@pytest.mark.parametrize("seed", range(20))
def test_groups_stay_together_and_folds_stay_even(seed):
    rng = np.random.default_rng(seed)
    groups = rng.integers(1, 6, 60).tolist()
    of_row = np.repeat(np.arange(60), groups)
    labels = rng.integers(0, 2, len(of_row))
    numbers = fold_numbers(labels, 5, seed, groups=groups)
    assert all(len(set(numbers[of_row == group])) == 1 for group in range(60))
    counts = counts_of(numbers, labels, 5)
    assert np.ptp(counts.sum(axis=1)) <= 5  # the size of a group
    assert (np.ptp(counts, axis=0) <= 8).all()  # of some 90 rows of each class


def test_each_group_is_a_fold_if_their_numbers_agree():
    numbers = fold_numbers(np.array([0, 0, 1, 1, 1, 0]), 3, groups=[2, 3, 1])
    assert sorted({numbers[0], numbers[2], numbers[5]}) == [0, 1, 2]


@pytest.mark.parametrize(
    ("folds", "groups", "said"),
    [
        (5, None, "4 rows cannot be divided into 5 folds"),
        (3, [3, 1], "2 groups cannot be divided into 3 folds"),
        (1, None, "4 rows cannot be divided into 1 folds"),
    ],
)
def test_indivisible_groups_are_refused(folds, groups, said):
    with pytest.raises(SettingsError, match=said):
        fold_numbers(np.array([0, 1, 0, 1]), folds, groups=groups)
