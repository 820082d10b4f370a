"""What must hold for the arrays of a split, and what is told about them."""

import hashlib
import os
from pathlib import Path
from typing import Any

import numpy as np

from .checksums import sha256_of
from .errors import MOST_CLASSES, DatasetError
from .pictures import files_in


def as_examples(images: np.ndarray, source: str) -> np.ndarray:
    """Images as they are kept: 8-bit pictures as they are, any other numbers as float64.

    A single channel, (n, height, width, 1), is grey, (n, height, width). Raises DatasetError for what
    are no numbers, or no finite ones.
    """
    if images.ndim == 4 and images.shape[3] == 1:
        images = images[..., 0]
    if images.dtype == np.uint8 and images.ndim >= 3:
        return images
    if images.dtype.kind not in "biuf":
        raise DatasetError(f"{source}: images are {images.dtype}, expected numbers")
    images = images.astype(np.float64)
    if not np.isfinite(images).all():
        place = tuple(int(i) for i in np.argwhere(~np.isfinite(images))[0])
        raise DatasetError(
            f"{source}: the value at {place} is {images[place]}, expected finite numbers"
        )
    return images


def content_digest(place: str | Path) -> str:
    """The SHA-256 of a file; of a folder, of the names and digests of all files in it."""
    if not os.path.isdir(place):
        with open(place, "rb") as file:
            return sha256_of(file)
    content = hashlib.sha256()
    for file in files_in(place):
        line = f"{os.path.relpath(file, place)} {content_digest(file)}\n"
        content.update(line.encode(errors="surrogateescape"))
    return content.hexdigest()


def check_split(
    images: np.ndarray, labels: np.ndarray, classes: int, size: int | None, source: str
) -> None:
    """Raise DatasetError unless images and labels belong together, fit `classes` and `size`.

    images: uint8 (n, height, width) or (n, height, width, colours), or float64 (n, ...); labels:
    whole numbers (n,) in 0..classes-1. `size` is the declared n, None where none is.
    """
    if images.ndim not in (2, 3, 4):
        raise DatasetError(
            f"{source}: images are {images.dtype} of shape {images.shape}, expected rows of numbers "
            "(n, d), or images of shape (n, height, width) or (n, height, width, colours)"
        )
    if labels.dtype.kind not in "iu" or labels.ndim != 1:
        raise DatasetError(
            f"{source}: labels are {labels.dtype} of shape {labels.shape}, expected whole numbers "
            "of shape (n,)"
        )
    if len(images) != len(labels) or not len(images):
        raise DatasetError(
            f"{source}: {len(images)} images and {len(labels)} labels, expected as many of each, "
            "and at least one"
        )
    if size is not None and len(images) != size:
        raise DatasetError(
            f"{source}: {len(images)} images, expected {size} (the size that config.yaml declares)"
        )
    if classes > MOST_CLASSES:
        raise DatasetError(f"{source}: {classes} classes, expected at most {MOST_CLASSES}")
    if labels.min() < 0 or labels.max() >= classes:
        raise DatasetError(
            f"{source}: labels from {labels.min()} to {labels.max()}, expected 0 to {classes - 1} "
            f"for {classes} classes"
        )


def describe(images: np.ndarray, labels: np.ndarray, classes: int) -> dict[str, Any]:
    """Return the size of a split, its samples of each class, its extreme values and checksums.

    The checksums stand for the arrays wherever something depends on them, as a checkpoint does.
    """
    return {
        "size": len(images),
        "samples_per_class": np.bincount(labels, minlength=classes).tolist(),
        "minimum": images.min().item(),
        "maximum": images.max().item(),
        "images_sha256": hashlib.sha256(np.ascontiguousarray(images)).hexdigest(),
        "labels_sha256": hashlib.sha256(np.ascontiguousarray(labels)).hexdigest(),
    }
