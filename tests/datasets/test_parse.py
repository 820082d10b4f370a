"""scripts/parse.py: raw files in, checked arrays out."""

import hashlib
import json
import subprocess
import sys

import numpy as np
import pytest

import parse
from datasets import CIFAR10_MEMBERS, DatasetError, spiral, write_idx

ROLES = ("train_images", "train_labels", "test_images", "test_labels")


@pytest.fixture
def run(tmp_path, monkeypatch):
    def run(settings, **files):
        arguments = ["--settings", json.dumps(settings), "--output-folder", str(tmp_path / "out")]
        arguments += ["--raw", *(f"{role}={path}" for role, path in files.items())]
        monkeypatch.setattr(sys, "argv", ["parse.py", *arguments])
        parse.main()
        return tmp_path / "out"

    return run


@pytest.fixture
def arrays():
    images = np.arange(5 * 2 * 3, dtype=np.uint8).reshape(5, 2, 3)
    labels = np.array([0, 1, 2, 1, 0], np.uint8)
    return dict(zip(ROLES, (images, labels, images[:2] + 100, labels[:2]), strict=True))


@pytest.fixture
def write(tmp_path):
    def write(arrays):
        for role, array in arrays.items():
            write_idx(tmp_path / f"{role}.gz", array)
        return {role: tmp_path / f"{role}.gz" for role in arrays}

    return write


def test_idx_files(run, arrays, write):
    settings = {"format": "idx", "classes": ["a", "b", "c"], "train_size": 5, "test_size": 2}
    out = run(settings | {"shape": [2, 3]}, **write(arrays))
    for role, array in arrays.items():
        parsed = np.load(out / f"{role}.npy", mmap_mode="r", allow_pickle=False)
        assert parsed.dtype == np.uint8 and np.array_equal(parsed, array)
    info = json.loads((out / "info.json").read_text())
    for split, content in info["splits"].items():
        for kind in ("images", "labels"):
            stored = arrays[f"{split}_{kind}"].tobytes()
            assert content.pop(f"{kind}_sha256") == hashlib.sha256(stored).hexdigest()
    assert info == {
        "classes": ["a", "b", "c"],
        "dtype": "uint8",
        "shape": [2, 3],
        "splits": {
            "train": {"size": 5, "samples_per_class": [2, 2, 1], "minimum": 0, "maximum": 29, "constant": 0,
                      "in_two_classes": 0},
            "test": {"size": 2, "samples_per_class": [1, 1, 0], "minimum": 100, "maximum": 111,
                     "constant": 0, "in_two_classes": 0, "in_train": 0},
        },
        "notes": ["the test file has no example of 1 of 3 classes: 'c'"],
    }  # fmt: skip
    assert (out / "test_sources.csv").read_text() == "row\n0\n1\n"
    before = {path.name: path.read_bytes() for path in out.iterdir()}
    run(settings | {"shape": [2, 3]}, **write(arrays))
    assert before == {path.name: path.read_bytes() for path in out.iterdir()}


def test_idx_without_a_test_split(run, arrays, write):
    files = write({role: arrays[role] for role in ROLES[:2]})
    out = run({"format": "idx", "classes": 3}, **files)
    names = ["info.json", "train_images.npy", "train_labels.npy"]
    assert sorted(path.name for path in out.iterdir()) == names


def repeat(arrays):
    """Two test images that are training images, of which one is there in two classes."""
    arrays["train_images"][3] = arrays["train_images"][0]
    arrays["test_images"] = arrays["train_images"][[3, 2]].copy()


def once(arrays):
    """One test image that is a training image, and one image of one value."""
    arrays["test_images"][0] = arrays["train_images"][0]
    arrays["train_images"][1] = 7


def blank(arrays):
    arrays["train_images"][1:3] = np.array([7, 9], np.uint8)[:, None, None]


def one_class(arrays):
    arrays["train_labels"] = np.full(5, 1, np.uint8)
    arrays["test_labels"] = np.full(2, 2, np.uint8)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda arrays: None, []),
        (repeat, ["1 example of the training file equals an example of another class",
                  "2 of 2 test examples are also in the training file, so the test score may be too good"]),
        (once, ["1 of 5 pictures of the training file is blank: one value throughout",
                "1 of 2 test examples is also in the training file, so the test score may be too good"]),
        (blank, ["2 of 5 pictures of the training file are blank: one value throughout"]),
        (one_class, ["all examples of the training file are of the class '1'",
                     "all examples of the test file are of the class '2'"]),
    ],
)  # fmt: skip
def test_oddities_that_distort_scores_are_counted_and_noted(
    run, arrays, write, capsys, change, said
):
    change(arrays)
    if change is not one_class:
        said = [*said, "the test file has no example of 1 of 3 classes: '2'"]
    out = run({"format": "idx", "classes": 3}, **write(arrays))
    assert json.loads((out / "info.json").read_text())["notes"] == said
    assert capsys.readouterr().out.splitlines() == [f"warning: {note}" for note in said]
    for role, array in arrays.items():  # and nothing is changed
        assert np.array_equal(np.load(out / f"{role}.npy"), array)


def test_labels_of_another_type_of_integer_become_uint8(run, arrays, write):
    arrays["train_labels"] = arrays["train_labels"].astype(np.int32)
    out = run({"format": "idx", "classes": 3}, **write(arrays))
    assert np.load(out / "train_labels.npy").dtype == np.uint8


def test_cifar10_archive(run, cifar):
    settings = {"format": "cifar10", "classes": 10, "train_size": 20, "test_size": 4}
    out = run(settings, archive=cifar.write())
    assert np.load(out / "train_images.npy").shape == (20, 32, 32, 3)
    labels = np.load(out / "test_labels.npy").tolist()
    assert labels == cifar.batches["test_batch"][b"labels"]
    assert json.loads((out / "info.json").read_text())["classes"][-1] == "truck"


def test_spiral(run):
    settings = {"format": "spiral", "classes": 4, "points_per_class": 7, "noise": 0.1, "seed": 3}
    out = run(settings)
    points, labels = spiral(7, 4, 0.1, np.random.default_rng(3))
    assert np.array_equal(np.load(out / "train_images.npy"), points)
    assert np.array_equal(np.load(out / "train_labels.npy"), labels)
    assert not (out / "test_images.npy").exists()


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"classes": 2}, "train_labels.gz: labels from 0 to 2, expected 0 to 1"),
        ({"train_size": 6}, "train_images.gz.*: 5 images, expected 6"),
        ({"test_size": 1}, "test_images.gz.*: 2 images, expected 1"),
        ({"shape": [3, 2]}, r"train_images.gz.*shape \[2, 3\], expected \[3, 2\]"),
        ({"format": "mat"}, "'mat' is unknown; known: idx, cifar10, spiral"),
        ({"classes": None}, "classes: missing"),
    ],
)
def test_settings_that_disagree_with_the_files(run, arrays, write, settings, message):
    with pytest.raises(DatasetError, match=message):
        run({"format": "idx", "classes": 3} | settings, **write(arrays))


@pytest.mark.parametrize(
    ("role", "change", "message"),
    [
        ("train_labels", lambda a: a[:4], "5 images and 4 labels"),
        ("train_labels", lambda a: a.reshape(5, 1), "labels are uint8 of shape"),
        ("train_labels", lambda a: a.astype(np.float32), "labels are float32"),
        ("train_labels", lambda a: a.astype(np.int8) - 1, "labels from -1 to 1"),
        ("train_images", lambda a: a.astype(np.float32) + np.inf, "is inf, expected finite"),
        ("train_images", lambda a: a.reshape(5, 6), r"shape \[2, 3\], expected \[6\]"),
        ("test_images", lambda a: a[:, :1], r"test_images.gz.*shape \[1, 3\], expected \[2, 3\]"),
        ("test_images", lambda a: a[:0], "0 images and 2 labels"),
    ],
)
def test_files_that_disagree_with_each_other(run, arrays, write, role, change, message):
    arrays[role] = change(arrays[role])
    with pytest.raises(DatasetError, match=message):
        run({"format": "idx", "classes": 3}, **write(arrays))


def counted_from_1(arrays):
    for role in ("train_labels", "test_labels"):
        arrays[role] = arrays[role] + 1


def extended(arrays):
    for role in ("train_labels", "test_labels"):
        labels = np.full((len(arrays[role]), 8), 4711, np.int32)
        labels[:, 0] = arrays[role]
        arrays[role] = labels


@pytest.mark.parametrize(
    ("change", "name", "note"),
    [
        (counted_from_1, "images", "labels are 1 to 3: 1 is the first class, as EMNIST's"),
        (extended, "images", "labels are QMNIST's, 8 numbers each; the first is the class"),
        (lambda arrays: None, "emnist-digits-images", "images are EMNIST's, which are stored"),
    ],
)  # fmt: skip
def test_relatives_of_mnist(run, arrays, write, tmp_path, change, name, note):
    change(arrays)
    files = write(arrays)
    files["train_images"] = files["train_images"].rename(tmp_path / f"{name}.gz")
    out = run({"format": "idx", "classes": ["a", "b", "c"]}, **files)
    assert np.load(out / "train_labels.npy").tolist() == [0, 1, 2, 1, 0]
    assert np.load(out / "test_labels.npy").tolist() == [0, 1]
    assert json.loads((out / "info.json").read_text())["notes"][0].startswith(note)


def test_images_and_labels_the_wrong_way_round(run, arrays, write):
    files = write(arrays)
    swapped = files | {
        "train_images": files["train_labels"],
        "train_labels": files["train_images"],
    }
    settings = {"format": "idx", "classes": 3}
    with pytest.raises(DatasetError, match="train_labels.gz: holds 5 single .* are swapped"):
        run(settings, **swapped)
    with pytest.raises(DatasetError, match=r"train_images.gz: holds images of shape \(5, 2, 3\)"):
        run(settings, **files | {"train_labels": files["train_images"]})


def test_an_archive_of_arrays_with_validation_arrays(run, arrays, tmp_path):
    """What info.json says of data of one's own: its format, notes and validation rows."""
    images, labels = arrays["train_images"], arrays["train_labels"]
    own = {"X_val": images[:2] + 50, "y_val": labels[:2]}
    np.savez(tmp_path / "data.npz", X=np.stack([images] * 3, 1)[..., :2], y=labels, a=labels)
    out = run({"format": "npz"}, archive=tmp_path / "data.npz")
    info = json.loads((out / "info.json").read_text())
    assert (info["format"], info["shape"], info["channels"]) == ("npz", [2, 2, 3], "first")
    assert info["notes"][:2] == [
        "by the names of the arrays, X is train_images, y is train_labels; set `arrays` to name others",
        "arrays of the file that are not used: a",
    ]
    np.savez(tmp_path / "data.npz", x_train=images, y_train=labels, **own)
    out = run({"format": "npz"}, archive=tmp_path / "data.npz")
    info = json.loads((out / "info.json").read_text())
    assert info["validation_rows"] == 2 and info["splits"]["train"]["size"] == 7
    assert (np.load(out / "train_images.npy")[-2:] == own["X_val"]).all()


def test_a_declared_split_that_is_missing(run, arrays, write):
    files = write({role: arrays[role] for role in ROLES[:2]})
    with pytest.raises(DatasetError, match="test_size: 2 declared, but there is no test split"):
        run({"format": "idx", "classes": 3, "test_size": 2}, **files)


def test_declared_classes_must_match_the_data(run, cifar):
    archive = cifar.write()
    names = ["automobile", "airplane", *"cdefghij"]
    for classes in (9, names):
        with pytest.raises(DatasetError, match="declared, but the data has .*'airplane'"):
            run({"format": "cifar10", "classes": classes}, archive=archive)


@pytest.fixture
def checksums():
    """The entries of config.yaml for raw files, with their current checksums."""

    def of(files, **members):
        sums = {role: hashlib.sha256(path.read_bytes()).hexdigest() for role, path in files.items()}
        return {role: {"sha256": sum_, "members_md5": members} for role, sum_ in sums.items()}

    return of


def test_a_raw_file_with_another_checksum_is_refused(run, arrays, write, checksums, tmp_path):
    files = write(arrays)
    settings = {"format": "idx", "classes": 3, "files": checksums(files)}
    assert run(settings, **files).exists()
    for path in (tmp_path / "out").iterdir():
        path.unlink()
    arrays["test_labels"] = arrays["test_labels"] + np.uint8(1)
    write(arrays)
    found = hashlib.sha256(files["test_labels"].read_bytes()).hexdigest()
    expected = settings["files"]["test_labels"]["sha256"]
    with pytest.raises(DatasetError) as error:
        run(settings, **files)
    path = files["test_labels"]
    assert str(error.value) == (
        f"{path}: sha256 is {found}, expected {expected}; delete it to fetch it again"
    )
    assert not list((tmp_path / "out").iterdir())


def test_a_repacked_archive_is_checked_by_its_members(run, cifar, checksums):
    archive = cifar.write()
    md5 = {name: cifar.md5[name] for name in CIFAR10_MEMBERS}
    settings = {"format": "cifar10", "classes": 10, "files": checksums({"archive": archive}, **md5)}
    cifar.members["another"] = b"file"
    assert run(settings, archive=cifar.write()).exists()
    cifar.batches["test_batch"][b"labels"][0] += 1
    cifar.write()
    with pytest.raises(DatasetError, match="wrong md5 of its members test_batch; delete"):
        run(settings, archive=archive)


@pytest.mark.parametrize(
    ("raw", "message"),
    [
        (["images.gz"], "'images.gz' is not of the form NAME=FILE"),
        (["train_images=a"], "format idx needs --raw train_labels=FILE"),
        ([], "format idx needs --raw train_images=FILE"),
    ],
)
def test_files_have_to_be_named_by_their_roles(monkeypatch, capsys, raw, message):
    arguments = ["--settings", '{"format": "idx"}', "--output-folder", "out", "--raw", *raw]
    monkeypatch.setattr(sys, "argv", ["parse.py", *arguments])
    with pytest.raises(SystemExit) as exit:
        parse.main()
    assert exit.value.code == 2
    assert message in capsys.readouterr().err


def test_a_mistake_is_one_line_and_leaves_no_files(root, tmp_path):
    bad = tmp_path / "images.gz"
    bad.write_bytes(b"<html>")
    command = [sys.executable, root / "scripts" / "parse.py", "--settings", '{"format": "idx"}']
    raw = [f"train_images={bad}", f"train_labels={bad}"]
    command += ["--output-folder", tmp_path / "out", "--raw", *raw]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 1 and done.stdout == ""
    assert done.stderr.startswith(f"error: {bad}: starts with") and done.stderr.count("\n") == 1
    assert not (tmp_path / "out").exists()
