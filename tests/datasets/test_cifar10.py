"""The CIFAR-10 reader: the original form is read, and nothing else is, least of all run."""

import io
import tarfile

import numpy as np
import pytest
from published import archived

from datasets import DatasetError, read_cifar10
from datasets.cifar10 import read_members, unpickled


def test_the_original_form_is_read(cifar):
    splits, classes = read_cifar10(cifar.write())
    (images, labels), (test_images, test_labels) = splits["train"], splits["test"]
    batches = [cifar.batches[f"data_batch_{number}"] for number in range(1, 6)]
    assert images.shape == (20, 32, 32, 3)
    assert test_images.shape == (4, 32, 32, 3)
    assert {array.dtype for array in (images, labels, test_images, test_labels)} == {
        np.dtype(np.uint8)
    }
    assert labels.tolist() == sum((batch[b"labels"] for batch in batches), [])
    assert test_labels.tolist() == cifar.batches["test_batch"][b"labels"]
    assert classes[:3] == ["airplane", "automobile", "bird"]
    # row r, column c of the second picture of batch 3: its colours are 1024 values apart
    row, column = 5, 7
    values = batches[2][b"data"][1]
    colours = [values[colour * 1024 + row * 32 + column] for colour in range(3)]
    assert images[2 * 4 + 1, row, column].tolist() == colours


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


@pytest.mark.parametrize(
    "name",
    ["os system", "posix system", "builtins eval", "subprocess check_call", "copy_reg _reconstructor",
     "builtins getattr", "numpy load", "numpy fromfile", "numpy.core.multiarray fromfile",
     "numpy._core.multiarray _reconstruct", "numpy dtype.__init__"],
)  # fmt: skip
def test_names_that_no_batch_has_are_refused(cifar, name):
    module, function = (part.encode() for part in name.split())
    cifar.members["data_batch_3"] = b"c%s\n%s\n." % (module, function)
    with pytest.raises(DatasetError, match=rf"data_batch_3.*asks for .*{name}.*refused"):
        read_cifar10(cifar.write())
    new_way = b"\x80\x04\x8c%c%s\x8c%c%s\x93." % (len(module), module, len(function), function)
    with pytest.raises(ValueError, match=f"asks for .*{function.decode()}.*refused"):
        unpickled(new_way)


@pytest.mark.parametrize("codes", [b"N" + b"\x85" * 200_000, b"(" * 100_000 + b"t" * 100_000])
def test_a_deep_key_is_refused_before_it_is_hashed(codes):
    with pytest.raises(ValueError, match="too many"):
        unpickled(b"}(" + codes + b"Nu.")


@pytest.mark.parametrize(
    ("key", "value", "message"),
    [
        (b"labels", [0, 1, 2], r"data is not an array of uint8 \(3, 3072\)"),
        (b"labels", [0, 1, 2, 10], "labels are not a list of whole numbers in 0..9"),
        (b"labels", [0, 1, 2, -1], "labels are not"),
        (b"labels", [0, 1, 2, b"3"], "labels are not"),
        (b"labels", b"0123", "labels are not"),
        (b"data", np.zeros((4, 3071), np.uint8), r"not an array of uint8 \(4, 3072\)"),
        (b"data", np.zeros((4, 3072), np.int16), r"not an array of uint8 \(4, 3072\)"),
        (b"data", b"", r"not an array of uint8 \(4, 3072\)"),
    ],
)
def test_wrong_content_is_refused(cifar, key, value, message):
    cifar.batches["data_batch_2"][key] = value
    with pytest.raises(DatasetError, match=f"data_batch_2: .*{message}"):
        read_cifar10(cifar.write())


def test_batches_of_different_size_are_joined(cifar):
    batch = cifar.batches["data_batch_1"]
    batch[b"data"], batch[b"labels"] = batch[b"data"][:3], batch[b"labels"][:3]
    images, labels = read_cifar10(cifar.write())[0]["train"]
    assert len(images) == len(labels) == 19
    assert labels[3:7].tolist() == cifar.batches["data_batch_2"][b"labels"]


def test_damaged_files_are_refused(cifar):
    for pickled in (b"\x80\x02}q\x01(U", b"K\x05."):
        cifar.members["batches.meta"] = pickled
        with pytest.raises(DatasetError, match="batches.meta: damaged pickle"):
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
    "names",
    ["meta test train", "fine_label_names.txt train.bin", "data_batch_1.mat", "a.txt b.txt"],
)
def test_members_of_another_archive_are_named(tmp_path, names):
    path = tmp_path / "archive.tar.gz"
    path.write_bytes(archived(dict.fromkeys(names.split(), b"x"), "w:gz"))
    expected = rf"lacks .* of cifar-10-python.tar.gz; it has {', '.join(names.split())}$"
    with pytest.raises(DatasetError, match=expected):
        read_cifar10(path)


def test_other_kinds_of_files_are_named(tmp_path):
    path = tmp_path / "archive"
    path.write_bytes(b"<html>" + b" " * 600)
    with pytest.raises(DatasetError, match=r"damaged tar archive \(it is a web page\)"):
        read_cifar10(path)


def test_the_real_cifar10_is_read(shared_datasets):
    splits, _ = read_cifar10(shared_datasets / "cifar10" / "cifar-10-python.tar.gz")
    (images, labels), (test_images, test_labels) = splits["train"], splits["test"]
    assert images.shape == (50000, 32, 32, 3)
    assert test_images.shape == (10000, 32, 32, 3)
    assert np.bincount(labels).tolist() == [5000] * 10
    assert labels[:8].tolist() == [6, 9, 9, 4, 1, 1, 2, 7]
    assert test_labels[:10].tolist() == [3, 8, 8, 0, 6, 6, 1, 6, 3, 1]
    mean = images.sum(axis=0, dtype=np.uint32).mean(axis=(0, 1)) / 50000 / 255
    assert mean == pytest.approx([0.49140, 0.48216, 0.44653], abs=5e-6)
