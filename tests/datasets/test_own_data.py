"""Data of one's own: tables in CSV, archives of arrays."""

import csv
import hashlib

import numpy as np
import pytest

from datasets import DatasetError, as_examples
from datasets.formats import FORMATS
from datasets.holdout import held_out, splits_of

DEFAULTS = {
    name: {key: rule["default"] for key, rule in kind.settings.items() if "default" in rule}
    for name, kind in FORMATS.items()
}


def read(name, **settings):
    """The splits, classes and more of a dataset, and the sizes that are found without reading it all."""
    kind = FORMATS[name]
    settings = {**DEFAULTS[name], **settings}
    files = {role: settings[key] for role, key in kind.places.items() if settings[key]}
    return kind.read(settings, files), kind.sizes(settings)


@pytest.fixture
def table(tmp_path):
    def write(*rows, name="table.csv"):
        path = tmp_path / name
        with open(path, "w", newline="") as file:
            csv.writer(file).writerows(rows)
        return str(path)

    return write


HEAD = ["length", "colour", "kind"]
ROWS = [["1.5", "red", "a"], ["-2", "blue", "b"], ["3e2", "red", "a"], ["0", " green", "b"]]


def test_a_table_becomes_numbers_and_one_hot_categories(table):
    (splits, classes, about, *_), sizes = read("csv", path=table(HEAD, *ROWS), label="kind")
    images, labels = splits["train"]
    assert classes == ["a", "b"] and about["inputs"] == [
        "length", "colour=blue", "colour=green", "colour=red",
    ]  # fmt: skip
    assert about["columns"] == [("length", None), ("colour", ["blue", "green", "red"])]
    found = {tuple(row): classes[label] for row, label in zip(images.tolist(), labels, strict=True)}
    assert found == {
        (1.5, 0, 0, 1): "a",
        (-2.0, 1, 0, 0): "b",
        (300.0, 0, 0, 1): "a",
        (0.0, 0, 1, 0): "b",
    }
    assert sizes == {"classes": classes, "shape": [4], "train_size": 4, "test_size": 0}


def test_numbers_can_be_categories_and_columns_be_ignored(table):
    path = table(["zip", "id", "kind"], ["1", "x", "3"], ["2", "y", "10"], ["1", "z", "3"])
    (splits, classes, about, *_), _ = read(
        "csv", path=path, label="kind", categorical=["zip"], ignore=["id"]
    )
    assert about["inputs"] == ["zip=1", "zip=2"] and classes == ["3", "10"]


def test_rows_are_shuffled_by_their_content_so_that_sorted_tables_split_fairly(table):
    rows = [[str(i), "x", "ab"[i // 50]] for i in range(100)]
    (splits, *_), _ = read("csv", path=table(HEAD, *rows), label="kind")
    tail = splits["train"][1][-30:]
    assert 5 < tail.sum() < 25
    (again, *_), _ = read("csv", path=table(HEAD, *rows[::-1]), label="kind")
    assert (again["train"][0] == splits["train"][0]).all()


def test_a_second_table_is_the_test_split(table):
    train, test = table(HEAD, *ROWS), table(HEAD, ["7", "blue", "b"], name="test.csv")
    (splits, *_), sizes = read("csv", path=train, test_path=test, label="kind")
    assert splits["test"][0].tolist() == [[7, 1, 0, 0]] and splits["test"][1].tolist() == [1]
    assert sizes["test_size"] == 1
    strange = table(HEAD, ["7", "pink", "b"], name="strange.csv")
    with pytest.raises(DatasetError, match="'pink' .* is not in the training table"):
        read("csv", path=train, test_path=strange, label="kind")


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ([HEAD, *ROWS, ["", "red", "a"]], "row 6 has no value in the column 'length'"),
        ([HEAD, *ROWS, ["1", "NaN", "a"]], "row 6 has no value in the column 'colour'"),
        ([HEAD, *ROWS, ["1", "red"]], "row 6 has 2 cells, expected 3"),
        ([HEAD, *ROWS, ["inf", "red", "a"]], "row 6, column 'length': inf is no finite number"),
        # blank rows count, as in an editor; a cell of two lines is in one row
        ([HEAD, ROWS[0], [], [], ["", "red", "a"]], "row 5 has no value in the column 'length'"),
        ([HEAD, ["1", "a\nb", "a"], [], ["inf", "red", "a"]], "row 4, column 'length': inf is no"),
        ([HEAD, [], *ROWS, ["1", "red"]], "row 7 has 2 cells, expected 3"),
        ([HEAD], "has 1 lines, expected column names and rows"),
        ([["length;kind"], ["1,5;a"]], "';' separates its columns, expected commas"),
        ([["length\tkind"], ["1\ta"]], "'.t' separates its columns, expected commas"),
        ([["a", "a", "kind"], *ROWS], "two columns have the same name"),
        ([["length", "colour", "sort"], *ROWS], "has no column 'kind'; it has length, colour, sort"),
        ([HEAD, *([*row[:2], "a"] for row in ROWS)], "has one value alone"),
        ([HEAD, *([*row[:2], f"{i}.5"] for i, row in enumerate(ROWS))], "regression is out of its scope"),
        ([HEAD, *(["1", f"name {i}", "ab"[i % 2]] for i in range(200))], "has 200 different texts"),
    ],
)  # fmt: skip
def test_a_table_that_cannot_be_used(table, rows, message):
    with pytest.raises(DatasetError, match=message):
        read("csv", path=table(*rows), label="kind")


def test_categories_of_more_texts_than_inputs_can_be_are_refused(table):
    rows = [[str(i), "red", "ab"[i % 2]] for i in range(1001)]
    settings = {"label": "kind", "categorical": ["length"]}
    (splits, *_), _ = read("csv", path=table(HEAD, *rows[:1000]), **settings)
    assert splits["train"][0].shape == (1000, 1001)
    said = "the column 'length' has 1001 different texts, .*; expected at most 1000: list it under `ignore`"
    with pytest.raises(DatasetError, match=said):
        read("csv", path=table(HEAD, *rows), **settings)


def test_a_table_that_is_none(tmp_path):
    path = tmp_path / "x.csv"
    with pytest.raises(DatasetError, match="no such file"):
        read("csv", path=str(path), label="kind")
    with pytest.raises(DatasetError, match="cannot be read"):
        read("csv", path=str(tmp_path), label="kind")
    path.write_bytes(b"\xff\xfe\x00a,b\n")
    with pytest.raises(DatasetError, match="no CSV file in UTF-8 .*; save it as one"):
        read("csv", path=str(path), label="kind")




def test_two_ways_to_a_test_split_are_one_too_many(table):
    path = table(HEAD, *ROWS)
    with pytest.raises(DatasetError, match="test_path and a share for the test are set"):
        read("csv", path=path, test_path=path, label="kind", test=0.2)




def test_the_share_is_about_what_was_asked_for_and_never_empty():
    digests = [hashlib.sha256(bytes([i % 256, i // 256])).digest() for i in range(4000)]
    assert held_out(digests, 0.2).mean() == pytest.approx(0.2, abs=0.02)
    assert (
        held_out(digests, 0.1) <= held_out(digests, 0.2)
    ).all()  # a larger share keeps the smaller
    with pytest.raises(DatasetError, match="leaves none for the test split"):
        splits_of(np.zeros((2, 1)), np.zeros(2), digests[:2], 1e-9)


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
def test_what_are_no_finite_numbers_is_refused(array):
    with pytest.raises(DatasetError, match="expected (finite )?numbers"):
        as_examples(array, "x")
