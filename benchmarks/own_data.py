"""Measure how accurate the defaults for own data are on tables, against scikit-learn's MLPClassifier.

    python benchmarks/own_data.py [TABLE ...] --splits 5

Each table is a CSV file, and the experiment is just `{dataset: NAME}`. For each random split into three
quarters and a test quarter, the workflow runs in a copy of the project. MLPClassifier (default
settings, but up to 2000 epochs) after a StandardScaler gets the same inputs and test rows, and trains on
all other rows, including those that ours keeps for validation.

wine, cancer, iris and digits come with scikit-learn.
"""

import os

os.environ.update({f"{name}_NUM_THREADS": "1" for name in ("OMP", "OPENBLAS", "MKL", "NUMEXPR")})

import argparse
import csv
import json
import sys
import tempfile
import warnings
from collections.abc import Callable
from pathlib import Path

import numpy as np
from sklearn import datasets
from sklearn.exceptions import ConvergenceWarning
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from workflow import ROOT, call, copy_project

sys.path.insert(0, str(ROOT / "scripts"))
import cli
from files.markdown import MarkdownTable

Rows = list[list]  # the names of the columns first, the last of which is the label
TEST = 0.25
COLUMNS = {
    "table": "text", "rows": "number", "inputs": "number", "classes": "number",
    "this project": "number", "scikit-learn": "number", "difference (points)": "number",
}  # fmt: skip


def bundled(load: Callable) -> Rows:
    """Return a table of scikit-learn, with classes as words."""
    data = load()
    names = [f"x{number}" for number in range(data.data.shape[1])]
    rows = zip(data.data.tolist(), data.target, strict=True)
    return [[*names, "kind"], *([*x, f"kind {y}"] for x, y in rows)]


TABLES: dict[str, Callable[[], Rows]] = {
    "wine": lambda: bundled(datasets.load_wine),
    "cancer": lambda: bundled(datasets.load_breast_cancer),
    "iris": lambda: bundled(datasets.load_iris),
    "digits": lambda: bundled(datasets.load_digits),
}


def write_split(table: Rows, seed: int, folder: Path) -> None:
    """Write train.csv, and test.csv with a quarter of the rows, drawn by the seed."""
    names, *rows = table
    order = np.random.default_rng(seed).permutation(len(rows))
    held_out = round(TEST * len(rows))
    for name, part in (("test", order[:held_out]), ("train", order[held_out:])):
        with open(folder / f"{name}.csv", "w", newline="", encoding="utf-8") as file:
            csv.writer(file).writerows([names, *(rows[i] for i in sorted(part))])


def ours(table: Rows, seed: int, project: Path) -> tuple[float, dict[str, np.ndarray]]:
    """Return the test accuracy of an experiment without settings, and its arrays by file name."""
    data = {"format": "csv", "path": "train.csv", "test_path": "test.csv", "label": table[0][-1]}
    copy_project(project, "own", {"dataset": "own"}, datasets={"own": data})
    write_split(table, seed, project)
    call(project, "--cores", "1", "results/experiments/own/test.json")
    test = json.loads((project / "results/experiments/own/test.json").read_text())
    arrays = (project / "results/datasets/own").glob("*/*.npy")
    return test["test_accuracy"], {path.stem: np.load(path) for path in arrays}


def of_sklearn(found: dict[str, np.ndarray], seed: int) -> float:
    """Return the test accuracy of a scaled MLPClassifier on the same rows."""
    classifier = make_pipeline(StandardScaler(), MLPClassifier(max_iter=2000, random_state=seed))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        classifier.fit(found["train_images"], found["train_labels"])
    return float(classifier.score(found["test_images"], found["test_labels"]))


def compared(table: Rows, splits: int) -> list[str]:
    """Return means over splits as table cells: ours, scikit-learn's, and the difference."""
    scores = []
    for seed in range(splits):
        with tempfile.TemporaryDirectory() as project:
            accuracy, found = ours(table, seed, Path(project))
        scores.append((accuracy, of_sklearn(found, seed)))
    mine, theirs = 100 * np.mean(scores, axis=0)
    classes = len({row[-1] for row in table[1:]})
    about = [len(table) - 1, found["train_images"].shape[1], classes]
    return [*map(str, about), f"{mine:.1f}", f"{theirs:.1f}", f"{mine - theirs:+.1f}"]


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("tables", nargs="*", metavar="TABLE", help=f"of {', '.join(TABLES)} (all)")
    parser.add_argument("--splits", type=int, default=5, help="how many test splits (5)")
    options = parser.parse_args()
    if unknown := [name for name in options.tables if name not in TABLES]:
        parser.error(f"no table {unknown[0]}, expected one of {', '.join(TABLES)}")
    if options.splits < 1:
        parser.error(f"--splits is {options.splits}, expected at least 1")
    names = options.tables or TABLES
    rows = [[name, *compared(TABLES[name](), options.splits)] for name in names]
    print(MarkdownTable(COLUMNS, rows).markdown())


if __name__ == "__main__":
    cli.run(main)
