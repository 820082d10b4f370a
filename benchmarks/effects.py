"""Estimate the effect of each value in a random search, others being equal, as a Markdown table.

    python benchmarks/effects.py results/experiments/cifar10_search

Fits a linear model to the configurations' mean validation accuracies by least squares. Positive numbers
with five or more values have the effect of doubling. Any other setting has one effect per value, relative
to its most frequent value. The 95 % intervals (Student's t) come from the residuals: noise, and
interactions of settings. Configurations without an accuracy are left out. If seeds failed, or after
halving, the surviving ones count.
"""

import argparse
import math
import sys
from collections import Counter
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "scripts"))
import numpy as np
from ablation import differences, interval
from scipy.special import stdtrit

import cli
from files.finished import FinishedExperiment
from files.markdown import MarkdownTable

MANY = 5  # numbers; fewer are levels
COLUMNS = {"what": "text", "effect (points)": "number"}


def facets(configurations: list[dict[str, Any]]) -> dict[str, list[float | str]]:
    """Return the values that vary, by name, one per configuration."""
    found = {}
    for key in configurations[0]:
        for label, values in differences(key, [each[key] for each in configurations]):
            found[label if label not in found else f"{key}: {label}"] = values
    return found


def columns(name: str, values: list[float | str]) -> dict[str, np.ndarray]:
    """Return a facet's columns in the model, (configurations,) each, by the name of their effect."""
    if len(set(values)) >= MANY and all(isinstance(v, int | float) and v > 0 for v in values):
        return {f"{name}, doubled": np.array([math.log2(value) for value in values])}
    counts = Counter(values)
    usual, *others = sorted(counts, key=lambda value: (-counts[value], str(value)))
    return {
        f"{name}: {value} instead of {usual}": np.array([v == value for v in values], float)
        for value in others
    }


def effects(accuracies: np.ndarray, model: dict[str, np.ndarray]) -> MarkdownTable:
    """Return the table, sorted by the size of the effects.

    Raises ValueError if the configurations cannot separate the effects.
    """
    design = np.stack([np.ones(len(accuracies)), *model.values()], axis=1)
    spare = len(accuracies) - design.shape[1]
    if not model or spare < 1 or np.linalg.matrix_rank(design) < design.shape[1]:
        raise ValueError(
            f"{len(accuracies)} configurations cannot separate {len(model)} effects; expected a "
            "random search, of at least two configurations more than effects, in which no values "
            "always change together"
        )
    fitted, squares, *_ = np.linalg.lstsq(design, accuracies, rcond=None)
    # errors of variance s^2 in the accuracies  =>  covariance s^2 (D.T D)^-1 of the fitted
    variances = squares[0] / spare * np.diag(np.linalg.inv(design.T @ design))
    halves = stdtrit(spare, 0.975) * np.sqrt(variances)
    found = zip(model, fitted[1:].tolist(), halves[1:].tolist(), strict=True)
    rows = [
        [what, interval(effect, (effect - half, effect + half), "+")]
        for what, effect, half in sorted(found, key=lambda row: -abs(row[1]))
    ]
    return MarkdownTable(COLUMNS, rows)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("experiment", type=Path, help="the folder of an experiment with a sweep")
    options = parser.parse_args()
    rows = FinishedExperiment(options.experiment).selection["configurations"]
    rows = [row for row in rows if row["validation_accuracy"] is not None]
    if not rows:
        parser.error(f"{options.experiment}: no configuration has a validation accuracy")
    varied = facets([row["values"] for row in rows])
    model = {k: v for name, values in varied.items() for k, v in columns(name, values).items()}
    try:
        print(effects(np.array([row["validation_accuracy"] for row in rows]), model).markdown())
    except ValueError as problem:
        parser.error(f"{options.experiment}: {problem}")


if __name__ == "__main__":
    cli.run(main)
