"""Measure a trained network on all its training and validation examples."""

from common import artifacts
from common.models import judged, load_model
from common.prepared import load_prepared

import argparse
from pathlib import Path
from typing import Any

import numpy as np

from evaluation import METRICS, measure, total_loss

# Of a guard -log(max(p, epsilon)). Where a source prints a guarded total without its epsilon, this
# one gives the ~210000 of the CSCI 1430 softmax stencil (1e-14: 215000, 1e-13: 204000).
EPSILON = 3e-14


def online_loss(config: dict[str, Any], losses: np.ndarray, examples: int) -> dict | None:
    """Sum of the losses of the first epoch, each taken before the step on its one example.

    With and without a guard. None where the losses are something else: for larger batches, other
    losses than the plain cross-entropy, or with an L2 penalty.
    """
    training, loss = config["training"], config["network"]["loss"]
    if training["batch_size"] != 1 or training["l2"] or training["augmentation"]:
        return None
    if loss not in ("softmax_cross_entropy", {"name": "softmax_cross_entropy"}):
        return None
    first = losses[:examples]
    return {
        "exact": total_loss(first),
        "guarded": total_loss(first, EPSILON),
        "epsilon": EPSILON,
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", required=True, type=Path, help="model.npz")
    parser.add_argument("--prepared", required=True, type=Path, help="what it was trained on, .npz")
    parser.add_argument(
        "--images", required=True, type=Path, help="train_images.npy of the dataset"
    )
    parser.add_argument(
        "--labels", required=True, type=Path, help="train_labels.npy of the dataset"
    )
    parser.add_argument("--output", required=True, type=Path, help="metrics.json")
    options = parser.parse_args()
    model = load_model(options.model)
    config = model.config
    metrics: dict[str, Any] = {
        key: config[key] for key in ("seed", "status", "reason", "epochs", "iterations")
    }
    metrics["parameters"] = model.network.parameters.size if model.network else None
    data = load_prepared(options.prepared, config["preparation"], options.images, options.labels)
    for part, rows in data.split.items():
        measured = dict.fromkeys(METRICS)
        if model.usable and len(rows):
            examples = data.examples(part, model.network.dtype, cache_bytes=0)
            measured = measure(*judged(model, examples))
        metrics |= {f"{part}_{name}": value for name, value in measured.items()}
        metrics[f"{part}_images"] = len(rows)
    examples = len(data.split["training"])
    total = online_loss(config, model.losses, examples) if model.usable else None
    if total:
        metrics["online_loss"] = total
    artifacts.write_json(options.output, metrics)


if __name__ == "__main__":
    artifacts.cli(main)
