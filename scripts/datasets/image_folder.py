"""Pictures of any format that Pillow reads, as arrays of one size; and folders of them."""

import hashlib
import os
from pathlib import Path
from typing import Any

import numpy as np

from .errors import MOST_CLASSES, DatasetError
from .format import PLACE, SHARE, SPLITS, Format, Parsed, Splits, shared
from .holdout import splits_of

LEFT_BY_SYSTEMS = {"thumbs.db", "desktop.ini"}


def read_picture(path: str | Path, shape: list[int]) -> np.ndarray:
    """Read a picture as uint8 of this shape, (height, width) or (height, width, 3).

    Its centre is cropped to the proportions of the shape, and the crop resized with antialiasing
    (Lanczos). It is turned as the camera was held; transparent parts count as white. Raises
    DatasetError for a file that is no picture, or one of more than 89 million pixels.
    """
    from PIL import Image, UnidentifiedImageError

    try:
        with Image.open(path) as file:
            return _resized(file, shape)
    except FileNotFoundError:
        raise DatasetError(f"{path}: no such file") from None
    except UnidentifiedImageError:
        raise DatasetError(f"{path}: not an image (PNG, JPEG, ...)") from None
    except Exception as error:  # Pillow raises almost anything on damaged files
        raise DatasetError(f"{path}: this image cannot be read: {error}") from None


def _resized(file: Any, shape: list[int]) -> np.ndarray:
    from PIL import Image, ImageOps

    if file.width * file.height > Image.MAX_IMAGE_PIXELS:
        raise ValueError(f"{file.width} x {file.height} pixels are too many")
    if file.format == "EPS":
        raise ValueError("EPS is a program, which is not run")  # Pillow calls Ghostscript
    image = ImageOps.exif_transpose(file)
    if image.mode.startswith("I;16"):
        image = Image.fromarray((np.asarray(image) >> 8).astype(np.uint8))
    if image.has_transparency_data:
        image = image.convert("RGBA")
        image = Image.alpha_composite(Image.new("RGBA", image.size, "white"), image)
    height, width, *colours = shape
    image = image.convert("RGB" if colours and colours[0] == 3 else "L")
    scale = min(image.width / width, image.height / height)
    across, down = max(1, round(scale * width)), max(1, round(scale * height))
    left, top = (image.width - across) // 2, (image.height - down) // 2
    part = image.crop((left, top, left + across, top + down))
    return np.asarray(part.resize((width, height), Image.Resampling.LANCZOS)).reshape(shape)


def files_below(place: str | Path) -> list[str]:
    """All files below a folder, sorted; hidden ones and those that systems leave do not count.

    Of a file: itself.
    """
    if not os.path.isdir(place):
        return [str(place)]
    found = []
    for folder, folders, names in os.walk(place, followlinks=True):
        folders[:] = [name for name in folders if not name.startswith(".")]
        found += [
            os.path.join(folder, name)
            for name in names
            if not name.startswith(".") and name.lower() not in LEFT_BY_SYSTEMS
        ]
    return sorted(found)


def classes_in(folder: str | Path) -> dict[str, dict[str, list[str]]]:
    """The files of a folder of pictures by split and class: one folder a class, sorted by name.

    They may stand in folders `train` and `test`; without, all are in "train". This is the layout of
    torchvision's ImageFolder and Keras's image_dataset_from_directory. Raises DatasetError where
    the folder is missing, has fewer than two classes, or a class without pictures.
    """
    folder = Path(folder)
    if not folder.is_dir():
        raise DatasetError(f"{folder}: no such folder, expected one with a folder for each class")
    roots = {split: folder / split for split in SPLITS if (folder / split).is_dir()}
    if "train" not in roots:
        roots = {"train": folder}
    found = {
        split: {
            place.name: files_below(place)
            for place in sorted(root.iterdir())
            if place.is_dir() and not place.name.startswith(".")
        }
        for split, root in roots.items()
    }
    if len(found["train"]) < 2:
        names = ", ".join(found["train"]) or "none"
        raise DatasetError(
            f"{roots['train']}: has the folders {names}; expected at least two, one for each class"
        )
    if len(found["train"]) > MOST_CLASSES:
        raise DatasetError(
            f"{roots['train']}: has {len(found['train'])} folders, expected at most {MOST_CLASSES} classes"
        )
    for split, classes in found.items():
        empty = [name for name, files in classes.items() if not files]
        if empty:
            raise DatasetError(
                f"{roots[split] / empty[0]}: has no pictures; add some, or remove the folder"
            )
        if strangers := classes.keys() - found["train"].keys():
            raise DatasetError(
                f"{roots[split] / min(strangers)}: is a class that {roots['train']} has not"
            )
    return found


def files_in(place: str | Path) -> list[str]:
    """The files that raw data are read from: of a folder of pictures those of its classes."""
    if not os.path.isdir(place):
        return [str(place)]
    return [
        file for split in classes_in(place).values() for some in split.values() for file in some
    ]


def shape_of(size: list[int], color: str) -> list[int]:
    """The shape of a picture of this size: (height, width) grey, (height, width, 3) in colour."""
    return [*size, 3] if color == "rgb" else list(size)


def read_folder(
    folder: str | Path, size: list[int], color: str, share: float
) -> tuple[Splits, list[str]]:
    """Read a folder of pictures: images uint8 (n, height, width[, 3]), labels, and class names.

    Without a folder `test`, `share` of them is the test split, by a hash of each file's content.
    """
    found = classes_in(folder)
    if share and "test" in found:
        raise DatasetError(
            f"{folder}: has a folder test, and a share for the test is set; remove one"
        )
    names, shape = list(found["train"]), shape_of(size, color)
    splits: Splits = {}
    for split, classes in found.items():
        files = [(file, name) for name, several in classes.items() for file in several]
        images = np.empty((len(files), *shape), np.uint8)
        digests = []
        for image, (file, _) in zip(images, files, strict=True):
            digests.append(hashlib.sha256(Path(file).read_bytes()).digest())
            image[...] = read_picture(file, shape)
        labels = np.array([names.index(name) for _, name in files])
        sides = splits_of(images, labels, digests, share)
        splits |= sides if split == "train" else {"test": sides["train"]}
    return splits, names


def parse_folder(settings: dict[str, Any], files: dict[str, str]) -> Parsed:
    """Read a folder of pictures, a folder for each class."""
    size, color = settings["size"], settings["color"]
    return Parsed(*read_folder(files["pictures"], size, color, settings["test"]))


def folder_sizes(settings: dict[str, Any]) -> dict[str, Any]:
    found = classes_in(settings["path"])
    counts = {split: sum(map(len, classes.values())) for split, classes in found.items()}
    shape = shape_of(settings["size"], settings["color"])
    sizes = shared(settings, counts)
    return {"classes": list(found["train"]), "shape": shape} | sizes


IMAGE_FOLDER = Format(
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
)
