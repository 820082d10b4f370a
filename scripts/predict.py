"""Classify your own pictures, arrays or tables with a trained network: predict.py MODEL FILE...

Only model.npz is needed. A folder means all pictures below it. A picture becomes grey or RGB like
the model's images, its centre is cropped to their proportions (mostly a square), and the crop is
resized to their size with antialiasing (Lanczos). Transparent parts count as white. A model trained on
a folder of pictures reads new pictures as it read those. A picture that cannot be read gets the reason
instead of classes, and the exit code is 1.

Arrays (.npz, .npy, or MNIST's IDX files) hold examples like those of the training. Their values are
used unchanged, and each example gets a line.

A model of a table takes CSV files with the columns of the training table, in any order, with or without
the label: predict.py MODEL new.csv --csv classes.csv. Each row gets a line with its row number.

Networks trained with softmax_cross_entropy give probabilities, the softmax of their scores; others, scores.
"""

import argparse
import os
import sys
import warnings
from collections import defaultdict
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

import cli
from components.errors import UserError
from configuration.checked_models import finished_model
from datasets import (
    DatasetError,
    differs_in_scale,
    files_of,
    holds_arrays,
    in_range,
    inverted,
    new_pictures,
    new_rows,
    read_new,
    readable,
    reasons,
    remarks,
    some,
    unlike_training,
)
from files import answers
from files.models import Model
from nn import Workers

MOST_NOTES = 5  # of one kind, on single pictures


class Examples(NamedTuple):
    """Examples to classify: files and rows, values of the usable ones, and their mask (None: all)."""

    names: list[dict[str, Any]]
    values: np.ndarray
    usable: Sequence[bool] | np.ndarray | None = None


def of_pictures(options: argparse.Namespace, model: Model) -> Iterator[Examples]:
    """Read pictures like the model's images, some at a time."""
    shape = model.config["shape"]
    if len(shape) < 2 or (len(shape) == 3 and shape[2] != 3):
        missing = [f"{path}: no such file" for path in options.files if not path.exists()]
        reads = f"{options.model}: reads arrays of the shape {shape} (.npz, .npy, IDX)"
        raise UserError("\n".join(missing) or f"{reads}, not pictures or tables")
    files, bad, notes = files_of(options.files)
    for text in notes:
        note(text)
    remarked = defaultdict(list)
    for part in new_pictures(files, model.config, bad):
        if options.invert:
            part = part._replace(images=inverted(part.images, model.config))
        for name, odd, several in remarks(part, model.config, options.invert):
            remarked[several].append((name, odd))
        images = in_range(part.images, model.config, options.white)
        names = []
        for path in part.files:
            name = {"file": readable(path)}
            if path in part.bad:
                name["reason"] = readable(part.bad[path])
            names.append(name)
        yield Examples(names, images, ["reason" not in name for name in names])
    for several, found in remarked.items():
        if len(found) > MOST_NOTES:
            names = some((name for name, _ in found), len(found))
            note(f"{len(found)} pictures {several}: {names}")
        else:
            for name, odd in found:
                note(f"{name}: {odd}")


def of_arrays(options: argparse.Namespace, model: Model) -> Iterator[Examples]:
    """Read the examples in files of arrays; they are named `new.npz[0]`."""
    if options.invert or options.white is not None:
        raise UserError(
            "--invert and --white are for pictures; values of arrays are used unchanged"
        )
    if others := [path for path in options.files if not holds_arrays(path)]:
        raise UserError(f"{others[0]}: not a file of arrays; classify pictures in a separate run")
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
        raise UserError(f"{', '.join(map(str, options.files))}: no examples found")
    yield Examples(names, np.concatenate(found))


def of_tables(options: argparse.Namespace, model: Model) -> Iterator[Examples]:
    """Read the rows of tables; a row with a missing value may not be usable."""
    names, inputs, usable = [], [], []
    for path in options.files:
        found = new_rows(path, model.config["table"])
        for remark in found.notes:
            note(f"{path}: {remark}")
        if far := unlike_training(found.inputs, model.config["table"]):
            note(
                f"{path}: {', '.join(map(repr, far))}: values far from those of the training table; "
                "expected the same units"
            )
        names += [{"file": str(path), "row": number} for number in found.numbers.tolist()]
        inputs.append(found.inputs)
        usable.append(found.usable)
    yield Examples(names, np.concatenate(inputs), np.concatenate(usable))


def classified(
    model: Model, examples: Examples, top: int, workers: Workers
) -> Iterator[dict[str, Any]]:
    """Yield each example's name with its best classes, or none if it cannot be classified."""
    usable = np.ones(len(examples.names), bool)
    if examples.usable is not None:
        usable[:] = examples.usable
    found = iter(())
    if len(examples.values):
        scores = model.predict(examples.values, workers)
        finite = np.isfinite(scores).all(axis=1)
        if not finite.all():
            note(
                f"{(~finite).sum()} of {len(finite)} examples have scores that are not finite, because "
                "their values or the network's parameters are too large"
            )
            usable[usable] = finite
        found = best(model, scores[finite], top)
    for name, good in zip(examples.names, usable, strict=True):
        yield name | {"classes": next(found) if good else []}


def best(model: Model, values: np.ndarray, top: int) -> Iterator[list[tuple[str, float]]]:
    """Yield the `top` classes of each example with their values, best first."""
    orders = np.argsort(-values, kind="stable")[:, :top]
    ranked = np.take_along_axis(values, orders, axis=1).tolist()
    classes = model.config["classes"]
    for order, row in zip(orders.tolist(), ranked, strict=True):
        yield [(classes[i], round(value, 6)) for i, value in zip(order, row, strict=True)]


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
    warnings.simplefilter("ignore", RuntimeWarning)  # `classified` reports overflows
    model = finished_model(options.model, "classify")
    if "table" in model.config:
        parts = of_tables(options, model)
    elif any(map(holds_arrays, options.files)):
        parts = of_arrays(options, model)
    else:
        parts = of_pictures(options, model)
    workers = Workers(os.cpu_count() or 1)
    results = [found for part in parts for found in classified(model, part, options.top, workers)]
    bad = {result["file"]: result["reason"] for result in results if "reason" in result}
    if len(bad) < len(results):
        if not model.gives_probabilities and not options.json:
            note(
                "this network was not trained with softmax: the numbers are scores, not probabilities"
            )
        if options.csv:
            answers.write_csv(options.csv, results)
        show = answers.print_json if options.json else answers.print_lines
        show(results, model.gives_probabilities)
    if bad:
        found = f"{len(bad)} of {len(results)} pictures cannot be classified"
        raise DatasetError(f"{found}: {reasons(bad)}")


if __name__ == "__main__":
    cli.run(main)
