"""Simulate how often the interval of a test accuracy contains the true accuracy.

    python benchmarks/intervals.py --repeats 300

An answer is right if skill + ease + chance > 0. All three are normal: one skill for each training, one
ease for each example, one chance for each answer. Ease has the share RHO of the variance of ease + chance.
Each repeat draws new trainings and examples. The mean accuracy of all possible trainings on all possible
examples should be inside the interval, which is one of four kinds:

seeds      Student's over the trainings, as in most tables; Wilson's with one training
both       evaluation.accuracy_interval
estimated  the same, with the examples' part of the variance estimated (two-way analysis of variance)
two-way    mean -+ t sqrt(s^2 / n + v / m), where v is the variance over the examples of the share of
           trainings that are right: the normal form of resampling both, which counts chance twice
           (A. B. Owen, Annals of Applied Statistics 1 (2007) 386-411)

The table shows the lowest and highest coverage in percent, over accuracies from 0.6 to 0.995, trainings
that differ not at all, little or much, and both values of RHO. --every prints each case with its mean width
in points. The random numbers have a fixed seed.
"""

import argparse
import itertools
import sys
from collections.abc import Iterator
from pathlib import Path
from statistics import NormalDist

import numpy as np
from scipy.special import ndtr, stdtrit

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "scripts"))

from evaluation import accuracy_interval, mean_interval, wilson_interval  # noqa: E402
from files.markdown import MarkdownTable  # noqa: E402

TRAININGS, EXAMPLES, ACCURACIES = (1, 3, 10), (26, 100, 1000, 10000), (0.6, 0.9, 0.98, 0.995)
SPREADS = {
    "zero": 0.0,
    "small": 0.1,
    "large": 0.5,
}  # deviation between trainings, of the error rate
RHO = (0.5, 0.9)


def skills(accuracy: float, deviation: float) -> tuple[float, float]:
    """Return the mean and the deviation of `skill` that give these of the accuracy."""
    points, weights = np.polynomial.hermite_e.hermegauss(99)
    weights /= weights.sum()
    low, high = 0.0, 3.0
    for _ in range(60 if deviation else 0):
        middle = (low + high) / 2
        mean = NormalDist().inv_cdf(accuracy) * np.sqrt(1 + middle**2)
        found = np.sqrt(weights @ (ndtr(mean + middle * points) - accuracy) ** 2)
        low, high = (middle, high) if found < deviation else (low, middle)
    return NormalDist().inv_cdf(accuracy) * np.sqrt(1 + low**2), low


def answers(
    rng: np.random.Generator, mean: float, deviation: float, rho: float, shape: tuple[int, int]
) -> np.ndarray:
    """Draw who is right on what: bool (trainings, examples)."""
    skill = mean + deviation * rng.standard_normal((shape[0], 1), np.float32)
    ease = np.sqrt(rho) * rng.standard_normal(shape[1], np.float32)
    return skill + ease + np.sqrt(1 - rho) * rng.standard_normal(shape, np.float32) > 0


def intervals(right: np.ndarray) -> Iterator[tuple[str, tuple[float, float]]]:
    """Yield each method's interval of the mean accuracy."""
    n, m = right.shape
    values, shares = right.mean(axis=1), right.mean(axis=0)
    mean = float(values.mean())
    alone = wilson_interval(round(mean * m), m)
    yield "seeds", mean_interval(values.tolist()) or alone
    yield "both", accuracy_interval(values.tolist(), m)[:2]
    if n == 1:
        return
    of_trainings = values.var(ddof=1) / n
    rest = right - shares - values[:, None] + mean
    noise = (rest**2).sum() / (n - 1) / (m - 1)  # of an answer, given the training and the example
    of_examples = shares.var(ddof=1) / m
    for name, part in (
        ("estimated", max(of_examples - noise / n / m, 0.0)),
        ("two-way", of_examples),
    ):
        total = of_trainings + part
        if total == 0 or mean in (0, 1):
            yield name, alone
            continue
        degrees = total**2 / of_trainings**2 * (n - 1) if of_trainings else 1e9
        t, k = stdtrit(degrees, 0.975), mean * (1 - mean) / total
        centre, half = mean, t * np.sqrt(total)
        if name == "estimated":  # as accuracy_interval does with the total variance
            centre = (k * mean + t**2 / 2) / (k + t**2)
            half = t * np.sqrt(k * mean * (1 - mean) + t**2 / 4) / (k + t**2)
        yield name, (centre - half, centre + half)


Case = tuple[int, int, float, str]  # trainings, examples, accuracy, how much trainings differ
METHODS = ("seeds", "both", "estimated", "two-way")


def simulate(case: Case, repeats: int, rng: np.random.Generator) -> dict[str, tuple[float, float]]:
    """Return the coverage in percent and the mean width in points of each method."""
    n, m, accuracy, spread = case
    skill = skills(accuracy, SPREADS[spread] * (1 - accuracy))
    found: dict[str, list[tuple[bool, float]]] = {}
    for rho in RHO:
        for _ in range(repeats):
            for method, (low, high) in intervals(answers(rng, *skill, rho, (n, m))):
                found.setdefault(method, []).append(
                    (low <= accuracy <= high, min(high, 1) - max(low, 0))
                )
    return {name: tuple(100 * np.mean(values, axis=0)) for name, values in found.items()}


def every(found: dict[Case, dict[str, tuple[float, float]]]) -> MarkdownTable:
    """Write a row for each case."""
    about = ("trainings", "examples", "accuracy", "trainings differ")
    table = MarkdownTable(dict.fromkeys([*about, *METHODS], "number"), [])
    for case, of in found.items():
        cells = ["{:.0f} ({:.2g})".format(*of[name]) if name in of else "" for name in METHODS]
        table.rows.append([*map(str, case), *cells])
    return table


def ranges(found: dict[Case, dict[str, tuple[float, float]]]) -> MarkdownTable:
    """Write a row for each number of trainings and of examples."""
    table = MarkdownTable(dict.fromkeys(["trainings", "examples", *METHODS], "number"), [])
    for n, m in dict.fromkeys(case[:2] for case in found):
        cells = []
        for name in METHODS:
            shares = [
                of[name][0] for case, of in found.items() if case[:2] == (n, m) and name in of
            ]
            cells.append(f"{min(shares):.0f} to {max(shares):.0f}" if shares else "")
        table.rows.append([str(n), str(m), *cells])
    return table


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "--repeats", type=int, default=300, help="of each case and RHO (default: 300)"
    )
    parser.add_argument("--every", action="store_true", help="print each case")
    options = parser.parse_args()
    rng = np.random.default_rng(0)
    cases = itertools.product(TRAININGS, EXAMPLES, ACCURACIES, SPREADS)
    found = {case: simulate(case, options.repeats, rng) for case in cases}
    print((every if options.every else ranges)(found).markdown())


if __name__ == "__main__":
    main()
