"""What each value of a random search is worth, all others being equal, as a Markdown table.

    python benchmarks/effects.py results/experiments/cifar10_search

A linear model of the configurations' mean validation accuracies, fitted by least squares: a number that
has many values counts by its doublings; of anything else each value has an effect of its own, beside
the most frequent one. Of components that have the same name everywhere their arguments count. The
intervals are Student's t, 95 %, from what the model leaves unexplained.
"""

import argparse
import math
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "scripts"))
from common.results import Experiment
from common.tables import Table

from ablation import interval, parts
from scipy.special import stdtrit

from experiments.naming import text_of

MANY = 5  # numbers; fewer are levels
COLUMNS = {"what": "text", "effect (points)": "number"}


def facets(configurations: list[dict[str, Any]]) -> dict[str, list[Any]]:
    """What varies, by name: its value in each configuration, a number or a text."""
    found = {}
    for key in configurations[0]:
        values, name = [values[key] for values in configurations], key.rpartition(".")[2]
        if all(isinstance(value, int | float) for value in values):
            found[name] = values
            continue
        names, arguments = zip(*map(parts, values), strict=True)
        if len(set(names)) > 1:
            distinct = len(set(names)) == len(set(map(text_of, values)))
            found[name] = list(names) if distinct else list(map(text_of, values))
            continue
        for place, some in enumerate(zip(*arguments, strict=True)):
            for argument in some[0]:
                label = argument if argument not in found else f"{name}[{place}].{argument}"
                found[label] = [each.get(argument, "none") for each in some]
    return {name: values for name, values in found.items() if len(set(values)) > 1}


def columns(name: str, values: list[Any]) -> dict[str, np.ndarray]:
    """A facet's columns in the model, (configurations,) each, by what their effect is of."""
    distinct = set(values)
    if len(distinct) >= MANY and all(isinstance(v, int | float) and v > 0 for v in distinct):
        logarithms = np.array([math.log2(value) for value in values])
        return {f"{name}, doubled": logarithms - logarithms.mean()}
    (usual, _), *others = Counter(values).most_common()
    return {
        f"{name}: {value} instead of {usual}": np.array([v == value for v in values], float)
        for value, _ in others
    }


def effects(accuracies: np.ndarray, model: dict[str, np.ndarray]) -> Table:
    """The table, by the size of the effects.

    Raises ValueError where the configurations do not tell the effects apart.
    """
    design = np.stack([np.ones(len(accuracies)), *model.values()], axis=1)
    spare = len(accuracies) - design.shape[1]
    if spare < 1 or np.linalg.matrix_rank(design) < design.shape[1]:
        raise ValueError(
            f"{len(accuracies)} configurations do not tell {design.shape[1]} effects apart; "
            "expected a random search with more samples"
        )
    fitted, squares, *_ = np.linalg.lstsq(design, accuracies, rcond=None)
    # errors of variance s^2 in the accuracies  =>  covariance s^2 (D.T D)^-1 of the fitted
    variances = squares[0] / spare * np.diag(np.linalg.inv(design.T @ design))
    halves = stdtrit(spare, 0.975) * np.sqrt(variances)
    found = list(zip(model, fitted[1:].tolist(), halves[1:].tolist(), strict=True))
    rows = [
        [what, interval(effect, (effect - half, effect + half), "+")]
        for what, effect, half in sorted(found, key=lambda row: -abs(row[1]))
    ]
    return Table(COLUMNS, rows)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("experiment", type=Path, help="the folder of an experiment with a sweep")
    options = parser.parse_args()
    rows = Experiment(options.experiment).selection["configurations"]
    rows = [row for row in rows if row["validation_accuracy"] is not None]
    varied = facets([row["values"] for row in rows])
    model = {k: v for name, values in varied.items() for k, v in columns(name, values).items()}
    try:
        print(effects(np.array([row["validation_accuracy"] for row in rows]), model).markdown())
    except ValueError as problem:
        parser.error(f"{options.experiment}: {problem}")


if __name__ == "__main__":
    main()
