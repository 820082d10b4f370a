"""Archives of arrays: each form that people store examples and labels in is read right, or refused."""

import os
import zipfile

import numpy as np
import pytest

from datasets import DatasetError, as_examples, read_new
from datasets.formats import FORMATS
from datasets.holdout import as_array, held_out, numbered
from datasets.npz_file import load
from datasets.npz_roles import role_of

NPZ = FORMATS["npz"]
DEFAULTS = {key: rule["default"] for key, rule in NPZ.settings.items() if "default" in rule}
PIXELS = np.arange(30 * 16).reshape(30, 4, 4).astype(np.uint8)
NUMBERS = np.arange(30) % 3
KERAS = {"x_train": PIXELS, "y_train": NUMBERS, "x_test": PIXELS[:6] + 1, "y_test": NUMBERS[:6]}


@pytest.fixture
def read(tmp_path, monkeypatch):
    """What is parsed of an archive of these arrays, and its sizes, as the plan and parse.py do."""
    monkeypatch.chdir(tmp_path)

    def read(settings=None, **arrays):
        np.savez("data.npz", **arrays)
        chosen = {**DEFAULTS, "path": "data.npz", **(settings or {})}
        sizes = NPZ.sizes(chosen)
        parsed = NPZ.read(chosen | sizes, {"archive": "data.npz"})
        images, labels = parsed.splits["train"]
        assert sizes["classes"] == parsed.classes and sizes["shape"] == list(images.shape[1:])
        assert len(images) == len(labels)
        return parsed, sizes

    return read


def by_class(parsed, split="train"):
    """The names of the labels of a split."""
    return [parsed.classes[label] for label in parsed.splits[split][1]]


def test_the_names_of_keras_are_read_in_their_order_without_notes(read):
    parsed, sizes = read(**KERAS)
    for split in ("train", "test"):
        assert (parsed.splits[split][0] == KERAS[f"x_{split}"]).all()
        assert (parsed.splits[split][1] == KERAS[f"y_{split}"]).all()
    assert sizes == {"classes": ["0", "1", "2"], "shape": [4, 4], "train_size": 30, "test_size": 6}
    assert parsed.notes == () and parsed.validation == 0


# ------------------------------------------------------------------ names of arrays


@pytest.mark.parametrize(
    ("names", "roles"),
    [
        ("X y", "images labels"),
        ("data target", "images labels"),
        ("images labels", "images labels"),
        ("X_train y_train X_test y_test", "train_images train_labels test_images test_labels"),
        ("Xtrain ytr trainX", "train_images train_labels train_images"),
        ("x_val val_labels x_valid", "validation_images validation_labels validation_images"),
        ("arrays/x_train", "train_images"),
        ("ids target_names arr_0 train x_y x_train_test", "None None None None None None"),
    ],
)
def test_roles_of_arrays_are_guessed_by_name(names, roles):
    assert list(map(str, map(role_of, names.split()))) == roles.split()


def test_a_guess_is_reported_and_arrays_that_are_not_used_are_named(read):
    parsed, _ = read(X=PIXELS, y=NUMBERS, ids=NUMBERS)
    assert parsed.notes == (
        "by the names of the arrays, X is train_images, y is train_labels; set `arrays` to name others",
        "arrays of the file that are not used: ids",
    )


def test_arrays_named_in_the_config_are_used(read):
    names = {"train_images": "a", "train_labels": "b"}
    parsed, sizes = read({"arrays": names}, a=PIXELS, b=NUMBERS)
    assert (parsed.splits["train"][0] == PIXELS).all() and sizes["train_size"] == 30


def test_null_leaves_arrays_out(read):
    names = {"test_images": None, "test_labels": None}
    parsed, _ = read({"arrays": names}, **KERAS)
    assert list(parsed.splits) == ["train"]
    assert parsed.notes == ("arrays of the file that are not used: x_test and y_test",)


@pytest.mark.parametrize(
    ("settings", "arrays", "message"),
    [
        ({"arrays": {"test_images": "x_tst"}}, KERAS,
         r"^data.npz: has no array 'x_tst', which arrays.test_images names; it has x_train \(30, 4, 4\)"),
        ({}, {"arr_0": PIXELS, "arr_1": NUMBERS},
         r"no array for train_images and train_labels; it has arr_0 \(30, 4, 4\) and arr_1 \(30,\); "
         "name it with `arrays: {train_images: NAME, train_labels: NAME}`$"),
        ({}, {"data": PIXELS, "images": PIXELS, "y": NUMBERS}, "data and images may both be the train"),
        ({"arrays": {"test_images": "x_train", "test_labels": "y_train"}},
         {"x_train": PIXELS, "y_train": NUMBERS},
         "the array x_train is both test_images and train_images; name another"),
        ({}, {k: v for k, v in KERAS.items() if k != "y_test"},
         "has x_test for test_images, but no array for test_labels.* or leave both out"),
        ({"test": 0.2}, KERAS, "has test arrays, and a share for the test is set; remove `test`, or"),
    ],
)  # fmt: skip
def test_missing_or_ambiguous_arrays_are_refused(read, settings, arrays, message):
    with pytest.raises(DatasetError, match=message):
        read(settings, **arrays)


# ------------------------------------------------------------------ labels

ONE_HOT = np.eye(3)[NUMBERS]


@pytest.mark.parametrize(
    ("labels", "classes", "first", "note"),
    [
        (NUMBERS[:, None], "0 1 2", "0 1 2", None),
        (NUMBERS[None], "0 1 2", "0 1 2", None),
        (NUMBERS.astype(">i2"), "0 1 2", "0 1 2", None),
        (NUMBERS.astype(float), "0 1 2", "0 1 2", "y_train: labels are float64, all of them whole numbers"),
        (ONE_HOT, "0 1 2", "0 1 2", "y_train: one-hot labels (30, 3); the class is the column that is 1"),
        (ONE_HOT.astype(bool), "0 1 2", "0 1 2", "one-hot"),
        (NUMBERS + 1, "1 2 3", "1 2 3", "labels are 1, 2 and 3, not 0 to 2; each value is a class"),
        (np.array([0, 3, 1])[NUMBERS], "0 1 3", "0 3 1", "labels are 0, 1 and 3, not 0 to 2"),
        (np.array([1, -1, 1])[NUMBERS], "-1 1", "1 -1 1", "labels are -1 and 1, not 0 to 1"),
        (NUMBERS == 1, "0 1", "0 1 0", None),
        (np.array(["cat", "ant ", "dog"])[NUMBERS], "ant cat dog", "cat ant dog", "'ant', 'cat' and 'dog'"),
        (np.array([b"cat", b"ant", b"dog"])[NUMBERS], "ant cat dog", "cat ant dog", "labels are text"),
        (np.array(["10", "9", "1"])[NUMBERS], "1 9 10", "10 9 1", "labels are 1, 9 and 10"),
        (np.array(["1", "1.0", "0"])[NUMBERS], "0 1", "1 1 0", None),
        (np.array(["o\u0308", "\u00f6", "b"])[NUMBERS], "b \u00f6", "\u00f6 \u00f6 b", "labels are text"),
    ],
)  # fmt: skip
def test_labels_of_any_form_are_classes(read, labels, classes, first, note):
    parsed, _ = read(x_train=PIXELS, y_train=labels)
    assert parsed.classes == classes.split() and by_class(parsed) == first.split() * 10
    assert bool(parsed.notes) == bool(note) and (note or "") in " ".join(parsed.notes)


def test_classes_are_those_of_all_splits(read):
    parsed, _ = read(**KERAS | {"y_test": np.array([0, 1, 2, 3, 3, 3])})
    assert parsed.classes == ["0", "1", "2", "3"] and by_class(parsed, "test")[3:] == ["3"] * 3


@pytest.mark.parametrize(
    ("names", "labels", "expected"),
    [
        ("a b c", [0, 1, 2], "a b c"),
        ("a b c", [1, 2, 3], "a b c"),
        ("a b c d", [0, 1, 3], "a b d"),
        ("a b c", [-1, 5, 7], "a b c"),
        ("10 9 1", ["10", "1", "9"], "10 1 9"),
        ("dog cat ant", ["ant", "cat", "dog"], "ant cat dog"),
    ],
)
def test_declared_names_of_classes(read, names, labels, expected):
    settings = {"classes": names.split()}
    parsed, _ = read(settings, x_train=PIXELS, y_train=np.array(labels)[NUMBERS])
    assert parsed.classes == names.split() and by_class(parsed)[:3] == expected.split()


@pytest.mark.parametrize(
    ("labels", "message"),
    [
        (NUMBERS / 2, r"y_train: label 1 is 0.5, .*regression.* out of this project's scope"),
        (np.where(NUMBERS == 2, np.nan, 1), "label 2 is nan, .*remove these examples"),
        (np.array(["a", "nan", "b"])[NUMBERS], "label 1 is 'nan', a missing label"),
        (np.full((30, 3), 1 / 3), "soft labels .*row 0 is 0.333333.*argmax"),
        (np.array([[1, 0, 0], [1, 1, 0], [0, 0, 0]])[NUMBERS], "row 1 has 2 of 3 classes"),
        (np.array([[1, 0, 0], [0, 0, 0], [0, 0, 1]])[NUMBERS], "row 1 has 0 of 3 classes"),
        (np.arange(90).reshape(30, 3), "not one-hot labels: row 0 is 0, 1, 2; expected labels"),
        (np.zeros((30, 4, 4), int), r"labels of shape \(30, 4, 4\), expected one for each example"),
        (np.array(["a", "b", "c"], object)[NUMBERS], r"Python objects.* y_train.astype\(str\)"),
        (NUMBERS * 1j, "labels are complex128"),
        (NUMBERS.astype("M8[s]"), "labels are datetime64"),
        (NUMBERS * 0 + 7, "all labels are 7, expected at least two classes"),
        (NUMBERS[:20], r"x_train has 30 examples \(30, 4, 4\), y_train has 20 labels \(20,\)"),
        (np.array([b"\xff", b"a", b"b"])[NUMBERS], "is not UTF-8"),
    ],
)
def test_arrays_other_than_class_labels_are_refused(read, labels, message):
    with pytest.raises(DatasetError, match=message):
        read(x_train=PIXELS, y_train=labels)


def test_labels_of_splits_that_disagree(read):
    with pytest.raises(DatasetError, match="y_train, y_test: text in one and numbers"):
        read(**KERAS | {"y_test": np.array(list("abcabc"))})
    with pytest.raises(DatasetError, match="3 different.*but `classes` has 2 names"):
        read({"classes": ["a", "b"]}, **KERAS)


def test_many_different_labels_may_be_a_quantity(read):
    rows = np.arange(300.0)[:, None]
    with pytest.raises(DatasetError, match="300 different labels, expected at most 256 classes"):
        read(x_train=rows, y_train=np.arange(300))
    parsed, _ = read(x_train=rows[:100], y_train=np.arange(100) // 2)
    assert "50 different labels in 100 examples; if they are a quantity" in parsed.notes[0]
    assert not read(x_train=rows[249::-1], y_train=np.arange(250) // 5)[0].notes


def test_copies_of_rows_are_counted(read):
    rows, labels = np.random.default_rng(0).random((60, 3)), np.arange(60) % 2
    parsed = read({"test": 0.3}, x=np.r_[rows, rows[:9]], y=np.r_[labels, labels[:9]])[0]
    assert parsed.notes[-1] == (
        "9 of 69 rows equal an earlier row, and a split may separate them; remove them to keep copies on "
        "one side"
    )
    assert len(read({"test": 0.3}, x=rows, y=labels)[0].notes) == 1  # the names of the arrays


def test_columns_of_an_array_that_are_no_inputs_are_noted(read):
    rows, labels = np.random.default_rng(0).random((60, 3)), np.arange(60) // 3 % 2
    for dtype in (np.float64, np.float32):
        assert not read(x_train=rows.astype(dtype), y_train=labels)[0].notes
    number = np.arange(60) + 7
    odd = np.column_stack([number, rows, labels, 3 - labels, np.where(rows[:, 0] > 0.9, -999, 1)])
    rare = int((rows[:, 0] > 0.9).sum())
    notes = read(x_train=odd, y_train=labels)[0].notes
    assert notes == (
        f"{rare} values of x_train[:, 6] are -999: if it means a missing value, remove these rows",
        "x_train[:, 4] and x_train[:, 5]: each value occurs with one class only; remove copies of the "
        "label",
        "x_train[:, 0]: consecutive numbers; remove them if they only number the rows",
    )
    assert not read(x_train=rows > 0.5, y_train=labels)[0].notes
    gaps = np.where(rows > 0.9, -999, 1)
    (note,) = read(x_train=gaps, y_train=labels)[0].notes
    places = "x_train[:, 0], x_train[:, 1] and x_train[:, 2]"
    assert note.startswith(f"{(gaps < 0).sum()} values of {places} are -999: if it means")


# ------------------------------------------------------------------ images

HOLE = np.arange(30 * 16).reshape(30, 4, 4) == 7 * 16 + 6
COLOURS = np.arange(30 * 3 * 5 * 4).reshape(30, 3, 5, 4).astype(np.uint8)


def test_channels_that_come_first_become_last(read):
    parsed, sizes = read(x_train=COLOURS, y_train=NUMBERS)
    images = parsed.splits["train"][0]
    assert sizes["shape"] == [5, 4, 3]
    assert images[7, 2, 1].tolist() == COLOURS[7, :, 2, 1].tolist()
    assert parsed.about == {"channels": "first"}
    assert parsed.notes == (
        "x_train (30, 3, 5, 4) has its channels first; they are moved to the end",
    )


@pytest.mark.parametrize(
    ("shape", "channels", "found"),
    [
        ((1, 5, 4), None, [5, 4]),
        ((5, 4, 1), None, [5, 4]),
        ((5, 4, 3), None, [5, 4, 3]),
        ((4, 4, 3), None, [4, 4, 3]),
        ((6, 6, 4), None, [6, 6, 4]),
        ((4, 6, 6), None, [6, 6, 4]),
        ((3, 5, 3), "first", [5, 3, 3]),
        ((3, 5, 3), "last", [3, 5, 3]),
        ((10, 6, 6), "first", [6, 6, 10]),
        ((3, 5, 3), None, "set `channels: first` for"),
        ((1, 5, 1), None, "set `channels: first` for"),
        ((10, 6, 6), None, "does not say where its channels are"),
        ((5, 4), "first", "channels is 'first', but x_train has the shape"),
    ],
)
def test_the_place_of_channels_is_found_by_the_shape_or_declared(read, shape, channels, found):
    images = np.zeros((30, *shape), np.uint8)
    if isinstance(found, str):
        with pytest.raises(DatasetError, match=found):
            read({"channels": channels}, x_train=images, y_train=NUMBERS)
    else:
        _, sizes = read({"channels": channels}, x_train=images, y_train=NUMBERS)
        assert sizes["shape"] == found


@pytest.mark.parametrize("dtype", ["f4", "f2", ">f8", "i8", "<u2"])
def test_whole_pixels_of_another_type_are_kept_as_8_bits(read, dtype):
    parsed, _ = read(x_train=PIXELS.astype(dtype), y_train=NUMBERS)
    images = parsed.splits["train"][0]
    assert images.dtype == np.uint8 and (images == PIXELS).all()
    assert "has whole numbers of 0 to 255 as" in parsed.notes[0]


@pytest.mark.parametrize(
    "images",
    [
        (PIXELS / 255).astype("f2"),
        (PIXELS > 100).astype("f4"),
        PIXELS > 100,
        PIXELS.astype("i4") - 1,
        PIXELS.astype("u2") + 1,
        PIXELS + 0.5,
        np.asfortranarray(PIXELS.reshape(30, 16)).astype(">i8"),
        PIXELS.reshape(30, 16),
    ],
)
def test_other_values_stay_unchanged(read, images):
    parsed, _ = read(x_train=images, y_train=NUMBERS)
    found = as_examples(parsed.splits["train"][0], "x")
    assert found.dtype == np.float64 and (found == images).all() and parsed.notes == ()


def test_another_scale_of_the_test_images_is_reported(read):
    parsed, _ = read(**KERAS | {"x_test": PIXELS[:6] / 255})
    assert {array.dtype for array, _ in parsed.splits.values()} == {np.dtype(float)}
    assert "x_test has values of 0 to 0.372549, x_train of 0 to 255" in parsed.notes[0]
    parsed, _ = read(**KERAS | {"x_test": PIXELS[:6] > 90, "x_train": PIXELS})
    assert "x_test has values of 0 to 1, x_train of 0 to 255" in parsed.notes[0]
    parsed, _ = read(**KERAS | {"x_test": (PIXELS[:6] > 90).astype(np.uint8)})
    assert "x_test has values of 0 to 1, x_train of 0 to 255" in parsed.notes[0]


@pytest.mark.parametrize(
    ("images", "message"),
    [
        (np.where(HOLE, np.nan, PIXELS), r"x_train: the value at \(7, 1, 2\) is nan"),
        (np.full((30, 2), np.inf), r"x_train: the value at \(0, 0\) is inf"),
        (np.where(HOLE, np.inf, PIXELS), r"x_train: the value at \(7, 1, 2\) is inf"),
        (np.array([{}] * 30), "x_train is an array of Python objects"),
        (PIXELS * 1j, "x_train: examples are complex128, expected numbers"),
        (PIXELS.astype(str), "x_train: examples are <U3, expected numbers"),
        (np.zeros(30, [("a", "f4"), ("b", "f4")]), "a structured array of the fields a, b"),
        (PIXELS[:0], r"x_train has the shape \(0, 4, 4\), which is empty"),
        (np.zeros((30, 0)), r"x_train has the shape \(30, 0\), which is empty"),
        (np.array(3), r"x_train has the shape \(\), expected rows of numbers"),
        (np.arange(30), r"x_train has the shape \(30,\), expected rows of numbers"),
        (np.zeros((30, 1, 2, 3, 4)), "expected rows of numbers"),
        (PIXELS[:, :2].T, r"4 examples \(4, 2, 30\), .*along the last axis: save np.moveaxis\(x_train"),
    ],
)  # fmt: skip
@pytest.mark.filterwarnings("error")
def test_arrays_other_than_examples_are_refused(read, images, message):
    with pytest.raises(DatasetError, match=message):
        read(x_train=images, y_train=NUMBERS)


def test_examples_of_splits_have_one_shape(read):
    with pytest.raises(
        DatasetError, match=r"x_test has the shape \(6, 2, 4\), x_train \(30, 4, 4\)"
    ):
        read(**KERAS | {"x_test": PIXELS[:6, :2]})
    parsed, _ = read(**KERAS | {"x_test": PIXELS[:6, ..., None]})
    assert parsed.splits["test"][0].shape == (6, 4, 4)


# ------------------------------------------------------------------ splits


@pytest.mark.parametrize("names", ["x_val y_val", "val_images val_labels", "X_valid y_valid"])
def test_validation_arrays_are_the_last_rows_of_the_training_split(read, names):
    images, labels = names.split()
    own = {images: PIXELS[:4] + 100, labels: NUMBERS[:4]}
    parsed, sizes = read(**KERAS, **own)
    assert (parsed.splits["train"][0] == np.concatenate([PIXELS, PIXELS[:4] + 100])).all()
    assert parsed.splits["train"][1].tolist() == [*NUMBERS, *NUMBERS[:4]]
    assert parsed.validation == sizes["validation_size"] == 4
    assert (sizes["train_size"], sizes["test_size"]) == (34, 6)


def test_a_share_for_the_test_leaves_validation_arrays_alone(read):
    arrays = {"x_train": PIXELS, "y_train": NUMBERS, "x_val": PIXELS[:4], "y_val": NUMBERS[:4]}
    parsed, _ = read({"test": 0.3}, **arrays)
    images, labels = parsed.splits["train"]
    assert (images[-4:] == PIXELS[:4]).all() and parsed.validation == 4
    assert len(labels) + len(parsed.splits["test"][1]) == 34


def test_the_row_of_each_test_example_of_a_share_is_known(read):
    parsed, _ = read({"test": 0.3}, x_train=PIXELS, y_train=NUMBERS)
    assert (parsed.splits["test"][0] == PIXELS[parsed.test_sources]).all()


def test_a_share_is_by_content_without_labels(read):
    rng = np.random.default_rng(0)
    rows = rng.normal(size=(1000, 3))
    one, _ = read({"test": 0.2}, x_train=rows, y_train=np.arange(1000) % 2)
    other, _ = read({"test": 0.2}, x_train=rows, y_train=np.arange(1000) // 7 % 3)
    assert (one.splits["test"][0] == other.splits["test"][0]).all()
    assert 160 < len(one.splits["test"][0]) < 240


def test_equal_rows_do_not_move_together_and_copies_of_a_picture_do(read):
    kinds = np.arange(1200) % 12
    rows = np.stack([kinds, kinds], 1).astype(float)
    parsed, _ = read({"test": 0.25}, x_train=rows, y_train=kinds % 2)
    held = parsed.splits["test"][0][:, 0]
    assert 240 < len(held) < 360 and len(set(held)) == 12
    pictures = np.stack([np.full((2, 2), kind, np.uint8) for kind in kinds])
    parsed, _ = read({"test": 0.25}, x_train=pictures, y_train=kinds % 2)
    sides = [set(images[:, 0, 0]) for images, _ in parsed.splits.values()]
    assert not sides[0] & sides[1]


def test_added_rows_move_no_other_row_to_another_split():
    digests = [bytes([i % 5]) * 32 for i in range(100)]
    before, after = (held_out(numbered(as_array(some)), 0.3) for some in (digests[:60], digests))
    assert (after[:60] == before).all() and 0 < before.sum() < 60


# ------------------------------------------------------------------ files


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"\x93NUMPY\x01\x00", "it is a single numpy array (.npy); save images and labels together"),
        (b"MATLAB 5.0 MAT-file", "it is a Matlab file (.mat); save arrays with np.savez('data.npz', x_"),
        (b"\x89HDF\r\n\x1a\n", "it is an HDF5 file (.h5, or .mat of Matlab 7.3); save arrays"),
        (b"\x80\x04\x95", "it is a Python pickle; save arrays"),
        (b"a,b\n1,2\n", "it is a text file; a table is read by `format: csv`"),
        (bytes([0, 0, 8, 1, 0, 0, 0, 1, 1]), "it is an IDX file; MNIST's files are read by `format"),
        (b"\x1f\x8b\x08", "it is a gzip file; unpack it"),
        (b"", "it is an empty file"),
        (b"<!DOCTYPE html><html>", "it is a web page"),
        (b"PK\x03\x04", "not an archive of numpy arrays"),
    ],
)  # fmt: skip
def test_another_kind_of_file_is_named(tmp_path, content, message):
    (tmp_path / "x").write_bytes(content)
    with pytest.raises(DatasetError) as error:
        NPZ.sizes({**DEFAULTS, "path": str(tmp_path / "x")})
    assert message in str(error.value) and "\n" not in str(error.value)


def test_a_zip_archive_of_other_files(tmp_path):
    with zipfile.ZipFile(tmp_path / "x.npz", "w") as archive:
        archive.writestr("model/data.pkl", "x")
    with pytest.raises(DatasetError, match="it is a zip archive of model/data.pkl"):
        NPZ.sizes({**DEFAULTS, "path": str(tmp_path / "x.npz")})


def test_a_file_that_is_missing_or_a_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    np.savez("data.npz", x=np.zeros(3))
    os.mkdir("folder.npz")
    for path, message in (
        ("date.npz", "^date.npz: no such file; did you mean data.npz?"),
        ("folder.npz", "^folder.npz is a folder, expected a file$"),
    ):
        with pytest.raises(DatasetError, match=message):
            NPZ.check({"archive": path})


# ------------------------------------------------------------------ new examples


@pytest.mark.parametrize(
    ("shape", "arrays", "name", "expected"),
    [
        ([4, 4], {"a": PIXELS}, None, PIXELS),
        ([4, 4], {"a": PIXELS[0]}, None, PIXELS[:1]),
        ([4, 4], {"a": PIXELS[:, None]}, None, PIXELS),
        ([5, 4, 3], {"a": COLOURS, "ids": NUMBERS}, None, np.moveaxis(COLOURS, 1, -1)),
        ([5, 4, 3], {"a": np.moveaxis(COLOURS, 1, -1)}, None, np.moveaxis(COLOURS, 1, -1)),
        ([16], {"a": PIXELS.reshape(30, 16), "b": PIXELS}, None, PIXELS.reshape(30, 16)),
        ([4, 4], {"x_train": PIXELS, "x_test": PIXELS[:2]}, None, PIXELS[:2]),
        ([4, 4], {"a": PIXELS, "b": PIXELS[:2]}, "b", PIXELS[:2]),
        ([4, 4], {"a": PIXELS, "b": PIXELS}, None, "several arrays fit, a, b; choose one"),
        ([4, 4], {"a": PIXELS}, "c", "has no array 'c'; it has a"),
        ([4, 5], {"a": PIXELS}, None, r"no array of shape \(n, 4, 5\).*it has a \(30, 4, 4\)"),
        ([4, 5], {"a": PIXELS}, "a", r"a has the shape \(30, 4, 4\), expected \(n, 4, 5\)"),
        ([4, 4], {"a": PIXELS + np.nan}, "a", "is nan, expected finite numbers"),
        ([4, 4], {"a": PIXELS.astype(str)}, "a", "expected numbers"),
    ],
)
def test_new_examples_fit_a_model(tmp_path, shape, arrays, name, expected):
    np.savez(tmp_path / "new.npz", **arrays)
    if isinstance(expected, str):
        with pytest.raises(DatasetError, match=expected):
            read_new(tmp_path / "new.npz", shape, name)
    else:
        examples, _ = read_new(tmp_path / "new.npz", shape, name)
        assert examples.shape == expected.shape and (examples == expected).all()


def test_new_examples_have_their_channels_in_the_same_place_as_the_training(tmp_path):
    images = np.arange(2 * 27).reshape(2, 3, 3, 3)
    np.save(tmp_path / "new.npy", images)
    for first in (False, True):
        examples, _ = read_new(tmp_path / "new.npy", [3, 3, 3], first=first)
        assert (examples == (np.moveaxis(images, 1, -1) if first else images)).all()


def test_texts_beyond_unicode_are_refused(tmp_path):
    labels = np.full(4, 0x110000, np.uint32).view("U1")
    np.savez(tmp_path / "odd.npz", x_train=np.zeros((4, 2)), y_train=labels)
    with pytest.raises(DatasetError, match="damaged .y_train has texts that are not Unicode"):
        load(tmp_path / "odd.npz", "y_train")
