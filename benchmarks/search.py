"""Time a grid search on the digits against scikit-learn's GridSearchCV over MLPClassifier.

    python benchmarks/search.py [GRID ...] --pairs 3

Both train the same configurations and seeds for the same epochs on the same rows, score them on the same
validation rows and select the best, in two processes with one BLAS thread each:

ours     `snakemake --cores 2 results/experiments/GRID/selection.json` in a fresh copy of the project, from
         generating the raw files to the selection. All modules are compiled first, as pip compiles
         scikit-learn's; a dry run fills the caches of the rules.
sklearn  GridSearchCV with n_jobs=2, one split and no refit, in a Python process of its own, on float32.

digits_mlp is the experiment of config.yaml (18 runs); digits_grid has 120 runs over learning rates, widths
and batch sizes. The two take turns. Compare the ratios of pairs, because seconds vary on a busy machine.
The validation accuracies show that both do the same work.
"""

import argparse
import json
import os
import sys
import tempfile
import warnings
from pathlib import Path

import yaml
from workflow import ROOT, call, copy_project, timed

CORES = 2
TRAINING, VALIDATION = 1200, 237  # the test split is not read
ARGUMENTS = {  # of MLPClassifier, by sweep key
    "training.learning_rate": "learning_rate_init",
    "training.batch_size": "batch_size",
    "network.hidden": "hidden_layer_sizes",
}


def grids() -> dict[str, dict]:
    """Return the settings of each experiment."""
    digits = yaml.safe_load((ROOT / "config.yaml").read_text())["experiments"]["digits_mlp"]
    rates, widths, sizes = (
        [0.01, 0.02, 0.05, 0.1, 0.2, 0.3],
        [16, 32, 64, 96, 128],
        [16, 32, 64, 128],
    )
    grid = {
        "training.learning_rate": rates,
        "network.hidden": [[width] for width in widths],
        "training.batch_size": sizes,
    }
    return {"digits_mlp": digits, "digits_grid": digits | {"sweep": {"grid": grid}, "seeds": 1}}


def ours(name: str, settings: dict) -> tuple[float, float]:
    """Search with the workflow; return the seconds and the best validation accuracy."""
    selection = f"results/experiments/{name}/selection.json"
    with tempfile.TemporaryDirectory(prefix="search-") as folder:
        copy_project(Path(folder), name, settings)
        timed(Path(folder), [sys.executable, "-m", "compileall", "-q", "scripts"])
        call(Path(folder), selection, "--dry-run")
        seconds, _, _ = call(Path(folder), selection, "--cores", str(CORES))
        found = json.loads(Path(folder, selection).read_text())
    return seconds, found["configurations"][0]["validation_accuracy"]  # best first


def of_sklearn(settings: dict) -> float:
    """Search with scikit-learn; return the best validation accuracy, a mean over seeds."""
    import numpy as np
    from sklearn.datasets import load_digits
    from sklearn.model_selection import GridSearchCV, PredefinedSplit
    from sklearn.neural_network import MLPClassifier

    images, labels = load_digits(return_X_y=True)
    rows = TRAINING + VALIDATION
    fold = np.repeat([-1, 0], [TRAINING, VALIDATION])
    training, seeds = settings["training"], settings["seeds"]
    net = MLPClassifier(
        settings["network"]["hidden"],
        solver="sgd",
        momentum=training["optimizer"]["momentum"],
        nesterovs_momentum=False,
        learning_rate_init=training["learning_rate"],
        batch_size=training["batch_size"],
        max_iter=training["epochs"],
        n_iter_no_change=training["epochs"],  # no early end
        alpha=0,
    )
    grid = {ARGUMENTS[key]: values for key, values in settings["sweep"]["grid"].items()}
    search = GridSearchCV(
        net,
        grid | {"random_state": range(seeds)},
        cv=PredefinedSplit(fold),
        n_jobs=CORES,
        refit=False,
    )
    search.fit(images[:rows].astype(np.float32) / 16, labels[:rows])
    scores = search.cv_results_["mean_test_score"]  # random_state, last by name, varies fastest
    return float(scores.reshape(-1, seeds).mean(axis=1).max())


def main() -> None:
    known = grids()
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "grids", nargs="*", metavar="GRID", help=f"of {', '.join(known)}; default: all"
    )
    parser.add_argument("--pairs", type=int, default=3, help="number of turns of the two")
    parser.add_argument(
        "--sklearn", action="store_true", help="run only scikit-learn's search, untimed"
    )
    options = parser.parse_args()
    if unknown := set(options.grids) - set(known):
        parser.error(f"no grid {', '.join(sorted(unknown))}; known: {', '.join(known)}")
    if options.sklearn:
        warnings.simplefilter("ignore")
        for name in options.grids:
            print(of_sklearn(known[name]))
        return
    os.environ.update({f"{name}_NUM_THREADS": "1" for name in ("OMP", "OPENBLAS", "MKL")})
    os.environ["PYTHONWARNINGS"] = "ignore"  # MLPClassifier warns that 30 epochs are few
    print(f"load average before: {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores")
    print("grid         pair   ours (s)  sklearn (s)  ours / sklearn  best accuracy: ours  sklearn")
    for name in options.grids or known:
        for pair in range(1, options.pairs + 1):
            seconds, accuracy = ours(name, known[name])
            command = [sys.executable, __file__, "--sklearn", name]
            theirs, _, said = timed(ROOT, command)
            print(
                f"{name:12} {pair:4} {seconds:10.2f} {theirs:12.2f} {seconds / theirs:15.2f}"
                f" {accuracy:20.4f} {float(said):8.4f}",
                flush=True,
            )


if __name__ == "__main__":
    main()
