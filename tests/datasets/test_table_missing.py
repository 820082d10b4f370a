"""Missing values of a table: refused, left open for the preparation, or left out with their rows."""

import json
import sys

import numpy as np
import pytest
from small_tables import HEAD, ROWS, column, gaps, read, refused, rows_of, spread

import parse
from datasets import DatasetError, as_examples, describe


def test_missing_values_are_refused_with_their_rows_and_the_key(table):
    said = refused(gaps(table)).splitlines()
    assert said[0] == "2 problems:" and len(said) == 3
    assert said[1] == (
        "  column 'v': no value in rows 4 and 10 ('#N/A' counts as missing; see `missing_values`); fill "
        "it in, or set `missing` to mean, median, most_frequent or row"
    )
    assert said[2].startswith("  column 'c': no value in row 6 ('<NA>' counts as missing")


@pytest.mark.parametrize("missing", ["row", "most_frequent"])
def test_none_among_categories_is_named_before_it_is_filled_in_or_left_out(table, missing):
    path = table(*column(["None", "low", "?", "high"]))
    note, _ = read(path, missing=missing).notes
    assert note == (
        "column 'v': 'None' counts as missing; if that is a value of its own, set `missing_values` to the "
        "texts that are missing"
    )
    parsed = read(path, missing=missing, missing_values=["?"])
    assert {"v=None", "v=low", "v=high"} < set(parsed.about["inputs"])
    (_,) = read(path, missing=missing, missing_values=["?", "None"]).notes


def test_a_class_that_counts_as_missing_is_named(table):
    path = table(["v", "kind"], *([i / 7, ["a", "NA", "b", ""][i % 4]] for i in range(40)))
    assert (
        read(path, missing="row").notes[0].startswith("column 'kind': 'NA' counts as missing; if ")
    )


@pytest.mark.parametrize("strategy", ["mean", "median", "most_frequent"])
def test_missing_values_stay_open_until_the_preparation_fills_them(table, strategy):
    parsed = read(gaps(table), missing=strategy, missing_indicator=True)
    assert parsed.about["missing"] == strategy and parsed.about["one_hot"] == [[1, 3]]
    assert parsed.about["inputs"] == ["v", "c=x", "c=y", "q", "v is missing", "c is missing"]
    images, labels = parsed.splits["train"]
    assert np.isnan(images).sum(axis=0).tolist() == [2, 1, 1, 0, 0, 0]
    assert (np.isnan(images[:, 0]) == images[:, 4]).all()
    assert (np.isnan(images[:, 1]) == images[:, 5]).all()
    assert parsed.notes == (f"columns 'v' and 'c': missing values are filled in ({strategy})",)
    assert as_examples(images, "x", missing=True) is images
    with pytest.raises(DatasetError, match="expected finite numbers"):
        as_examples(images, "x")
    assert describe(images, labels, 2)["maximum"] == 2.5
    plain = read(gaps(table), missing=strategy)
    assert plain.about["inputs"] == ["v", "c=x", "c=y", "q"]


def test_rows_with_missing_values_can_be_left_out(table):
    parsed = read(gaps(table), missing="row")
    assert parsed.splits["train"][0].shape == (37, 4) and "missing" not in parsed.about
    assert parsed.notes == ("3 rows with missing values are left out",)
    assert "missing_indicator: needs `missing: mean`" in refused(
        gaps(table), missing_indicator=True
    )


@pytest.mark.parametrize(
    "word", ["-", ".", "NULL", "n/a", "nil", "NaN", "?", "--", "#NULL!", "\\N"]
)
def test_words_for_missing_values(table, word):
    rows = column(["0.5", "1.5"])
    rows[7][0] = word
    assert f"no value in row 8 ({word!r} counts as missing" in refused(table(*rows))


def test_missing_values_replace_the_usual_words(table):
    rows = column(["0.5", "-999.0", "-", "7"])
    said = refused(table(*rows), missing_values=[-999])
    assert "has numbers and 10 other cells (row 4: '-' and 9 more)" in said
    parsed = read(table(*rows), missing_values=["-999", "-"], missing="row")
    assert {row[0] for row, _ in rows_of(parsed)} == {0.5, 7}


def test_a_column_without_values(table):
    path = table(*column([""]))
    assert refused(path) == "column 'v': has no values; list it under `ignore`"
    assert "has no values" in refused(path, missing="mean")
    assert read(path, ignore=["v"]).about["inputs"] == ["q"]


def test_a_word_for_missing_in_several_columns_is_one_note(table):
    rows = spread(
        v=lambda i: -999 if i % 9 == 0 else i % 7, w=lambda i: -999 if i % 7 == 0 else i % 5
    )
    (note,) = read(table(*rows)).notes
    assert note.startswith("columns 'v' and 'w': 16 cells are -999: if it means a missing value")


def test_parse_leaves_missing_values_open_and_says_so(table, tmp_path, monkeypatch, capsys):
    settings = json.dumps({"format": "csv", "label": "kind", "missing": "mean"})
    arguments = ["--settings", settings, "--raw", f"train_table={gaps(table)}"]
    monkeypatch.setattr(sys, "argv", ["parse.py", *arguments, "--output-folder", str(tmp_path)])
    parse.main()
    info = json.loads((tmp_path / "info.json").read_text())
    images = np.load(tmp_path / "train_images.npy", allow_pickle=False)
    assert np.isnan(images).sum() == 4 and info["missing"] == "mean" and info["format"] == "csv"
    assert (info["splits"]["train"]["minimum"], info["splits"]["train"]["maximum"]) == (0, 2.5)
    assert info["table"]["inputs"] == info["inputs"] == ["v", "c=x", "c=y", "q"]
    note = "columns 'v' and 'c': missing values are filled in (mean)"
    assert info["notes"] == [note] and f"warning: {note}" in capsys.readouterr().out


def test_a_test_table_with_missing_values(table):
    train = table(HEAD, *ROWS)
    test = table(HEAD, ["", "red", "a"], ["7", "?", "b"], ["8", "red", "b"], name="test.csv")
    parsed = read(train, test_path=test, missing="row")
    assert parsed.splits["test"][0].tolist() == [[8, 0, 0, 1]]
    assert parsed.notes == ("the test table: 2 of 3 rows have missing values and are left out",)
    parsed = read(train, test_path=test, missing="median")
    assert np.isnan(parsed.splits["test"][0]).sum() == 4
