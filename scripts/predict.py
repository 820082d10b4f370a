"""Classify pictures or tables of your own with a trained network: predict.py MODEL IMAGE...

Needs model.npz alone. A folder stands for all pictures below it. A picture becomes grey or RGB as the
model's images are, its centre is cropped to their proportions (a square, mostly), and the crop is
resized to their size with antialiasing (Lanczos). Transparent parts count as white.

A model of a table takes CSV files with the columns that it was trained on, in any order, with or
without the label: predict.py MODEL new.csv --csv classes.csv. Each row gets a line, with its row number
in the file.

For a network trained with softmax_cross_entropy the numbers are probabilities: the softmax of its
scores. For other losses they are the scores themselves.
"""

from common import artifacts
from common.models import Model, load_model

import argparse
import json
import os
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image, ImageOps

from components import SettingsError
from datasets import files_below, new_rows, read_picture
from nn import Workers

BRIGHT = 127  # a border brighter than this, of 255, looks like paper
CROPPED = 0.2  # more than this share of a picture cut off is worth a remark


class PredictError(ValueError):
    """A model or an image that cannot be used."""

    user_error = True


def usable_model(path: Path) -> Model:
    """Read a model that was trained to its end on images."""
    try:
        model = load_model(path)
    except FileNotFoundError:
        raise PredictError(f"{path}: no such file; expected a model.npz") from None
    except (SettingsError, OSError):
        raise  # their own messages say what is wrong
    except (ValueError, TypeError, KeyError, EOFError, zipfile.BadZipFile):
        raise PredictError(f"{path}: not a model file; expected a model.npz of train.py") from None
    status, shape = model.config["status"], model.config["shape"]
    if model.network is None or status not in ("completed", "stopped"):
        reason = model.config["reason"]
        raise PredictError(f"{path}: a model whose training {status} cannot classify: {reason}")
    if "table" not in model.config and len(shape) < 2 or (len(shape) == 3 and shape[2] != 3):
        raise PredictError(f"{path}: classifies examples of shape {shape}, not images")
    return model


def pictures(places: list[Path]) -> list[Path]:
    """The files named, and all pictures below the folders named."""
    known = Image.registered_extensions()
    found = [
        Path(file)
        for place in places
        for file in files_below(place)
        if not place.is_dir() or Path(file).suffix.lower() in known
    ]
    if not found:
        raise PredictError(f"{', '.join(map(str, places))}: no pictures there")
    return found


def remarks(path: Path, shape: list[int], pixels: np.ndarray, inverted: bool) -> Iterator[str]:
    """Say where a picture hardly fits the images that the model was trained on."""
    height, width, *colours = shape
    with Image.open(path) as file:
        across, down = ImageOps.exif_transpose(file).size
    if across < width or down < height:
        yield f"is enlarged from {across} x {down} to {width} x {height} pixels"
    kept = min(across / width, down / height) ** 2 * width * height / (across * down)
    if kept < 1 - CROPPED:
        yield f"{1 - kept:.0%} of it is cut off, to the proportions {width} x {height}"
    if not colours and np.median(border_of(pixels)) > BRIGHT:
        advice = "leave --invert away" if inverted else "try --invert"
        yield f"the background looks bright; for MNIST's white on black {advice}"


def in_range(images: np.ndarray, model: Model, white: int | None) -> np.ndarray:
    """Pictures of 0 to 255 in the range of the images that the model was trained on.

    8-bit ones have 255 for white, but those that end at 16 and below (scikit-learn's digits) their highest
    value; other numbers have it always. ``white`` overrides this.
    """
    low, high = model.config.get("range", [0, 255])
    if model.config.get("dtype", "uint8") != "uint8":
        return low + images * ((white or high) - low) / 255
    return np.round(images * ((white or (high if high <= 16 else 255)) / 255)).astype(np.uint8)


def border_of(pixels: np.ndarray) -> np.ndarray:
    """The border of a picture, where the background is."""
    return np.concatenate([pixels[0], pixels[-1], pixels[:, 0], pixels[:, -1]])


def classified_pictures(model: Model, options: argparse.Namespace) -> list[dict[str, Any]]:
    """Classify pictures: a result each."""
    shape = model.config["shape"]
    files = pictures(options.images)
    images = np.stack([read_picture(path, shape) for path in files])
    if options.invert:
        images = 255 - images
    for path, image in zip(files, images, strict=True):
        for remark in remarks(path, shape, image, options.invert):
            note(f"{path}: {remark}")
    images = in_range(images, model, options.white)
    workers = Workers(os.cpu_count() or 1)
    return [
        {"file": str(path), "classes": best(model, values, options.top)}
        for path, values in zip(files, model.predict(images, workers), strict=True)
    ]


def classified_rows(model: Model, options: argparse.Namespace) -> list[dict[str, Any]]:
    """Classify the rows of tables: a result each; a row with a missing value may have no classes."""
    results = []
    for path in options.images:
        found = new_rows(path, model.config["table"])
        for remark in found.notes:
            note(f"{path}: {remark}")
        values = (
            model.predict(found.inputs, Workers(os.cpu_count() or 1)) if found.usable.any() else ()
        )
        classes = iter(values)
        for row, usable in zip(found.numbers.tolist(), found.usable, strict=True):
            ranks = best(model, next(classes), options.top) if usable else []
            results.append({"file": str(path), "row": row, "classes": ranks})
    return results


def best(model: Model, values: np.ndarray, top: int) -> list[dict[str, Any]]:
    """Return the `top` classes with the highest values of one image, best first."""
    kind = "probability" if model.gives_probabilities else "score"
    order = np.argsort(-values, kind="stable")[:top]
    return [{"class": model.config["classes"][i], kind: round(float(values[i]), 6)} for i in order]


def as_rows(results: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """A row a picture: its file, and class and value of each rank; a row of a table has its number."""
    for result in results:
        row = {key: result[key] for key in ("file", "row") if key in result}
        for rank, found in enumerate(result["classes"], start=1):
            name, *values = found.values()
            row |= {f"class_{rank}": name, f"value_{rank}": values[0]}
        yield row


def note(text: str) -> None:
    print(f"note: {text}", file=sys.stderr)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("model", type=Path, metavar="MODEL", help="a model.npz")
    parser.add_argument(
        "images",
        type=Path,
        metavar="IMAGE",
        nargs="+",
        help="PNG, JPEG, ..., a folder of them; CSV",
    )
    parser.add_argument("--top", type=int, default=3, help="how many classes to show (3)")
    parser.add_argument(
        "--invert", action="store_true", help="swap dark and bright: for ink on paper and MNIST"
    )
    parser.add_argument(
        "--white",
        type=int,
        help="highest pixel value of the training images (default: as the model has it; 255 for one "
        "that does not say, but 16 for scikit-learn's digits)",
    )
    parser.add_argument("--json", action="store_true", help="print a list of objects as JSON")
    parser.add_argument("--csv", type=Path, help="write a row a picture to this file as well")
    options = parser.parse_args()
    if options.top < 1 or (options.white is not None and not 1 <= options.white <= 255):
        parser.error("--top is at least 1, --white 1 to 255")
    model = usable_model(options.model)
    classify = classified_rows if "table" in model.config else classified_pictures
    results = classify(model, options)
    if not model.gives_probabilities and not options.json:
        note("this network was not trained with softmax: the numbers are scores, no probabilities")
    if options.csv:
        rows = list(as_rows(results))
        artifacts.write_csv(options.csv, max(rows, key=len), rows)
    if options.json:
        print(json.dumps(results, indent=2))
        return
    form = "{:.1%}" if model.gives_probabilities else "{:.4g}"
    for result in results:
        shown = [
            " ".join([name, form.format(value)])
            for name, value in (row.values() for row in result["classes"])
        ]
        where = f"{result['file']}, row {result['row']}" if "row" in result else result["file"]
        print(f"{where}: {', '.join(shown) or 'not classified, it has a missing value'}")


if __name__ == "__main__":
    artifacts.cli(main)
