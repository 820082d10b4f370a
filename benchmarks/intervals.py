"""Simulate how often the interval of a test accuracy contains the true accuracy.

    python benchmarks/intervals.py --repeats 300

An answer is right if skill + ease + chance > 0. All three are normal: one skill for each training, one
ease for each example, one chance for each answer. Ease has the share RHO of the variance of ease + chance.
Each repeat draws new trainings and examples. The mean accuracy of all possible trainings on all possible
examples should be inside the interval, which is one of two kinds:

seeds  Student's over the trainings, as in most tables; Wilson's with one training
both   evaluation.accuracy_interval

The table shows the lowest and highest coverage in percent, over accuracies from 0.6 to 0.995, trainings
that differ not at all, little or much, and both values of RHO. The random numbers have a fixed seed.
"""

import argparse
import itertools
import sys
from pathlib import Path
from statistics import NormalDist

import numpy as np
from scipy.special import ndtr

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "scripts"))

from evaluation import accuracy_interval, mean_interval, wilson_interval  # noqa: E402
from files.markdown import MarkdownTable  # noqa: E402

TRAININGS, EXAMPLES, ACCURACIES = (1, 3, 10), (26, 100, 1000, 10000), (0.6, 0.9, 0.98, 0.995)
SPREADS = {"zero": 0.0, "small": 0.1, "large": 0.5}  # between trainings, of the error rate
RHO = (0.5, 0.9)


def skills(accuracy: float, deviation: float) -> tuple[float, float]:
    """Return the mean and the deviation of `skill` that give these of the accuracy."""
    points, weights = np.polynomial.hermite_e.hermegauss(99)
    weights /= weights.sum()
    low, high = 0.0, 3.0
    mean = NormalDist().inv_cdf(accuracy)
    if not deviation:
        return mean, 0.0
    for _ in range(60):
        middle = (low + high) / 2
        found = ndtr(mean * np.sqrt(1 + middle**2) + middle * points)
        if np.sqrt(weights @ (found - accuracy) ** 2) < deviation:
            low = middle
        else:
            high = middle
    return mean * np.sqrt(1 + low**2), low


def answers(
    rng: np.random.Generator, mean: float, deviation: float, rho: float, shape: tuple[int, int]
) -> np.ndarray:
    """Draw who is right on what: bool (trainings, examples)."""
    skill = mean + deviation * rng.standard_normal((shape[0], 1), np.float32)
    ease = np.sqrt(rho) * rng.standard_normal(shape[1], np.float32)
    return skill + ease + np.sqrt(1 - rho) * rng.standard_normal(shape, np.float32) > 0


def intervals(right: np.ndarray) -> dict[str, tuple[float, float]]:
    """Return each method's interval of the mean accuracy, given who is right on what."""
    values, examples = right.mean(axis=1).tolist(), right.shape[1]
    alone = wilson_interval(int(right[0].sum()), examples)
    return {
        "seeds": mean_interval(values) or alone,
        "both": accuracy_interval(values, examples)[:2],
    }


Case = tuple[int, int, float, str]  # trainings, examples, accuracy, how much trainings differ
METHODS = ("seeds", "both")


def coverage(case: Case, repeats: int, rng: np.random.Generator) -> dict[str, float]:
    """Return in how many percent of the repeats each method's interval has the true accuracy."""
    n, m, accuracy, spread = case
    skill = skills(accuracy, SPREADS[spread] * (1 - accuracy))
    hits = dict.fromkeys(METHODS, 0)
    for rho in RHO:
        for _ in range(repeats):
            found = intervals(answers(rng, *skill, rho, (n, m)))
            for method, (low, high) in found.items():
                hits[method] += low <= accuracy <= high
    return {method: 100 * count / (repeats * len(RHO)) for method, count in hits.items()}


def ranges(found: dict[Case, dict[str, float]]) -> MarkdownTable:
    """Write a row for each number of trainings and of examples."""
    table = MarkdownTable(dict.fromkeys(["trainings", "examples", *METHODS], "number"), [])
    for n, m in dict.fromkeys(case[:2] for case in found):
        cases = [shares for case, shares in found.items() if case[:2] == (n, m)]
        row = [str(n), str(m)]
        for method in METHODS:
            shares = [case[method] for case in cases]
            row.append(f"{min(shares):.0f} to {max(shares):.0f}")
        table.rows.append(row)
    return table


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "--repeats", type=int, default=300, help="of each case and RHO (default: 300)"
    )
    options = parser.parse_args()
    rng = np.random.default_rng(0)
    cases = itertools.product(TRAININGS, EXAMPLES, ACCURACIES, SPREADS)
    found = {case: coverage(case, options.repeats, rng) for case in cases}
    print(ranges(found).markdown())


if __name__ == "__main__":
    main()
