import numpy as np
import pytest

from components import SettingsError
from inputs import Batches


def positions(kind, n, size, seed=0):
    batches = Batches(kind, n, size, np.random.default_rng(seed))
    found = [np.arange(n)[p] for p in batches.epoch()]
    assert len(found) == batches.iterations_per_epoch
    return found


def test_sequential_keeps_the_order_and_the_short_batch():
    found = positions("sequential", 10, 4)
    assert [p.tolist() for p in found] == [[0, 1, 2, 3], [4, 5, 6, 7], [8, 9]]


def test_shuffled_reorders_all_examples_every_epoch():
    batches = Batches("shuffled", 10, 4, np.random.default_rng(0))
    first, second = (np.concatenate(list(batches.epoch())) for _ in range(2))
    assert sorted(first) == sorted(second) == list(range(10))
    assert first.tolist() != second.tolist()


def test_replacement_draws_independent_batches():
    found = positions("replacement", 10, 4)
    assert [len(p) for p in found] == [4, 4]
    many = np.concatenate(positions("replacement", 10_000, 5_000))
    assert len(np.unique(many)) == pytest.approx(10_000 * (1 - np.exp(-1)), rel=0.02)


@pytest.mark.parametrize("n", [1, 3, 10])
def test_a_batch_larger_than_the_data(n):
    assert [len(p) for p in positions("shuffled", n, 10)] == [n]
    assert [len(p) for p in positions("replacement", n, 10)] == [10]


def test_full_is_one_batch_of_all():
    assert [p.tolist() for p in positions("shuffled", 5, "full")] == [[0, 1, 2, 3, 4]]


def test_same_seed_same_batches():
    for first, second in zip(positions("shuffled", 9, 2), positions("shuffled", 9, 2), strict=True):
        np.testing.assert_array_equal(first, second)


@pytest.mark.parametrize(
    "arguments, message",
    [
        (("random", 5, 1), "shuffled, sequential, replacement"),
        (("shuffled", 5, 0), "batch_size: found 0"),
        (("shuffled", 5, "half"), "batch_size: found 'half'"),
        (("shuffled", 0, 1), "no training examples"),
    ],
)
def test_wrong_settings(arguments, message):
    with pytest.raises(SettingsError, match=message):
        positions(*arguments)


def test_examples_of_an_epoch():
    rng = np.random.default_rng(0)
    for kind, size, expected in (
        ("shuffled", 4, 10), ("replacement", 4, 8), ("sequential", "full", 10), ("replacement", 20, 20),
    ):  # fmt: skip
        batches = Batches(kind, 10, size, rng)
        assert batches.examples_per_epoch == expected
        seen = (p.stop - p.start if isinstance(p, slice) else len(p) for p in batches.epoch())
        assert sum(seen) == expected
