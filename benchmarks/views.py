"""Measure how much averaging over views of an image improves validation accuracy.

    python benchmarks/views.py results/experiments/cifar10_memory

Prints one Markdown table row per network of an experiment: the validation accuracy of one view; over
50 views moved by up to two pixels, half of them mirrored; and over 50 views drawn like the training images
(without mixup), within 0.7 of the limits of the affine_bank and within the full limits.
"""

import os

os.environ.update({f"{name}_NUM_THREADS": "1" for name in ("OMP", "OPENBLAS", "MKL", "NUMEXPR")})

import argparse
import sys
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "scripts"))
from components.registry import component_name as name_of
from evaluate import examples_of
from files import artifacts
from files.bundles import Bundle
from files.finished import FinishedExperiment, parsed
from files.markdown import MarkdownTable
from files.models import Model, model_in
from inputs import moved_views, random_views, split_indices
from nn import predict_averaged

LIMITS = "shift", "rotation", "scale", "shear", "brightness", "contrast", "saturation"
VIEWS = 50
COLUMNS = "one view", "moved", "drawn, 0.7 of the limits", "drawn as in training"


def narrowed(component: str | dict, factor: float) -> str | dict:
    """Return an affine_bank with smaller limits, and any other component unchanged."""
    if name_of(component) != "affine_bank" or isinstance(component, str):
        return component
    return {key: factor * x if key in LIMITS else x for key, x in component.items()}


def accuracies(model: Model, images: np.ndarray, labels: np.ndarray) -> list[float]:
    """Return the accuracies of COLUMNS, from 0 to 1."""
    examples = examples_of(model, images, labels)
    trained = [c for c in model.config["training"]["augmentation"] if name_of(c) != "mixup"]
    drawn = (
        random_views(examples, [narrowed(c, factor) for c in trained], VIEWS, model.config["seed"])
        for factor in (0.7, 1)
    )
    found = []
    for views in (moved_views(), moved_views(2, True, "reflect"), *drawn):
        averaged = predict_averaged(model.network, examples, views)
        found.append(float((averaged.argmax(axis=1) == labels).mean()))
    return found


def validation(model: Model, experiment: Path, split: dict) -> tuple[np.ndarray, np.ndarray]:
    """Return the validation images and labels of the data that a model was trained on."""
    info = parsed(model.made["data"], experiment.resolve().parent.parent)
    images, labels = (np.load(info.with_name(f"train_{kind}.npy")) for kind in ("images", "labels"))
    _, rows = split_indices(len(images), **split, labels=labels)
    return images[rows], labels[rows]


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("experiment", type=Path, help="the folder of a finished experiment")
    options = parser.parse_args()
    selection = FinishedExperiment(options.experiment).selection
    split = selection["settings"]["split"]
    if not split["validation"]:
        parser.error(f"{options.experiment}: it has no validation images")
    measured = {row["name"] for row in selection["measured"]}
    table = MarkdownTable({"run": "code", **dict.fromkeys(COLUMNS, "number")}, [])
    for stem in artifacts.read_json(options.experiment / "plan.json")["bundles"]:
        with Bundle(options.experiment / "bundles" / f"{Path(stem).name}.npz") as bundle:
            for run in measured.intersection(bundle.runs):
                model = model_in(bundle, run)
                if model.usable:
                    found = accuracies(model, *validation(model, options.experiment, split))
                    table.rows.append([run, *(f"{100 * accuracy:.2f}" for accuracy in found)])
    table.rows.sort()
    print(table.markdown())


if __name__ == "__main__":
    main()
