"""Check and describe the arrays of a split."""

import hashlib
import unicodedata
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from .errors import MOST_CLASSES, DatasetError, count, some
from .folder_walk import name_below
from .labels import FEW_EXAMPLES
from .places import checksum

# Scripts that DejaVu Sans has, as the names of their letters begin in Unicode.
SHOWN = {
    "ANGSTROM", "ARABIC", "ARMENIAN", "CANADIAN", "CYRILLIC", "DOUBLE", "FEMININE", "GEORGIAN", "GREEK",
    "HEBREW", "KELVIN", "LAO", "LATIN", "LISU", "MASCULINE", "MICRO", "MODIFIER", "NKO", "OGHAM", "OHM",
    "SCRIPT", "SUPERSCRIPT", "TIFINAGH",
}  # fmt: skip


def as_examples(images: np.ndarray, source: str, missing: bool = False) -> np.ndarray:
    """Return images in their stored form: 8-bit pictures unchanged, other numbers as float64.

    A single channel, (n, height, width, 1), is grey, (n, height, width). Raises DatasetError for
    arrays that are not finite numbers; with ``missing``, NaN is allowed for a missing value.
    """
    if images.ndim == 4 and images.shape[3] == 1:
        images = images[..., 0]
    if images.dtype == np.uint8 and images.ndim >= 3:
        return images
    if images.dtype.kind not in "biuf":
        raise DatasetError(f"{source}: images are {images.dtype}, expected numbers")
    images = images.astype(np.float64, copy=False)
    wrong = ~np.isfinite(images) & ~(missing & np.isnan(images))
    if wrong.any():
        place = tuple(int(i) for i in np.argwhere(wrong)[0])
        raise DatasetError(
            f"{source}: the value at {place} is {images[place]}, expected finite numbers; "
            f"{int(wrong.sum())} of {images.size} values are not finite"
        )
    return images


def content_digest(place: str | Path, checksums: Mapping[str, str]) -> str:
    """Return the SHA-256 of a file; of a folder, of the names and checksums of all files read in it."""
    if not checksums:
        return checksum(place)
    content = hashlib.sha256()
    for file, known in checksums.items():
        line = f"{name_below(file, place)} {known}\n"
        content.update(line.encode(errors="surrogateescape"))
    return content.hexdigest()


def check_split(
    images: np.ndarray, labels: np.ndarray, classes: int, size: int | None, source: str
) -> None:
    """Raise DatasetError unless images and labels belong together, fit `classes` and `size`.

    images: uint8 (n, height, width) or (n, height, width, colours), or float64 (n, ...); labels:
    whole numbers (n,) in 0..classes-1. `size` is the declared n, or None.
    """
    if images.ndim not in (2, 3, 4):
        raise DatasetError(
            f"{source}: images are {images.dtype} of shape {images.shape}, expected rows of numbers "
            "(n, d), or images (n, height, width) or (n, height, width, colours)"
        )
    if 0 in images.shape[1:]:
        raise DatasetError(f"{source}: images of shape {images.shape[1:]} have no values")
    if labels.dtype.kind not in "iu" or labels.ndim != 1:
        found = f"{labels.dtype} of shape {labels.shape}"
        raise DatasetError(f"{source}: labels are {found}, expected whole numbers of shape (n,)")
    if (n := len(images)) != len(labels) or not n:
        found = f"{n} images and {len(labels)} labels"
        raise DatasetError(f"{source}: {found}, expected equal numbers, at least one of each")
    if size not in (None, n):
        raise DatasetError(
            f"{source}: {n} images, expected {size} (the size that config.yaml declares)"
        )
    if classes > MOST_CLASSES:
        raise DatasetError(f"{source}: {classes} classes, expected at most {MOST_CLASSES}")
    low, high = labels.min(), labels.max()
    if low < 0 or high >= classes:
        expected = f"0 to {classes - 1} for {classes} classes"
        raise DatasetError(f"{source}: labels from {low} to {high}, expected {expected}")


def describe(images: np.ndarray, labels: np.ndarray, classes: int) -> dict[str, Any]:
    """Return the size of a split, its samples of each class, its extreme values and checksums.

    Jobs and checkpoints recognise the arrays by these checksums.
    """
    return {
        "size": len(images),
        "samples_per_class": np.bincount(labels, minlength=classes).tolist(),
        "minimum": np.nanmin(images).item(),  # missing values are NaN
        "maximum": np.nanmax(images).item(),
        "images_sha256": hashlib.sha256(np.ascontiguousarray(images)).hexdigest(),
        "labels_sha256": hashlib.sha256(np.ascontiguousarray(labels)).hexdigest(),
    }


def peculiarities(splits: Mapping[str, tuple[np.ndarray, np.ndarray]]) -> dict[str, dict[str, int]]:
    """Count, for each split, oddities that are not errors but distort scores.

    ``splits``: checked arrays of images and labels, as `check_split` has them. Examples with the same
    bytes are equal. ``constant``: pictures whose pixels are all equal. ``in_two_classes``: different
    examples that have more than one label. ``in_train``: test examples that the training file
    has too.
    """
    found: dict[str, dict[str, int]] = {}
    seen: dict[str, np.ndarray] = {}
    for split, (images, labels) in splits.items():
        rows = np.ascontiguousarray(images).reshape(len(images), -1)
        digests = b"".join(hashlib.blake2b(row, digest_size=8).digest() for row in rows)
        seen[split] = np.frombuffer(digests, np.uint64)
        order = np.lexsort((labels, seen[split]))
        keys, classes = seen[split][order], labels[order]
        again = keys[1:] == keys[:-1]
        flat = images.ndim >= 3 and rows.shape[1] > 1
        found[split] = {
            "constant": int((rows.min(axis=1) == rows.max(axis=1)).sum()) if flat else 0,
            "in_two_classes": len(np.unique(keys[1:][again & (classes[1:] != classes[:-1])])),
        }
    if "test" in seen:
        found["test"]["in_train"] = int(np.isin(seen["test"], seen["train"]).sum())
    return found


def unshown(names: Iterable[str]) -> list[str]:
    """Return the scripts, by their Unicode names, of letters that the font of figures lacks."""
    found = set()
    for letter in set("".join(names)):
        script = unicodedata.name(letter, "UNKNOWN").partition(" ")[0].partition("-")[0]
        if unicodedata.category(letter).startswith("L") and script not in SHOWN:
            found.add(script.capitalize() if script != "CJK" else script)
        elif letter >= "\U0001f300" and not "\U0001f600" <= letter <= "\U0001f640":
            found.add("emoji")
    return sorted(found)


def _rare(info: Mapping[str, Any]) -> list[str]:
    """Name the classes with one or two examples in all, if the others have more."""
    totals = np.sum([of["samples_per_class"] for of in info["splits"].values()], axis=0)
    if totals.sum() < FEW_EXAMPLES * len(totals):
        return []
    pairs = zip(info["classes"], totals.tolist(), strict=True)
    return [f"{count(n, 'example')} of the class {name!r}" for name, n in pairs if 0 < n < 3]


def notes(info: Mapping[str, Any]) -> list[str]:
    """Return warnings about the data for readers of scores, a sentence each, from info.json."""
    said = []
    for split, of in info["splits"].items():
        counts, name = of["samples_per_class"], "training" if split == "train" else "test"
        present = [c for c, n in zip(info["classes"], counts, strict=True) if n]
        absent = [repr(c) for c, n in zip(info["classes"], counts, strict=True) if not n]
        if n := of.get("in_train"):
            are = "is" if n == 1 else "are"
            said.append(
                f"{n} of {of['size']} test examples {are} also in the training file, "
                "so the test score may be too good"
            )
        if n := of["in_two_classes"]:
            examples = (
                count(n, "example") + f" of the {name} file {'equals' if n == 1 else 'equal'}"
            )
            said.append(f"{examples} an example of another class")
        if n := of["constant"]:
            are = "is" if n == 1 else "are"
            said.append(
                f"{n} of {of['size']} pictures of the {name} file {are} blank: one value throughout"
            )
        if len(present) == 1:
            said.append(f"all examples of the {name} file are of the class {present[0]!r}")
        elif absent:
            number = f"{len(absent)} of {len(counts)} classes"
            said.append(f"the {name} file has no example of {number}: {some(absent)}")
    if rare := _rare(info):
        said.append(f"too few examples for training, validation and test: {some(rare)}")
    if scripts := unshown(info["classes"]):
        said.append(
            f"names of classes have letters ({', '.join(scripts)}) that the font of the figures lacks; "
            "figures use another installed font, or boxes if none has them"
        )
    return said
