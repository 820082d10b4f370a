"""Spaces by hand: the expansion of a grid, a zip, a random space and a list of them."""

import numpy as np
import pytest

from experiments import ConfigError
from experiments.sweep import count, expand

RATE = "training.learning_rate"
HIDDEN = "network.hidden"


def test_a_grid_is_every_combination_and_the_last_key_varies_fastest():
    assert expand({"grid": {RATE: [0.1, 0.2], HIDDEN: [[8], [8, 4]]}}) == [
        {RATE: 0.1, HIDDEN: [8]},
        {RATE: 0.1, HIDDEN: [8, 4]},
        {RATE: 0.2, HIDDEN: [8]},
        {RATE: 0.2, HIDDEN: [8, 4]},
    ]


def test_values_of_a_zip_move_together():
    assert expand({"zip": {RATE: [0.1, 0.2], HIDDEN: [[8], [4]]}}) == [
        {RATE: 0.1, HIDDEN: [8]},
        {RATE: 0.2, HIDDEN: [4]},
    ]


def test_spaces_in_a_list_are_joined_without_duplicates():
    spaces = [{"grid": {RATE: [0.1, 0.2]}}, {"zip": {RATE: [0.2, 0.3]}}, {"grid": {HIDDEN: [[]]}}]
    assert expand(spaces) == [{RATE: 0.1}, {RATE: 0.2}, {RATE: 0.3}, {HIDDEN: []}]


@pytest.mark.parametrize("sweep", [[], {"grid": {RATE: [0.1, 0.1]}}])
def test_a_repeated_value_or_no_sweep_is_one_configuration(sweep):
    assert len(expand(sweep)) == 1


ADAM = {"name": "adam", "beta1": 0.5, "epsilon": 1.0}


@pytest.mark.parametrize(
    "values",
    [
        [1, 1.0],
        [1.0, 1, 1e0],
        [[32], [32.0]],
        [-0.0, 0, 0.0],
        ["adam", {"name": "adam"}],
        [ADAM, {"epsilon": 1, "beta1": 0.5, "name": "adam"}],
        [[{**ADAM, "beta1": 0}], [{**ADAM, "beta1": 0.0}]],
        ["unit", ["unit"], [{"name": "unit"}]],
    ],
)
def test_equal_values_in_two_spellings_are_one_configuration(values):
    found = expand({"grid": {"key": values}})
    assert len(found) == 1
    assert repr(expand({"grid": {"key": values[::-1]}})) == repr(found)
    # also if other values differ, or another space has it
    spaces = [{"zip": {"key": [value], "other": [i]}} for i, value in enumerate(values)]
    several = expand([*spaces, *spaces[::-1]])
    assert len(several) == len(values)
    assert {repr(change["key"]) for change in several} == {repr(found[0]["key"])}


def test_values_that_differ_in_meaning_stay_apart():
    values = [1, True, "1", None, [1], [[1]], {"name": "adam", "beta1": 1}, 1.5, 2**60, 2**60 + 1]
    assert [change["key"] for change in expand({"grid": {"key": values}})] == values
    # nor does a value of one key decide how that of another is spelled
    assert repr(expand({"zip": {"a": [1], "b": [1.0]}})) == "[{'a': 1, 'b': 1.0}]"


def draw(samples: int, seed: int | None = None, **values) -> list[dict]:
    space = {"samples": samples, "values": values}
    return expand({"random": space if seed is None else {**space, "seed": seed}})


SPACE = {
    "rate": {"loguniform": [1e-4, 1.0]},
    "dropout": {"uniform": [0.0, 0.5]},
    "units": {"integer": [1, 3]},
    "activation": {"choice": ["relu", "tanh"]},
}


def test_more_samples_keep_the_earlier_ones():
    assert draw(40, **SPACE)[:7] == draw(7, **SPACE)


def test_a_seed_gives_the_same_samples_and_another_one_others():
    assert draw(5, seed=3, **SPACE) == draw(5, seed=3, **SPACE)
    assert draw(5, seed=3, **SPACE) != draw(5, seed=4, **SPACE)
    assert draw(5, seed=0, **SPACE) == draw(5, **SPACE)


def test_samples_are_spread_as_their_distribution_says():
    samples = draw(400, **SPACE)
    exponents = np.log10([sample["rate"] for sample in samples])
    assert np.histogram(exponents, bins=4, range=(-4, 0))[0] == pytest.approx([100] * 4, abs=30)
    dropout = [sample["dropout"] for sample in samples]
    assert np.histogram(dropout, bins=4, range=(0, 0.5))[0] == pytest.approx([100] * 4, abs=30)
    units = [sample["units"] for sample in samples]
    assert np.bincount(units) == pytest.approx([0, 133, 133, 133], abs=35)  # both ends included
    assert {sample["activation"] for sample in samples} == {"relu", "tanh"}


def test_samples_are_plain_numbers_of_four_digits():
    for sample in draw(20, **SPACE):
        assert [type(value) for value in sample.values()] == [float, float, int, str]
        assert sample["rate"] == float(f"{sample['rate']:.4g}")


@pytest.mark.parametrize("kind", ["uniform", "loguniform"])
@pytest.mark.parametrize(
    "bounds",
    [
        [0.12345, 0.12349],
        [0.00012341, 0.00012344],
        [0.1, 0.1000000000000002],
        [99999, 100001],
        [1, 1.00004],
        [1e-300, 1.00001e-300],
    ],
)
def test_samples_stay_within_their_bounds(kind, bounds):
    low, high = bounds
    samples = [sample["x"] for sample in draw(200, x={kind: bounds})]
    assert all(low <= value <= high for value in samples)
    assert len(set(samples)) >= 5  # few floats lie in some of them


def test_samples_below_zero_stay_within_their_bounds():
    samples = [sample["x"] for sample in draw(50, x={"uniform": [-0.12349, -0.12345]})]
    assert all(-0.12349 <= value <= -0.12345 for value in samples)


def test_lists_of_a_zip_must_be_equally_long():
    with pytest.raises(ConfigError, match=rf"zip differ in length: {{'{RATE}': 2, 'n': 1}}"):
        expand({"zip": {RATE: [0.1, 0.2], "n": [1]}})


@pytest.mark.parametrize("kind", ["uniform", "loguniform", "integer"])
def test_an_empty_interval_is_refused_with_its_key(kind):
    with pytest.raises(ConfigError, match=r"rate: the interval \[2, 1\] is empty"):
        draw(1, rate={kind: [2, 1]})


@pytest.mark.parametrize(
    ("sweep", "expected"),
    [
        ({}, 1),
        ({"grid": {RATE: [0.1, 0.2], HIDDEN: [[8], [8, 4], [2]]}}, 6),
        ({"zip": {RATE: [0.1, 0.2], HIDDEN: [[8], [4]]}}, 2),
        ([{"grid": {RATE: [0.1]}}, {"random": {"samples": 7, "values": {}}}], 8),
        ({"grid": {f"{RATE}{i}": list(range(215)) for i in range(3)}}, 215**3),
    ],
)
def test_configurations_are_counted_without_being_made(sweep, expected):
    assert count(sweep) == expected
