"""Classify your own pictures, arrays or tables with a trained network: predict.py MODEL FILE...

Only model.npz is needed. A folder means all pictures below it. A picture becomes grey or RGB like
the model's images, its centre is cropped to their proportions (mostly a square), and the crop is
resized to their size with antialiasing (Lanczos). Transparent parts count as white. A model trained on
a folder of pictures reads new pictures as it read those.

Arrays (.npz, .npy, or MNIST's IDX files) hold examples like those of the training. Their values are
used unchanged, and each example gets a line.

A model of a table takes CSV files with the columns of the training table, in any order, with or without
the label: predict.py MODEL new.csv --csv classes.csv. Each row gets a line with its row number.

Networks trained with softmax_cross_entropy give probabilities, the softmax of their scores; others give
scores.
"""

import argparse
import json
import os
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import chain
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

import cli
from configuration.checked_models import finished_model
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
from files.models import Model
from nn import Workers

BRIGHT = 127  # a border brighter than this (of 255) looks like paper
MOST_THREADS = 4  # that decode; small pictures gain nothing from more
CROPPED = 0.2  # cropping a larger share of a picture is remarked on


class PredictError(ValueError):
    """Files that cannot be classified."""

    user_error = True


class Examples(NamedTuple):
    """Examples to classify: files and rows, values of the usable ones, and their mask (None: all)."""

    names: list[dict[str, Any]]
    values: np.ndarray
    usable: np.ndarray | None = None


def pictures(places: list[Path]) -> list[str]:
    """Return the named files and all pictures below named folders; print notes on skipped files."""
    found = []
    for place in places:
        walk = Walk()
        found += walk.below(str(place)) if place.is_dir() else [str(place)]
        for text in walk.said(place):
            note(text)
    if not found:
        raise PredictError(f"{', '.join(map(readable, places))}: no pictures found")
    return found


def read(files: list[str], model: Model) -> tuple[np.ndarray, list[tuple[int, int]]]:
    """Read pictures (n, ...) like those of the training, and their sizes, in threads.

    All unreadable pictures are reported in one error.
    """
    trained = model.config.get("picture", {}).get("bits")

    def one(path: str) -> tuple[np.ndarray, tuple[int, int]] | str:
        try:
            picture = read_picture(path, model.config["shape"])
        except DatasetError as error:
            return str(error).removeprefix(f"{readable(path)}: ")
        pixels, bits = picture.pixels, picture.bits
        if bits == 16 and trained is None:
            pixels, bits = (pixels // 256).astype(np.uint8), 8
        if bits != (trained or 8):
            return f"has {words(bits)}, but the training pictures have {words(trained or 8)}"
        return pixels, picture.size

    threads = min(MOST_THREADS, os.cpu_count() or 1)
    step = -(-len(files) // (8 * threads))
    parts = [files[start : start + step] for start in range(0, len(files), step)]
    with ThreadPoolExecutor(threads) as pool:
        found = [*chain.from_iterable(pool.map(lambda part: list(map(one, part)), parts))]
    bad = {p: why for p, why in zip(files, found, strict=True) if isinstance(why, str)}
    if bad:
        raise PredictError(reasons(bad))
    images, sizes = zip(*found, strict=True)
    return np.stack(images), list(sizes)


def remarks(
    images: np.ndarray, sizes: list[tuple[int, int]], model: Model, inverted: bool
) -> Iterator[tuple[int, str]]:
    """Yield the number of each picture that hardly fits the training images, and why."""
    height, width, *colours = model.config["shape"]
    # only grey images of other datasets can be MNIST's white on black
    looks = not colours and "picture" not in model.config
    bright = np.median(borders(images), axis=1) > BRIGHT if looks else np.zeros(len(images), bool)
    for number, (across, down) in enumerate(sizes):
        if across < width or down < height:
            yield number, f"is enlarged from {across} x {down} to {width} x {height} pixels"
        kept = min(across / width, down / height) ** 2 * width * height / (across * down)
        if kept < 1 - CROPPED:
            yield (
                number,
                f"{1 - kept:.0%} of it is cut off, to fit the proportions {width} x {height}",
            )
        if bright[number]:
            advice = "leave out --invert" if inverted else "try --invert"
            yield number, f"the background looks bright; for MNIST's white on black {advice}"


def borders(images: np.ndarray) -> np.ndarray:
    """Return the pixels at the borders of grey images, (n, pixels): their background."""
    return np.concatenate([images[:, 0], images[:, -1], images[:, :, 0], images[:, :, -1]], axis=1)


def in_range(images: np.ndarray, model: Model, white: int | None) -> np.ndarray:
    """Scale pictures of 0 to 255 to the range of the model's training images.

    For a model of a folder of pictures only ``white`` changes them. Other 8-bit images have 255 for
    white, or their highest value if that is at most 16 (scikit-learn's digits); images of other types
    always have their highest value. ``white`` overrides this.
    """
    if "picture" in model.config and not white:
        return images
    low, high = model.config.get("range", [0, 255])
    if model.config.get("dtype", "uint8") != "uint8":
        return low + images * ((white or high) - low) / 255
    return np.round(images * ((white or (high if high <= 16 else 255)) / 255)).astype(np.uint8)


def of_pictures(options: argparse.Namespace, model: Model) -> Examples:
    """Read pictures like the model's images."""
    shape = model.config["shape"]
    if len(shape) < 2 or (len(shape) == 3 and shape[2] != 3):
        raise PredictError(f"{options.model}: classifies examples of shape {shape}, not images")
    files = pictures(options.files)
    images, sizes = read(files, model)
    if options.invert:
        images = sum(model.config["range"]) - images if images.dtype != np.uint8 else 255 - images
    for number, remark in remarks(images, sizes, model, options.invert):
        note(f"{readable(files[number])}: {remark}")
    images = in_range(images, model, options.white)
    return Examples([{"file": readable(path)} for path in files], images)


def of_arrays(options: argparse.Namespace, model: Model) -> Examples:
    """Read the examples in files of arrays; they are named `new.npz[0]`."""
    if options.invert or options.white is not None:
        raise PredictError(
            "--invert and --white are for pictures; values of arrays are used unchanged"
        )
    if others := [path for path in options.files if not holds_arrays(path)]:
        raise PredictError(
            f"{others[0]}: not a file of arrays; classify pictures in a separate run"
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
        raise PredictError(f"{', '.join(map(str, options.files))}: no examples found")
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
    """Return each example's name with its best classes, or none if it is not usable."""
    values = iter(())
    if len(examples.values):
        values = iter(model.predict(examples.values, Workers(os.cpu_count() or 1)))
    usable = [True] * len(examples.names) if examples.usable is None else examples.usable
    return [
        name | {"classes": best(model, next(values), top) if good else []}
        for name, good in zip(examples.names, usable, strict=True)
    ]


def best(model: Model, values: np.ndarray, top: int) -> list[dict[str, Any]]:
    """Return the `top` classes of one example, best first."""
    kind = "probability" if model.gives_probabilities else "score"
    order = np.argsort(-values, kind="stable")[:top]
    return [{"class": model.config["classes"][i], kind: round(float(values[i]), 6)} for i in order]


def as_rows(results: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """Yield a CSV row per example: its file, its row in a table, class and value of each rank."""
    for result in results:
        row = {key: result[key] for key in ("file", "row") if key in result}
        for rank, found in enumerate(result["classes"], start=1):
            name, *values = found.values()
            row |= {f"class_{rank}": name, f"value_{rank}": values[0]}
        yield row


def as_line(result: dict[str, Any], form: str) -> str:
    """Return a result as a line of text."""
    where = f"{result['file']}, row {result['row']}" if "row" in result else result["file"]
    pairs = (found.values() for found in result["classes"])
    shown = ", ".join(f"{readable(name)} {form.format(value)}" for name, value in pairs)
    return f"{where}: {shown or 'not classified, it has a missing value'}"


def note(text: str) -> None:
    print(f"note: {text}", file=sys.stderr)


def arguments() -> argparse.Namespace:
    parser = cli.parser(__doc__)
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
        help="highest pixel value of the training images (default: that of the model; 255 if it has "
        "none, or 16 for scikit-learn's digits)",
    )
    parser.add_argument("--json", action="store_true", help="print a list of objects as JSON")
    parser.add_argument("--csv", type=Path, help="write a row per example to this file as well")
    options = parser.parse_args()
    if options.top < 1 or (options.white is not None and not 1 <= options.white <= 255):
        parser.error("--top must be at least 1, --white from 1 to 255")
    return options


def main() -> None:
    options = arguments()
    model = finished_model(options.model, "classify")
    if "table" in model.config:
        examples = of_tables(options, model)
    elif any(map(holds_arrays, options.files)):
        examples = of_arrays(options, model)
    else:
        examples = of_pictures(options, model)
    results = classified(model, examples, options.top)
    if not model.gives_probabilities and not options.json:
        note("this network was not trained with softmax: the numbers are scores, not probabilities")
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
