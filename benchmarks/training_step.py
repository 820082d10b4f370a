"""Time one training step of this library against what a user would pick instead.

    python benchmarks/training_step.py --nets S3,C512 --threads 2

All contenders run in one process and take turns; a number is the best turn, which other work on the
machine disturbs least. On one thread it is the CPU time of the whole process per step, which counts hidden
threads and no waiting. With `--threads N` it is wall-clock time, so the machine must be quiet; each net is
then measured on one thread with one shard and on N threads. All contenders train the same net (softmax
cross-entropy, no L2 penalty) with the same batch size on the same random data in memory:

ours     `Trainer.run` over whole epochs without evaluations: everything that a training job does in a
         step. The examples are uint8. Like in the workflow, they are prepared once if they fit into the
         cache of `Examples`, else (S3, S6) batch by batch. N threads work on the shards given in NETS.
torch    eager mode: gather the batch, zero_grad, forward, backward, step (SGD, fused Adam), from a
         prepared tensor of the net's dtype. A full batch is not copied.
sklearn  MLPClassifier's own loop: partial_fit with many batches, or fit for many epochs if the batch is
         full. Data are prepared, in the net's dtype. It has no dropout, so it does less on S6.
gemm     only the matrix products of both passes, np.dot into existing arrays: the lower bound.

C512-bank is `cifar10_best`: ours distorts and projects the raw images of each batch (affine_bank), and gemm
includes that product; PyTorch and scikit-learn train C512, on images that are already projected.

PyTorch, scikit-learn and gemm use as many BLAS threads as ours has threads.
"""

import os

os.environ.update({f"{name}_NUM_THREADS": "1" for name in ("OMP", "OPENBLAS", "MKL", "NUMEXPR")})

import argparse
import gc
import importlib.util
import sys
import time
import warnings
from collections.abc import Iterator
from dataclasses import dataclass, replace
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
    cached: bool = True  # False: prepare batch by batch, as with more examples
    normalization: str = "none"
    augmentation: tuple = ()  # only ours has it
    shape: tuple[int, ...] | None = None  # of a raw example; default: sizes[:1]
    shards: int = 2  # with more than one thread
    threads: int = 1

    @property
    def full(self) -> bool:
        return self.batch == self.examples


BINARIZE = {"name": "binarize", "threshold": 99}
DEEP = (3072, 2048, 2048, 10)
WIDE = (512, 2048, 1024, 512, 10)
COLOUR = {"brightness": 0.25, "contrast": 0.25, "saturation": 0.25}
BANK = {"name": "affine_bank", "transforms": 4, "uses": 5000, **COLOUR}
NETS = [
    Net("S1", (784, 10), 1, 60000, preparation=BINARIZE),
    Net("S2", (2, 100, 3), 300, 300, preparation="identity", dtype="float64"),
    Net("S3", (3072, 300, 10), 400, 24000, preparation="mean_image"),  # 295 MB: not cached
    Net("S4", (784, 200, 10), 60000, 60000),
    Net("S5", (784, 200, 10), 100, 60000, activation="sigmoid", shards=1),
    Net("S6-momentum", DEEP, 256, 768, optimizer="momentum", dropout=0.5, cached=False),
    Net("S6-adam", DEEP, 256, 768, optimizer="adam", dropout=0.5, cached=False),
    Net("C512", WIDE, 512, 4096, optimizer="momentum", normalization="batch"),
    Net(
        "C512-bank",
        WIDE,
        512,
        8192,
        {"name": "pca", "components": 512, "exponent": 0.6},
        "gelu",
        optimizer="momentum",
        normalization="batch",
        augmentation=({"name": "mixup", "alpha": 0.2}, BANK),
        shape=(32, 32, 3),
    ),
]
ONE_THREAD_ONLY = ("S1", "S2")


class Data:
    """Random examples: raw, as in the workflow, and prepared, as x in the net's dtype."""

    def __init__(self, net: Net):
        rng = np.random.default_rng(0)
        shape = net.examples, *(net.shape or net.sizes[:1])
        if net.preparation == "identity":  # the spiral: points, not pixels
            self.images = rng.standard_normal(shape)
        else:
            self.images = rng.integers(0, 256, shape, np.uint8)
        self.labels = rng.integers(0, net.sizes[-1], net.examples).astype(np.uint8)
        rows = np.arange(net.examples)
        self.preparation = Preparation.fit([net.preparation], self.images, rows)
        self.x = self.preparation.transform(
            self.images, out=np.empty((net.examples, net.sizes[0]), net.dtype)
        )

    def batches(self, net: Net, steps: int) -> Iterator[np.ndarray | slice]:
        """Yield positions of `steps` batches, in a new order every epoch unless the batch is full."""
        if net.full:
            yield from [slice(None)] * steps
            return
        order, per_epoch = None, net.examples // net.batch
        for step in range(steps):
            if step % per_epoch == 0:
                order = np.random.permutation(net.examples)
            start = step % per_epoch * net.batch
            yield order[start : start + net.batch]


def timed(run, steps: int, clock) -> float:
    """Return the seconds per step."""
    start = clock()
    done = run(steps)
    return (clock() - start) / done


def measure(net: Net, threads: int, repeats: int, seconds: float) -> dict[int, dict[str, float]]:
    """Return the best seconds per step by threads and contender, of `repeats` turns of `seconds`."""
    data = Data(net)
    clock = time.process_time if threads == 1 else time.perf_counter
    runs, steps, times = {}, {}, {}
    for number in sorted({1, threads}):
        for name, contender in CONTENDERS.items():
            if name in ("torch", "sklearn") and importlib.util.find_spec(name) is None:
                continue
            key = number, name
            runs[key], times[key] = contender(replace(net, threads=number), data), []
            runs[key](2)  # warms up
            steps[key] = max(1, round(seconds / timed(runs[key], 2, clock)))
    for _ in range(repeats):
        for key, run in runs.items():
            times[key].append(timed(run, steps[key], clock))
    return {
        number: {name: min(values) for (n, name), values in times.items() if n == number}
        for number in sorted({1, threads})
    }


def main() -> None:
    warnings.filterwarnings("ignore", message="Stochastic Optimizer: Maximum iterations")
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    names = [net.name for net in NETS]
    parser.add_argument("--nets", default=",".join(names), help="default: %(default)s")
    parser.add_argument(
        "--threads", type=int, default=1, help="measure this number as well as one (default: 1)"
    )
    parser.add_argument(
        "--repeats", type=int, default=15, help="turns of each contender (default: 15)"
    )
    parser.add_argument("--seconds", type=float, default=0.2, help="approximate length of a turn")
    options = parser.parse_args()
    chosen = options.nets.split(",")
    if unknown := [name for name in chosen if name not in names]:
        parser.error(f"--nets: unknown {', '.join(unknown)}; expected some of {', '.join(names)}")

    others = [name for name in CONTENDERS if name != "ours"]
    head = f"{'net':12}{'threads':>8}{'ours':>12}{'/ 1 thread':>12}"
    print(head + "".join(f"{'ours / ' + name:>16}" for name in others))
    for net in NETS:
        if net.name not in chosen or (options.threads > 1 and net.name in ONE_THREAD_ONLY):
            continue
        found = measure(net, options.threads, options.repeats, options.seconds)
        for threads, times in found.items():
            ours, alone = times["ours"], found[1]["ours"]
            ratios = [f"{ours / times[name]:.2f}" if name in times else "-" for name in others]
            start = f"{net.name:12}{threads:8}{ours * 1e6:9.1f} us{ours / alone:12.2f}"
            print(start + "".join(f"{r:>16}" for r in ratios), flush=True)
        gc.collect()  # before the next net's data is made


if __name__ == "__main__":
    main()
