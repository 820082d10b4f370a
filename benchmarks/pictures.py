"""Measure how fast folders of pictures are classified and parsed, against plain loops.

    python benchmarks/pictures.py --pictures 10000

Each line compares a program with a loop that a user would write; both run in turn, as processes of their
own, `--rounds` times. A number is the least CPU time (user and system) or wall-clock time of a whole
process, so with imports; of torchvision's loop without them, since PyTorch takes seconds to import.

classify   predict.py, against a loop of Pillow (open, convert, asarray), one forward pass with numpy, and a
           printed line per picture
parse      parse.py, which also checks, hashes and saves, against the same loop to one array, and against
           torchvision's ImageFolder, if it is installed

The pictures are smooth noise, saved as PNG: grey of 28 x 28 like MNIST, RGB of 32 x 32 like CIFAR-10.
"""

import argparse
import importlib.util
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
from PIL import Image

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "scripts"))
import cli
from components import streams
from files.markdown import MarkdownTable
from files.models import Model, save_model
from inputs import Preparation
from nn import build_network

SCRIPTS = Path(__file__).resolve().parent.parent / "scripts"
CLASSES, HIDDEN = 10, 200
SHAPES = {"grey": (28, 28), "RGB": (32, 32, 3)}
COLUMNS = {
    "task": "text", "pictures": "text", "against": "text", "CPU s": "number", "ratio of CPU": "number",
    "wall s": "number", "ratio of wall": "number",
}  # fmt: skip

READ = """
import os, sys
import numpy as np
from PIL import Image
root, mode = sys.argv[1:3]
files = sorted(os.path.join(at, name) for at, _, names in os.walk(root) for name in names)
images = []
for file in files:
    with Image.open(file) as image:
        images.append(np.asarray(image.convert(mode)))
images = np.stack(images)
"""
CLASSIFY = f"""{READ}
weights = np.load(sys.argv[3])
hidden = np.maximum(images.reshape(len(images), -1) * np.float32(1 / 255) @ weights["first"], 0)
for file, best in zip(files, (hidden @ weights["second"]).argmax(axis=1)):
    print(file, best)
"""
IMAGE_FOLDER = """
import sys, time
import numpy as np
from torchvision.datasets import ImageFolder
begin = time.perf_counter(), time.process_time()
images = np.stack([np.asarray(image) for image, _ in ImageFolder(sys.argv[1])])
print(time.process_time() - begin[1], time.perf_counter() - begin[0])
"""


def write_pictures(folder: Path, count: int, shape: tuple[int, ...]) -> None:
    """Save pictures of smooth noise in a folder per class."""
    rng = np.random.default_rng(0)
    for number in range(count):
        place = folder / f"class {number % CLASSES}"
        place.mkdir(parents=True, exist_ok=True)
        noise = rng.integers(0, 256, (7, 7, *shape[2:]), np.uint8)
        Image.fromarray(noise).resize(shape[1::-1]).save(place / f"{number:06}.png")


def write_model(path: Path, shape: tuple[int, ...]) -> None:
    """Save a network with random weights, and the same weights for the plain loop."""
    inputs = int(np.prod(shape))
    extremes = np.stack([np.zeros(shape, np.uint8), np.full(shape, 255, np.uint8)])
    settings = {"hidden": [HIDDEN], "loss": "softmax_cross_entropy"}
    config = {
        "network": settings, "preparation": ["unit"], "inputs": inputs, "shape": list(shape), "seed": 0,
        "classes": [f"class {number}" for number in range(CLASSES)], "status": "completed",
        "reason": None, "picture": {"bits": 8},
    }  # fmt: skip
    network = build_network(settings, inputs, CLASSES, streams(0))
    save_model(path, Model(network, Preparation.fit(["unit"], extremes, np.arange(2)), config))
    first, second = (v for _, v, _, kind in network.named_parameters() if kind == "weight")
    np.savez(path.with_name("weights.npz"), first=first, second=second)


def measured(command: list) -> tuple[float, float]:
    """Run a program on one BLAS thread; return its CPU and wall-clock time, or those that it prints."""
    settings = dict.fromkeys(cli.THREADS, "1") | {"PYTHONUNBUFFERED": ""}  # as in a user's shell
    before, begin = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    said = subprocess.run(
        [sys.executable, *map(str, command)],
        check=True,
        stdout=subprocess.PIPE,
        env=os.environ | settings,
    ).stdout
    wall, after = time.perf_counter() - begin, resource.getrusage(resource.RUSAGE_CHILDREN)
    if command[1] == IMAGE_FOLDER:
        cpu, wall = map(float, said.split())
        return cpu, wall
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime, wall


def tasks(folder: Path, kind: str) -> dict[str, tuple[list, dict[str, list]]]:
    """Return the command of each task for a folder, and those of its contenders."""
    shape, pictures = SHAPES[kind], folder / "pictures"
    mode = "RGB" if len(shape) == 3 else "L"
    settings = {"format": "image_folder", "size": shape[:2], "color": kind.lower(), "test": 0.2}
    parse = [SCRIPTS / "parse.py", "--settings", json.dumps(settings), "--output-folder", folder]
    loops = {"Pillow": ["-c", READ, pictures, mode]}
    if importlib.util.find_spec("torchvision"):
        loops["ImageFolder"] = ["-c", IMAGE_FOLDER, pictures]
    plain = {"Pillow": ["-c", CLASSIFY, pictures, mode, folder / "weights.npz"]}
    return {
        "classify": ([SCRIPTS / "predict.py", folder / "model.npz", pictures], plain),
        "parse": ([*parse, "--raw", f"pictures={pictures}"], loops),
    }


def compared(kind: str, count: int, rounds: int) -> list[list[str]]:
    """Return the rows of the table for pictures of one kind."""
    rows = []
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write_pictures(folder / "pictures", count, SHAPES[kind])
        write_model(folder / "model.npz", SHAPES[kind])
        for task, (ours, contenders) in tasks(folder, kind).items():
            commands = {"ours": ours, **contenders}
            times = {who: [] for who in commands}
            for _ in range(rounds):
                for who, command in commands.items():
                    times[who].append(measured(command))
            best = {who: np.min(found, axis=0) for who, found in times.items()}
            for who in contenders:
                ratios = best["ours"] / best[who]
                cells = zip(best["ours"], ratios, strict=True)
                numbers = [cell for s, ratio in cells for cell in (f"{s:.2f}", f"{ratio:.2f}")]
                rows.append([task, f"{count} {kind}", who, *numbers])
    return rows


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--pictures", type=int, default=10_000, help="of each kind (10000)")
    parser.add_argument("--rounds", type=int, default=3, help="how often each program runs (3)")
    options = parser.parse_args()
    if options.pictures < 10 * CLASSES:  # so that both splits have some
        parser.error(f"--pictures is {options.pictures}, expected at least {10 * CLASSES}")
    if options.rounds < 1:
        parser.error(f"--rounds is {options.rounds}, expected at least 1")
    rows = [row for kind in SHAPES for row in compared(kind, options.pictures, options.rounds)]
    print(MarkdownTable(COLUMNS, rows).markdown())


if __name__ == "__main__":
    cli.run(main)
