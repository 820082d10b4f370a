"""Parse a dataset's raw files into arrays: {train,test}_{images,labels}.npy and info.json.

Images are uint8 of shape (n, height, width) or (n, height, width, colours), labels uint8 (n,). The
generated spiral has float64 points (n, 2) in the place of images, and no test split.

A new format is a function like `parse_idx`, and its line in PARSERS.
"""

import argparse
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

import artifacts
from datasets import (
    DatasetError,
    check_split,
    describe,
    read_cifar10,
    read_idx,
    refusal,
    spiral,
)

Splits = dict[str, tuple[np.ndarray, np.ndarray]]  # train, test -> images, labels
Parsed = tuple[Splits, list[str] | None]  # and the names of the classes, where the data has them


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
    rng = np.random.default_rng(settings.get("seed", 0))
    points_per_class, noise = settings.get("points_per_class", 100), settings.get("noise", 0.2)
    names = class_names(settings, None)
    return {"train": spiral(points_per_class, len(names), noise, rng)}, names


PARSERS: dict[str, Callable[[dict[str, Any], dict[str, str]], Parsed]] = {
    "idx": parse_idx,
    "cifar10": parse_cifar10,
    "spiral": parse_spiral,
}


def class_names(settings: dict[str, Any], found: list[str] | None) -> list[str]:
    """Return the classes' names: as found in the data, else as in the settings (names or count)."""
    declared = settings.get("classes", found)
    if declared is None:
        raise DatasetError("classes: missing, expected the number of classes or their names")
    if isinstance(declared, int):
        names = found or [str(number) for number in range(declared)]
        agree = len(names) == declared
    else:
        names = [str(name) for name in declared]
        agree = found in (None, names)
    if not agree:
        raise DatasetError(f"classes: {declared} declared, but the data has {found}")
    return names


def check_raw(settings: dict[str, Any], files: dict[str, str]) -> None:
    """Raise a DatasetError where a raw file is not the one whose checksum stands in config.yaml."""
    for role, path in files.items():
        declared = settings.get("files", {}).get(role, {})
        if not declared.get("sha256"):
            continue
        reason = refusal(path, declared["sha256"], declared.get("members_md5"))
        if reason:
            raise DatasetError(f"{path}: {reason}; delete it, and it is fetched again")


def pair(text: str) -> tuple[str, str]:
    """Take ``role=file`` apart."""
    role, equals, file = text.partition("=")
    if not equals:
        raise argparse.ArgumentTypeError(f"{text!r} is not of the form ROLE=FILE")
    return role, file


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "--settings",
        required=True,
        type=json.loads,
        metavar="JSON",
        help="the dataset as in config.yaml: format, classes, train_size, test_size, ...",
    )
    parser.add_argument(
        "--raw",
        nargs="*",
        default=[],
        type=pair,
        metavar="ROLE=FILE",
        help="the raw files by their roles: train_images, train_labels, test_images, test_labels "
        "(format idx); archive (cifar10)",
    )
    parser.add_argument("--output-folder", required=True, type=Path, metavar="DIR")
    parser.add_argument("--info", type=Path, help="(default: info.json in the output folder)")
    options = parser.parse_args()
    needed = {"idx": ("train_images", "train_labels"), "cifar10": ("archive",)}
    missing = set(needed.get(options.settings.get("format"), ())) - dict(options.raw).keys()
    if missing:
        parser.error(f"format {options.settings['format']} needs --raw {sorted(missing)[0]}=FILE")
    return options


def main() -> None:
    options = arguments()
    settings, folder, files = options.settings, options.output_folder, dict(options.raw)
    if settings.get("format") not in PARSERS:
        raise DatasetError(
            f"format: {settings.get('format')!r} is unknown; known are {', '.join(PARSERS)}"
        )
    check_raw(settings, files)
    splits, names = PARSERS[settings["format"]](settings, files)
    names = class_names(settings, names)
    info: dict[str, Any] = {"classes": names, "splits": {}}
    shape = settings.get("shape") or list(splits["train"][0].shape[1:])
    for split in ("train", "test"):
        size = settings.get(f"{split}_size")
        if split not in splits:
            if size:
                raise DatasetError(f"{split}_size: {size} declared, but there is no {split} split")
            continue
        images, labels = splits[split]
        source = [file for role, file in files.items() if role.startswith(split)]
        source = ", ".join(source or files.values()) or settings["format"]
        check_split(images, labels, len(names), size, source)
        if list(images.shape[1:]) != shape:
            raise DatasetError(f"{source}: shape {list(images.shape[1:])}, expected {shape}")
        labels = labels.astype(np.uint8)
        splits[split] = images, labels
        info["splits"][split] = describe(images, labels, len(names))
        info |= {"shape": shape, "dtype": str(images.dtype)}
    for split, (images, labels) in splits.items():
        artifacts.save_array(folder / f"{split}_images.npy", images)
        artifacts.save_array(folder / f"{split}_labels.npy", labels)
    artifacts.write_json(options.info or folder / "info.json", info)


if __name__ == "__main__":
    artifacts.cli(main)
