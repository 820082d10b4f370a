"""The IDX format of MNIST: a big-endian header and the array's values, plain or gzipped.

    byte 0, 1   zero
    byte 2      type of the values (see DTYPES)
    byte 3      rank, the number of dimensions
    then        one uint32 for the size of each dimension, and the values, the last index fastest

Source: "THE IDX FILE FORMAT" at the end of http://yann.lecun.com/exdb/mnist/
"""

import gzip
import math
import os
import zlib
from pathlib import Path

import numpy as np

from .errors import DatasetError

DTYPES = {
    0x08: np.dtype("u1"),
    0x09: np.dtype("i1"),
    0x0B: np.dtype(">i2"),
    0x0C: np.dtype(">i4"),
    0x0D: np.dtype(">f4"),
    0x0E: np.dtype(">f8"),
}
GZIP_MAGIC = b"\x1f\x8b"


def read_idx(source: str | os.PathLike | bytes) -> np.ndarray:
    """Read an IDX file, or its content given as bytes, into an array in native byte order.

    Raises DatasetError where the content is not IDX, or longer or shorter than it declares.
    """
    if isinstance(source, bytes):
        name, content = "IDX bytes", source
    else:
        name, content = str(source), Path(source).read_bytes()
    if content.startswith(GZIP_MAGIC):
        try:
            content = gzip.decompress(content)
        except (OSError, EOFError, zlib.error) as error:
            raise DatasetError(f"{name}: damaged gzip file ({error}); fetch it again") from error
    return _decode(content, name)


def _decode(content: bytes, name: str) -> np.ndarray:
    if len(content) < 4:
        raise DatasetError(f"{name}: {len(content)} bytes, but an IDX file has at least 4")
    if content[:2] != b"\0\0" or content[2] not in DTYPES:
        codes = ", ".join(f"{code:02x}" for code in DTYPES)
        raise DatasetError(
            f"{name}: starts with {content[:4].hex(' ')}, expected an IDX magic number: "
            f"00 00, a type code ({codes}), the rank"
        )
    dtype, rank = DTYPES[content[2]], content[3]
    header = 4 + 4 * rank
    if len(content) < header:
        raise DatasetError(
            f"{name}: truncated, {len(content)} bytes where the header alone of rank {rank} "
            f"has {header}"
        )
    shape = tuple(int.from_bytes(content[i : i + 4], "big") for i in range(4, header, 4))
    expected = header + math.prod(shape) * dtype.itemsize  # Python integers: no overflow
    if len(content) != expected:
        problem = "truncated" if len(content) < expected else "trailing bytes"
        raise DatasetError(
            f"{name}: {problem}, {len(content)} bytes where {dtype.newbyteorder('=')} values of "
            f"shape {shape} make {expected}"
        )
    try:
        values = np.frombuffer(content, dtype, offset=header) if math.prod(shape) else []
        return np.array(values, dtype.newbyteorder("=")).reshape(shape)
    except ValueError as error:  # more dimensions, or larger ones, than numpy can hold
        raise DatasetError(f"{name}: numpy cannot hold shape {shape}: {error}") from error


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
    """Write `array` as IDX, gzipped where the name ends in .gz: same array, same bytes."""
    content = encode_idx(array)
    with open(path, "wb") as file:
        if str(path).endswith(".gz"):
            with gzip.GzipFile(filename="", mode="wb", fileobj=file, mtime=0) as compressed:
                compressed.write(content)
        else:
            file.write(content)
