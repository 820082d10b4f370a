"""The formats of datasets: how each is read, which files it needs, and what may be set for it.

A new format is a function here and its line in FORMATS.
"""

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import numpy as np

from .cifar10 import read_cifar10
from .idx import read_idx
from .spiral import spiral

Splits = dict[str, tuple[np.ndarray, np.ndarray]]  # train, test -> images, labels
Parsed = tuple[Splits, list[str] | None]  # and the names of the classes, where the data has them


class Format(NamedTuple):
    """What there is to know of a format.

    ``read`` gets the dataset's settings and its raw files by their roles. ``files`` are the roles it
    needs, ``test_files`` those it needs for a test split. ``settings`` are the keys of its own in
    config.yaml, as a JSON schema's properties; ``required`` those that have to be given. ``sizes``
    says of a generated dataset what a file's would be declared: train_size and shape.
    """

    read: Callable[[dict[str, Any], dict[str, str]], Parsed]
    files: tuple[str, ...] = ()
    test_files: tuple[str, ...] = ()
    settings: Mapping[str, Any] = {}
    required: tuple[str, ...] = ()
    sizes: Callable[[dict[str, Any]], dict[str, Any]] | None = None


def parse_idx(settings: dict[str, Any], files: dict[str, str]) -> Parsed:
    """Read MNIST's format: one IDX file of images and one of labels for each split."""
    splits = {"train": (read_idx(files["train_images"]), read_idx(files["train_labels"]))}
    if "test_images" in files:
        splits["test"] = (read_idx(files["test_images"]), read_idx(files["test_labels"]))
    return splits, None


def parse_cifar10(settings: dict[str, Any], files: dict[str, str]) -> Parsed:
    """Read CIFAR-10's archive of Python pickles."""
    data = read_cifar10(files["archive"])
    splits = {name: (data[f"{name}_images"], data[f"{name}_labels"]) for name in ("train", "test")}
    return splits, data["classes"]


def parse_spiral(settings: dict[str, Any], files: dict[str, str]) -> Parsed:
    """Generate the CS231n spiral."""
    rng = np.random.default_rng(settings["seed"])
    classes = settings["classes"]  # their names, or how many
    arms = classes if isinstance(classes, int) else len(classes)
    return {"train": spiral(settings["points_per_class"], arms, settings["noise"], rng)}, None


def spiral_sizes(settings: dict[str, Any]) -> dict[str, Any]:
    return {"train_size": settings["points_per_class"] * len(settings["classes"]), "shape": [2]}


SIZES = ("classes", "shape", "train_size")
FORMATS = {
    "idx": Format(
        parse_idx,
        files=("train_images", "train_labels"),
        test_files=("test_images", "test_labels"),
        required=SIZES,
    ),
    "cifar10": Format(parse_cifar10, files=("archive",), required=SIZES),
    "spiral": Format(
        parse_spiral,
        settings={
            "points_per_class": {"type": "integer", "minimum": 1, "default": 100},
            "noise": {"type": "number", "minimum": 0, "default": 0.2},
            "seed": {"type": "integer", "minimum": 0, "default": 0},
        },
        required=("classes",),
        sizes=spiral_sizes,
    ),
}
