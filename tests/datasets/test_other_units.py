"""New rows in other units than the training table are noted, and unusual rows are not."""

import csv
from collections import Counter

import numpy as np
import pytest
from sklearn.datasets import load_breast_cancer, load_diabetes, load_digits, load_iris, load_wine
from small_tables import read

from datasets import unlike_training

TABLES = {
    "iris": load_iris,
    "wine": load_wine,
    "cancer": load_breast_cancer,
    "diabetes": load_diabetes,
    "digits": load_digits,
}


def meaning_of(path, inputs, **settings):
    """What the description of a training table with these inputs is."""
    names = [f"x{number}" for number in range(inputs.shape[1])]
    with open(path, "w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow([*names, "kind"])
        writer.writerows([*row, "ab"[number % 2]] for number, row in enumerate(inputs.tolist()))
    return read(str(path), numeric=names, **settings).about["table"]


@pytest.mark.parametrize("name", TABLES)
def test_held_out_rows_of_real_tables_are_not_noted(tmp_path, name):
    rows = np.random.default_rng(0).permutation(TABLES[name]()["data"])
    quarter = len(rows) // 4
    table, new = meaning_of(tmp_path / "t.csv", rows[quarter:]), rows[:quarter]
    for size in (1, 5, 50):
        for start in range(0, quarter, size):
            assert unlike_training(new[start : start + size], table) == []


@pytest.mark.parametrize("size", [1, 5, 50])
def test_other_units_of_real_tables_are_noted(tmp_path, size):
    rows = np.random.default_rng(1).permutation(load_iris()["data"])
    table, new = meaning_of(tmp_path / "t.csv", rows[50:]), rows[:size]
    for factor in (100, 1000, 1 / 100, 1 / 1000):
        changed = new * [factor, 1, 1, 1]
        assert unlike_training(changed, table) == ["x0"]
    assert unlike_training(new + [0, 273.15, 0, 0], table) == ["x1"]


def test_degrees_are_told_apart(tmp_path):
    celsius = np.random.default_rng(2).normal(37.5, 0.9, (200, 1))  # of patients
    table = meaning_of(tmp_path / "c.csv", celsius)
    for size in (1, 5, 50):
        assert unlike_training(celsius[:size], table) == []
        assert unlike_training(celsius[:size] * 1.8 + 32, table) == ["x0"]
        assert unlike_training(celsius[:size] + 273.15, table) == ["x0"]
    table = meaning_of(tmp_path / "f.csv", celsius * 1.8 + 32)
    assert unlike_training(celsius[:1], table) == ["x0"]


def test_the_edges_of_the_range(tmp_path):
    table = meaning_of(tmp_path / "t.csv", np.linspace(10, 20, 41)[:, None])
    several = np.ones((5, 1))
    for value, alone, among in (
        (30, [], ["x0"]),  # one row may be a range away, several rows a fifth of it
        (30.1, ["x0"], ["x0"]),
        (22, [], []),
        (22.1, [], ["x0"]),
        (8, [], []),
        (4.9, [], ["x0"]),
        (3.3, ["x0"], ["x0"]),  # less than a third of the smallest number
    ):
        assert unlike_training(np.array([[value]]), table) == alone
        assert unlike_training(value * several, table) == among
    mixed = np.array([[1e6], [np.nan], [15], [1e6], [12], [13]])
    assert unlike_training(mixed, table) == []
    assert unlike_training(np.array([[np.nan]]), table) == []
    gaps = np.array([[np.nan]] * 9)  # the one value among them is as alone as in one row
    for value, found in ((30, []), (30.1, ["x0"])):
        assert unlike_training(np.vstack([[[value]], gaps]), table) == found


def test_years_go_on(tmp_path):
    years = np.repeat(np.arange(2010, 2025.0), 4)[:, None]
    table = meaning_of(tmp_path / "t.csv", years)
    assert unlike_training(np.full((50, 1), 2026.0), table) == []
    assert unlike_training(np.full((50, 1), 26.0), table) == ["x0"]


def test_a_constant_column_and_dates_have_no_unit(tmp_path):
    table = meaning_of(tmp_path / "t.csv", np.full((12, 1), 7.0))
    assert unlike_training(np.full((9, 1), 700.0), table) == []
    pixel = np.array([0.0] * 97 + [1, 1, 2])[:, None]  # of a border, where others are rare
    assert unlike_training(np.full((1, 1), 16.0), meaning_of(tmp_path / "p.csv", pixel)) == []
    path = tmp_path / "d.csv"
    body = "".join(f"2024-01-{i:02},{i % 3},{'ab'[i % 2]}\n" for i in range(1, 29))
    path.write_text("day,v,kind\n" + body)
    table = read(str(path), dates=["day"]).about["table"]
    assert Counter("range" in column for column in table["columns"]) == {True: 1, False: 1}
    assert unlike_training(np.array([[99999.0, 1.0]]), table) == []
