"""Folders of pictures: which files are read, of which split and class, and as which numbers."""

import hashlib
import os
import socket
import struct
import sys
import threading
import time
import unicodedata
import zlib
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from datasets import DatasetError, content_digest, files_in, read_picture, readable
from datasets.folder_layout import resembles, split_of
from datasets.folder_walk import Walk
from datasets.formats import FORMATS
from datasets.opening import each_opened

KIND = FORMATS["image_folder"]
DEFAULTS = {key: rule["default"] for key, rule in KIND.settings.items() if "default" in rule}


def read(folder, size=(1, 1), **settings):
    """The parsed folder, and the sizes that are found without reading it all."""
    settings = {**DEFAULTS, "path": str(folder), "size": list(size), **settings}
    return KIND.read(settings, {"pictures": str(folder)}), KIND.sizes(settings)


@pytest.fixture
def photos(tmp_path):
    """Write pictures of one colour: photos({"cats/a.png": (255, 0, 0), ...}); of a number, grey."""

    def write(pictures, size=(8, 6)):
        for number, name in enumerate(pictures):
            colour = pictures[name] if isinstance(pictures, dict) else (number, 0, 0)
            path = tmp_path / "photos" / name
            path.parent.mkdir(parents=True, exist_ok=True)
            Image.new("L" if isinstance(colour, int) else "RGB", size, colour).save(path)
        return tmp_path / "photos"

    return write


COLOURS = {f"{k}/{i}.png": (i, 100, 200) for k in ("cats", "dogs") for i in range(20)}


def reds(parsed, split="train"):
    """The red value of each picture of one colour, and its class, in order."""
    images, labels = parsed.splits[split]
    names = [parsed.classes[label] for label in labels]
    return list(zip(images[:, 0, 0, 0].tolist(), names, strict=True))


def test_a_folder_of_pictures_has_a_class_for_each_folder(photos):
    folder = photos({"dogs/a.png": (0, 0, 255), "cats/deep/b.bmp": (255, 0, 0)})
    parsed, sizes = read(folder, [2, 3])
    images, labels = parsed.splits["train"]
    assert parsed.classes == sizes["classes"] == ["cats", "dogs"]
    assert images.shape == (2, 2, 3, 3) and images.dtype == np.uint8
    assert sizes["shape"] == [2, 3, 3] and sizes["train_size"] == 2 and sizes["test_size"] == 0
    assert sorted(reds(parsed)) == [(0, "dogs"), (255, "cats")]
    assert parsed.notes == () and parsed.about == {"picture": {"bits": 8}}


def test_grey_pictures(photos):
    folder = photos({"a/x.png": (255, 255, 255), "b/x.png": (0, 0, 0)})
    parsed, sizes = read(folder, [2, 2], color="grey")
    assert parsed.splits["train"][0].shape == (2, 2, 2) and sizes["shape"] == [2, 2]


# Layouts


@pytest.mark.parametrize(
    "names",
    [
        ("train", "val", "test"),
        ("training", "validation", "testing"),
        ("Train", "Valid", "TEST"),
        ("train_set", "val_set", "test_set"),
        ("Training Data", "Validation Data", "tests"),
        ("train-images", "valid", "TestImages"),
    ],
)
def test_folders_for_splits_are_known_by_their_usual_names(photos, names):
    train, validation, test = names
    folder = photos({
        f"{train}/a/1.png": (1, 0, 0), f"{train}/b/2.png": (2, 0, 0), f"{train}/b/3.png": (3, 0, 0),
        f"{validation}/a/4.png": (4, 0, 0), f"{validation}/b/5.png": (5, 0, 0),
        f"{test}/b/6.png": (6, 0, 0),
    })  # fmt: skip
    parsed, sizes = read(folder)
    assert parsed.classes == ["a", "b"] and parsed.validation == 2
    assert sorted(reds(parsed)[:3]) == [(1, "a"), (2, "b"), (3, "b")]
    assert sorted(reds(parsed)[3:]) == [(4, "a"), (5, "b")]
    assert reds(parsed, "test") == [(6, "b")]
    assert sizes == {"classes": ["a", "b"], "shape": [1, 1, 3], "train_size": 5, "test_size": 1,
                     "validation_size": 2}  # fmt: skip


@pytest.mark.parametrize(("splits", "share"), [(["."], 0.3), (["train", "test"], 0)])
def test_the_file_of_each_test_picture_is_known(photos, splits, share):
    names = [os.path.normpath(f"{split}/{name}") for split in splits for name in COLOURS]
    parsed, _ = read(photos(names), test=share)
    values = [names.index(name) for name in parsed.test_sources]
    assert values == [red for red, _ in reds(parsed, "test")] and len(values) > 5


def test_with_a_validation_folder_the_test_can_be_a_share_of_the_training(photos):
    folder = photos(
        [f"train/{c}/{i}.png" for c in "ab" for i in range(20)] + ["val/a/x.png", "val/b/y.png"]
    )
    parsed, sizes = read(folder, test=0.25)
    assert parsed.validation == 2 and {red for red, _ in reds(parsed)[-2:]} == {40, 41}
    assert len(reds(parsed)) + len(reds(parsed, "test")) == 42 and len(reds(parsed, "test")) > 2
    assert (sizes["train_size"], sizes["test_size"], sizes["validation_size"]) == (32, 10, 2)


def test_a_share_is_refused_if_there_is_a_test_folder(photos):
    folder = photos([f"{s}/{c}/x.png" for s in ("training", "testing") for c in "ab"])
    for call in (KIND.sizes, lambda settings: KIND.read(settings, {"pictures": str(folder)})):
        with pytest.raises(
            DatasetError,
            match="folders training, testing are the splits train, test, and a share .*0.25.*; remove",
        ):
            call({**DEFAULTS, "path": str(folder), "size": [1, 1], "test": 0.25})


def test_a_folder_train_of_pictures_next_to_classes_is_a_class(photos):
    parsed, _ = read(photos(["bus/a.png", "car/b.png", "train/c.png"]))
    assert sorted(reds(parsed)) == [(0, "bus"), (1, "car"), (2, "train")]
    (note,) = parsed.notes
    assert "photos/train: taken for a class, because it has no folders" in note
    assert "bus and car" in note


def test_an_unlabelled_test_folder_is_refused_or_left_out_if_a_share_is_set(photos):
    folder = photos([f"train/{c}/{i}.png" for c in "ab" for i in range(20)] + ["test/x.png"])
    with pytest.raises(
        DatasetError, match=r"photos/test: has pictures, but no.*predict.py.*test: 0.2"
    ):
        read(folder)
    parsed, sizes = read(folder, test=0.25)
    assert sum(len(labels) for _, labels in parsed.splits.values()) == 40
    assert sizes["train_size"] + sizes["test_size"] == 40
    (note,) = parsed.notes
    assert "photos/test: has pictures, but no folders of classes: it is not used" in note
    assert len(files_in("pictures", folder)) == 40


SPLITS = ["train/a/1.png", "train/b/2.png", "test/a/3.png", "test/b/4.png"]


@pytest.mark.parametrize(
    ("names", "message"),
    [
        ([*SPLITS, "training/a/5.png", "training/b/6.png"],
         "photos: the folders train and training are both for the train split"),
        (["train/1.png", "test/2.png"], "photos/test: has pictures, but no folders of"),
        (["train/1.png"], "photos/train: has pictures, but no folders of classes; expected one for each"),
        (["cats/1.png", "dogs/2.png", "test/3.png"],
         "photos/test: has pictures, but no.* next to the classes cats and dogs; "
         "if it is a class, rename it"),
        (["cats/1.png", "dogs/2.png", "training/3.png"], "photos/training: has pictures, but no"),
        (["cats/1.png", "dogs/2.png", "test/cats/3.png", "test/dogs/4.png"],
         "photos/test: has folders of classes, but there is no folder train that also has them; cats and"),
        (["train/1.png", "test/cats/3.png", "test/dogs/4.png"], "no folder train .*; train next to it"),
        (["train/a/1.png", "train/b/2.png", "val/3.png"], "photos/val: has pictures, but no folders of"),
        (["train/steam/1.png", "train/diesel/2.png", "bus/3.png", "car/4.png"],
         "photos/train: is a split by the folders in it, but a class by the folders bus and car next"),
        ([f"{c}/{s}/{c}{s}.png" for c in "ab" for s in ("train", "test")],
         "photos/a: has folders of splits in it .*; expected the splits outside .* as train/a"),
        ([f"seg_{s}/{c}/{c}{s}.png" for c in "ab" for s in ("train", "test", "pred")],
         "photos: the folders seg_test and seg_train look like splits; name them train"),
        (["train2017/1.png", "val2017/2.png"], "the folders train2017 and val2017 look like splits"),
        ([*SPLITS, "test/c/5.png"], "photos/test/c: is a class that .*photos/train lacks"),
        ([*SPLITS, "val/c/5.png"], "photos/val/c: is a class that .*photos/train lacks"),
        (["train/train/a/1.png", "train/train/b/2.png"],
         "photos/train: has the one folder train; .*one folder deeper"),
        (["a/1.png"], "photos: has the one folder a; expected at least two"),
        (["1.png", "2.png"], "photos: has no folders and 2 files; expected at least two"),
        ([f"data/{s}/{c}/{c}{s}.png" for c in "ab" for s in ("train", "val")],
         "photos: the splits train and val are in its one folder; set `path` to .*photos/data"),
    ],
)  # fmt: skip
def test_a_layout_with_two_meanings_is_refused(photos, names, message):
    with pytest.raises(DatasetError, match=message):
        read(photos(names))


def test_names_that_differ_only_in_case_are_two_classes_and_noted(photos):
    parsed, _ = read(photos(["Cats/1.png", "cats/2.png", "dogs/3.png"]))
    assert parsed.classes == ["Cats", "cats", "dogs"]
    assert "'Cats' and 'cats' are two classes" in "".join(parsed.notes)


def test_files_that_windows_adds_to_downloads_are_left_out(photos):
    folder = photos(["cats/1.png", "dogs/2.png"])
    for name in ("1.png:Zone.Identifier", "Thumbs.db:encryptable"):
        (folder / "cats" / name).write_text("[ZoneTransfer]")
    parsed, sizes = read(folder)
    assert sizes["train_size"] == len(parsed.splits["train"][1]) == 2
    assert "2 files and folders left out" in "".join(parsed.notes)


@pytest.mark.parametrize(
    ("names", "classes", "said"),
    [
        ([*SPLITS, "extra/x.png"], ["a", "b"], "photos/extra: not used (1 picture)"),
        ([*SPLITS, "train/stray.png", "stray.png"], ["a", "b"],
         "photos: 2 files are outside the folders of classes and not used: stray.png and train/stray.png"),
        (["fold1/a/1.png", "fold1/b/2.png", "fold2/a/3.png", "fold2/b/4.png"], ["fold1", "fold2"],
         "the classes are its folders fold1 and fold2; "
         "the folders a and b in each of them are not classes"),
    ],
)  # fmt: skip
def test_unused_files_and_folders_are_noted(photos, names, classes, said):
    parsed, _ = read(photos(names))
    assert parsed.classes == classes
    assert said in "; ".join(parsed.notes)


def test_an_empty_split_folder_is_noted(photos, tmp_path):
    photos(["train/a/1.png", "train/b/2.png"])
    (tmp_path / "photos/val").mkdir()
    parsed, sizes = read(tmp_path / "photos")
    assert parsed.validation == 0 and "validation_size" not in sizes
    assert "photos/val: not used (0 pictures)" in parsed.notes[0]


def test_names_of_splits():
    for name in ("val", "VALID", "validation", "vals", "Validation_Set", "valid-images"):
        assert split_of(name) == "validation"
    for name in ("trainer", "bullet_train", "testament", "value", "contest", "latest", "valley"):
        assert split_of(name) is None
    assert resembles("seg_train") == resembles("train2017") == "train"
    assert resembles("trainer") is resembles("contest") is None


def test_more_classes_than_labels_have_room_for(photos):
    folder = photos([f"{number:03d}/x.png" for number in range(257)], size=(1, 1))
    with pytest.raises(DatasetError, match="has 257 folders, expected at most 256"):
        read(folder)


# Shares


def examples(parsed, split):
    images, labels = parsed.splits[split]
    return {
        (*image.ravel().tolist(), int(label)) for image, label in zip(images, labels, strict=True)
    }


def test_added_pictures_move_no_other_picture_to_another_split(photos):
    before, _ = read(photos(COLOURS), test=0.3)
    after, _ = read(photos({f"cats/more{i}.png": (i, i, i) for i in range(10)}), test=0.3)
    assert len(before.splits["test"][1]) > 3
    for split in ("train", "test"):
        assert examples(before, split) < examples(after, split)


def test_the_split_does_not_depend_on_names_of_pictures(photos):
    folder = photos(COLOURS)
    before, _ = read(folder, test=0.3)
    (folder / "cats/3.png").rename(folder / "cats/z.png")
    after, _ = read(folder, test=0.3)
    for split in ("train", "test"):
        pairs = zip(before.splits[split], after.splits[split], strict=True)
        assert all((a == b).all() for a, b in pairs)


# Files that are left out, and that cannot be read


def test_files_that_tools_leave_in_folders_are_left_out_and_counted(photos):
    folder = photos([
        "a/x.png", "b/y.png", ".hidden/x.png", "a/@eaDir/x.png", "b/#recycle/x.png", "$RECYCLE.BIN/x.png",
        "a/thumbnails/x.png", "lost+found/x.png", "__MACOSX/a/x.png", "System Volume Information/x.png",
        "a/._x.png", ".ipynb_checkpoints/x.png",
    ])  # fmt: skip
    for name in ("a/.DS_Store", "b/.DS_Store", "b/Thumbs.db", "desktop.ini", "README.txt", "a/labels.CSV",
                 "b/x.json", "b/y.png~"):  # fmt: skip
        (folder / name).write_text("x")
    parsed, sizes = read(folder)
    assert sorted(reds(parsed)) == [(0, "a"), (1, "b")] and sizes["train_size"] == 2
    (note,) = parsed.notes
    assert note == (
        f"{folder}: 18 files and folders left out, not pictures: #recycle, $RECYCLE.BIN, *.csv, *.json, "
        "*.txt, *~, .DS_Store (2), ._x.png, .hidden, .ipynb_checkpoints, @eaDir, System Volume "
        "Information, Thumbs.db, __MACOSX, desktop.ini, lost+found and thumbnails"
    )
    assert [os.path.basename(file) for file in files_in("pictures", folder)] == ["x.png", "y.png"]


def cut(file):
    file.write_bytes(file.read_bytes()[:50])


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (lambda f: (f / "cats/notes").write_text("x"), r"1 file cannot be read: cats/notes \(not an image"),
        (lambda f: (f / "birds").mkdir(), "birds: has no pictures"),
        (lambda f: cut(f / "cats/0.png"), r"cats/0.png \(this image cannot be read: the file is trunc"),
        (lambda f: (f / "dogs").rename(f / ".dogs"), "has the one folder cats; expected at least two"),
        (lambda f: f.rename(f.with_name("elsewhere")), "no such folder"),
    ],
)  # fmt: skip
def test_unusable_folders_are_refused(photos, spoil, message):
    folder = photos(COLOURS)
    spoil(folder)
    with pytest.raises(DatasetError, match=message):
        read(folder)


@pytest.fixture
def bad(photos):
    """A folder with every kind of file that is no picture."""
    folder = photos(COLOURS)
    for number in (3, 7):
        cut(folder / f"cats/{number}.png")
    (folder / "dogs/5.png").write_text("<html>503</html>")
    (folder / "dogs/6.png").write_text("")
    os.mkfifo(folder / "cats/pipe.png")
    (folder / "cats/gone.png").symlink_to(folder / "nowhere")
    (folder / "cats/ring.png").symlink_to(folder / "cats/ring.png")
    (folder / "dogs/zero.png").symlink_to("/dev/zero")
    with socket.socket(socket.AF_UNIX) as bound:
        bound.bind(os.path.relpath(folder / "dogs/socket.png"))
    with open(folder / "dogs/huge.png", "wb") as file:
        file.truncate(40 << 30)
    return folder


def test_all_bad_files_are_in_one_message(bad):
    with pytest.raises(DatasetError) as error:
        read(bad)
    assert str(error.value) == (
        f"{bad}: 10 files cannot be read: cats/3.png, cats/7.png (this image cannot be read: the file is "
        "truncated); cats/gone.png (this link leads nowhere); cats/pipe.png (this is a pipe, expected a "
        "picture); cats/ring.png (this file cannot be read: too many levels of symbolic links); dogs/5.png "
        "(not an image (PNG, JPEG, ...)); dogs/6.png (this file is empty); dogs/huge.png (this file has "
        "42.9 GB, expected a picture); dogs/socket.png (this is a socket, expected a picture); "
        "dogs/zero.png (this is a device, expected a picture). "
        "Repair or remove such files, or set `skip_unreadable: true`"
    )


def test_bad_files_can_be_skipped(bad):
    parsed, sizes = read(bad, skip_unreadable=True)
    assert len(parsed.splits["train"][1]) == sizes["train_size"] == 36
    (note,) = parsed.notes
    assert "10 unreadable files are left out: cats/3.png, cats/7.png (this image" in note
    names = {os.path.basename(file) for file in files_in("pictures", bad)}
    assert names.isdisjoint(
        {"pipe.png", "gone.png", "ring.png", "zero.png", "socket.png", "huge.png"}
    )


def test_only_the_first_of_many_bad_files_are_listed(photos):
    folder = photos(COLOURS)
    for number in range(30):
        (folder / f"cats/x{number:02}.png").write_text("x")
    with pytest.raises(
        DatasetError, match=r"30 files .*x00.png, .*x19.png \(not an im.*; and 10 more"
    ):
        read(folder)


def test_a_split_with_only_bad_files_is_refused_even_if_they_are_skipped(photos):
    folder = photos(["train/a/1.png", "train/b/2.png", "test/a/3.png"])
    (folder / "test/a/3.png").write_text("x")
    with pytest.raises(DatasetError, match="no picture of the test split can be read"):
        read(folder, skip_unreadable=True)


@pytest.mark.parametrize(
    ("links", "said"),
    [
        ({"a/l1": ".", "a/l2": ".", "b/up": "..", "self": "."},
         "l1 (a link to a folder above it or already read)"),
        ({"a/b": "../b", "b/a": "../a"}, "2 files and folders left out"),
    ],
)  # fmt: skip
def test_links_to_folders_above_and_to_other_classes_are_left_out(photos, links, said):
    folder = photos(["a/x.png", "b/y.png"])
    for name, target in links.items():
        (folder / name).symlink_to(target)
    parsed, _ = read(folder)
    assert sorted(reds(parsed)) == [(0, "a"), (1, "b")]
    assert said in parsed.notes[0]


def test_a_folder_with_many_links_is_read_once(photos):
    folder = photos(["a/0/x.png", "b/y.png"])
    for number in range(40):  # 2^40 paths
        deeper = folder / f"a/{number + 1}"
        deeper.mkdir()
        for link in ("l1", "l2"):
            (deeper / link).symlink_to(f"../{number}")
    assert len(Walk().below(str(folder / "a/40"))) == 1


def test_splits_may_be_links_within_the_folder(photos):
    folder = photos(["all/a/x.png", "all/b/y.png"])
    for split in ("train", "test"):
        (folder / split).mkdir()
        for name in "ab":
            (folder / split / name).symlink_to(f"../all/{name}")
    (folder / "val").symlink_to("train")
    parsed, sizes = read(folder)
    assert sorted(reds(parsed)) == [(0, "a"), (0, "a"), (1, "b"), (1, "b")]
    assert sorted(reds(parsed, "test")) == [(0, "a"), (1, "b")]
    assert sizes["validation_size"] == parsed.validation == 2


def test_a_link_takes_no_picture_from_another_class(photos):
    folder = photos(["a/x.png", "b/y.png", "b/deep/z.png"])
    (folder / "a/first").symlink_to("../b/deep")
    parsed, _ = read(folder)
    assert {(1, "b"), (2, "b")} <= set(reds(parsed))


def test_folders_deeper_than_the_longest_path_are_refused(photos, monkeypatch):
    folder = photos(["a/x.png", "b/y.png"])
    monkeypatch.chdir(folder / "a")
    for _ in range(20):
        os.mkdir("d" * 250)
        os.chdir("d" * 250)
    with pytest.raises(DatasetError, match="cannot be listed: file name too long"):
        read(folder)


def test_exif_in_many_parts_is_read_or_refused_at_once(photos):
    folder = photos(["a/x.jpg", "b/y.jpg"])
    content = (folder / "a/x.jpg").read_bytes()
    part = b"\xff\xe1\xff\xffExif\0\0" + bytes(65527)
    (folder / "a/x.jpg").write_bytes(content[:2] + 20 * part + content[2:])
    assert len(read(folder)[0].splits["train"][1]) == 2
    (folder / "a/x.jpg").write_bytes(content[:2] + 1500 * part + content[2:])
    begin = time.process_time()
    with pytest.raises(DatasetError, match="a/x.jpg .*its header has too many parts"):
        read(folder)
    assert time.process_time() - begin < 10


def test_a_folder_that_is_a_link_is_read_and_watched(photos, tmp_path):
    folder = photos(["a/x.png", "b/y.png"])
    (folder / "b").rename(tmp_path / "elsewhere")
    (folder / "b").symlink_to(tmp_path / "elsewhere")
    assert [Path(path).name for path in files_in("pictures", folder)] == ["x.png", "y.png"]


def test_a_folder_instead_of_a_file_is_not_a_folder_of_pictures(tmp_path):
    (tmp_path / "images.gz").mkdir()
    with pytest.raises(DatasetError, match="images.gz: is a folder, expected a file$"):
        files_in("train_images", tmp_path / "images.gz")
    (tmp_path / "images.gz/images").write_text("x")
    with pytest.raises(
        DatasetError, match="expected a file; there is one in it: .*images.gz/images$"
    ):
        files_in("train_images", tmp_path / "images.gz")


@pytest.mark.parametrize("name", ["/dev/zero", "pipe"])
def test_a_device_or_pipe_in_place_of_a_file_is_refused_before_it_is_read(tmp_path, name):
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(DatasetError, match=f"{name}: is a pipe or device, expected a file$"):
        files_in("table", tmp_path / name)


def test_the_digest_of_a_folder_is_that_of_its_names_and_contents(photos):
    folder = photos({"a/x.png": (1, 1, 1), "b/y.png": (2, 2, 2)})
    (folder / "a/none.png").write_text("none")

    def digest():
        return content_digest(folder, read(folder, skip_unreadable=True)[0].checksums)

    def line(name):
        return f"{name} {hashlib.sha256((folder / name).read_bytes()).hexdigest()}\n"

    lines = "".join(map(line, ("a/none.png", "a/x.png", "b/y.png")))
    first = digest()
    assert first == hashlib.sha256(lines.encode()).hexdigest()
    (folder / "a/x.png").rename(folder / "a/z.png")
    assert digest() != first
    file = folder / "a/z.png"
    assert content_digest(file, {}) == hashlib.sha256(file.read_bytes()).hexdigest()


def test_a_picture_is_opened_once_for_its_pixels_and_its_checksum(photos, monkeypatch):
    """Small ones and one that does not fit into memory at once."""
    folder = photos(["a/x.png", "b/y.png"])
    noise = np.random.default_rng(0).integers(0, 256, (200, 200, 3), np.uint8)
    Image.fromarray(noise).save(folder / "b/z.png")
    opened = []
    os_open = os.open
    monkeypatch.setattr("os.open", lambda path, how: opened.append(path) or os_open(path, how))
    monkeypatch.setattr("builtins.open", None)
    found = KIND.read({**DEFAULTS, "size": [1, 1]}, {"pictures": str(folder)})
    monkeypatch.undo()
    names = [str(folder / name) for name in ("a/x.png", "b/y.png", "b/z.png")]
    sums = [hashlib.sha256(Path(name).read_bytes()).hexdigest() for name in names]
    assert opened == names and found.checksums == dict(zip(names, sums, strict=True))


@pytest.fixture
def large(photos):
    """A folder of 80 pictures of 77 kB, with bad files among them."""
    folder = photos([f"{c}/{i}.png" for c in "ab" for i in range(40)])
    rng = np.random.default_rng(0)
    for file in sorted(folder.glob("*/*.png")):
        noise = rng.integers(0, 256, (160, 160, 3), np.uint8)
        Image.fromarray(noise).save(file, "bmp")
    for name in ("a/3.png", "b/7.png", "b/8.png"):
        cut(folder / name)
    (folder / "a/21.png").write_text("none")
    os.mkfifo(folder / "b/pipe.png")
    frames = [Image.new("L", (300, 300), value) for value in (200, 0)]
    for name in ("a/20.tif", "b/5.tif"):
        frames[0].save(folder / name, save_all=True, append_images=frames[1:])
    return folder


def test_threads_change_neither_arrays_nor_notes(large, monkeypatch):
    settings = {**DEFAULTS, "size": [5, 4], "test": 0.2, "skip_unreadable": True}
    used = set()
    module = sys.modules["datasets.image_folder"]
    decode = module.picture_of
    monkeypatch.setattr(
        module, "picture_of", lambda *given: used.add(threading.get_ident()) or decode(*given)
    )

    def parsed(threads):
        used.clear()
        found = KIND.read(settings | {"threads": threads}, {"pictures": str(large)})
        arrays = [array.tolist() for split in found.splits.values() for array in split]
        return [arrays, *found[1:]]

    one = parsed(1)
    assert used == {threading.get_ident()} and len(one[0][1]) > 50
    assert "5 unreadable files are left out" in one[3][0] and "one frame" in one[3][1]
    assert parsed(4) == one and len(used) > 1


def test_threads_find_the_same_bad_files(large):
    def refused(threads):
        with pytest.raises(DatasetError, match="5 files cannot be read: a/21.png") as error:
            read(large, threads=threads)
        return str(error.value)

    assert refused(1) == refused(4)


def test_a_stop_does_not_wait_for_pictures_that_no_thread_has_started(large):
    files, started = files_in("pictures", large), []

    def slow(content):
        started.append(content)
        time.sleep(0.01)

    with pytest.raises(KeyboardInterrupt):
        for _ in each_opened(files, {}, slow, 2):
            raise KeyboardInterrupt
    assert len(started) < 10 < len(files)


def test_a_picture_of_the_size_of_the_model_is_not_resampled(photos, monkeypatch):
    folder = photos({"a/x.png": (9, 8, 7), "b/y.png": (1, 2, 3)}, size=(5, 4))
    for copies in ("crop", "resize"):
        monkeypatch.setattr(Image.Image, copies, None)
    assert reds(read(folder, (4, 5))[0]) in ([(9, "a"), (1, "b")], [(1, "b"), (9, "a")])


# Names


def test_names_of_classes_are_compared_in_one_form(photos):
    one, other = (unicodedata.normalize(form, "café") for form in ("NFC", "NFD"))
    folder = photos(
        [f"train/{one}/1.png", "train/tea/2.png", f"test/{other}/3.png", f"test/{one}/4.png"]
    )
    parsed, sizes = read(folder)
    assert parsed.classes == sizes["classes"] == [one, "tea"]
    assert {name for _, name in reds(parsed, "test")} == {one} and len(reds(parsed, "test")) == 2
    assert "in two forms of Unicode; they are one class" in parsed.notes[0]


ODD = ["{shot}", "<b>", "$HOME", "a=b,c", "-x", "_x", " x ", "'\"", "`id`", "%s", "#1", "*?", "\\",
       "a\nb", "\x01"]  # fmt: skip


def test_files_of_any_name_are_read(photos):
    folder = photos([f"{c}/{name}.png" for c in "ab" for name in ODD])
    (folder / "a/x.png").parent.mkdir(exist_ok=True)
    Image.new("RGB", (2, 2), (99, 0, 0)).save(folder / "a/plain.png")
    os.rename(folder / "a/plain.png", os.fsencode(folder) + b"/a/caf\xe9.png")
    parsed, sizes = read(folder)
    assert len(reds(parsed)) == sizes["train_size"] == 2 * len(ODD) + 1 and (99, "a") in reds(
        parsed
    )


def test_classes_of_any_printable_name_are_read(photos):
    names = [name for name in ODD if name.isprintable()]
    parsed, _ = read(photos([f"{name}/x.png" for name in names]))
    assert parsed.classes == sorted(names)


@pytest.mark.parametrize(
    ("name", "message"),
    [
        (b"caf\xe9", r"photos/caf\\xe9: the name of this class is not UTF-8; rename it .*convmv"),
        (b"a\nb", r"photos/a\\nb: the name of this class is blank or has a control"),
        (b" ", "photos/ : the name of this class is blank"),
        (b"a\x1b[1m", r"photos/a\\x1b\[1m: the name of this class"),
        ("a\u2028b".encode(), r"photos/a\\u2028b: the name of this class"),
    ],
)
def test_classes_that_no_table_can_show_are_refused(photos, name, message):
    folder = photos(["a/x.png", "b/y.png"])
    os.rename(folder / "a", os.fsencode(folder) + b"/" + name)
    with pytest.raises(DatasetError, match=message) as error:
        read(folder)
    assert str(error.value).isprintable()


def test_bad_files_with_odd_names_are_named_printably(photos):
    folder = photos(["a/x.png", "b/y.png"])
    Path(os.fsdecode(os.fsencode(folder) + b"/a/\xe9\n.png")).write_text("x")
    with pytest.raises(DatasetError, match=r"cannot be read: a/\\xe9\\n.png \(not an image"):
        read(folder)
    assert readable("é\udce9\u2029") == "é\\xe9\\u2029"
    assert readable("a\u202eb\u200f\u2067") == "a\\u202eb\\u200f\\u2067"
    assert str(DatasetError("the class a\u202eb")) == "the class a\\u202eb"


# Numbers


def png(depth, kind, pixels):
    """A PNG of (height, width[, channels]) numbers."""
    rows = b"".join(b"\0" + row.astype(f">u{depth // 8}").tobytes() for row in pixels)
    parts = [(b"IHDR", struct.pack(">IIBBBBB", pixels.shape[1], pixels.shape[0], depth, kind, 0, 0, 0)),
             (b"IDAT", zlib.compress(rows)), (b"IEND", b"")]  # fmt: skip
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(content))
        + name
        + content
        + struct.pack(">I", zlib.crc32(name + content))
        for name, content in parts
    )


@pytest.mark.parametrize(
    ("dtype", "ending", "offset", "bits"),
    [
        (np.uint16, "png", 800, 16),
        (np.uint16, "tif", 65000, 16),
        (np.uint16, "pgm", 65000, 16),
        (np.int32, "tif", 10**9, 32),
        (np.int32, "tif", -7, 32),
        (np.float32, "tif", -0.5, "float"),
    ],
)
@pytest.mark.parametrize("color", ["grey", "rgb"])
def test_pictures_of_more_than_8_bits_keep_their_values(photos, dtype, ending, offset, bits, color):
    folder = photos([])
    expected = {}
    for number, name in enumerate("ab"):
        (folder / name).mkdir(parents=True)
        pixels = (offset + np.arange(6).reshape(2, 3) * (number + 1)).astype(dtype)
        Image.fromarray(pixels).save(folder / f"{name}/x.{ending}")
        expected[name] = pixels
    parsed, sizes = read(folder, [2, 3], color=color)
    images, labels = parsed.splits["train"]
    assert images.dtype == np.float64 and list(images.shape[1:]) == sizes["shape"]
    for image, label in zip(images, labels, strict=True):
        planes = [image] if color == "grey" else [image[..., channel] for channel in range(3)]
        assert all((plane == expected["ab"[label]]).all() for plane in planes)
    assert parsed.about == {"picture": {"bits": bits}}
    assert f"values from {offset:g} to {offset + 10:g}; they are kept unchanged" in parsed.notes[0]


def test_unsigned_numbers_of_32_bits_do_not_wrap(tmp_path):
    Image.fromarray(np.full((2, 2), -2, np.int32)).save(tmp_path / "x.tif")
    content = (tmp_path / "x.tif").read_bytes()
    signed = struct.pack("<HHIHH", 339, 3, 1, 2, 0)  # the tag SampleFormat
    assert content.count(signed) == 1
    (tmp_path / "x.tif").write_bytes(
        content.replace(signed, struct.pack("<HHIHH", 339, 3, 1, 1, 0))
    )
    assert (read_picture(tmp_path / "x.tif", [2, 2]).pixels == 2**32 - 2).all()


def test_resizing_keeps_small_differences_of_large_numbers(tmp_path):
    pixels = 10**9 + np.indices((64, 64)).sum(axis=0) % 2 * 100
    Image.fromarray(pixels.astype(np.int32)).save(tmp_path / "x.tif")
    small = read_picture(tmp_path / "x.tif", [4, 4]).pixels
    assert np.abs(small - 10**9 - 50).max() < 2
    step = 1000.0 + 4000 * (np.arange(64) > 31) * np.ones((64, 1))
    Image.fromarray(step.astype(np.uint16)).save(tmp_path / "y.png")
    small = read_picture(tmp_path / "y.png", [8, 8]).pixels
    assert small.min() == 1000 and small.max() == 5000  # Lanczos overshoots, the picture does not


def test_pictures_of_different_kinds_are_refused(photos):
    folder = photos({"a/x.png": 3, "b/y.png": 4})
    Image.fromarray(np.full((2, 2), 800, np.uint16)).save(folder / "b/deep.png")
    with pytest.raises(
        DatasetError,
        match=r"different kinds: 2 with 8 bits \(a/x.png and b/y.png\), "
        r"1 with 16 bits \(b/deep.png\). Save",
    ):
        read(folder)


def test_floating_point_numbers_have_to_be_finite(photos):
    folder = photos([])
    for name, value in (("a", 0.5), ("b", np.nan)):
        (folder / name).mkdir(parents=True)
        Image.fromarray(np.full((2, 2), value, np.float32)).save(folder / f"{name}/x.tif")
    with pytest.raises(DatasetError, match=r"b/x.tif \(.*values that are not finite\)"):
        read(folder)


def test_lost_frames_and_bits_are_noted(photos):
    folder = photos({"a/x.png": 3, "b/y.png": 4})
    deep = np.full((2, 2, 3), 0x1234)
    (folder / "a/deep.png").write_bytes(png(16, 2, deep))
    first, second = (Image.new("L", (2, 2), value) for value in (200, 0))
    for name in ("b/moves.gif", "b/pages.tif"):
        first.save(folder / name, save_all=True, append_images=[second])
    parsed, _ = read(folder)
    assert sorted(reds(parsed)) == [(3, "a"), (4, "b"), (0x12, "a"), (200, "b"), (200, "b")]
    frames, depth = parsed.notes
    assert (
        "2 pictures have more than one frame, of which the first is read: b/moves.gif and b/pages"
        in frames
    )
    assert "1 picture has 16 bits a colour, of which the upper 8 are read: a/deep.png" in depth


@pytest.mark.parametrize("mode", ["1", "L", "P", "LA", "RGB", "RGBA", "CMYK"])
def test_pictures_of_any_mode_of_8_bits_are_read(tmp_path, mode):
    path = tmp_path / ("x.tif" if mode == "CMYK" else "x.png")
    Image.new("RGB", (4, 4), "white").convert(mode).save(path)
    found = read_picture(path, [2, 2])
    assert (found.pixels == 255).all() and (found.bits, found.lost) == (8, frozenset())


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
@pytest.mark.parametrize(("orientation", "turns"), [(1, 0), (3, 2), (6, 1), (8, -1)])
def test_an_uncompressed_tiff_is_turned_as_the_camera_was_held(tmp_path, dtype, orientation, turns):
    upright = np.array([[0, 100, 200], [10, 20, 255]], dtype)
    stored = np.ascontiguousarray(np.rot90(upright, turns))
    Image.fromarray(stored).save(tmp_path / "a.tif", tiffinfo={274: orientation})
    np.testing.assert_array_equal(read_picture(tmp_path / "a.tif", [2, 3]).pixels, upright)
