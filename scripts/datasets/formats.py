"""The formats of datasets. A new format is a reader and its line in FORMATS."""

from typing import Any

from .cifar10 import read_cifar10
from .csv_table import CSV
from .format import SIZES, Format, Parsed
from .idx import parse_idx
from .image_folder import IMAGE_FOLDER
from .npz import NPZ
from .places import check_files
from .spiral import SPIRAL


def parse_cifar10(settings: dict[str, Any], files: dict[str, str]) -> Parsed:
    """Read CIFAR-10's archive of pickles for Python."""
    return Parsed(*read_cifar10(files["archive"]))


FORMATS = {
    "idx": Format(
        parse_idx,
        files=("train_images", "train_labels"),
        test_files=("test_images", "test_labels"),
        required=SIZES,
        check=check_files,
    ),
    "cifar10": Format(parse_cifar10, files=("archive",), required=SIZES, check=check_files),
    "spiral": SPIRAL,
    "image_folder": IMAGE_FOLDER,
    "csv": CSV,
    "npz": NPZ,
}
