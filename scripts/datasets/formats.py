"""The formats of datasets. A new format is a reader and its line in FORMATS."""

from typing import Any

import numpy as np

from .cifar10 import read_cifar10
from .csv_table import CSV
from .format import SIZES, Format, Parsed
from .idx import parse_idx
from .image_folder import IMAGE_FOLDER
from .npz import NPZ
from .places import check_files
from .spiral import spiral


def parse_cifar10(settings: dict[str, Any], files: dict[str, str]) -> Parsed:
    """Read CIFAR-10's archive of pickles for Python."""
    return Parsed(*read_cifar10(files["archive"]))


def parse_spiral(settings: dict[str, Any], files: dict[str, str]) -> Parsed:
    """Generate the spiral of CS231n: points in the plane, one arm for each class."""
    rng = np.random.default_rng(settings["seed"])
    classes = settings["classes"]  # their names, or how many
    arms = classes if isinstance(classes, int) else len(classes)
    points = spiral(settings["points_per_class"], arms, settings["noise"], rng)
    return Parsed({"train": points})


def spiral_sizes(settings: dict[str, Any]) -> dict[str, Any]:
    return {"train_size": settings["points_per_class"] * len(settings["classes"]), "shape": [2]}


FORMATS = {
    "idx": Format(
        parse_idx,
        files=("train_images", "train_labels"),
        test_files=("test_images", "test_labels"),
        required=SIZES,
        check=check_files,
    ),
    "cifar10": Format(parse_cifar10, files=("archive",), required=SIZES, check=check_files),
    "spiral": Format(
        parse_spiral,
        settings={
            "points_per_class": {
                "type": "integer",
                "minimum": 1,
                "default": 100,
                "description": "the number of points on each arm",
            },
            "noise": {
                "type": "number",
                "minimum": 0,
                "default": 0.2,
                "description": "the standard deviation of the angle, in radians",
            },
            "seed": {
                "type": "integer",
                "minimum": 0,
                "default": 0,
                "description": "the seed of the random points",
            },
        },
        required=("classes",),
        sizes=spiral_sizes,
    ),
    "image_folder": IMAGE_FOLDER,
    "csv": CSV,
    "npz": NPZ,
}
