"""Archives of numpy arrays (.npz), as Keras's mnist.npz is one."""

import hashlib
import math
import os
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from .errors import MOST_CLASSES, DatasetError, most_unpacked
from .format import PLACE, SHARE, Format, Parsed, Splits, shared
from .holdout import held_out

METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)


def _headers(path: str | Path) -> dict[str, tuple[tuple[int, ...], np.dtype]]:
    """Shape and dtype of each array, without reading the arrays, which are as long as their headers say."""
    found, unpacked = {}, 0
    most = most_unpacked(os.path.getsize(path))
    with zipfile.ZipFile(path) as archive:
        for member in archive.infolist():
            name, unpacked = member.filename.removesuffix(".npy"), unpacked + member.file_size
            if unpacked > most:
                raise ValueError(f"it unpacks to more than {most} bytes")
            if member.compress_type not in METHODS:
                raise ValueError("it is compressed by another method than numpy's")
            if name in found:
                raise ValueError(f"it has two arrays {name!r}")
            with archive.open(member) as file:
                version = np.lib.format.read_magic(file)
                read = {(1, 0): np.lib.format.read_array_header_1_0}.get(
                    version, np.lib.format.read_array_header_2_0
                )
                shape, _, dtype = read(file)
                expected = file.tell() + math.prod(shape) * dtype.itemsize
            if not dtype.hasobject and expected != member.file_size:
                raise ValueError(f"{name} has {member.file_size} bytes, its header says {expected}")
            found[name] = shape, dtype
    return found


def _roles(path: str | Path, names: Mapping[str, str | None]) -> dict[str, str]:
    """The names of the arrays that there are, by their roles."""
    try:
        known = _headers(path)
    except FileNotFoundError:
        raise DatasetError(f"{path}: no such file, expected an archive of numpy arrays") from None
    except Exception as error:  # numpy and zipfile raise almost anything on damaged files
        raise DatasetError(f"{path}: no archive of numpy arrays ({error})") from None
    found = {role: name for role, name in names.items() if name in known}
    for role in ("train_images", "train_labels"):
        if role not in found:
            raise DatasetError(
                f"{path}: has no array {names[role]!r} ({role}); it has {', '.join(known)}; name them "
                "under `arrays`"
            )
    if ("test_images" in found) != ("test_labels" in found):
        raise DatasetError(f"{path}: has one of test_images and test_labels alone")
    if any(known[name][1].hasobject for name in found.values()):
        raise DatasetError(f"{path}: has arrays of Python objects, which are not read")
    return found


def _load(path: str | Path, roles: Mapping[str, str]) -> dict[str, np.ndarray]:
    try:
        with np.load(path, allow_pickle=False) as archive:
            return {role: archive[name] for role, name in roles.items()}
    except Exception as error:
        raise DatasetError(f"{path}: damaged ({error})") from None


def held_in(
    path: str | Path, names: Mapping[str, str | None]
) -> tuple[list[int], int, dict[str, int]]:
    """The shape of an example, the number of classes, and how many examples each split has."""
    roles = _roles(path, names)
    headers = _headers(path)
    labels = _load(path, {"labels": roles["train_labels"]})["labels"].reshape(-1)
    if labels.dtype.kind not in "iu" or not labels.size:
        raise DatasetError(f"{path}: labels are {labels.dtype}, expected whole numbers")
    if labels.max() >= MOST_CLASSES or labels.min() < 0:
        raise DatasetError(
            f"{path}: labels from {labels.min()} to {labels.max()}, expected 0 to {MOST_CLASSES - 1}"
        )
    shapes = {role[:-7]: headers[name][0] for role, name in roles.items() if "images" in role}
    if not all(shapes.values()):
        raise DatasetError(f"{path}: its images are a single number, expected (n, ...)")
    shape = list(shapes["train"][1:])
    if len(shape) == 3 and shape[2] == 1:  # a single channel is grey, see `as_examples`
        shape.pop()
    return shape, int(labels.max()) + 1, {split: found[0] for split, found in shapes.items()}


def read_npz(path: str | Path, names: Mapping[str, str | None], share: float) -> Splits:
    """Read images and labels by the names of their arrays; labels may be (n, 1).

    Without test arrays `share` of the examples is the test split, by a hash of their content; the
    others stay in their order. Raises DatasetError for a file or arrays that cannot be used.
    """
    roles = _roles(path, names)
    if share and "test_images" in roles:
        raise DatasetError(f"{path}: has test arrays, and a share for the test is set; remove one")
    arrays = _load(path, roles)
    splits = {
        split: (arrays[f"{split}_images"], arrays[f"{split}_labels"].reshape(-1))
        for split in ("train", "test")
        if f"{split}_images" in arrays
    }
    if share:
        images, labels = splits["train"]
        if len(images) != len(labels):
            raise DatasetError(
                f"{path}: {len(images)} images and {len(labels)} labels, expected as many of each"
            )
        digests = [hashlib.sha256(image.tobytes()).digest() for image in images]
        test = held_out(digests, share)
        if test.all() or not test.any():
            raise DatasetError(f"test: a share of {share} leaves one side of {len(test)} empty")
        splits = {"train": (images[~test], labels[~test]), "test": (images[test], labels[test])}
    return splits


def parse_npz(settings: dict[str, Any], files: dict[str, str]) -> Parsed:
    """Read numpy's archive of arrays."""
    return Parsed(read_npz(files["archive"], settings["arrays"], settings["test"]))


def npz_sizes(settings: dict[str, Any]) -> dict[str, Any]:
    shape, classes, counts = held_in(settings["path"], settings["arrays"])
    names = settings.get("classes") or [str(number) for number in range(classes)]
    found = {"classes": names, "shape": shape}
    return found | shared(settings, counts)


KERAS = {"train_images": "x_train", "train_labels": "y_train",
         "test_images": "x_test", "test_labels": "y_test"}  # fmt: skip
NPZ = Format(
    parse_npz,
    settings={
        "path": PLACE,
        "arrays": {
            "description": "the names of the arrays, by what they are",
            "type": "object",
            "additionalProperties": False,
            "properties": {
                role: {"type": ["string", "null"], "default": name} for role, name in KERAS.items()
            },
            "default": KERAS,
        },
        "test": SHARE,
    },
    required=("path",),
    sizes=npz_sizes,
    places={"archive": "path"},
)
