import numpy as np
import pytest

from components import SettingsError, streams
from components.randomness import LARGEST_SEED, PURPOSES, generator_state, restore_generator


def test_same_seed_same_numbers_and_another_seed_others():
    first, again, other = (streams(seed)["init"].random(4) for seed in (3, 3, 4))
    np.testing.assert_array_equal(first, again)
    assert (first != other).all()


def test_purposes_are_independent():
    numbers = [generator.random() for generator in streams(0).values()]
    assert len(set(numbers)) == len(PURPOSES)


def test_a_restored_generator_continues_with_the_same_numbers():
    rng = streams(1)["shuffling"]
    rng.integers(0, 10, 3, dtype=np.uint32)  # leaves half of a 64-bit number unused
    state = generator_state(rng)
    expected = rng.integers(0, 2**32, 5, dtype=np.uint32), rng.permutation(20)
    fresh = streams(99)["shuffling"]
    restore_generator(fresh, state)
    np.testing.assert_array_equal(fresh.integers(0, 2**32, 5, dtype=np.uint32), expected[0])
    np.testing.assert_array_equal(fresh.permutation(20), expected[1])


def test_the_largest_seed_fits_into_an_array_of_int64():
    assert np.array([LARGEST_SEED], np.int64)[0] == LARGEST_SEED == np.iinfo(np.int64).max
    assert streams(LARGEST_SEED).keys() == streams(np.int64(7)).keys()


@pytest.mark.parametrize("seed", [-1, 2**63, 10**30, 1e30, 1.0, "1", None])
def test_other_seeds_are_refused(seed):
    with pytest.raises(
        SettingsError, match=r"^seed: found .*, expected a whole number from 0 to 9"
    ):
        streams(seed)
