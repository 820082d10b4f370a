"""Time the steps of several small trainings that train together against those of each alone.

    python benchmarks/stacks.py --runs 3 6 16

All are networks of one hidden layer on 1200 random examples of 64 values and 10 classes, with momentum.
Together and alone take turns in one process with one BLAS thread. A number is the CPU time of a step of
one training in the best turn, with its share of everything that a training does except evaluations.
"""

import argparse
import os
import sys
import time
from pathlib import Path

os.environ.update({f"{name}_NUM_THREADS": "1" for name in ("OMP", "OPENBLAS", "MKL", "NUMEXPR")})
sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "scripts"))

import numpy as np

from components import streams
from inputs import Examples, Preparation
from nn import Trainer, build_loss, build_network, train_together

SHAPES = [(16, 16), (32, 32), (64, 32), (128, 32), (128, 64)]  # units, batch size
ROWS, INPUTS, STEPS = 1200, 64, 600


def trainers(examples: Examples, count: int, units: int, batch: int) -> list[Trainer]:
    """Return trainers with seeds of their own."""
    settings = {"optimizer": "momentum", "batch_size": batch, "learning_rate": 0.05}
    settings |= {"epochs": None, "iterations": STEPS, "evaluate_every": 10**6}
    made = []
    for seed in range(count):
        generators = streams(seed)
        network = build_network({"hidden": [units]}, INPUTS, 10, generators)
        loss = build_loss("softmax_cross_entropy")
        made.append(Trainer(network, settings, examples, None, generators, loss))
    return made


def microseconds(made: list[Trainer], together: bool) -> float:
    """Train; return the CPU time of a step of one training."""
    start = time.process_time()
    if together:
        train_together(trainer.steps() for trainer in made)
    else:
        for trainer in made:
            trainer.run()
    return (time.process_time() - start) / len(made) / STEPS * 1e6


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "--runs", type=int, nargs="+", default=[3, 6, 16], help="trainings together"
    )
    parser.add_argument("--turns", type=int, default=5)
    options = parser.parse_args()
    rng = np.random.default_rng(0)
    images, labels = rng.integers(0, 17, (ROWS, INPUTS), np.uint8), rng.integers(0, 10, ROWS)
    unit = Preparation.fit(["unit"], images, np.arange(ROWS))
    examples = Examples(images, labels, np.arange(ROWS), unit)
    print("units batch  runs   together      alone  alone / together")
    for units, batch in SHAPES:
        for runs in options.runs:
            turns = [
                [microseconds(trainers(examples, runs, units, batch), way) for way in (True, False)]
                for _ in range(options.turns)
            ]
            one, other = map(min, zip(*turns, strict=True))
            print(f"{units:5} {batch:5} {runs:5} {one:7.1f} us {other:7.1f} us {other / one:17.2f}")


if __name__ == "__main__":
    main()
