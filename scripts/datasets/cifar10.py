"""CIFAR-10's "python version": a tar archive of pickled batches.

A batch is a dictionary with `data`, uint8 of shape (rows, 3072): the 1024 red values of a picture,
row by row, then the green, then the blue ones; and `labels`, a list of numbers in 0..9.
Source: https://www.cs.toronto.edu/~kriz/cifar.html
"""

import os
from typing import Any

import numpy as np

from . import pickles
from .archives import MissingMembers, read_members
from .errors import DatasetError

TRAIN_BATCHES = tuple(f"data_batch_{number}" for number in range(1, 6))
TEST_BATCH = "test_batch"
META = "batches.meta"
CIFAR10_MEMBERS = (*TRAIN_BATCHES, TEST_BATCH, META)
CLASSES = 10
LONGEST_NAME = 100  # bytes, of a class
OTHERS = {  # by a file that each has
    "fine_label_names.txt": "the binary version of CIFAR-100",
    "train": "CIFAR-100",
    "train.mat": "the Matlab version of CIFAR-100",
    "data_batch_1.bin": "the binary version of CIFAR-10",
    "data_batch_1.mat": "the Matlab version of CIFAR-10",
}
READ = "the python version of CIFAR-10, cifar-10-python.tar.gz"


def read_cifar10(archive: str | os.PathLike) -> dict[str, Any]:
    """Read the archive; the published one holds 50000 training and 10000 test pictures.

    Returns train_images uint8 (n, 32, 32, 3), train_labels uint8 (n,), test_images and test_labels
    likewise, and classes, the list of names. Raises DatasetError where anything else is found.
    """
    try:
        return _arrays(archive)
    except MissingMembers as error:
        if kind := next((kind for name, kind in OTHERS.items() if name in error.found), None):
            raise DatasetError(f"{archive}: is {kind}, expected {READ}") from None
        raise


def _arrays(archive: str | os.PathLike) -> dict[str, Any]:
    arrays: dict[str, Any] = {}
    for name, pickled in read_members(archive, CIFAR10_MEMBERS):
        source = f"{archive}: {name}"
        content = _dictionary(pickled, source)
        if name == META:
            arrays["classes"] = _class_names(content, source)
            continue
        images, labels = _check_batch(content, source)
        split, batches = ("test", 1) if name == TEST_BATCH else ("train", len(TRAIN_BATCHES))
        position = 0 if name == TEST_BATCH else TRAIN_BATCHES.index(name)
        rows = len(labels)
        if f"{split}_images" not in arrays:  # one allocation; never two copies of all pictures
            arrays[f"{split}_images"] = np.empty((batches * rows, 32, 32, 3), np.uint8)
            arrays[f"{split}_labels"] = np.empty(batches * rows, np.uint8)
        if batches * rows != len(arrays[f"{split}_labels"]):
            raise DatasetError(
                f"{source}: {rows} pictures, but another batch has "
                f"{len(arrays[f'{split}_labels']) // batches}; all batches are of one size"
            )
        block = slice(position * rows, (position + 1) * rows)
        arrays[f"{split}_images"][block] = images
        arrays[f"{split}_labels"][block] = labels
    return arrays


def _dictionary(pickled: bytes, source: str) -> dict:
    try:
        content = pickles.load(pickled)
    except DatasetError as error:
        raise DatasetError(f"{source}: {error}") from None
    if not isinstance(content, dict):
        raise DatasetError(f"{source}: a pickled {type(content).__name__}, expected a dictionary")
    return content


def _check_batch(batch: dict, source: str) -> tuple[np.ndarray, np.ndarray]:
    """Return views: images uint8 (rows, 32, 32, 3) and labels int64 (rows,)."""
    data = batch.get(b"data")
    if (
        not isinstance(data, np.ndarray)
        or data.dtype != np.uint8
        or data.ndim != 2
        or data.shape[1] != 3072
    ):
        found = f"{data.dtype} {data.shape}" if isinstance(data, np.ndarray) else repr(type(data))
        raise DatasetError(f"{source}: data is {found}, expected uint8 of shape (rows, 3072)")
    labels = batch.get(b"labels")
    if not isinstance(labels, list) or len(labels) != len(data):
        found = f"{len(labels)} labels" if isinstance(labels, list) else repr(type(labels))
        raise DatasetError(f"{source}: {found}, expected a list of {len(data)} labels")
    wrong = [label for label in labels if type(label) is not int or not 0 <= label < CLASSES]
    if wrong:
        raise DatasetError(f"{source}: label {_shown(wrong[0])}, expected whole numbers in 0..9")
    return data.reshape(-1, 3, 32, 32).transpose(0, 2, 3, 1), np.array(labels, np.int64)


def _class_names(meta: dict, source: str) -> list[str]:
    names = meta.get(b"label_names")
    if not isinstance(names, list) or len(names) != CLASSES:
        found = f"{len(names)} names" if isinstance(names, list) else repr(type(names))
        raise DatasetError(f"{source}: label_names is {found}, expected a list of {CLASSES} names")
    for name in names:
        if not isinstance(name, bytes) or len(name) > LONGEST_NAME:
            raise DatasetError(
                f"{source}: label_names has {_shown(name)}, expected names of at most "
                f"{LONGEST_NAME} bytes"
            )
    return [name.decode("utf-8", "replace") for name in names]


def _shown(value: Any) -> str:
    """A value in a message: the beginning of a long one, of what has parts its type."""
    if isinstance(value, bytes):
        return repr(value[:50])
    return repr(value if isinstance(value, int | None) else type(value))
