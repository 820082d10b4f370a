"""Fit classifiers on the training part of a network's examples, and measure them on every part."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from components.groups import group, prefixed
from evaluation import line_of_scores, measure_classes, wilson_interval
from files import artifacts
from files.models import Model, arrays_of, model_of
from files.prepared import Prepared, prepared_of
from inputs import Examples

from .classifiers import BASELINES, BLOCK_ROWS, Arrays, Predict, pixels, predictor, scores


def of_split(predicted: np.ndarray, labels: np.ndarray, split: str) -> dict[str, float]:
    return {f"{split}_{name}": value for name, value in measure_classes(predicted, labels).items()}


class Fitting:
    """The examples of a network, on which baselines are fitted, and the network's features of them."""

    def __init__(self, data: Prepared, precision: str, model: Model | None):
        self.data, self.model, self.dtype = data, model, np.dtype(precision)
        self.training = data.examples("training", self.dtype)

    def failure(self, name: str) -> str | None:
        """Return why a baseline cannot be fitted; None if it can."""
        if BASELINES[name].on is scores and not self.model.usable:
            return self.model.config["reason"]
        if name != "majority" and len(np.unique(self.training.labels)) < 2:
            return "the training examples are all of one class"
        return None

    def fit(self, name: str) -> tuple[Arrays | Predict | None, dict[str, Any]]:
        """Fit a baseline; None if that is impossible, and the numbers then say why."""
        if reason := self.failure(name):
            return None, {"failed": reason}
        baseline, rows = BASELINES[name], len(self.training)
        most = baseline.most(rows, self.training.inputs)
        positions = np.arange(rows)
        about: dict[str, Any] = {"training_images": most}
        if most < rows:
            positions = np.sort(np.random.default_rng(0).choice(rows, most, replace=False))
            about["note"] = f"fitted on {most} of {rows} training examples"
        x = baseline.on(self.model, self.training, positions)
        try:
            fitted, went = baseline.fit(x, self.training.labels[positions])
        except ValueError as error:  # from scikit-learn, for example of values that are not finite
            return None, {"failed": str(error).partition("\n")[0]}
        notes = [each["note"] for each in (about, went) if "note" in each]
        return fitted, about | went | ({"note": "; ".join(notes)} if notes else {})

    def classes(self, name: str, fitted: Arrays | Predict, examples: Examples) -> np.ndarray:
        """Return the class (n,) that a fitted baseline gives each example."""
        on, n = BASELINES[name].on, len(examples)
        size = BLOCK_ROWS if on is pixels else n
        blocks = (np.arange(start, min(start + size, n)) for start in range(0, n, size))
        found = [predictor(fitted)(on(self.model, examples, block)) for block in blocks]
        return np.concatenate(found)


def fit_all(names: list[str], fitting: Fitting) -> tuple[dict[str, Arrays], dict[str, dict]]:
    """Fit and measure baselines; return the arrays of the linear ones, and the numbers of all."""
    kept, numbers = {}, {}
    for name in names:
        fitted, numbers[name] = fitting.fit(name)
        if fitted is None:
            print(f"{name}: failed: {numbers[name]['failed']}", flush=True)
            continue
        if not callable(fitted):
            kept[name] = fitted
        for part in ("training", "validation"):
            examples = fitting.data.examples(part, fitting.dtype)
            if len(examples) and (part != "training" or BASELINES[name].measures_training):
                predicted = fitting.classes(name, fitted, examples)
                numbers[name] |= of_split(predicted, examples.labels, part)
                print(f"{name}: {line_of_scores(numbers[name], part)}", flush=True)
        if "note" in numbers[name]:
            print(f"{name}: {numbers[name]['note']}", flush=True)
    return kept, numbers


def save_baselines(
    path: str | Path,
    fitted: Mapping[str, Arrays],
    settings: dict[str, Any],
    prepared: str | Path,
    model: Model | None,
) -> None:
    """Write the linear baselines, as ``NAME/ARRAY``, and what all of them are fitted on.

    So the test needs no selection to find it. Of a model the file has what its scores need.
    """
    arrays = {"settings": artifacts.as_text(settings)}
    arrays |= prefixed("prepared/", artifacts.load_arrays(prepared))
    if model:
        config = {key: value for key, value in model.config.items() if key != "kernels"}
        needed = Model(model.network, model.preparation, config)
        arrays |= prefixed("model/", arrays_of(needed))
    for name, found in fitted.items():
        arrays |= prefixed(f"{name}/", found)
    artifacts.save_arrays(path, arrays)


def load_baselines(
    path: str | Path, images: str | Path, labels: str | Path
) -> tuple[Arrays, Fitting]:
    """Read a file of `save_baselines`: its arrays, and what the baselines are fitted on.

    ``images`` and ``labels`` are the arrays of the training file.
    """
    with artifacts.whole(path):
        arrays = artifacts.load_arrays(path)
        settings, model = json.loads(str(arrays["settings"])), group(arrays, "model/")
        prepared = group(arrays, "prepared/")
        data = prepared_of(prepared, settings["preparation"], images, labels)
        precision = settings["network"]["precision"]
        return arrays, Fitting(data, precision, model_of(model) if model else None)


def tested_baselines(
    numbers: Mapping[str, dict],
    kept: Arrays,
    fitting: Fitting,
    images: np.ndarray,
    labels: np.ndarray,
) -> dict[str, dict[str, Any]]:
    """Return the numbers of baselines with their scores on the test split added.

    ``kept`` has the arrays of the linear ones, as ``NAME/ARRAY``.
    """
    preparation = fitting.data.preparation
    rows = np.arange(len(images))
    examples = Examples(images, labels, rows, preparation, fitting.dtype, cache_bytes=0)
    found = {}
    for name, known in numbers.items():
        found[name] = known
        if "failed" not in known:
            fitted = group(kept, f"{name}/") or fitting.fit(name)[0]
            predicted = fitting.classes(name, fitted, examples)
            right = int((predicted == examples.labels).sum())
            found[name] = known | of_split(predicted, examples.labels, "test")
            found[name]["wilson_interval"] = wilson_interval(right, len(rows))
    return found
