"""The program that splits and prepares: its warnings, filled values and outputs."""

import hashlib
import json

import numpy as np
import pytest

import prepare
from files import artifacts
from files.prepared import load_prepared, notes_of

SPLIT = {"validation": 2, "take": "last", "seed": 0, "training": None}


@pytest.fixture
def prepared(tmp_path, run_program):
    """prepared(images, labels, split, about): the file, for a dataset of these arrays."""

    def made(images, labels, about=(), steps=("standardize",), **split):
        images, labels = np.asarray(images, float), np.asarray(labels, np.uint8)
        described = {}
        for name, array in (("images", images), ("labels", labels)):
            np.save(tmp_path / f"{name}.npy", array)
            described[f"{name}_sha256"] = hashlib.sha256(array).hexdigest()
        info = {
            "classes": ["ant", "bee"], "shape": list(images.shape[1:]), "splits": {"train": described},
            **dict(about),
        }  # fmt: skip
        artifacts.write_json(tmp_path / "info.json", info)
        settings = {"split": SPLIT | split, "preparation": list(steps)}
        arrays = ["--images", tmp_path / "images.npy", "--labels", tmp_path / "labels.npy"]
        output = tmp_path / "prepared.npz"
        run_program(
            prepare, *arrays, "--info", tmp_path / "info.json", "--output", output,
            "--settings", json.dumps(settings),
        )  # fmt: skip
        return output, load_prepared(output, list(steps), *arrays[1::2])

    return made


COLUMN = np.arange(8.0)[:, None]


def test_a_sorted_file_is_warned_of_and_the_warning_stays_in_the_file(prepared, capsys):
    path, found = prepared(COLUMN, [0, 0, 0, 0, 0, 0, 1, 1])
    notes = [
        "the training part has no example of 1 of 2 classes: 'bee'; set split.take: stratified, or "
        "give these classes more examples",
        "the validation part has no example of 1 of 2 classes: 'ant'; set split.take: stratified, or "
        "give these classes more examples",
    ]
    assert capsys.readouterr().out.splitlines()[:2] == [f"warning: {note}" for note in notes]
    assert found.notes == notes_of(path) == notes


def test_without_anything_to_say_the_file_has_no_notes(prepared, capsys):
    path, found = prepared(COLUMN, [0, 1] * 4)
    assert "notes" not in artifacts.load_arrays(path) and notes_of(path) == found.notes == []
    assert capsys.readouterr().out == "6 training, 2 validation, 1 inputs\n"


def test_stratified_and_shares(prepared):
    _, found = prepared(COLUMN, [0] * 4 + [1] * 4, take="stratified", validation=0.25, training=0.5)
    assert [len(found.split[part]) for part in ("training", "validation")] == [4, 2]
    for rows in found.split.values():
        assert np.bincount(found.labels[rows]).tolist() == [len(rows) / 2] * 2
    assert found.notes == []


@pytest.mark.parametrize("take", ["first", "last", "random", "stratified"])
def test_a_refit_has_the_training_and_validation_rows_of_its_split_and_no_others(prepared, take):
    limited = {"take": take, "training": 3, "validation": 2}
    labels = [0, 0, 0, 0, 1, 1, 1, 1]
    _, chosen = prepared(COLUMN, labels, **limited)
    _, final = prepared(COLUMN, labels, refit=True, **limited)
    rows = sorted([*chosen.split["training"], *chosen.split["validation"]])
    assert final.split["training"].tolist() == rows and len(rows) == 5
    assert final.split["validation"].tolist() == []
    mean, values = COLUMN[rows].mean(), COLUMN[rows]
    inputs = final.preparation.transform(values, out=np.empty((5, 1)))
    assert inputs.mean() == pytest.approx(0) and mean != COLUMN.mean()


FOLDS = {"take": "stratified", "validation": 0.25, "folds": 4, "repeat": 0}


def test_each_fold_validates_its_rows_and_is_prepared_without_them(prepared):
    rows = []
    for fold in range(4):
        _, found = prepared(COLUMN, [0, 1] * 4, **FOLDS, fold=fold)
        training, validation = found.split["training"], found.split["validation"]
        assert np.union1d(training, validation).tolist() == list(range(8))
        assert len(training) == 6 and len(validation) == 2
        assert sorted(found.labels[validation]) == [0, 1]
        inputs = found.preparation.transform(COLUMN[training], out=np.empty((6, 1)))
        assert inputs.mean() == pytest.approx(0) and inputs.std() == pytest.approx(1)
        rows += validation.tolist()
    assert sorted(rows) == list(range(8))
    again = [
        prepared(COLUMN, [0, 1] * 4, **{**FOLDS, "repeat": 1}, fold=fold)[1] for fold in range(4)
    ]
    assert [row for found in again for row in found.split["validation"]] != rows


def test_more_folds_than_a_class_has_rows_is_warned_of(prepared, capsys):
    found = [prepared(COLUMN, [0] * 6 + [1] * 2, **FOLDS, fold=fold)[1] for fold in range(4)]
    lacking = [f for f in found if 1 not in f.labels[f.split["validation"]]]
    assert len(lacking) == 2
    said = "the validation part has no example of 1 of 2 classes: 'bee'; give these classes more examples"
    assert [f.notes for f in lacking] == [[said]] * 2
    assert capsys.readouterr().out.count(f"warning: {said}\n") == 2


def test_folds_keep_groups_together(prepared):
    groups = {"groups": [2, 2, 2, 2]}
    for fold in range(4):
        _, found = prepared(COLUMN, [0, 1] * 4, groups, **FOLDS, fold=fold)
        first, second = found.split["validation"].tolist()
        assert first % 2 == 0 and second == first + 1 and found.notes == []


def test_groups_stay_together_and_a_split_that_cuts_one_is_warned_of(prepared):
    groups = {"groups": [3, 3, 2]}
    _, found = prepared(COLUMN, [0, 1] * 4, groups, take="random", validation=3)
    whole = [[0, 1, 2], [3, 4, 5], [6, 7]]
    assert found.split["validation"].tolist() in whole and found.notes == []
    _, found = prepared(COLUMN, [0, 1] * 4, groups, take="last", validation=3)
    assert found.notes[0].startswith("split.take 'last' divides 1 of 3 groups")


def test_missing_values_are_filled_from_the_training_rows(prepared, capsys):
    table = np.column_stack([[1, np.nan, 2, 9, 0, 4, 1e9, 1e9], [np.nan] * 6 + [5, 6]])
    about = {"missing": "mean", "inputs": ["age", "height"]}
    _, found = prepared(table, [0, 1] * 4, about, steps=["identity"])
    np.testing.assert_allclose(
        found.preparation.transform(found.images[:2]), [[1, 0], [16 / 5, 0]], rtol=1e-6
    )
    note = (
        "no training row has a value in 1 of 2 inputs: 'height'; they are always 0, so leave these "
        "columns out"
    )
    assert found.notes == [note] and f"warning: {note}\n" in capsys.readouterr().out


def test_a_missing_category_is_the_most_frequent_one(prepared):
    table = [
        [1, 0, 7],
        [0, 1, 7],
        [0, 1, 7],
        [np.nan, np.nan, 8],
        [1, 0, 8],
        [0, 1, 8],
        [1, 0, 7],
        [1, 0, 7],
    ]
    about = {"missing": "median", "one_hot": [[0, 2]]}
    _, found = prepared(table, [0, 1] * 4, about, steps=["identity"])
    assert found.preparation.transform(found.images[3:4]).tolist() == [[0, 1, 8]]


def test_too_few_rows_are_refused(prepared):
    with pytest.raises(Exception, match="do not fit into 8 rows"):
        prepared(COLUMN, [0, 1] * 4, validation=8)
