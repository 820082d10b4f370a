"""Data of one's own: folders of pictures, archives of arrays."""

import hashlib
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from datasets import DatasetError, as_examples, content_digest, files_below, files_in
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
def photos(tmp_path):
    """Write pictures of one colour: photos({"cats/a.png": (255, 0, 0), ...})."""

    def write(pictures, size=(8, 6)):
        for name, colour in pictures.items():
            path = tmp_path / "photos" / name
            path.parent.mkdir(parents=True, exist_ok=True)
            Image.new("RGB", size, colour).save(path)
        return str(tmp_path / "photos")

    return write


COLOURS = {f"{k}/{i}.png": (i, 100, 200) for k in ("cats", "dogs") for i in range(20)}


def test_a_folder_of_pictures_has_a_class_for_each_folder(photos):
    folder = photos({"dogs/a.png": (0, 0, 255), "cats/deep/b.bmp": (255, 0, 0)})
    (splits, classes, *_), sizes = read("image_folder", path=folder, size=[2, 3])
    images, labels = splits["train"]
    assert classes == sizes["classes"] == ["cats", "dogs"]
    assert images.shape == (2, 2, 3, 3) and images.dtype == np.uint8
    assert sizes["shape"] == [2, 3, 3] and sizes["train_size"] == 2 and sizes["test_size"] == 0
    by_class = {
        classes[label]: image[0, 0].tolist() for image, label in zip(images, labels, strict=True)
    }
    assert by_class == {"cats": [255, 0, 0], "dogs": [0, 0, 255]}


def test_grey_pictures(photos):
    folder = photos({"a/x.png": (255, 255, 255), "b/x.png": (0, 0, 0)})
    (splits, *_), sizes = read("image_folder", path=folder, size=[2, 2], color="grey")
    assert splits["train"][0].shape == (2, 2, 2) and sizes["shape"] == [2, 2]


def test_folders_train_and_test_are_the_splits(photos):
    folder = photos({f"{s}/{c}/x.png": (9, 9, 9) for s in ("train", "test") for c in "ab"})
    (splits, classes, *_), sizes = read("image_folder", path=folder, size=[2, 2])
    assert classes == ["a", "b"] and {s: len(v[1]) for s, v in splits.items()} == {
        "train": 2,
        "test": 2,
    }
    assert (sizes["train_size"], sizes["test_size"]) == (2, 2)
    with pytest.raises(DatasetError, match="has a folder test, and a share"):
        read("image_folder", path=folder, size=[2, 2], test=0.5)


def test_pictures_that_are_added_move_none_to_the_other_side(photos):
    folder = photos(COLOURS)
    (before, *_), _ = read("image_folder", path=folder, size=[1, 1], test=0.3)
    photos({f"cats/more{i}.png": (i, i, i) for i in range(10)})
    (after, *_), _ = read("image_folder", path=folder, size=[1, 1], test=0.3)

    def examples(splits, split):
        return {
            (*image.ravel().tolist(), int(label))
            for image, label in zip(*splits[split], strict=True)
        }

    assert len(before["test"][1]) > 3
    for split in ("train", "test"):
        assert examples(before, split) < examples(after, split)


def test_the_name_of_a_picture_does_not_count(photos, tmp_path):
    folder = photos(COLOURS)
    (before, *_), _ = read("image_folder", path=folder, size=[1, 1], test=0.3)
    (tmp_path / "photos/cats/3.png").rename(tmp_path / "photos/cats/z.png")
    (after, *_), _ = read("image_folder", path=folder, size=[1, 1], test=0.3)
    for split in ("train", "test"):
        assert all((a == b).all() for a, b in zip(before[split], after[split], strict=True))


def test_what_systems_leave_in_folders_is_no_picture(photos, tmp_path):
    folder = photos({"a/x.png": (1, 1, 1), "b/x.png": (2, 2, 2), ".hidden/x.png": (3, 3, 3)})
    for name in ("a/.DS_Store", "b/Thumbs.db", "README.txt"):
        (tmp_path / "photos" / name).write_text("x")
    (splits, classes, *_), _ = read("image_folder", path=folder, size=[1, 1])
    assert classes == ["a", "b"] and len(splits["train"][1]) == 2
    assert len(files_below(folder)) == 3


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (lambda f: (f / "cats/notes.txt").write_text("x"), "notes.txt: not an image"),
        (lambda f: (f / "birds").mkdir(), "birds: has no pictures"),
        (
            lambda f: (f / "cats/0.png").write_bytes((f / "cats/0.png").read_bytes()[:50]),
            "cannot be read",
        ),
        (lambda f: (f / "dogs").rename(f / ".dogs"), "has the folders cats; expected at least two"),
        (lambda f: f.rename(f.with_name("elsewhere")), "no such folder"),
    ],
)
def test_a_folder_that_cannot_be_used(photos, tmp_path, spoil, message):
    folder = photos(COLOURS)
    spoil(tmp_path / "photos")
    with pytest.raises(DatasetError, match=message):
        read("image_folder", path=folder, size=[2, 2])


@pytest.fixture
def archive(tmp_path):
    def write(**arrays):
        np.savez(tmp_path / "data.npz", **arrays)
        return str(tmp_path / "data.npz")

    return write


def keras(n=30, m=6):
    rng = np.random.default_rng(0)
    return {
        "x_train": rng.integers(0, 256, (n, 4, 4), np.uint8),
        "y_train": (np.arange(n) % 3).astype(np.uint8),
        "x_test": rng.integers(0, 256, (m, 4, 4), np.uint8),
        "y_test": (np.arange(m) % 3).astype(np.uint8),
    }


def test_an_archive_with_the_names_of_keras(archive):
    arrays = keras()
    (splits, *_), sizes = read("npz", path=archive(**arrays), arrays=DEFAULT_ARRAYS)
    for split in ("train", "test"):
        assert (splits[split][0] == arrays[f"x_{split}"]).all()  # in their order
        assert (splits[split][1] == arrays[f"y_{split}"]).all()
    assert sizes == {"classes": ["0", "1", "2"], "shape": [4, 4], "train_size": 30, "test_size": 6}


DEFAULT_ARRAYS = {
    role: rule["default"] for role, rule in FORMATS["npz"].settings["arrays"]["properties"].items()
}


def test_an_archive_with_names_of_its_own_and_a_share_for_the_test(archive):
    arrays = keras(200)
    path = archive(data=arrays["x_train"], target=arrays["y_train"][:, None])
    names = {**DEFAULT_ARRAYS, "train_images": "data", "train_labels": "target"}
    (splits, *_), sizes = read("npz", path=path, arrays=names, test=0.2)
    sizes_found = [len(splits[split][1]) for split in ("train", "test")]
    assert sum(sizes_found) == 200 and 25 < sizes_found[1] < 55 and sizes["test_size"] == 40


@pytest.mark.parametrize(
    ("arrays", "message"),
    [
        ({"x": np.zeros(3)}, "has no array 'x_train' .* it has x; name them under `arrays`"),
        ({**keras(), "y_train": np.arange(30) / 2}, "labels are float64, expected whole numbers"),
        ({k: v for k, v in keras().items() if k != "y_test"}, "one of test_images and test_labels"),
        ({**keras(), "x_train": np.array([{}] * 30)}, "arrays of Python objects"),
    ],
)
def test_an_archive_that_cannot_be_used(archive, arrays, message):
    with pytest.raises(DatasetError, match=message):
        read("npz", path=archive(**arrays), arrays=DEFAULT_ARRAYS)


def test_a_single_channel_is_grey_in_the_sizes_and_in_the_arrays(archive):
    arrays = {k: v[..., None] if k.startswith("x") else v for k, v in keras().items()}
    (splits, *_), sizes = read("npz", path=archive(**arrays), arrays=DEFAULT_ARRAYS)
    assert sizes["shape"] == [4, 4] == list(as_examples(splits["train"][0], "x").shape[1:])


def test_more_classes_than_labels_have_room_for(archive, photos):
    labels = np.arange(300)
    with pytest.raises(DatasetError, match="labels from 0 to 299, expected 0 to 255"):
        read("npz", path=archive(x_train=np.zeros((300, 2)), y_train=labels), arrays=DEFAULT_ARRAYS)
    folder = photos({f"{number:03d}/x.png": (1, 1, 1) for number in range(257)}, size=(1, 1))
    with pytest.raises(DatasetError, match="has 257 folders, expected at most 256"):
        read("image_folder", path=folder, size=[1, 1])


def test_a_folder_that_is_a_link_is_read_and_watched(photos, tmp_path):
    folder = photos({"a/x.png": (1, 1, 1), "b/y.png": (2, 2, 2)})
    (tmp_path / "photos/b").rename(tmp_path / "elsewhere")
    (tmp_path / "photos/b").symlink_to(tmp_path / "elsewhere")
    (tmp_path / "photos/notes.txt").write_text("no picture of any class")
    names = [path.rpartition("/")[2] for path in files_in(folder)]
    assert names == ["x.png", "y.png"]


def test_an_archive_that_is_none(tmp_path):
    (tmp_path / "x.npz").write_bytes(b"PK nothing")
    np.savez(tmp_path / "z.npz", x_train=np.array(1), y_train=np.array([1]))
    for name, message in (
        ("x.npz", "no archive of numpy arrays"),
        ("y.npz", "no such file"),
        ("z.npz", "a single number"),
    ):
        with pytest.raises(DatasetError, match=message):
            read("npz", path=str(tmp_path / name), arrays=DEFAULT_ARRAYS)


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


def test_the_digest_of_a_folder_is_that_of_its_names_and_contents(photos, tmp_path):
    folder = photos({"a/x.png": (1, 1, 1), "b/y.png": (2, 2, 2)})
    first = content_digest(folder)
    assert content_digest(folder) == first
    (tmp_path / "photos/a/x.png").rename(tmp_path / "photos/a/z.png")
    assert content_digest(folder) != first
    file = files_below(folder)[0]
    assert content_digest(file) == hashlib.sha256(Path(file).read_bytes()).hexdigest()
