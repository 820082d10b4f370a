"""scripts/generate.py: the files of a dataset that comes with a library, all in one run."""

import numpy as np
import pytest

import generate
from datasets import read_idx, sklearn_digits

ARRAYS = ("train_images", "train_labels", "test_images", "test_labels")


@pytest.fixture
def written(tmp_path, run_program):
    def write(generator):
        places = {array: tmp_path / f"{array}.gz" for array in ARRAYS}
        run_program(generate, generator, "--files", [f"{a}={f}" for a, f in places.items()])
        return places

    return write


def test_digits_are_written_as_idx_with_the_same_bytes_each_time(written):
    places = written("sklearn_digits")
    for array, file in places.items():
        assert np.array_equal(read_idx(file), sklearn_digits()[array])
        assert file.read_bytes().startswith(b"\x1f\x8b")
    before = [file.read_bytes() for file in places.values()]
    assert [file.read_bytes() for file in written("sklearn_digits").values()] == before


def test_every_third_digit_is_for_the_test(written):
    digits = sklearn_digits()
    images = np.concatenate([digits["train_images"], digits["test_images"]])
    places = written("sklearn_digits_thirds")
    train, test = (read_idx(places[array]) for array in ("train_images", "test_images"))
    assert (len(train), len(test)) == (1198, 599)
    assert np.array_equal(test, images[2::3]) and np.array_equal(train[:3], images[[0, 1, 3]])
