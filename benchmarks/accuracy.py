"""Draw CIFAR-10 accuracy against training cost: our experiments, MLPClassifier, published results.

    python benchmarks/accuracy.py results docs/accuracy.png

Each finished experiment in a results folder is a point. x is the floating-point operations of the matrix
products of one training, from its log. y is the test accuracy of one network and one view: the mean over
the seeds with its interval, and above it the accuracy over many views. The upper axis shows minutes on one
core at the speed of these trainings (results/benchmarks). Snakemake samples a job's CPU time every 30
seconds and not at its end, so the longest seed counts, and only trainings of minutes give the speed. A
table of all experiments is printed. MLPClassifier is trained here with its default settings on pixels from
0 to 1, with one or two hidden layers, for 1, 5 and 20 epochs; nothing is selected.
"""

import os

os.environ.update({f"{name}_NUM_THREADS": "1" for name in ("OMP", "OPENBLAS", "MKL", "NUMEXPR")})

import argparse
import csv
import json
import re
import statistics
import sys
from itertools import pairwise
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "scripts"))
from figures.style import GREY, PALETTE, new_figure, styled
from files.markdown import MarkdownTable
from tables.summary import APART

CLASSES = 10
EPOCHS = 1, 5, 20
HIDDEN = (100,), (1024, 512)
# Fully connected networks on CIFAR-10 alone: accuracy, operations where the source lets one count them
# (of 1600 batches of 400 in CS231n's).
PUBLISHED = [
    ("CS231n's two-layer net, on 1000 test images", 0.542, 2.4e12),
    ("Lin et al. 2015", 0.696, None),
    ("Lin et al. 2015, distorted images", 0.786, 1.3e16),
    ("Neyshabur 2020, beta-LASSO", 0.852, None),
]


def operations(sizes: tuple[int, ...], examples: float) -> float:
    """Count the products of a training: forward, dW, and dx except in the first layer."""
    products = [before * after for before, after in pairwise(sizes)]
    return (6 * sum(products) - 2 * products[0]) * examples


def finished(results: Path) -> list[dict]:
    """Return the tested experiments by operations: name, dataset, operations, minutes, accuracies."""
    found = []
    for path in sorted(results.glob("experiments/*/test.json")):
        selection = json.loads(path.with_name("selection.json").read_text())
        test = json.loads(path.read_text())
        name = path.parent.name
        if "test_accuracy" not in test:
            continue
        logs, best = results / f"logs/refit/{name}", ""  # of the networks that were tested
        if not logs.exists():
            logs, best = (
                results / f"logs/train/{name}",
                selection["best_run"].rpartition("seed=")[0],
            )
        jobs = [job_of(logs, f"{best}seed={network['seed']}") for network in test["networks"]]
        said = jobs[0].read_text().partition(f"run {best}seed=")
        said = said[2] or said[0]
        line = re.search(r"products: .* a step, (\S+) in all(?:, and (\S+) to prepare)?", said)
        if line is None:
            print(f"{name}: left out, its log does not report its operations", file=sys.stderr)
            continue
        found.append(
            {
                **{key: value for key, value in test.items() if key.startswith("test_accuracy")},
                "name": name,
                "dataset": selection["dataset"],
                "operations": sum(float(number or 0) for number in line.groups()),
                "minutes": max(seconds(job, results) for job in jobs) / 60,
            }
        )
    return sorted(found, key=lambda point: (point["dataset"], point["operations"]))


def job_of(logs: Path, run: str) -> Path:
    """Return the latest log of the job that trained a run, alone or in a bundle."""
    for log in sorted(logs.glob("*.log"), key=lambda log: log.stat().st_mtime, reverse=True):
        if log.name.startswith(f"{run}.") or f"run {run}\n" in log.read_text():
            return log
    sys.exit(f"{logs}: has no log of {run}")


def seconds(log: Path, results: Path) -> float:
    """Return the CPU time of a training from its job's benchmark: the mean over the runs of a bundle."""
    path = results / "benchmarks" / log.relative_to(results / "logs").with_suffix(".tsv")
    with open(path, encoding="utf-8") as file:
        (row,) = csv.DictReader(file, delimiter="\t")
    return float(row["cpu_time"]) / max(1, len(re.findall("^run ", log.read_text(), re.MULTILINE)))


def table(points: list[dict]) -> MarkdownTable:
    """Return the same numbers as a table."""
    numbers = "operations", "minutes of a core", "one network, one view (95 %)", *APART.values()
    found = MarkdownTable({"experiment": "code", **dict.fromkeys(numbers, "number")}, [])
    for point in points:
        low, high = (100 * point["test_accuracy_interval"][end] for end in ("low", "high"))
        accuracy = f"{100 * point['test_accuracy']:.2f} % ({low:.2f} to {high:.2f})"
        more = [f"{100 * point[key]:.2f} %" if key in point else "" for key in APART]
        cost = f"{point['operations']:.2g}", f"{point['minutes']:.1f}"
        found.rows.append([point["name"], *cost, accuracy, *more])
    return found


def scikit_learn(data: Path) -> dict[tuple[int, ...], list[tuple[float, float]]]:
    """Return the operations and test accuracy of MLPClassifier, by its hidden layers."""
    from sklearn.neural_network import MLPClassifier

    train, test = (np.load(data / f"{part}_images.npy") for part in ("train", "test"))
    train, test = (x.reshape(len(x), -1).astype(np.float32) / 255 for x in (train, test))
    labels, truth = (np.load(data / f"{part}_labels.npy") for part in ("train", "test"))
    found = {}
    for hidden in HIDDEN:
        model, sizes = MLPClassifier(hidden, random_state=0), (train.shape[1], *hidden, CLASSES)
        found[hidden] = []
        for epoch in range(1, max(EPOCHS) + 1):
            model.partial_fit(train, labels, classes=np.arange(CLASSES))
            if epoch in EPOCHS:
                accuracy = float((model.predict(test) == truth).mean())
                found[hidden].append((operations(sizes, epoch * len(train)), accuracy))
                print(f"MLPClassifier {hidden}, {epoch} epochs: {100 * accuracy:.2f} %", flush=True)
    return found


@styled()
def figure(ours: list[dict], theirs: dict, speed: float):
    """Draw test accuracy against operations, on a log axis; `speed` is operations per second."""
    drawn = new_figure(8, 5.2)
    axes = drawn.subplots()
    for number, point in enumerate(ours):
        x, y, interval = (
            point["operations"],
            100 * point["test_accuracy"],
            point["test_accuracy_interval"],
        )
        ends = [[y - 100 * interval["low"]], [100 * interval["high"] - y]]
        label = "ours (cifar10_...): one network, one view, 95 %" if not number else None
        axes.errorbar(x, y, ends, fmt="o", color=PALETTE[0], capsize=3, label=label)
        name = point["name"].removeprefix("cifar10_")
        axes.annotate(name, (x, y), (4, -11), textcoords="offset points", fontsize=8)
        if averaged := point.get("test_accuracy_averaged"):
            axes.plot(x, 100 * averaged, "^", color=PALETTE[0], mfc="none")
    axes.plot([], [], "^", color=PALETTE[0], mfc="none", label="ours, over many views of an image")
    for number, (hidden, points) in enumerate(theirs.items()):
        x, y = np.array(points).T
        label = f"MLPClassifier {'-'.join(map(str, hidden))}, {', '.join(map(str, EPOCHS))} epochs"
        axes.plot(x, 100 * y, "s-", color=PALETTE[2 + number], label=label)
    for name, accuracy, cost in PUBLISHED:
        if cost:
            axes.plot(cost, 100 * accuracy, "D", color=PALETTE[1])
            side, place = ("right", (-7, 5)) if cost > 1e15 else ("left", (7, 5))
            point, offset = (cost, 100 * accuracy), "offset points"
            axes.annotate(name, point, place, textcoords=offset, fontsize=8, ha=side)
        else:
            axes.axhline(100 * accuracy, color=GREY, linestyle="--", zorder=0)
            axes.text(
                0.005,
                100 * accuracy + 0.4,
                f"{name} (cost unknown)",
                fontsize=8,
                transform=axes.get_yaxis_transform(),
            )
    axes.plot([], [], "D", color=PALETTE[1], label="published")
    axes.set(
        xscale="log",
        xlabel="floating-point operations of a training",
        ylabel="test accuracy on CIFAR-10 (%)",
    )
    minutes = axes.secondary_xaxis(
        "top", functions=(lambda x: x / speed / 60, lambda m: m * speed * 60)
    )
    ticks = [0.1, 1, 5, 15, 60, 600]
    minutes.set_xticks(ticks, [f"{tick:g}" for tick in ticks])
    minutes.set_xlabel(f"minutes of a core at {speed:.2g} operations a second")
    *rest, first = zip(*axes.get_legend_handles_labels(), strict=True)  # error bars come last
    axes.legend(*zip(first, *rest, strict=True), loc="lower right")
    return drawn


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("results", type=Path, help="a results folder with finished experiments")
    parser.add_argument("output", type=Path, help="the figure, PNG")
    options = parser.parse_args()
    found = finished(options.results)
    print(table(found).markdown(), flush=True)
    ours = [point for point in found if point["dataset"] == "cifar10"]
    if not ours:
        parser.error(f"{options.results}: no experiment on CIFAR-10 was tested there")
    long = [point for point in ours if point["minutes"] > 2]
    if not long:
        parser.error(f"{options.results}: no training there took two minutes, to measure the speed")
    speed = statistics.median(point["operations"] / point["minutes"] / 60 for point in long)
    data = max(options.results.glob("datasets/cifar10/*/info.json"), key=os.path.getmtime).parent
    figure(ours, scikit_learn(data), speed).savefig(options.output)


if __name__ == "__main__":
    main()
