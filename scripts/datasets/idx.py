"""The IDX format of MNIST: a big-endian header and the array's values, plain or gzipped.

    byte 0, 1   zero
    byte 2      type of the values (see DTYPES)
    byte 3      rank, the number of dimensions
    then        one uint32 for the size of each dimension, and the values, the last index fastest

Source: "THE IDX FILE FORMAT" at the end of http://yann.lecun.com/exdb/mnist/
"""

import gzip
import io
import math
import os
import zlib
from collections.abc import Mapping
from typing import Any, BinaryIO

import numpy as np

from .errors import DatasetError, count, most_unpacked
from .format import Parsed
from .places import kind_of

DTYPES = {
    0x08: np.dtype("u1"),
    0x09: np.dtype("i1"),
    0x0B: np.dtype(">i2"),
    0x0C: np.dtype(">i4"),
    0x0D: np.dtype(">f4"),
    0x0E: np.dtype(">f8"),
}
GZIP_MAGIC = b"\x1f\x8b"
CHUNK = 1 << 20


def read_idx(source: str | os.PathLike | bytes) -> np.ndarray:
    """Read an IDX file, or its content given as bytes, into an array in native byte order.

    Raises DatasetError if the content is not IDX, or longer or shorter than it declares.
    """
    if isinstance(source, bytes):
        return _read(io.BytesIO(source), "IDX bytes")
    with open(source, "rb") as file:
        return _read(file, str(source))


def _read(raw: BinaryIO, name: str) -> np.ndarray:
    packed = raw.seek(0, os.SEEK_END)
    raw.seek(0)
    zipped = raw.read(2) == GZIP_MAGIC
    raw.seek(0)
    if not zipped:
        return _decode(raw, packed, name)
    try:
        return _decode(gzip.GzipFile(fileobj=raw), most_unpacked(packed), name)
    except (OSError, EOFError, zlib.error) as error:
        raise DatasetError(f"{name}: damaged gzip file ({error}); fetch it again") from error


def _decode(file: BinaryIO, most: int, name: str) -> np.ndarray:
    """Decode a file of at most `most` bytes; more are neither kept nor read."""
    magic = file.read(4)
    if len(magic) < 4:
        raise DatasetError(f"{name}: {len(magic)} bytes, but an IDX file has at least 4")
    if magic[:2] != b"\0\0" or magic[2] not in DTYPES:
        codes = ", ".join(f"{code:02x}" for code in DTYPES)
        kind = kind_of(magic + file.read(512))
        raise DatasetError(
            f"{name}: starts with {magic.hex(' ')}{f' ({kind})' if kind else ''}, expected an IDX magic "
            f"number: 00 00, a type code ({codes}), the rank"
        )
    dtype, rank = DTYPES[magic[2]], magic[3]
    sizes, header = file.read(4 * rank), 4 + 4 * rank
    if len(sizes) < 4 * rank:
        raise DatasetError(
            f"{name}: truncated, {4 + len(sizes)} bytes but the header alone of rank {rank} "
            f"has {header}"
        )
    shape = tuple(int.from_bytes(sizes[i : i + 4], "big") for i in range(0, 4 * rank, 4))
    expected = header + math.prod(shape) * dtype.itemsize  # Python integers: no overflow
    content = file.read(expected - header) if expected <= most else b""
    found = header + len(content)
    while found <= most and (chunk := file.read(CHUNK)):
        found += len(chunk)
    if found > most:
        raise DatasetError(f"{name}: unpacks to more than {most} bytes; do not use this file")
    if found != expected:
        problem = "truncated" if found < expected else "trailing bytes"
        raise DatasetError(
            f"{name}: {problem}, {found} bytes, but {dtype.newbyteorder('=')} values of "
            f"shape {shape} make {expected}"
        )
    try:
        values = np.frombuffer(content, dtype) if content else []
        return np.array(values, dtype.newbyteorder("=")).reshape(shape)
    except ValueError as error:  # more dimensions, or larger ones, than numpy can hold
        raise DatasetError(f"{name}: numpy cannot hold shape {shape}: {error}") from error


def parse_idx(settings: Mapping[str, Any], files: Mapping[str, str]) -> Parsed:
    """Read MNIST's format: for each split an IDX file of images and one of labels.

    Labels that count from 1 up to the number of classes become 0 and up.
    """
    classes = settings.get("classes")  # their names, or how many
    splits, notes = {}, []
    for split in ("train", "test"):
        if f"{split}_images" not in files:
            continue
        name, of_labels = (str(files[f"{split}_{kind}"]) for kind in ("images", "labels"))
        images, labels = read_idx(name), read_idx(of_labels)
        if images.ndim < 2:
            swapped = " (the two files are swapped)" if labels.ndim > 1 else ""
            raise DatasetError(
                f"{name}: holds {count(images.size, 'single number')}, as labels do; expected images"
                f"{swapped}; correct files.{split}_images and files.{split}_labels"
            )
        if labels.ndim > 2:
            raise DatasetError(
                f"{of_labels}: holds images of shape {labels.shape}, expected labels; correct "
                f"files.{split}_labels"
            )
        if labels.shape == (len(images), 8) and labels.dtype == np.int32:
            notes.append("labels are QMNIST's, 8 numbers each; the first is the class")
            labels = labels[:, 0]
        if "emnist" in os.path.basename(name).lower():
            notes.append(
                "images are EMNIST's, which are stored with rows and columns swapped: new "
                "pictures have to be transposed as well"
            )
        splits[split] = images, labels
    most = classes if isinstance(classes, int) or classes is None else len(classes)
    numbers = [labels for _, labels in splits.values() if labels.dtype.kind in "iu" and labels.size]
    if numbers and min(n.min() for n in numbers) == 1 and max(n.max() for n in numbers) == most:
        notes.append(f"labels are 1 to {most}: 1 is the first class, as EMNIST's letters have it")
        splits = {split: (images, labels - 1) for split, (images, labels) in splits.items()}
    return Parsed(splits, notes=tuple(dict.fromkeys(notes)))


def encode_idx(array: np.ndarray) -> bytes:
    """Return `array` as plain IDX bytes. Raises DatasetError for a dtype that IDX does not have."""
    array = np.asarray(array)
    for code, dtype in DTYPES.items():
        if array.dtype.newbyteorder("=") == dtype.newbyteorder("="):
            magic = bytes([0, 0, code, array.ndim])
            sizes = np.array(array.shape, ">u4").tobytes()
            return magic + sizes + array.astype(dtype).tobytes()
    known = ", ".join(str(dtype.newbyteorder("=")) for dtype in DTYPES.values())
    raise DatasetError(f"IDX has no type for {array.dtype} values; it has {known}")


def write_idx(path: str | os.PathLike, array: np.ndarray) -> None:
    """Write `array` as IDX, gzipped if the name ends in .gz: same array, same bytes."""
    content = encode_idx(array)
    with open(path, "wb") as file:
        if str(path).endswith(".gz"):
            with gzip.GzipFile(filename="", mode="wb", fileobj=file, mtime=0) as compressed:
                compressed.write(content)
        else:
            file.write(content)
