"""Split a parsed dataset's training file and fit the input preparation on the training part alone.

Writes one file, see models.Prepared; with the checksums of the arrays that it was made from, so that
it stands for them: what is trained on it need not look at every array to know that none changed.
"""

import one_thread  # noqa: F401

import argparse
import json
from pathlib import Path

import artifacts
from datasets import split_indices
from models import Prepared, save_prepared
from nn import Preparation


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--dataset", required=True, type=Path, help="folder of the parsed arrays")
    parser.add_argument(
        "--settings", required=True, type=json.loads, help="JSON with `split` and `preparation`"
    )
    parser.add_argument("--output", required=True, type=Path, help="the prepared data, .npz")
    options = parser.parse_args()
    split, steps = options.settings["split"], options.settings["preparation"]
    images, _ = artifacts.load_split(options.dataset, "train")
    training, validation = split_indices(
        len(images), split["validation"], split["take"], split["seed"], split["training"]
    )
    preparation = Preparation.fit(steps, images, training)
    parts = {"training": training, "validation": validation}
    info = artifacts.read_json(options.dataset / "info.json")
    save_prepared(options.output, Prepared(parts, preparation, info, options.dataset))
    print(f"{len(training)} training, {len(validation)} validation, {preparation.inputs} inputs")


if __name__ == "__main__":
    artifacts.cli(main)
