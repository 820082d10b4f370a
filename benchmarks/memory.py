"""Memory that concurrent trainings of CS231n's two-layer net on CIFAR-10 hold together.

Starts several train.py at once and adds up their proportional set sizes (PSS: a page that k
processes share, as of the memory-mapped images, counts 1/k in each) every 50 ms. Linux only.

    python benchmarks/memory.py results/datasets/cifar10/.../prepared/...npz
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

TRAIN = Path(__file__).resolve().parent.parent / "scripts" / "train.py"


SETTINGS = {
    "network": {
        "hidden": [300],
        "initializer": {"name": "normal", "std": 1e-4},
        "loss": "softmax_cross_entropy",
    },
    "training": {
        "learning_rate": 0.001,
        "batch_size": 400,
        "batches": "replacement",
        "epochs": None,
        "augmentation": [],
    },
    "preparation": ["mean_image"],
}


def pss(process: subprocess.Popen) -> int:
    """Proportional set size in bytes; 0 of a process that has ended."""
    try:
        lines = Path(f"/proc/{process.pid}/smaps_rollup").read_text().splitlines()
    except (FileNotFoundError, ProcessLookupError):
        return 0
    return sum(int(line.split()[1]) * 1024 for line in lines if line.startswith("Pss:"))


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "prepared", help="results/datasets/cifar10/<digest>/prepared/<key>.<digest>.npz"
    )
    parser.add_argument("--jobs", type=int, default=4)
    parser.add_argument("--iterations", type=int, default=250, help="two epochs and a bit")
    options = parser.parse_args()
    SETTINGS["training"]["iterations"] = options.iterations
    together, largest = 0, 0
    with tempfile.TemporaryDirectory() as folder:
        jobs = [
            subprocess.Popen(
                [sys.executable, TRAIN, "--prepared", options.prepared]
                + ["--settings", json.dumps({**SETTINGS, "seed": seed})]
                + ["--output-folder", f"{folder}/{seed}"],
                env={**os.environ, "OMP_NUM_THREADS": "1"},
                stdout=subprocess.DEVNULL,
            )
            for seed in range(options.jobs)
        ]
        while any(job.poll() is None for job in jobs):
            sizes = [pss(job) for job in jobs]
            together, largest = max(together, sum(sizes)), max(largest, *sizes)
            time.sleep(0.05)
    print(f"{options.jobs} trainings hold {together / 1e6:.0f} MB together at their peak,")
    print(f"the largest of them {largest / 1e6:.0f} MB (each with its part of what they share)")
    return max(job.returncode for job in jobs)


if __name__ == "__main__":
    sys.exit(main())
