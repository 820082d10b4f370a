"""The CIFAR-10 reader: the original form is read, and nothing else is, least of all run."""

import copyreg
import io
import os
import pickle
import subprocess
import tarfile

import numpy as np
import pytest
from published import archived

from datasets import DatasetError, pickles, read_cifar10
from datasets.archives import read_members


def test_the_original_form_is_read(cifar):
    data = read_cifar10(cifar.write())
    batches = [cifar.batches[f"data_batch_{number}"] for number in range(1, 6)]
    assert data["train_images"].shape == (20, 32, 32, 3)
    assert data["test_images"].shape == (4, 32, 32, 3)
    assert all(data[key].dtype == np.uint8 for key in data if key != "classes")
    assert data["train_labels"].tolist() == sum((batch[b"labels"] for batch in batches), [])
    assert data["test_labels"].tolist() == cifar.batches["test_batch"][b"labels"]
    assert data["classes"][:3] == ["airplane", "automobile", "bird"]
    # row r, column c of the second picture of batch 3: its colours are 1024 values apart
    row, column = 5, 7
    values = batches[2][b"data"][1]
    colours = [values[colour * 1024 + row * 32 + column] for colour in range(3)]
    assert data["train_images"][2 * 4 + 1, row, column].tolist() == colours


@pytest.mark.parametrize("form", [tarfile.USTAR_FORMAT, tarfile.GNU_FORMAT, tarfile.PAX_FORMAT])
@pytest.mark.parametrize("folder", ["long" * 30, "long" * 30 + "/é" * 9])
def test_members_in_a_folder_with_a_long_name_are_read(tmp_path, form, folder):
    with tarfile.open(tmp_path / "archive", "w", format=form, pax_headers={"comment": "x"}) as tar:
        for name in ("a", "b"):
            info = tarfile.TarInfo(f"{folder}/{name}")
            info.size = 1
            tar.addfile(info, io.BytesIO(name.encode()))
        tar.addfile(tarfile.TarInfo("c"))  # the name before is not its own
    assert dict(read_members(tmp_path / "archive", "abc")) == {"a": b"a", "b": b"b", "c": b""}


class Calls:
    """Pickles to a call."""

    def __init__(self, function, *arguments):
        self.call = function, arguments

    def __reduce__(self):
        return self.call


@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
@pytest.mark.parametrize(
    ("call", "name"),
    [
        ((os.system, "touch {}"), "system"),
        ((eval, "open({!r}, 'w')"), "eval"),
        ((subprocess.check_call, ["touch", "{}"]), "check_call"),
        ((copyreg._reconstructor, object, object, None), "_reconstructor"),
        ((getattr, "a", "upper"), "getattr"),
        ((np.fromfile, "{}"), "fromfile"),
    ],
)
def test_a_pickle_that_calls_anything_is_refused_and_not_run(cifar, tmp_path, call, name, protocol):
    trace = str(tmp_path / "was_run")
    function, *arguments = call
    arguments = [
        item.format(trace)
        if isinstance(item, str)
        else [part.format(trace) for part in item]
        if isinstance(item, list)
        else item
        for item in arguments
    ]
    cifar.members["data_batch_3"] = pickle.dumps(Calls(function, *arguments), protocol)
    with pytest.raises(DatasetError, match=rf"data_batch_3.*asks for .*{name}.*refused"):
        read_cifar10(cifar.write())
    assert not os.path.exists(trace)


@pytest.mark.parametrize(
    "name", ["numpy load", "numpy.core.multiarray fromfile", "numpy._core.multiarray _reconstruct"]
)
def test_no_other_name_of_numpy_is_allowed(name):
    pickled = b"c" + name.replace(" ", "\n").encode() + b"\n."
    with pytest.raises(DatasetError, match="refused"):
        pickles.load(pickled)


def test_dotted_names_do_not_lead_further():
    pickled = b"\x80\x04\x8c\x05numpy\x8c\x0edtype.__init__\x93."
    with pytest.raises(DatasetError, match="numpy.dtype.__init__"):
        pickles.load(pickled)


@pytest.mark.parametrize(
    ("key", "value", "message"),
    [
        (b"labels", [0, 1, 2], "3 labels, expected a list of 4"),
        (b"labels", [0, 1, 2, 10], "label 10, expected"),
        (b"labels", [0, 1, 2, -1], "label -1, expected"),
        (b"labels", [0, 1, 2, b"3"], "label b'3', expected"),
        (b"labels", b"0123", "bytes.*expected a list"),
        (b"data", np.zeros((4, 3071), np.uint8), r"uint8 \(4, 3071\), expected"),
        (b"data", np.zeros((4, 3072), np.int16), r"int16 \(4, 3072\), expected"),
        (b"data", b"", "bytes"),
    ],
)
def test_wrong_content_is_refused(cifar, key, value, message):
    cifar.batches["data_batch_2"][key] = value
    with pytest.raises(DatasetError, match=f"data_batch_2: .*{message}"):
        read_cifar10(cifar.write())


def test_batches_of_different_size_are_refused(cifar):
    batch = cifar.batches["data_batch_1"]
    batch[b"data"], batch[b"labels"] = batch[b"data"][:3], batch[b"labels"][:3]
    with pytest.raises(DatasetError, match="data_batch_1: 3 pictures, but another batch has 4"):
        read_cifar10(cifar.write())


def test_damaged_files_are_refused(cifar):
    cifar.members["batches.meta"] = b"\x80\x02}q\x01(U"
    with pytest.raises(DatasetError, match="batches.meta: damaged pickle"):
        read_cifar10(cifar.write())
    cifar.members["batches.meta"] = b"K\x05."
    with pytest.raises(DatasetError, match="batches.meta: a pickled int"):
        read_cifar10(cifar.write())
    content = cifar.path.read_bytes()
    for damaged in (content[: len(content) // 2], b"<html>", b""):
        cifar.path.write_bytes(damaged)
        with pytest.raises(DatasetError, match="damaged tar archive"):
            read_cifar10(cifar.path)


def test_missing_and_repeated_members_are_refused(cifar):
    del cifar.batches["data_batch_5"]
    with pytest.raises(DatasetError, match="lacks the members data_batch_5"):
        read_cifar10(cifar.write())
    cifar.members["other/test_batch"] = b"I5\n."
    with pytest.raises(DatasetError, match="more than one member called test_batch"):
        read_cifar10(cifar.write())


@pytest.mark.parametrize(
    ("names", "kind"),
    [
        ("cifar-100-python/meta cifar-100-python/test cifar-100-python/train", "CIFAR-100"),
        (
            "coarse_label_names.txt fine_label_names.txt train.bin",
            "the binary version of CIFAR-100",
        ),
        ("batches.meta.txt data_batch_1.bin", "the binary version of CIFAR-10"),
        ("cifar-10-batches-mat/data_batch_1.mat", "the Matlab version of CIFAR-10"),
        ("cifar-100-matlab/train.mat", "the Matlab version of CIFAR-100"),
    ],
)
def test_other_versions_are_named(tmp_path, names, kind):
    path = tmp_path / "archive.tar.gz"
    path.write_bytes(archived(dict.fromkeys(names.split(), b"x"), "w:gz"))
    with pytest.raises(DatasetError) as error:
        read_cifar10(path)
    expected = "the python version of CIFAR-10, cifar-10-python.tar.gz"
    assert str(error.value) == f"{path}: is {kind}, expected {expected}"


def test_members_of_an_unknown_archive_and_other_kinds_of_files_are_named(tmp_path):
    path = tmp_path / "archive"
    path.write_bytes(archived({"a.txt": b"x", "b.txt": b"x"}, "w:gz"))
    with pytest.raises(DatasetError, match="lacks the members .*; it has a.txt, b.txt$"):
        read_cifar10(path)
    path.write_bytes(b"<html>" + b" " * 600)
    with pytest.raises(DatasetError, match=r"damaged tar archive \(it is a web page\)"):
        read_cifar10(path)


def test_cifar10_is_what_it_is_known_to_be(shared_datasets):
    data = read_cifar10(shared_datasets / "cifar10" / "cifar-10-python.tar.gz")
    assert data["train_images"].shape == (50000, 32, 32, 3)
    assert data["test_images"].shape == (10000, 32, 32, 3)
    assert np.bincount(data["train_labels"]).tolist() == [5000] * 10
    assert data["train_labels"][:8].tolist() == [6, 9, 9, 4, 1, 1, 2, 7]
    assert data["test_labels"][:10].tolist() == [3, 8, 8, 0, 6, 6, 1, 6, 3, 1]
    mean = data["train_images"].sum(axis=0, dtype=np.uint32).mean(axis=(0, 1)) / 50000 / 255
    assert mean == pytest.approx([0.49140, 0.48216, 0.44653], abs=5e-6)
