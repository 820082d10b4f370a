"""What must hold for the arrays of a split, and what is told about them."""

import hashlib
from typing import Any

import numpy as np

from .errors import DatasetError


def check_split(
    images: np.ndarray, labels: np.ndarray, classes: int, size: int | None, source: str
) -> None:
    """Raise DatasetError unless images and labels belong together, fit `classes` and `size`.

    images: uint8 (n, height, width) or (n, height, width, colours), or float64 points (n, d);
    labels: whole numbers (n,) in 0..classes-1. `size` is the declared n, None where none is.
    """
    pictures = images.dtype == np.uint8 and images.ndim in (3, 4)
    points = images.dtype == np.float64 and images.ndim == 2
    if not pictures and not points:
        raise DatasetError(
            f"{source}: images are {images.dtype} of shape {images.shape}, expected uint8 of shape "
            "(n, height, width) or (n, height, width, colours)"
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
