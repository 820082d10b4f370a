"""Folders of pictures: read the files of each split and class into arrays."""

import os
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np

from .errors import DatasetError, count, readable, some
from .folder_layout import Layout, layout_of
from .folder_walk import Walk, names_below
from .format import PLACE, SHARE, Format, Parsed, joined, shared
from .holdout import splits_of
from .opening import each_opened
from .pictures import DEPTH, FRAMES, Picture, picture_of
from .places import checksum, sha256_of

MOST_LISTED = 20  # unreadable files in a message


def files_in(role: str, place: str | Path) -> list[str]:
    """Return the files of raw data of a role: for `pictures`, those of all classes."""
    if role == "pictures" and os.path.isdir(place):
        return layout_of(place).files
    if os.path.isdir(place):
        inside = Walk().entries(str(place))[0]
        there = f"; there is one in it: {readable(inside[0])}" if len(inside) == 1 else ""
        raise DatasetError(f"{readable(place)}: is a folder, expected a file{there}")
    if os.path.exists(place) and not os.path.isfile(place):  # reading it may never end
        raise DatasetError(f"{readable(place)}: is a pipe or device, expected a file")
    return [str(place)]


def shape_of(size: list[int], color: str) -> list[int]:
    """Return the shape of a picture: (height, width) if grey, (height, width, 3) in colour."""
    return [*size, 3] if color == "rgb" else list(size)


class Reader:
    """Reads the pictures of a folder, and remembers their checksums, unreadable ones and kinds.

    The number of threads changes neither these nor the arrays.
    """

    def __init__(self, root: str, shape: list[int], bad: dict[str, str], threads: int = 1):
        self.root, self.shape, self.bad, self.threads = root, shape, dict(bad), threads
        self.checksums: dict[str, str] = {}
        self.bits: dict[int | str, list[str]] = {}  # files by their bits, as a Picture has them
        self.lost: dict[str, list[str]] = {FRAMES: [], DEPTH: []}

    def read(self, files: list[str]) -> tuple[np.ndarray, list[int]]:
        """Return the arrays (n, ...) of the files that can be read, and their places in the list."""
        images, places = np.empty((0, *self.shape), np.uint8), []
        for place, picture in enumerate(self._pictures(files)):
            if picture is None or len(self.bits) > 1:  # of two kinds only names are kept
                continue
            if not places:
                images = np.empty((len(files), *self.shape), picture.pixels.dtype)
            images[len(places)] = picture.pixels
            places.append(place)
        return images[: len(places)], places

    def _pictures(self, files: list[str]) -> Iterator[Picture | None]:
        """Yield the picture in each file, or None if it cannot be read."""
        results = each_opened(files, self.bad, self._with_checksum, self.threads)
        for file, found in zip(files, results, strict=True):
            if isinstance(found, str):
                self.bad[file] = found
                yield None
                continue
            picture, self.checksums[file] = found
            self.bits.setdefault(picture.bits, []).append(file)
            for what in picture.lost:
                self.lost[what].append(file)
            yield picture

    def _with_checksum(self, content: BinaryIO) -> tuple[Picture, str]:
        return picture_of(content, self.shape), sha256_of(content)

    def check(self, skip: bool) -> None:
        """Raise DatasetError for pictures of two kinds, or with all unreadable ones unless skipped."""
        said = []
        if self.bad and not skip:
            said.append(
                f"{count(len(self.bad), 'file')} cannot be read: {reasons(self.bad, self.root)}. "
                "Repair or remove such files, or set `skip_unreadable: true`"
            )
        if len(self.bits) > 1:
            kinds = (
                f"{len(files)} with {words(bits)} ({some(names_below(files, self.root), listed=3)})"
                for bits, files in self.bits.items()
            )
            said.append(
                f"pictures of different kinds: {', '.join(kinds)}. Save all with the same number of bits"
            )
        if not self.bits and not said:
            said.append("none of its pictures can be read")
        if said:
            raise DatasetError(f"{readable(self.root)}: {'; '.join(said)}")

    def notes(self, images: Iterable[np.ndarray]) -> list[str]:
        """Return notes on the pictures that were read; ``images``: their arrays."""
        place, said = readable(self.root), []
        if self.bad:
            number = count(len(self.bad), "unreadable file is", "unreadable files are")
            said.append(f"{place}: {number} left out: {reasons(self.bad, self.root)}")
        for what, words_of in (
            (FRAMES, "more than one frame, of which the first is read"),
            (DEPTH, "16 bits a colour, of which the upper 8 are read"),
        ):
            if files := self.lost[what]:
                number = count(len(files), "picture has", "pictures have")
                said.append(f"{place}: {number} {words_of}: {some(names_below(files, self.root))}")
        (bits,) = self.bits
        if bits != 8:
            arrays = [each for each in images if each.size]
            low, high = min(map(np.min, arrays)), max(map(np.max, arrays))
            said.append(
                f"{place}: its pictures have {words(bits)}, with values from {low:g} to {high:g}; they "
                "are kept unchanged, and scaled by one range for the whole folder"
            )
        return said


def words(bits: int | str) -> str:
    """Describe the bits of a picture's values."""
    return "floating-point numbers" if bits == "float" else f"{bits} bits"


def reasons(bad: dict[str, str], root: str | Path | None = None) -> str:
    """Join names of unreadable files, relative to a folder, with each reason given once."""
    by_reason: dict[str, list[str]] = {}
    for file, reason in sorted(bad.items())[:MOST_LISTED]:
        name = os.path.relpath(file, root) if root else file
        by_reason.setdefault(reason, []).append(readable(name))
    said = "; ".join(f"{', '.join(files)} ({reason})" for reason, files in by_reason.items())
    return said + (f"; and {len(bad) - MOST_LISTED} more" if len(bad) > MOST_LISTED else "")


def usable(folder: str | Path, share: float) -> Layout:
    """Return the layout of a folder; raise a DatasetError unless it agrees with the share for the test."""
    found = layout_of(folder)
    if share and "test" in found.splits:
        raise DatasetError(
            f"{readable(folder)}: its folders {', '.join(found.folders)} are the splits "
            f"{', '.join(found.splits)}, and a share for the test is set (`test: {share}`); remove one"
        )
    if found.unlabelled:
        place = f"{readable(found.unlabelled)}: has pictures, but no folders of classes"
        if not share:
            raise DatasetError(
                f"{place}; move it away and classify its pictures with scripts/predict.py, or hold out a "
                "share of the training pictures instead, such as `test: 0.2`"
            )
        found.notes.append(f"{place}: it is not used, and the test split is a share of the others")
    return found


def parse_folder(settings: dict[str, Any], files: dict[str, str]) -> Parsed:
    """Read pictures from a folder with one folder for each class.

    Return images (n, height, width[, 3]), labels, and class names. Images are uint8; those of more
    than 8 bits float64, unchanged. Without a folder for the test, a share is the test split, by a
    hash of each file's content.
    """
    root, share = files["pictures"], settings["test"]
    found = usable(root, share)
    names = list(found.splits["train"])
    shape = shape_of(settings["size"], settings["color"])
    reader = Reader(root, shape, found.bad, settings.get("threads", 1))
    read = {}
    for split, classes in found.splits.items():
        pairs = [(file, names.index(name)) for name, several in classes.items() for file in several]
        images, places = reader.read([file for file, _ in pairs])
        used, labels = zip(*(pairs[place] for place in places), strict=True) if places else ((), ())
        digests = [bytes.fromhex(reader.checksums[file]) for file in used]
        read[split] = digests, images, np.array(labels, np.int64), np.array(used, object)
    reader.check(settings["skip_unreadable"])
    notes = found.notes + reader.notes(images for _, images, *_ in read.values())
    for split, (_, images, *_) in read.items():
        if not len(images):
            raise DatasetError(f"{readable(root)}: no picture of the {split} split can be read")
    digests, *arrays = read.pop("train")
    splits = splits_of(digests, share, *arrays)
    for split, (digests, *arrays) in read.items():
        splits[split] = splits_of(digests, 0, *arrays)["train"]
    splits, validation = joined(splits)
    tested = names_below(splits["test"][2], root) if "test" in splits else None
    splits = {split: (images, labels) for split, (images, labels, _) in splits.items()}
    (bits,) = reader.bits
    about = {"picture": {"bits": bits}}
    sums = {file: reader.checksums.get(file) or checksum(file) for file in found.files}
    return Parsed(splits, names, about, tuple(notes), validation, None, tested, sums)


def folder_sizes(settings: dict[str, Any]) -> dict[str, Any]:
    root = settings["path"]
    found = usable(root, settings["test"])
    left = found.bad
    if settings["skip_unreadable"]:
        reader = Reader(root, [1, 1], found.bad, os.cpu_count() or 1)
        for classes in found.splits.values():
            reader.read([file for files in classes.values() for file in files])
        left = reader.bad
    counts = {
        split: sum(file not in left for files in classes.values() for file in files)
        for split, classes in found.splits.items()
    }
    shape = shape_of(settings["size"], settings["color"])
    return {"classes": list(found.splits["train"]), "shape": shape} | shared(settings, counts)


IMAGE_FOLDER = Format(
    parse_folder,
    settings={
        "path": PLACE,
        "size": {
            "description": "height and width to which every picture is cropped and resized, as [64, 64]",
            "type": "array",
            "minItems": 2,
            "maxItems": 2,
            "items": {"type": "integer", "minimum": 1, "maximum": 1024},
        },
        "color": {
            "enum": ["rgb", "grey"],
            "default": "rgb",
            "description": "whether pictures are read in colour or in grey",
        },
        "test": SHARE,
        "skip_unreadable": {
            "description": "leave out files that cannot be read as pictures, and count them",
            "type": "boolean",
            "default": False,
        },
    },
    required=("path", "size"),
    sizes=folder_sizes,
    places={"pictures": "path"},
)
