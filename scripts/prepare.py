"""Split a parsed dataset's training file and fit the input preparation on the training part alone.

Writes split.npz (row indices `training` and `validation`, int64, ascending) and preparation.npz.
"""

import one_thread  # noqa: F401

import argparse
import json
from pathlib import Path

import artifacts
from datasets import split_indices
from nn import Preparation


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--dataset", required=True, type=Path, help="folder of the parsed arrays")
    parser.add_argument(
        "--settings", required=True, type=json.loads, help="JSON with `split` and `preparation`"
    )
    parser.add_argument("--output-folder", required=True, type=Path)
    options = parser.parse_args()
    split, steps = options.settings["split"], options.settings["preparation"]
    images, _ = artifacts.load_split(options.dataset, "train")
    training, validation = split_indices(
        len(images), split["validation"], split["take"], split["seed"], split["training"]
    )
    preparation = Preparation.fit(steps, images, training)
    folder = options.output_folder
    artifacts.save_arrays(folder / "split.npz", {"training": training, "validation": validation})
    artifacts.save_arrays(folder / "preparation.npz", preparation.state())
    print(f"{len(training)} training, {len(validation)} validation, {preparation.inputs} inputs")


if __name__ == "__main__":
    artifacts.cli(main)
