"""Split a parsed dataset's training file and fit the input preparation on the training part alone.

Writes one file, see prepared.Prepared; with the checksums of the arrays that it was made from, against
which whoever reads both compares them.
"""

from common import artifacts
from common.prepared import Prepared, save_prepared

import argparse
from pathlib import Path

from inputs import Preparation, split_indices


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--images", required=True, type=Path, help="train_images.npy of the dataset"
    )
    parser.add_argument("--info", required=True, type=Path, help="info.json of the dataset")
    parser.add_argument(
        "--settings",
        required=True,
        type=artifacts.json_with("split", "preparation"),
        help="JSON with `split` and `preparation`",
    )
    parser.add_argument("--output", required=True, type=Path, help="the prepared data, .npz")
    options = parser.parse_args()
    split, steps = options.settings["split"], options.settings["preparation"]
    info = artifacts.read_json(options.info)
    images = artifacts.open_array(options.images, info["splits"]["train"]["images_sha256"])
    training, validation = split_indices(
        len(images), split["validation"], split["take"], split["seed"], split["training"]
    )
    preparation = Preparation.fit(steps, images, training)
    parts = {"training": training, "validation": validation}
    prepared = Prepared(parts, preparation, info, settings=options.settings)
    save_prepared(options.output, prepared)
    print(f"{len(training)} training, {len(validation)} validation, {preparation.inputs} inputs")


if __name__ == "__main__":
    artifacts.cli(main)
