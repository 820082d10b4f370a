"""Values for missing ones: by hand, as scikit-learn's SimpleImputer finds them, and in a preparation."""

import numpy as np
import pytest

from components import SettingsError
from inputs import Preparation, fill_values, missing

NAN = np.nan
TABLE = np.array([[1.0, 7], [NAN, 3], [2, 3], [9, NAN], [NAN, 1000], [2, NAN]])
TRAINING = np.array([0, 1, 2, 3, 5])  # the fifth row, with its 1000, is no training row


@pytest.mark.parametrize("block", [2**22, 1])
@pytest.mark.parametrize(
    ("strategy", "expected"),
    [
        ("mean", [3.5, 13 / 3]),  # of 1, 2, 9, 2 and of 7, 3, 3
        ("median", [2, 3]),
        ("most_frequent", [2, 3]),
    ],
)
def test_by_hand_from_the_training_rows_alone(strategy, expected, block, monkeypatch):
    monkeypatch.setattr(missing, "BLOCK_VALUES", block)
    values, empty = fill_values(TABLE, TRAINING, strategy)
    np.testing.assert_allclose(values, expected)
    assert empty == []


def test_filling_agrees_with_scikit_learn():
    impute = pytest.importorskip("sklearn.impute")
    rng = np.random.default_rng(0)
    table = rng.integers(0, 5, (60, 7)).astype(float)
    table[rng.random(table.shape) < 0.3] = NAN
    for strategy in missing.STRATEGIES:
        theirs = impute.SimpleImputer(strategy=strategy).fit(table[:40]).statistics_
        np.testing.assert_allclose(fill_values(table, np.arange(40), strategy)[0], theirs)


def test_the_lowest_of_equally_frequent_values_is_taken():
    table = np.array([[5.0], [5], [3], [3], [9]])
    assert fill_values(table, np.arange(5), "most_frequent")[0] == [3]


@pytest.mark.parametrize("strategy", list(missing.STRATEGIES))
def test_a_category_is_filled_by_the_most_frequent_one(strategy):
    table = np.array([[1.0, 0, 0, 5], [0, 1, 0, 5], [0, 1, 0, 5], [NAN, NAN, NAN, 5]])
    values, empty = fill_values(table, np.arange(4), strategy, [[0, 3]])
    assert values.tolist() == [0, 1, 0, 5] and empty == []


def test_an_input_without_any_training_value_gets_0_and_is_named():
    table = np.array([[NAN, 1.0], [NAN, 2], [4, 3]])
    values, empty = fill_values(table, np.arange(2), "mean")
    assert values.tolist() == [0, 1.5] and empty == [0]


def test_another_strategy_is_refused():
    with pytest.raises(SettingsError, match="'mode' is unknown; known: mean, median, most_freq"):
        fill_values(TABLE, TRAINING, "mode")


def test_the_steps_are_fitted_on_filled_rows():
    table = np.array([[1.0, 2], [3, NAN], [NAN, 4], [5, 6]])
    values, _ = fill_values(table, np.arange(4), "mean")  # 3 and 4
    fitted = Preparation.fit(["standardize"], table, np.arange(4), values)
    complete = np.array([[1.0, 2], [3, 4], [3, 4], [5, 6]])
    expected = (complete - complete.mean(axis=0)) / complete.std(axis=0)
    for dtype in (np.float32, np.float64):
        out = fitted.transform(table, np.empty((4, 2), dtype))
        np.testing.assert_allclose(out, expected, rtol=1e-6, atol=1e-7)
    assert np.isnan(table[1, 1])  # the raw values stay


@pytest.mark.parametrize("steps", [["identity"], ["unit"], ["pca"], ["zca"], ["mean_image"]])
def test_every_preparation_fills_missing_values_before_and_after_saving(steps):
    rng = np.random.default_rng(1)
    table = rng.normal(1e6, 1, (50, 3))
    holes = table.copy()
    holes[::7, 1] = NAN
    values, _ = fill_values(holes, np.arange(50), "median")
    complete = np.where(np.isnan(holes), values, holes)
    fitted = Preparation.fit(steps, holes, np.arange(50), values)
    expected = Preparation.fit(steps, complete, np.arange(50)).transform(complete)
    np.testing.assert_array_equal(fitted.transform(holes), expected)
    again = Preparation.from_state(steps, fitted.state())
    np.testing.assert_array_equal(again.transform(holes), expected)
    np.testing.assert_array_equal(
        fitted.linear(), Preparation.fit(steps, complete, np.arange(50)).linear()
    )
