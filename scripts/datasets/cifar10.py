"""CIFAR-10's "python version": a tar archive of pickled batches. Nothing in it is trusted or run.

A batch is a dictionary with `data`, uint8 (rows, 3072): the 1024 red values of a picture, row by row,
then the green and the blue ones; and `labels`, numbers in 0..9. Python 2 and numpy 1 pickled it.
Source: https://www.cs.toronto.edu/~kriz/cifar.html
"""

import gzip
import io
import os
import pickle
import pickletools
import tarfile
from collections.abc import Collection, Iterator
from pathlib import PurePosixPath
from typing import Any, BinaryIO

import numpy as np

from .errors import DatasetError, most_unpacked
from .format import Splits
from .places import MOST_SHOWN, what_is

TRAIN = [f"data_batch_{number}" for number in range(1, 6)]
CIFAR10_MEMBERS = (*TRAIN, "test_batch", "batches.meta")
LARGEST, MOST_READS = 1 << 25, 1000  # a batch has 31 million bytes; tarfile reads 20 times
MOST_INSTRUCTIONS, MOST_TUPLES = 1 << 18, 100  # a batch has 30000 and 6; deep tuples crash Python
INSTRUCTIONS = set("\x80.(NJKMTU\x89]e}ut\x85\x86\x87qrcRb")  # in pickletools' codes


class Guarded:
    """An archive that is read neither in large nor in many pieces, whatever its headers demand."""

    def __init__(self, file: BinaryIO):
        self.file, self.reads, self.seek, self.tell = file, 0, file.seek, file.tell

    def read(self, size: int) -> bytes:
        self.reads += 1
        if not 0 <= size <= LARGEST or self.reads > MOST_READS:
            raise ValueError(f"it has a part of {size} bytes, or too many parts")
        return self.file.read(size)


def read_members(archive: str | os.PathLike, names: Collection[str]) -> Iterator[tuple[str, bytes]]:
    """Yield (name, content) of files in a tar archive, gzipped or plain, in the archive's order.

    A member is known by the last part of its path. Raises DatasetError if one is missing or there
    twice, or the archive is damaged or hostile.
    """
    found, others = set(), []
    with open(archive, "rb") as raw:
        most = most_unpacked(os.fstat(raw.fileno()).st_size)
        file = Guarded(gzip.GzipFile(fileobj=raw) if raw.peek(2)[:2] == b"\x1f\x8b" else raw)
        try:
            for member in tarfile.TarFile(fileobj=file):
                if member.size < 0 or member.offset_data + member.size > most:
                    raise ValueError(f"it unpacks to more than {most} bytes")
                name = PurePosixPath(member.name).name
                if name in names and member.isreg() and not member.issparse():
                    if name in found:
                        raise ValueError(f"it has more than one member called {name}")
                    file.seek(member.offset_data)
                    content = file.read(member.size)
                    found.add(name)
                    yield name, content
                elif len(others) < MOST_SHOWN:
                    others.append(name)
        except Exception as error:  # tarfile and gzip raise almost anything on damaged files
            kind = what_is(archive)
            why = error if kind in (None, "a gzip file", "a tar archive") else f"it is {kind}"
            raise DatasetError(f"{archive}: damaged tar archive ({why}); fetch it again") from error
    if missing := sorted(set(names) - found):
        expected = f"the members {', '.join(missing)} of cifar-10-python.tar.gz"
        raise DatasetError(f"{archive}: lacks {expected}; it has {', '.join(others) or 'none'}")


class Call:
    """A call in a pickle, which is not made: its arguments, and the state for its result."""

    def __init__(self, *arguments: Any):
        self.arguments, self.state = arguments, None

    def __setstate__(self, state: Any) -> None:
        self.state = state


RECONSTRUCT = "numpy.core.multiarray _reconstruct"
NAMES = {RECONSTRUCT: Call, "numpy dtype": Call, "numpy ndarray": b"ndarray"}
UINT8 = (b"u1", 0, 1), (3, b"|", None, None, None, -1, -1, 0)  # arguments and state of the type


class Unpickler(pickle.Unpickler):
    def find_class(self, module: str, name: str) -> Any:
        return NAMES[f"{module} {name}"]


def unpickled(content: bytes) -> dict:
    """Return the dictionary in a pickle, with a Call for each call; raise a ValueError for others."""
    last, tuples, used = None, 0, set()
    for number, (code, argument, _) in enumerate(pickletools.genops(content)):
        last = argument or last
        if code.name in ("GLOBAL", "INST", "STACK_GLOBAL") and last not in NAMES:
            raise ValueError(f"it asks for {str(last)[:100]!r}, which is refused")
        tuples += code.code in "t\x85\x86\x87"
        memo = argument if code.code == "r" else 0
        if number > MOST_INSTRUCTIONS or memo > MOST_INSTRUCTIONS or tuples > MOST_TUPLES:
            raise ValueError("it has too many instructions")
        used.add(code.code)
    if not used <= INSTRUCTIONS:
        raise ValueError("it has instructions that no published batch has")
    return dict(Unpickler(io.BytesIO(content), encoding="bytes").load())


def read_batch(content: bytes) -> tuple[np.ndarray, np.ndarray]:
    """Return the images of a batch, uint8 (rows, 32, 32, 3), and its labels, uint8 (rows,)."""
    batch = unpickled(content)
    labels, array = batch.get(b"labels"), batch.get(b"data")
    if type(labels) is not list or any(type(n) is not int or not 0 <= n <= 9 for n in labels):
        raise ValueError("labels are not a list of whole numbers in 0..9")
    if type(array) is Call and array.arguments == (b"ndarray", (0,), b"b"):
        version, shape, kind, order, data = array.state
        about = (version, shape, kind.arguments, kind.state, order)
        if about == (1, (len(labels), 3072), *UINT8, False):
            images = np.frombuffer(data, np.uint8).reshape(len(labels), 3, 32, 32)
            return images.transpose(0, 2, 3, 1), np.array(labels, np.uint8)
    raise ValueError(f"data is not an array of uint8 ({len(labels)}, 3072), a row for each label")


def read_classes(content: bytes) -> list[str]:
    """Return the names of the ten classes."""
    names = unpickled(content).get(b"label_names")
    if [type(name) for name in names] != [bytes] * 10 or max(map(len, names)) > 100:
        raise ValueError("label_names is not a list of 10 names")
    return [name.decode("utf-8", "replace") for name in names]


def read_cifar10(archive: str | os.PathLike) -> tuple[Splits, list[str]]:
    """Return images uint8 (n, 32, 32, 3) and labels uint8 (n,) of train and test, and the classes.

    The published archive holds 50000 training and 10000 test pictures. Raises DatasetError if anything
    other than such pictures is found.
    """
    found: dict[str, Any] = {}
    for name, content in read_members(archive, CIFAR10_MEMBERS):
        try:
            found[name] = (read_classes if name == "batches.meta" else read_batch)(content)
        except Exception as error:  # pickle raises almost anything on damaged files
            raise DatasetError(f"{archive}: {name}: damaged pickle ({error})") from None
    images, labels = map(np.concatenate, zip(*(found[name] for name in TRAIN), strict=True))
    return {"train": (images, labels), "test": found["test_batch"]}, found["batches.meta"]
