"""Files of this machine that a config names: folders, typing errors, and kinds of files."""

import gzip

import numpy as np
import pytest

from datasets import DatasetError, encode_idx, holds_arrays
from datasets.places import check_files, what_is


@pytest.fixture
def raw(tmp_path, monkeypatch):
    """A folder `raw`: as Kaggle's archive of MNIST unpacks, an empty folder, and a file."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "raw/train-images.idx3-ubyte").mkdir(parents=True)
    (tmp_path / "raw/train-images.idx3-ubyte/train-images.idx3-ubyte").touch()
    (tmp_path / "raw/cifar-10-batches-py").mkdir()
    for name in (".hidden", "data_batch_1", "data_batch_2"):
        (tmp_path / "raw/cifar-10-batches-py" / name).touch()
    (tmp_path / "raw/empty").mkdir()
    (tmp_path / "raw/t10k-labels-idx1-ubyte.gz").touch()


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("train-images.idx3-ubyte",
         " is a folder, expected a file; it holds train-images.idx3-ubyte: replace the folder with that "
         "file"),
        ("cifar-10-batches-py", " is a folder, expected a file; it holds data_batch_1 and data_batch_2"),
        ("empty", " is a folder, expected a file"),
        ("t10k-labels.idx1-ubyte", ": no such file; did you mean t10k-labels-idx1-ubyte.gz?"),
        ("photo", ": no such file"),
    ],
)  # fmt: skip
def test_a_folder_or_a_missing_file_is_one_line(raw, name, message):
    with pytest.raises(DatasetError) as error:
        check_files({"train_images": f"raw/{name}"})
    assert str(error.value) == f"raw/{name}{message}"


def test_files_that_another_rule_may_make_are_left_to_snakemake(raw):
    check_files({"a": "raw/t10k-labels-idx1-ubyte.gz", "b": "elsewhere/a.idx"})


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (b"", "an empty file"),
        (b"a,b\n1,\xc3\xa9\n", "a text file"),
        (b"x" * 511 + b"\xc3\xa9", "a text file"),  # a letter that the 512 bytes cut
        (b"\x80\x05\x95", "a Python pickle"),
        (bytes([0, 0, 8, 3]), "an IDX file"),
        (bytes([0, 0, 1, 0]), None),  # an icon
        (bytes([0, 0, 11, 0]), None),  # a picture (TGA)
        (b"\x89PNG", "a PNG picture"),
    ],
)
def test_the_kind_of_a_file(tmp_path, content, kind):
    (tmp_path / "x").write_bytes(content)
    assert what_is(tmp_path / "x") == kind


def test_files_of_arrays_are_known(tmp_path):
    idx = encode_idx(np.zeros((2, 3, 3), np.uint8))
    (tmp_path / "images").write_bytes(idx)
    (tmp_path / "images.gz").write_bytes(gzip.compress(idx))
    (tmp_path / "table.gz").write_bytes(gzip.compress(b"a,b"))
    (tmp_path / "photo.png").write_bytes(b"\x89PNG")
    found = [path.name for path in sorted(tmp_path.iterdir()) if holds_arrays(path)]
    assert found == ["images", "images.gz"] and holds_arrays("nowhere.npz")
    assert not holds_arrays(tmp_path) and not holds_arrays("nowhere")
