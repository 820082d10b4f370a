"""The IDX reader against files written out by hand, and everything that can be wrong with one."""

import gzip
import time

import hypothesis.extra.numpy as arrays
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from datasets import DatasetError, encode_idx, read_idx, write_idx

BY_HAND = {
    "08": ("00 ff", np.uint8, [0, 255]),
    "09": ("00 ff", np.int8, [0, -1]),
    "0b": ("0001 fffe", np.int16, [1, -2]),
    "0c": ("00000100 ffffffff", np.int32, [256, -1]),
    "0d": ("3f800000 c0200000", np.float32, [1.0, -2.5]),
    "0e": ("3ff0000000000000 c004000000000000", np.float64, [1.0, -2.5]),
}


@pytest.mark.parametrize("code", BY_HAND)
def test_every_type_of_value(code):
    values, dtype, expected = BY_HAND[code]
    content = bytes.fromhex(f"0000 {code} 01 00000002 {values}")
    array = read_idx(content)
    assert array.dtype == dtype and array.dtype.isnative
    assert array.tolist() == expected
    assert encode_idx(array) == content


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        ("00", np.array(0)),
        ("01 00000004", np.arange(4)),
        ("02 00000002 00000003", np.arange(6).reshape(2, 3)),
        ("03 00000001 00000002 00000003", np.arange(6).reshape(1, 2, 3)),
        ("04 00000002 00000001 00000002 00000002", np.arange(8).reshape(2, 1, 2, 2)),
        ("02 00000000 00000003", np.empty((0, 3))),
    ],
)
def test_every_rank(header, expected):
    array = read_idx(bytes.fromhex(f"0000 08 {header}") + bytes(range(expected.size)))
    assert array.shape == expected.shape
    assert np.array_equal(array, expected)


@given(
    arrays.arrays(
        st.sampled_from([np.uint8, np.int8, np.int16, np.int32, np.float32, np.float64, ">i4"]),
        arrays.array_shapes(min_dims=0, max_dims=5, min_side=0, max_side=4),
    )
)
def test_round_trip(array):
    again = read_idx(encode_idx(array))
    assert again.shape == array.shape and again.dtype == array.dtype.newbyteorder("=")
    assert again.tobytes() == array.astype(again.dtype).tobytes()


@pytest.mark.parametrize("name", ["a.idx", "a.idx.gz"])
def test_files_are_the_same_bytes_every_time(tmp_path, name, monkeypatch):
    array = np.arange(24, dtype=np.uint8).reshape(2, 3, 4)
    write_idx(tmp_path / name, array)
    monkeypatch.setattr(time, "time", lambda: 2e9)
    other = tmp_path / "elsewhere"
    other.mkdir()
    write_idx(other / f"other-{name}", array)
    content = (tmp_path / name).read_bytes()
    assert content == (other / f"other-{name}").read_bytes()
    assert content.startswith(b"\x1f\x8b") == name.endswith(".gz")
    assert np.array_equal(read_idx(tmp_path / name), array)


def test_gzip_is_known_by_its_content_not_its_name(tmp_path):
    path = tmp_path / "images"
    path.write_bytes(gzip.compress(encode_idx(np.arange(3, dtype=np.uint8))))
    assert read_idx(path).tolist() == [0, 1, 2]


GOOD = encode_idx(np.arange(6, dtype=np.int16).reshape(2, 3))


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "0 bytes"),
        (GOOD[:3], "3 bytes"),
        (GOOD[:10], "truncated.*10 bytes.*header.*12"),
        (GOOD[:-1], r"truncated, 23 bytes.*int16.*\(2, 3\) make 24"),
        (GOOD + b"\0", "trailing bytes, 25 bytes.*24"),
        (b"\0\0\x0a" + GOOD[3:], "00 00 0a 02"),
        (b"\0\x01" + GOOD[2:], "magic number"),
        (b"<!DOCTYPE html>", r"3c 21 44 4f \(a web page\)"),
        (b"PK\x03\x04" + bytes(9), r"50 4b 03 04 \(a zip archive\)"),
        (bytes.fromhex("0000 0e 03") + b"\xff" * 12, "truncated"),
        (bytes.fromhex("0000 08 41") + b"\0\0\0\x01" * 65 + b"\x07", "numpy cannot hold"),
    ],
)
def test_wrong_content_is_refused(content, message):
    with pytest.raises(DatasetError, match=message):
        read_idx(content)
    with pytest.raises(DatasetError, match=message):
        read_idx(gzip.compress(content))


def test_damaged_gzip_is_refused_with_the_name_of_the_file(tmp_path):
    whole = gzip.compress(encode_idx(np.arange(200, dtype=np.uint8)))
    flipped = whole[:40] + bytes([whole[40] ^ 0xFF]) + whole[41:]
    for damaged in (whole[:-20], whole[:-4], flipped, whole + b"junk", whole[:5]):
        path = tmp_path / "images.gz"
        path.write_bytes(damaged)
        with pytest.raises(DatasetError, match="images.gz: damaged gzip"):
            read_idx(path)


def test_a_type_that_idx_lacks_is_refused():
    with pytest.raises(DatasetError, match="int64.*uint8, int8, int16, int32, float32, float64"):
        encode_idx(np.arange(3))


def test_the_real_mnist_is_read(shared_datasets):
    folder = shared_datasets / "mnist"
    labels = read_idx(folder / "train-labels-idx1-ubyte.gz")
    counts = [5923, 6742, 5958, 6131, 5842, 5421, 5918, 6265, 5851, 5949]
    assert np.bincount(labels).tolist() == counts
    images = read_idx(folder / "train-images-idx3-ubyte.gz")
    assert images.shape == (60000, 28, 28) and images.dtype == np.uint8
    assert images.mean() / 255 == pytest.approx(0.13066, abs=5e-6)
    assert read_idx(folder / "t10k-images-idx3-ubyte.gz").shape == (10000, 28, 28)
