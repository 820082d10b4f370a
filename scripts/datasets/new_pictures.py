"""New pictures for a trained network: read like the pictures it was trained on, a part at a time."""

import os
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple

import numpy as np

from .errors import DatasetError, readable
from .folder_walk import Walk
from .image_folder import words
from .opening import each_opened
from .pictures import Picture, picture_of

PART = 2000  # pictures in memory, however many there are
BRIGHT = 127  # a border brighter than this (of 255) looks like paper
CROPPED = 0.2  # cropping a larger share of a picture is remarked on


class NewPictures(NamedTuple):
    """Some files, and why some of them cannot be classified (``bad``).

    ``images``, (n, ...), and ``sizes``, (width, height) before they were cropped, are those of the others.
    """

    files: list[str]
    bad: dict[str, str]
    images: np.ndarray
    sizes: list[tuple[int, int]]

    @property
    def good(self) -> list[str]:
        return [file for file in self.files if file not in self.bad]


def files_of(places: Iterable[Path]) -> tuple[list[str], dict[str, str], list[str]]:
    """Return the named files and all pictures below named folders, why some are bad, and notes."""
    found, bad, notes = [], {}, []
    for place in places:
        walk = Walk()
        if place.is_dir():
            found += walk.below(str(place))
        else:
            found.append(walk.checked(str(place)))
        bad |= walk.bad
        notes += walk.said(place)
    if not found:
        raise DatasetError(f"{', '.join(map(readable, places))}: no pictures found")
    return found, bad, notes


def new_pictures(
    files: list[str], config: Mapping[str, Any], bad: Mapping[str, str] | None = None
) -> Iterator[NewPictures]:
    """Yield pictures for the model with this config, at most PART at a time, in the order of the files.

    ``bad`` says which files not to open, and why. Threads decode large files.
    """
    shape, trained = config["shape"], config.get("picture", {}).get("bits")

    def read(content: BinaryIO) -> Picture:
        return _like_the_training(picture_of(content, shape), trained)

    for start in range(0, len(files), PART):
        part = files[start : start + PART]
        images, sizes, wrong = np.empty((0, *shape), np.uint8), [], {}
        results = each_opened(part, bad or {}, read, os.cpu_count() or 1)
        for file, found in zip(part, results, strict=True):
            if isinstance(found, str):
                wrong[file] = found
                continue
            if not sizes:
                images = np.empty((len(part), *shape), found.pixels.dtype)
            images[len(sizes)] = found.pixels
            sizes.append(found.size)
        yield NewPictures(part, wrong, images[: len(sizes)], sizes)


def _like_the_training(picture: Picture, trained: int | str | None) -> Picture:
    """Return a picture with the bits of the training pictures; raise a ValueError if it has others."""
    if picture.bits == 16 and trained is None:
        return picture._replace(pixels=(picture.pixels // 256).astype(np.uint8))
    if picture.bits != (trained or 8):
        raise ValueError(
            f"has {words(picture.bits)}, but the training pictures have {words(trained or 8)}"
        )
    return picture


def remarks(
    pictures: NewPictures, config: Mapping[str, Any], inverted: bool
) -> Iterator[tuple[str, str, str]]:
    """Yield each picture that hardly fits the training images, what is odd, and words for several."""
    height, width, *colours = config["shape"]
    # only grey images of other datasets can be MNIST's white on black
    looks = not colours and "picture" not in config
    bright = np.zeros(len(pictures.images), bool)
    if looks:
        bright = np.median(_borders(pictures.images), axis=1) > BRIGHT
    for file, (across, down), paper in zip(pictures.good, pictures.sizes, bright, strict=True):
        name, size = readable(file), f"{width} x {height}"
        if across < width or down < height:
            enlarged = f"is enlarged from {across} x {down} to {size} pixels"
            yield name, enlarged, f"are enlarged to {size} pixels"
        kept = min(across / width, down / height) ** 2 * width * height / (across * down)
        if kept < 1 - CROPPED:
            end = f"cut off, to fit the proportions {size}"
            yield name, f"{1 - kept:.0%} of it is {end}", f"have more than {CROPPED:.0%} {end}"
        if paper:
            advice = "leave out --invert" if inverted else "try --invert"
            end = f"bright; for MNIST's white on black {advice}"
            yield name, f"the background looks {end}", f"have a background that looks {end}"


def _borders(images: np.ndarray) -> np.ndarray:
    """Return the pixels at the borders of grey images, (n, pixels): their background."""
    return np.concatenate([images[:, 0], images[:, -1], images[:, :, 0], images[:, :, -1]], axis=1)


def inverted(images: np.ndarray, config: Mapping[str, Any]) -> np.ndarray:
    """Swap dark and bright; deep pictures within the range of the training images."""
    return 255 - images if images.dtype == np.uint8 else sum(config["range"]) - images


def in_range(images: np.ndarray, config: Mapping[str, Any], white: int | None) -> np.ndarray:
    """Scale pictures of 0 to 255 to the range of the model's training images.

    For a model of a folder of pictures only ``white`` changes them. Other 8-bit images have 255 for
    white, or their highest value if that is at most 16 (scikit-learn's digits); images of other types
    always have their highest value. ``white`` overrides this.
    """
    if "picture" in config and not white:
        return images
    low, high = config.get("range", [0, 255])
    if config.get("dtype", "uint8") != "uint8":
        return low + images * ((white or high) - low) / 255
    return np.round(images * ((white or (high if high <= 16 else 255)) / 255)).astype(np.uint8)
