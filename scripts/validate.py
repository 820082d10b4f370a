"""Measure the networks of a bundle on all their training and validation examples."""

import argparse
from pathlib import Path
from typing import Any

import numpy as np

import cli
from evaluation import METRICS, line_of_scores, measure, total_loss
from files import artifacts
from files.bundles import Bundle
from files.models import Model, judged, model_in
from files.prepared import Prepared, load_prepared
from nn import unpack_history
from origin.record import file_digest

# The epsilon of -log(max(p, epsilon)), for sources that print a guarded total without it. This one gives
# the ~210000 of the CSCI 1430 softmax stencil (1e-14: 215000, 1e-13: 204000).
EPSILON = 3e-14


def online_loss(config: dict[str, Any], losses: np.ndarray, examples: int) -> dict | None:
    """Return the sum of the first epoch's losses, each before the step on its one example.

    None for larger batches, augmentation, an L2 penalty and another loss than the plain cross-entropy.
    """
    training, loss = config["training"], config["network"]["loss"]
    if training["batch_size"] != 1 or training["l2"] or training["augmentation"]:
        return None
    if loss not in ("softmax_cross_entropy", {"name": "softmax_cross_entropy"}):
        return None
    first = losses[:examples]
    guarded = total_loss(first, EPSILON)
    return {"exact": total_loss(first), "guarded": guarded, "epsilon": EPSILON}


def metrics_of(model: Model, data: Prepared) -> dict[str, Any]:
    """Measure a network on both parts of its split; a failed network has no scores."""
    config = model.config
    metrics: dict[str, Any] = {
        key: config[key] for key in ("seed", "status", "reason", "epochs", "iterations")
    }
    metrics["parameters"] = model.network.parameters.size if model.network else None
    for part, rows in data.split.items():
        measured = dict.fromkeys(METRICS)
        if model.usable and len(rows):
            measured = measure(*judged(model, data.examples(part, model.network.dtype)))
        metrics |= {f"{part}_{name}": value for name, value in measured.items()}
        metrics[f"{part}_images"] = len(rows)
    examples = len(data.split["training"])
    total = online_loss(config, model.losses, examples) if model.usable else None
    if total:
        metrics["online_loss"] = total
    if config["training"]["patience"] is not None:
        metrics["best"] = best_of(model.history)
    return metrics


def best_of(history: np.ndarray) -> dict[str, Any] | None:
    """Return when the validation accuracy was best (first of equals); None without evaluations."""
    rows = unpack_history(history)
    if not rows:
        return None
    best = max(rows, key=lambda row: row["validation_accuracy"])
    return {"epochs": best["epoch"], "iterations": best["iteration"]}


def measured(bundle: Bundle, options: argparse.Namespace) -> dict[str, dict[str, Any]]:
    metrics = {}
    files = {file_digest(path): path for path in options.prepared}
    trained_on = {run: bundle.text(run, "made")["data"]["prepared"] for run in bundle.runs}
    for digest in dict.fromkeys(trained_on.values()):  # one preparation in memory at a time
        runs = [run for run, other in trained_on.items() if other == digest]
        if digest not in files:
            given = ", ".join(map(str, options.prepared))
            raise artifacts.ArtifactError(f"{bundle.path}: {runs[0]} was not trained on {given}")
        steps = bundle.text(runs[0], "config")["preparation"]
        data = load_prepared(files[digest], steps, options.images, options.labels)
        for run in runs:
            metrics[run] = metrics_of(model_in(bundle, run, data.preparation), data)
            print(f"{run}: {line_of_scores(metrics[run], 'validation')}", flush=True)
    return metrics


def main() -> None:
    parser = cli.parser(__doc__)
    cli.add_training_arrays(parser)
    cli.add_files(parser, bundle="a bundle of models, .npz", output="metrics of its runs, .json")
    about = "the prepared data they were trained on, .npz"
    parser.add_argument("--prepared", required=True, nargs="+", type=Path, help=about)
    options = parser.parse_args()
    with Bundle(options.bundle) as bundle:
        artifacts.write_json(options.output, measured(bundle, options))


if __name__ == "__main__":
    cli.run(main)
