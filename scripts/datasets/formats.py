"""The formats of datasets: how each is read, which files it needs, and what may be set for it.

A new format is a function here and its line in FORMATS.
"""

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import numpy as np

from .checks import content_digest
from .cifar10 import read_cifar10
from .errors import DatasetError
from .holdout import splits_of
from .idx import read_idx
from .npz import held_in, read_npz
from .pictures import SPLITS, classes_in, digest_of_listing, files_in, read_folder, shape_of
from .spiral import spiral
from .tables import Table, encoded, input_names, read_table

Splits = dict[str, tuple[np.ndarray, np.ndarray]]  # train, test -> images, labels


class Parsed(NamedTuple):
    """What a reader gives: arrays by split, the names of the classes where the data has them, and what
    else info.json says of the dataset."""

    splits: Splits
    classes: list[str] | None = None
    about: Mapping[str, Any] = {}


class Format(NamedTuple):
    """What there is to know of a format.

    ``read`` gets the dataset's settings and its raw files by their roles. ``files`` are the roles it
    needs, ``test_files`` those it needs for a test split. ``settings`` are the keys of its own in
    config.yaml, as a JSON schema's properties; ``required`` those that have to be given. ``sizes``
    finds what is not declared: shape, classes, train_size and test_size (the sizes of a share are
    estimates). ``places`` says which of its settings are the files and folders of this machine that
    it reads instead, by their roles; they are found by ``path``, relative to the config.
    """

    read: Callable[[dict[str, Any], dict[str, str]], Parsed]
    files: tuple[str, ...] = ()
    test_files: tuple[str, ...] = ()
    settings: Mapping[str, Any] = {}
    required: tuple[str, ...] = ()
    sizes: Callable[[dict[str, Any]], dict[str, Any]] | None = None
    places: Mapping[str, str] = {}


def parse_idx(settings: dict[str, Any], files: dict[str, str]) -> Parsed:
    """Read MNIST's format: one IDX file of images and one of labels for each split."""
    splits = {"train": (read_idx(files["train_images"]), read_idx(files["train_labels"]))}
    if "test_images" in files:
        splits["test"] = (read_idx(files["test_images"]), read_idx(files["test_labels"]))
    return Parsed(splits)


def parse_cifar10(settings: dict[str, Any], files: dict[str, str]) -> Parsed:
    """Read CIFAR-10's archive of Python pickles."""
    data = read_cifar10(files["archive"])
    splits = {name: (data[f"{name}_images"], data[f"{name}_labels"]) for name in ("train", "test")}
    return Parsed(splits, data["classes"])


def parse_spiral(settings: dict[str, Any], files: dict[str, str]) -> Parsed:
    """Generate the CS231n spiral."""
    rng = np.random.default_rng(settings["seed"])
    classes = settings["classes"]  # their names, or how many
    arms = classes if isinstance(classes, int) else len(classes)
    points = spiral(settings["points_per_class"], arms, settings["noise"], rng)
    return Parsed({"train": points})


def spiral_sizes(settings: dict[str, Any]) -> dict[str, Any]:
    return {"train_size": settings["points_per_class"] * len(settings["classes"]), "shape": [2]}


def parse_folder(settings: dict[str, Any], files: dict[str, str]) -> Parsed:
    """Read a folder of pictures, a folder for each class."""
    size, color = settings["size"], settings["color"]
    return Parsed(*read_folder(files["pictures"], size, color, settings["test"]))


def folder_sizes(settings: dict[str, Any]) -> dict[str, Any]:
    found = classes_in(settings["path"])
    counts = {split: sum(map(len, classes.values())) for split, classes in found.items()}
    shape = shape_of(settings["size"], settings["color"])
    # Names and sizes are part of what the arrays are made of: without them a picture that is added is seen
    # by Snakemake, but not by what is made of the arrays; and an older file put in its place by nobody.
    listing = digest_of_listing(settings["path"], files_in(settings["path"]))
    sizes = shared(settings, counts)
    return {"classes": list(found["train"]), "shape": shape, "listing": listing} | sizes


def parse_csv(settings: dict[str, Any], files: dict[str, str]) -> Parsed:
    """Read a table, and another one for the test split or a share of it."""
    tables = {split: read_csv_of(settings, files[f"{split}_table"]) for split in SPLITS
              if f"{split}_table" in files}  # fmt: skip
    columns, classes = tables["train"].columns, tables["train"].classes
    splits: Splits = {}
    for split, table in tables.items():
        coded = encoded(files[f"{split}_table"], table, columns, classes)
        sides = splits_of(*coded, settings["test"] if split == "train" else 0)
        splits |= sides if split == "train" else {"test": sides["train"]}
    about = {"columns": list(columns.items()), "inputs": input_names(columns)}
    return Parsed(splits, classes, about)


def csv_sizes(settings: dict[str, Any]) -> dict[str, Any]:
    table = read_csv_of(settings, settings["path"])
    if len(table.classes) < 2:
        raise DatasetError(
            f"{settings['path']}: the label {settings['label']!r} has one value alone; expected two or "
            "more"
        )
    counts = {"train": len(table.rows)}
    if settings["test_path"]:
        counts["test"] = len(read_csv_of(settings, settings["test_path"]).rows)
    found = {"classes": table.classes, "shape": [table.width], "listing": digests(settings)}
    return found | shared(settings, counts)


def read_csv_of(settings: dict[str, Any], path: str) -> Table:
    if settings["test"] and settings["test_path"]:
        raise DatasetError(f"{path}: test_path and a share for the test are set; remove one")
    return read_table(path, settings["label"], settings["categorical"], settings["ignore"])


def parse_npz(settings: dict[str, Any], files: dict[str, str]) -> Parsed:
    """Read numpy's archive of arrays."""
    return Parsed(read_npz(files["archive"], settings["arrays"], settings["test"]))


def npz_sizes(settings: dict[str, Any]) -> dict[str, Any]:
    shape, classes, counts = held_in(settings["path"], settings["arrays"])
    names = settings.get("classes") or [str(number) for number in range(classes)]
    found = {"classes": names, "shape": shape, "listing": digests(settings)}
    return found | shared(settings, counts)


def digests(settings: dict[str, Any]) -> str:
    """What stands for the content of the files that a dataset is read from."""
    places = (settings["path"], settings.get("test_path"))
    return " ".join(content_digest(place)[:16] for place in places if place)


def shared(settings: dict[str, Any], counts: dict[str, int]) -> dict[str, int]:
    """The sizes of the splits; of a share that is held out, about."""
    if settings["test"] and "test" not in counts:
        counts = {"test": max(1, round(settings["test"] * counts["train"])), **counts}
        counts["train"] -= counts["test"]
    return {"train_size": counts["train"], "test_size": counts.get("test", 0)}


PLACE = {"type": "string", "minLength": 1, "description": "a file or folder of this machine"}
SHARE = {"type": "number", "minimum": 0, "exclusiveMaximum": 1, "default": 0}
NAMES = {"type": "array", "items": {"type": "string"}, "default": []}
KERAS = {"train_images": "x_train", "train_labels": "y_train",
         "test_images": "x_test", "test_labels": "y_test"}  # fmt: skip
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
    "image_folder": Format(
        parse_folder,
        settings={
            "path": PLACE,
            "size": {
                "description": "height and width that every picture gets, as [64, 64]",
                "type": "array",
                "minItems": 2,
                "maxItems": 2,
                "items": {"type": "integer", "minimum": 1, "maximum": 1024},
            },
            "color": {"enum": ["rgb", "grey"], "default": "rgb"},
            "test": SHARE,
        },
        required=("path", "size"),
        sizes=folder_sizes,
        places={"pictures": "path"},
    ),
    "csv": Format(
        parse_csv,
        settings={
            "path": PLACE,
            "test_path": PLACE | {"type": ["string", "null"], "default": None},
            "label": {"type": "string", "description": "the column that has the class"},
            "categorical": NAMES,
            "ignore": NAMES,
            "test": SHARE,
        },
        required=("path", "label"),
        sizes=csv_sizes,
        places={"train_table": "path", "test_table": "test_path"},
    ),
    "npz": Format(
        parse_npz,
        settings={
            "path": PLACE,
            "arrays": {
                "description": "the names of the arrays, by what they are",
                "type": "object",
                "additionalProperties": False,
                "properties": {
                    role: {"type": ["string", "null"], "default": name}
                    for role, name in KERAS.items()
                },
                "default": KERAS,
            },
            "test": SHARE,
        },
        required=("path",),
        sizes=npz_sizes,
        places={"archive": "path"},
    ),
}
