"""Measure a trained network on all its training and validation examples."""

import one_thread  # noqa: F401

import argparse
from pathlib import Path
from typing import Any

import numpy as np

import artifacts
from evaluation import accuracy, mean_loss
from models import Model, load_model
from nn import Examples, build_loss, predict


def measure(model: Model, images: np.ndarray, labels: np.ndarray, rows: np.ndarray) -> dict:
    """Return accuracy and mean loss (data loss, no penalty) on some rows; None where it has none."""
    if not len(rows):
        return {"accuracy": None, "loss": None}
    examples = Examples(images, labels, rows, model.preparation, model.network.dtype, cache_bytes=0)
    scores = predict(model.network, examples)
    loss = mean_loss(build_loss(model.config["network"]["loss"])(scores, examples.labels))
    return {
        "accuracy": accuracy(scores.argmax(axis=1), examples.labels),
        "loss": loss if np.isfinite(loss) else None,
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--dataset", required=True, type=Path, help="folder of the parsed arrays")
    parser.add_argument("--prepared", required=True, type=Path, help="folder of split.npz")
    parser.add_argument("--model", required=True, type=Path)
    parser.add_argument("--output", required=True, type=Path, help="metrics.json")
    options = parser.parse_args()
    model = load_model(options.model)
    config = model.config
    metrics: dict[str, Any] = {
        key: config[key] for key in ("seed", "status", "reason", "epochs", "iterations")
    }
    metrics["parameters"] = model.network.parameters.size if model.network else None
    images, labels = artifacts.load_split(options.dataset, "train")
    split = artifacts.load_arrays(options.prepared / "split.npz")
    usable = config["status"] in ("completed", "stopped", "paused")
    for part, rows in split.items():
        measured = measure(model, images, labels, rows if usable else rows[:0])
        metrics |= {f"{part}_{name}": value for name, value in measured.items()}
        metrics[f"{part}_images"] = len(rows)
    artifacts.write_json(options.output, metrics)


if __name__ == "__main__":
    artifacts.cli(main)
