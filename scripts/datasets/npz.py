"""Archives of numpy arrays (.npz), such as Keras's mnist.npz."""

import hashlib
import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from .checks import as_examples
from .errors import DatasetError
from .format import PLACE, SHARE, Format, Parsed, joined, shared
from .holdout import as_array, held_out, numbered
from .labels import as_classes
from .leaks import copies_matter, notes_of_rows
from .npz_file import Headers, headers, load
from .npz_roles import ROLES, SPLITS, channels_first, channels_last, roles_of, shape_of_example
from .places import check_files


class Contents(NamedTuple):
    """The parts of an archive that make a dataset.

    ``images``: names of arrays by split. ``labels``: class numbers int64 (n,) by split. ``shape``: the
    shape of one example. ``first``: whether pictures have their channels first.
    """

    images: dict[str, str]
    labels: dict[str, np.ndarray]
    classes: list[str]
    shape: list[int]
    first: bool
    notes: list[str]


def _check_images(name: str, shape: tuple[int, ...], dtype: np.dtype) -> None:
    if dtype.names:
        raise DatasetError(
            f"{name} is a structured array of the fields {', '.join(dtype.names)}; save them as the "
            "columns of one array (n, fields)"
        )
    if dtype.kind not in "biuf":
        raise DatasetError(f"{name}: examples are {dtype}, expected numbers")
    if len(shape) not in (2, 3, 4):
        raise DatasetError(
            f"{name} has the shape {shape}, expected rows of numbers (n, d), or images of shape "
            "(n, height, width) or (n, height, width, channels)"
        )
    if 0 in shape:
        raise DatasetError(f"{name} has the shape {shape}, which is empty")


def contents(path: str | Path, settings: Mapping[str, Any]) -> Contents:
    """Find the arrays of a dataset in an archive; read the labels, and only the headers of images."""
    known = headers(path)
    try:
        return _contents(path, known, settings)
    except DatasetError as error:
        raise DatasetError(f"{path}: {str(error).removeprefix(f'{path}: ')}") from None


def _contents(path: str | Path, known: Headers, settings: Mapping[str, Any]) -> Contents:
    notes: list[str] = []
    roles = roles_of(known, settings["arrays"], notes)
    for name in roles.values():
        if known[name][1].hasobject:
            raise DatasetError(
                f"{name} is an array of Python objects, which are not read; save it as numbers or text, "
                f"with {name}.astype(float) or {name}.astype(str)"
            )
    images = {s: roles[f"{s}_images"] for s in SPLITS if f"{s}_images" in roles}
    names = {split: roles[f"{split}_labels"] for split in images}
    if settings["test"] and "test" in images:
        raise DatasetError(
            "has test arrays, and a share for the test is set; remove `test`, or leave the arrays out "
            "with `arrays: {test_images: null, test_labels: null}`"
        )
    shapes = {split: known[name][0] for split, name in images.items()}
    for name in images.values():
        _check_images(name, *known[name])
    labels = {split: load(path, name) for split, name in names.items()}
    for split, shape in shapes.items():
        _check_lengths(images[split], shape, names[split], labels[split].shape)
    first = channels_first(images["train"], shapes["train"], settings["channels"])
    if first:
        notes.append(
            f"{images['train']} {shapes['train']} has its channels first; they are moved to the end"
        )
    shape = shape_of_example(shapes["train"], first)
    for split, other in shapes.items():
        if shape_of_example(other, first and len(other) == 4) != shape:
            raise DatasetError(
                f"{images[split]} has the shape {other}, {images['train']} {shapes['train']}; expected "
                "examples of one shape"
            )
    numbers, classes, said = as_classes(
        {names[split]: array for split, array in labels.items()}, settings.get("classes")
    )
    return Contents(
        images, dict(zip(labels, numbers, strict=True)), classes, shape, first, notes + said
    )


def _check_lengths(
    images: str, shape: tuple[int, ...], labels: str, of_labels: tuple[int, ...]
) -> None:
    one_row = len(of_labels) > 1 and of_labels[0] < 2  # (1, n)
    n = math.prod(of_labels if one_row else of_labels[:1])
    if n != shape[0]:
        last = shape[-1] == n
        hint = f"; its examples seem to be along the last axis: save np.moveaxis({images}, -1, 0)"
        raise DatasetError(
            f"{images} has {shape[0]} examples {shape}, {labels} has {n} labels {of_labels}, expected "
            f"equal numbers{hint if last else ''}"
        )


def _kept(images: dict[str, np.ndarray], names: dict[str, str], notes: list[str]) -> None:
    """Convert pixels that are whole numbers of 0 to 255 to uint8, all other arrays to float64."""
    ends = {split: (array.min(), array.max()) for split, array in images.items()}
    for split in ends:
        if differs_in_scale(ends["train"], ends[split]):
            low, high = (f"{float(end):g}" for end in ends[split])
            theirs = " to ".join(f"{float(end):g}" for end in ends["train"])
            notes.append(
                f"{names[split]} has values of {low} to {high}, {names['train']} of {theirs}: expected one "
                "scale for both"
            )
    if all(array.dtype == np.uint8 for array in images.values()):
        return
    whole = images["train"].ndim >= 3 and ends["train"][1] > 1
    whole = whole and all(
        array.dtype.kind in "iuf" and low >= 0 and high <= 255 and (array == np.round(array)).all()
        for array, (low, high) in zip(images.values(), ends.values(), strict=True)
    )
    if whole:
        notes.append(
            f"{names['train']} has whole numbers of 0 to 255 as {images['train'].dtype}: kept as 8-bit "
            "pictures"
        )
    for split, array in images.items():
        images[split] = array.astype(np.uint8 if whole else np.float64)


def differs_in_scale(one: tuple[Any, Any], other: tuple[Any, Any]) -> bool:
    """Say if one range lies within -1 to 1, and the other reaches far beyond."""
    most = sorted(float(max(abs(low), abs(high))) for low, high in ((one), (other)))
    return 0 < most[0] <= 1 and most[1] > 10


def parse_npz(settings: dict[str, Any], files: dict[str, str]) -> Parsed:
    """Read the arrays of a numpy archive (.npz).

    Without test arrays a share of the examples may be the test split, by a hash of their content; the
    others stay in their order. Validation arrays are the last rows of the training split.
    """
    path = files["archive"]
    found = contents(path, settings)
    images, notes = {}, list(found.notes)
    for split, name in found.images.items():
        array = load(path, name)
        images[split] = channels_last(array, found.first and array.ndim == 4)
    _kept(images, found.images, notes)
    splits = {
        split: (as_examples(array, f"{path}: {found.images[split]}"), found.labels[split])
        for split, array in images.items()
    }
    if images["train"].ndim == 2:
        notes += notes_of_rows(images["train"], found.labels["train"], found.images["train"])
    tested = None
    if share := settings["test"]:
        test = _tested(images["train"], share, notes)
        splits = splits | {
            split: tuple(array[rows] for array in splits["train"])
            for split, rows in (("train", ~test), ("test", test))
        }
        tested = np.flatnonzero(test).tolist()
    splits, validation = joined(splits)
    about = {"channels": "first"} if found.first else {}
    return Parsed(splits, found.classes, about, tuple(notes), validation, test_sources=tested)


def _tested(images: np.ndarray, share: float, notes: list[str]) -> np.ndarray:
    """Return the mask of the test examples; copies of a picture stay together, equal rows do not."""
    digests = as_array(hashlib.sha256(image.tobytes()).digest() for image in images)
    if images.ndim == 2:
        content, digests = digests, numbered(digests)
        copies = int((digests[:, :8] != content[:, :8]).any(axis=1).sum())
        if copies_matter(copies, images.T):
            equal = "equals" if copies == 1 else "equal"
            notes.append(
                f"{copies} of {len(content)} rows {equal} an earlier row, and a split may separate them; "
                "remove them to keep copies on one side"
            )
    test = held_out(digests, share)
    if test.all() or not test.any():
        raise DatasetError(
            f"test: a share of {share} of {len(test)} examples leaves one of the two splits empty"
        )
    return test


def npz_sizes(settings: dict[str, Any]) -> dict[str, Any]:
    found = contents(settings["path"], settings)
    counts = {split: len(labels) for split, labels in found.labels.items()}
    return {"classes": found.classes, "shape": found.shape} | shared(settings, counts)


NPZ = Format(
    parse_npz,
    settings={
        "path": PLACE,
        "arrays": {
            "description": "the names of the arrays by their roles, if they cannot be guessed",
            "type": "object",
            "additionalProperties": False,
            "properties": {
                role: {
                    "type": ["string", "null"],
                    "description": "the name of this array; null leaves it out",
                }
                for role in ROLES
            },
            "default": {},
        },
        "channels": {
            "description": "whether pictures have their channels first or last; null goes by the shape",
            "enum": ["first", "last", None],
            "default": None,
        },
        "test": SHARE,
    },
    required=("path",),
    sizes=npz_sizes,
    places={"archive": "path"},
    check=check_files,
)
