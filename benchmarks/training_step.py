"""Time one training step of this library against what a user would pick instead.

Everything runs in one process on one BLAS thread, the contenders taking turns. A number is the
median over the turns of the CPU time per step: of the whole process, so that no thread is hidden
and waiting for a busy machine does not count. All train the same net (softmax cross-entropy, no L2
penalty) with the same batch size on the same random data, and take each batch from data in memory:

ours     `Trainer.run` over whole epochs, without evaluations: everything that a training job does
         in a step. The examples are uint8, prepared as in the workflow: once where they fit into
         the cache of `Examples`, else (S3, S6) batch by batch.
naive    numpy as courses write it: float64, new arrays, `d[h <= 0] = 0`. Data float64, prepared.
torch    eager mode: gather the batch, zero_grad, forward, backward, step (SGD, fused Adam), from a
         prepared tensor of the net's dtype. A full batch is not copied.
sklearn  MLPClassifier's own loop, entered by partial_fit with many batches or by fit for many
         epochs. Data prepared, of the net's dtype. It has no dropout: on S6 it does less.
gemm     the matrix products of forward and backward pass alone, np.dot into existing arrays.
"""

import os

os.environ.update({f"{name}_NUM_THREADS": "1" for name in ("OMP", "OPENBLAS", "MKL", "NUMEXPR")})

import argparse
import csv
import gc
import importlib.util
import statistics
import sys
import time
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "scripts"))
from contenders import CONTENDERS

from inputs import Preparation


@dataclass
class Net:
    """A network, and how it is trained on `examples` random examples."""

    name: str
    sizes: tuple[int, ...]
    batch: int
    examples: int
    preparation: str | dict = "unit"
    activation: str = "relu"
    optimizer: str = "sgd"
    dropout: float = 0.0
    dtype: str = "float32"
    cached: bool = True  # False: as with more examples than are worth preparing as a whole

    @property
    def full(self) -> bool:
        return self.batch == self.examples


BINARIZE = {"name": "binarize", "threshold": 99}
DEEP = (3072, 2048, 2048, 10)
NETS = [
    Net("S1", (784, 10), 1, 60000, preparation=BINARIZE),
    Net("S2", (2, 100, 3), 300, 300, preparation="identity", dtype="float64"),
    Net("S3", (3072, 300, 10), 400, 24000, preparation="mean_image"),  # 295 MB: not cached
    Net("S4", (784, 200, 10), 60000, 60000),
    Net("S5", (784, 200, 10), 100, 60000, activation="sigmoid"),
    Net("S6-momentum", DEEP, 256, 768, optimizer="momentum", dropout=0.5, cached=False),
    Net("S6-adam", DEEP, 256, 768, optimizer="adam", dropout=0.5, cached=False),
]


class Data:
    """Random examples: raw as the workflow has them, and prepared, as x in the net's dtype."""

    def __init__(self, net: Net):
        rng = np.random.default_rng(0)
        shape = net.examples, net.sizes[0]
        if net.preparation == "identity":  # the spiral: points, not pixels
            self.images = rng.standard_normal(shape)
        else:
            self.images = rng.integers(0, 256, shape, np.uint8)
        self.labels = rng.integers(0, net.sizes[-1], net.examples).astype(np.uint8)
        rows = np.arange(net.examples)
        self.preparation = Preparation.fit([net.preparation], self.images, rows)
        self.x = self.preparation.transform(self.images, out=np.empty(shape, net.dtype))

    def batches(self, net: Net, steps: int) -> Iterator[np.ndarray | slice]:
        """Positions of `steps` batches, in a new order every epoch unless the batch is full."""
        if net.full:
            yield from [slice(None)] * steps
            return
        order, per_epoch = None, net.examples // net.batch
        for step in range(steps):
            if step % per_epoch == 0:
                order = np.random.permutation(net.examples)
            start = step % per_epoch * net.batch
            yield order[start : start + net.batch]


def timed(run, steps: int) -> float:
    """Seconds of CPU time per step."""
    start = time.process_time()
    done = run(steps)
    return (time.process_time() - start) / done


def measure(net: Net, repeats: int, seconds: float) -> dict[str, float]:
    """Median seconds per step, by contender; each has `repeats` turns of about `seconds`."""
    data = Data(net)
    runs, steps, times = {}, {}, {}
    for name, contender in CONTENDERS.items():
        if name in ("torch", "sklearn") and importlib.util.find_spec(name) is None:
            continue
        runs[name], times[name] = contender(net, data), []
        runs[name](2)  # warms up
        steps[name] = max(1, round(seconds / timed(runs[name], 2)))
    for _ in range(repeats):
        for name, run in runs.items():
            times[name].append(timed(run, steps[name]))
    return {name: statistics.median(values) for name, values in times.items()}


def main() -> None:
    warnings.filterwarnings("ignore", message="Stochastic Optimizer: Maximum iterations")
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    names = [net.name for net in NETS]
    parser.add_argument("--nets", default=",".join(names), help="default: %(default)s")
    parser.add_argument("--repeats", type=int, default=7, help="turns of each contender")
    parser.add_argument("--seconds", type=float, default=0.2, help="length of a turn, about")
    parser.add_argument("--csv", type=Path, help="write the seconds per step to this file")
    options = parser.parse_args()
    chosen = options.nets.split(",")
    if unknown := [name for name in chosen if name not in names]:
        parser.error(f"--nets: unknown {', '.join(unknown)}; known are {', '.join(names)}")

    others = [name for name in CONTENDERS if name != "ours"]
    print(f"{'net':12}{'ours':>12}" + "".join(f"{'ours / ' + name:>16}" for name in others))
    rows = []
    for net in NETS:
        if net.name not in chosen:
            continue
        times = measure(net, options.repeats, options.seconds)
        ratios = [f"{times['ours'] / times[name]:.2f}" if name in times else "-" for name in others]
        ours = f"{times['ours'] * 1e6:.1f} us"
        print(f"{net.name:12}{ours:>12}" + "".join(f"{r:>16}" for r in ratios), flush=True)
        rows.append({"net": net.name, **times})
        gc.collect()  # before the next net's data is made
    if options.csv:
        with open(options.csv, "w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, ["net", *CONTENDERS], lineterminator="\n")
            writer.writeheader()
            writer.writerows(rows)


if __name__ == "__main__":
    main()
