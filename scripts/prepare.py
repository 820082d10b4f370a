"""Split a parsed dataset's training file and fit the input preparation on the training part alone.

Writes one file, see files.prepared.Prepared. Readers compare its checksums with those of the arrays.
Prints warnings about the split, and keeps them in the file.
"""

import math
from pathlib import Path
from typing import Any

import numpy as np

import cli
from files import artifacts
from files.prepared import Prepared, open_split, save_prepared
from inputs import Preparation, fill_values, fold_numbers, remarks, split_indices


def main() -> None:
    parser = cli.parser(__doc__)
    cli.add_training_arrays(parser)
    parser.add_argument("--info", required=True, type=Path, help="info.json of the dataset")
    parser.add_argument(
        "--settings",
        required=True,
        type=cli.json_with("split", "preparation"),
        help="JSON with `split` and `preparation`",
    )
    parser.add_argument("--output", required=True, type=Path, help="the prepared data, .npz")
    options = parser.parse_args()
    split, steps = options.settings["split"], options.settings["preparation"]
    info = artifacts.read_json(options.info)
    images, labels = open_split(options.images, options.labels, info["splits"]["train"])
    groups = info.get("groups")
    parts = rows_of_parts(split, labels, groups)
    notes = remarks(parts, labels, info["classes"], split["take"], groups)
    fill = None
    if strategy := info.get("missing"):
        fill, empty = fill_values(images, parts["training"], strategy, info.get("one_hot", ()))
        if empty:
            notes.append(without_values(empty, info))
    for note in notes:
        print(f"warning: {note}", flush=True)
    preparation = Preparation.fit(steps, images, parts["training"], fill)
    prepared = Prepared(parts, preparation, info, settings=options.settings, notes=notes)
    save_prepared(options.output, prepared)
    counts = ", ".join(f"{len(rows)} {part}" for part, rows in parts.items())
    print(f"{counts}, {preparation.inputs} inputs")


def rows_of_parts(
    split: dict[str, Any], labels: np.ndarray, groups: list[int] | None
) -> dict[str, np.ndarray]:
    """Return the rows of training and validation; a refit trains on both."""
    if "fold" in split:
        numbers = fold_numbers(labels, split["folds"], split["seed"], split["repeat"], groups)
        parts = {"training": numbers != split["fold"], "validation": numbers == split["fold"]}
        return {part: np.flatnonzero(rows).astype(np.int64) for part, rows in parts.items()}
    rows = split["validation"], split["take"], split["seed"], split["training"]
    training, validation = split_indices(len(labels), *rows, labels, groups)
    if split.get("refit"):
        training, validation = np.union1d(training, validation), validation[:0]
    return {"training": training, "validation": validation}


def without_values(inputs: list[int], info: dict[str, Any]) -> str:
    """Describe inputs without a value in any training row."""
    names = info.get("inputs") or range(math.prod(info["shape"]))
    some = ", ".join(repr(names[number]) for number in inputs[:5])
    if len(inputs) > 5:
        some += ", ..."
    return (
        f"no training row has a value in {len(inputs)} of {len(names)} inputs: {some}; they are "
        "always 0, so leave these columns out"
    )


if __name__ == "__main__":
    cli.run(main)
