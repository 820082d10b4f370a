"""Classify pictures, arrays or tables of your own with a trained network: predict.py MODEL FILE...

Needs model.npz alone. For a folder, all pictures below it are classified. A picture becomes grey or
RGB like the model's images, its centre is cropped to their proportions (mostly a square), and the crop
is resized to their size with antialiasing (Lanczos). Transparent parts count as white. A model that was
trained on a folder of pictures takes new ones unchanged, as it took those.

Arrays (.npz, .npy, or MNIST's IDX files) have examples as the model was trained on: their values are used
unchanged, and each example gets a line.

A model of a table takes CSV files with the columns that it was trained on, in any order, with or
without the label: predict.py MODEL new.csv --csv classes.csv. Each row gets a line, with its row number
in the file.

For a network trained with softmax_cross_entropy the numbers are probabilities: the softmax of its
scores. For other losses they are the scores themselves.
"""

import argparse
import json
import os
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from PIL import Image, ImageOps

import cli
from components import SettingsError
from datasets import (
    DatasetError,
    Walk,
    differs_in_scale,
    holds_arrays,
    new_rows,
    read_new,
    read_picture,
    readable,
    reasons,
    words,
)
from files import artifacts
from files.models import Model, load_model
from nn import Workers

BRIGHT = 127  # a border brighter than this, of 255, looks like paper
CROPPED = 0.2  # a larger share of a picture cut off gets a remark


class PredictError(ValueError):
    """A model or an image that cannot be used."""

    user_error = True


class Examples(NamedTuple):
    """Examples to classify: their files and rows, values, and the mask of usable ones (None: all).

    ``values`` are only those of usable examples.
    """

    names: list[dict[str, Any]]
    values: np.ndarray
    usable: np.ndarray | None = None


def usable_model(path: Path) -> Model:
    """Read a model that was trained to its end."""
    try:
        model = load_model(path)
    except FileNotFoundError:
        raise PredictError(f"{path}: no such file; expected a model.npz") from None
    except (SettingsError, OSError):
        raise  # their own messages say what is wrong
    except (ValueError, TypeError, KeyError, EOFError, zipfile.BadZipFile):
        raise PredictError(f"{path}: not a model file; expected a model.npz of train.py") from None
    status = model.config["status"]
    if model.network is None or status not in ("completed", "stopped"):
        reason = model.config["reason"]
        raise PredictError(f"{path}: a model whose training {status} cannot classify: {reason}")
    return model


def pictures(places: list[Path]) -> list[Path]:
    """Return the named files, and all pictures below named folders; note files left out."""
    found = []
    for place in places:
        walk = Walk()
        found += walk.below(str(place)) if place.is_dir() else [str(place)]
        for text in walk.said(place):
            note(text)
    if not found:
        raise PredictError(f"{', '.join(map(readable, places))}: no pictures there")
    return [Path(file) for file in found]


def read(files: list[Path], model: Model) -> np.ndarray:
    """Read pictures (n, ...) as the model's training read its own; all unreadable ones are one error."""
    images, bad = [], {}
    trained = model.config.get("picture", {}).get("bits")
    for path in files:
        try:
            picture = read_picture(path, model.config["shape"])
        except DatasetError as error:
            bad[str(path)] = str(error).removeprefix(f"{readable(path)}: ")
            continue
        pixels, bits = picture.pixels, picture.bits
        if bits == 16 and trained is None:
            pixels, bits = (pixels // 256).astype(np.uint8), 8
        if bits != (trained or 8):
            bad[str(path)] = (
                f"is of {words(bits)}, the training pictures are of {words(trained or 8)}"
            )
        images.append(pixels)
    if bad:
        raise PredictError(reasons(bad))
    return np.stack(images)


def remarks(path: Path, model: Model, pixels: np.ndarray, inverted: bool) -> Iterator[str]:
    """Yield remarks on a picture that hardly fits the training images of the model."""
    height, width, *colours = model.config["shape"]
    with Image.open(path) as file:
        across, down = ImageOps.exif_transpose(file).size
    if across < width or down < height:
        yield f"is enlarged from {across} x {down} to {width} x {height} pixels"
    kept = min(across / width, down / height) ** 2 * width * height / (across * down)
    if kept < 1 - CROPPED:
        yield f"{1 - kept:.0%} of it is cut off, to the proportions {width} x {height}"
    if not colours and "picture" not in model.config and np.median(border_of(pixels)) > BRIGHT:
        advice = "leave --invert away" if inverted else "try --invert"
        yield f"the background looks bright; for MNIST's white on black {advice}"


def in_range(images: np.ndarray, model: Model, white: int | None) -> np.ndarray:
    """Pictures of 0 to 255 in the range of the images that the model was trained on.

    Those of a model trained on a folder of pictures are in it: ``white`` alone changes them. Other 8-bit
    ones have 255 for white, but those that end at 16 and below (scikit-learn's digits) their highest
    value; other numbers have it always. ``white`` overrides this.
    """
    if "picture" in model.config and not white:
        return images
    low, high = model.config.get("range", [0, 255])
    if model.config.get("dtype", "uint8") != "uint8":
        return low + images * ((white or high) - low) / 255
    return np.round(images * ((white or (high if high <= 16 else 255)) / 255)).astype(np.uint8)


def border_of(pixels: np.ndarray) -> np.ndarray:
    """The border of a picture, where the background is."""
    return np.concatenate([pixels[0], pixels[-1], pixels[:, 0], pixels[:, -1]])


def of_pictures(options: argparse.Namespace, model: Model) -> Examples:
    """Read pictures as the model's images are."""
    shape = model.config["shape"]
    if len(shape) < 2 or (len(shape) == 3 and shape[2] != 3):
        raise PredictError(f"{options.model}: classifies examples of shape {shape}, not images")
    files = pictures(options.files)
    images = read(files, model)
    if options.invert:
        images = sum(model.config["range"]) - images if images.dtype != np.uint8 else 255 - images
    for path, image in zip(files, images, strict=True):
        for remark in remarks(path, model, image, options.invert):
            note(f"{readable(path)}: {remark}")
    images = in_range(images, model, options.white)
    return Examples([{"file": readable(path)} for path in files], images)


def of_arrays(options: argparse.Namespace, model: Model) -> Examples:
    """Read the examples of files of arrays, named as `new.npz[0]`."""
    if options.invert or options.white is not None:
        raise PredictError(
            "--invert and --white are for pictures; values of arrays are used unchanged"
        )
    if strangers := [path for path in options.files if not holds_arrays(path)]:
        raise PredictError(
            f"{strangers[0]}: no file of arrays; classify pictures in a separate run"
        )
    names, found = [], []
    first = model.config.get("channels") == "first"
    for path in options.files:
        examples, said = read_new(path, model.config["shape"], options.array, first)
        ends = examples.min(initial=0), examples.max(initial=0)
        if said:
            note(f"{path}: {said}")
        if "range" in model.config and differs_in_scale(ends, model.config["range"]):
            low, high = model.config["range"]
            note(
                f"{path}: values of {ends[0]:g} to {ends[1]:g}, the model was trained on {low:g} to "
                f"{high:g}; expected the same scale"
            )
        names += [{"file": f"{path}[{number}]"} for number in range(len(examples))]
        found.append(examples)
    if not names:
        raise PredictError(f"{', '.join(map(str, options.files))}: no examples there")
    return Examples(names, np.concatenate(found))


def of_tables(options: argparse.Namespace, model: Model) -> Examples:
    """Read the rows of tables; a row with a missing value may not be usable."""
    names, inputs, usable = [], [], []
    for path in options.files:
        found = new_rows(path, model.config["table"])
        for remark in found.notes:
            note(f"{path}: {remark}")
        names += [{"file": str(path), "row": number} for number in found.numbers.tolist()]
        inputs.append(found.inputs)
        usable.append(found.usable)
    return Examples(names, np.concatenate(inputs), np.concatenate(usable))


def classified(model: Model, examples: Examples, top: int) -> list[dict[str, Any]]:
    """Return the names of all examples with their best classes, none for unusable examples."""
    values = iter(())
    if len(examples.values):
        values = iter(model.predict(examples.values, Workers(os.cpu_count() or 1)))
    usable = [True] * len(examples.names) if examples.usable is None else examples.usable
    return [
        name | {"classes": best(model, next(values), top) if good else []}
        for name, good in zip(examples.names, usable, strict=True)
    ]


def best(model: Model, values: np.ndarray, top: int) -> list[dict[str, Any]]:
    """Return the `top` classes with the highest values of one image, best first."""
    kind = "probability" if model.gives_probabilities else "score"
    order = np.argsort(-values, kind="stable")[:top]
    return [{"class": model.config["classes"][i], kind: round(float(values[i]), 6)} for i in order]


def as_rows(results: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """Yield a row per example: its file, its row in a table, and class and value of each rank."""
    for result in results:
        row = {key: result[key] for key in ("file", "row") if key in result}
        for rank, found in enumerate(result["classes"], start=1):
            name, *values = found.values()
            row |= {f"class_{rank}": name, f"value_{rank}": values[0]}
        yield row


def as_line(result: dict[str, Any], form: str) -> str:
    """Return a result as people read it."""
    where = f"{result['file']}, row {result['row']}" if "row" in result else result["file"]
    pairs = (found.values() for found in result["classes"])
    shown = ", ".join(f"{name} {form.format(value)}" for name, value in pairs)
    return f"{where}: {shown or 'not classified, it has a missing value'}"


def note(text: str) -> None:
    print(f"note: {text}", file=sys.stderr)


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("model", type=Path, metavar="MODEL", help="a model.npz")
    parser.add_argument(
        "files",
        type=Path,
        metavar="FILE",
        nargs="+",
        help="PNG, JPEG, ..., or a folder of them; .npz, .npy or IDX files of arrays; CSV tables",
    )
    parser.add_argument("--array", metavar="NAME", help="the array of an .npz to classify")
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
    parser.add_argument("--csv", type=Path, help="write a row per example to this file as well")
    options = parser.parse_args()
    if options.top < 1 or (options.white is not None and not 1 <= options.white <= 255):
        parser.error("--top is at least 1, --white 1 to 255")
    return options


def main() -> None:
    options = arguments()
    model = usable_model(options.model)
    if "table" in model.config:
        examples = of_tables(options, model)
    elif any(map(holds_arrays, options.files)):
        examples = of_arrays(options, model)
    else:
        examples = of_pictures(options, model)
    results = classified(model, examples, options.top)
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
        print(as_line(result, form))


if __name__ == "__main__":
    cli.run(main)
