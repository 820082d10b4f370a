"""The memory in MB and time in minutes that jobs ask a cluster for, from data and network.

Memory is what getrusage measured, with a margin. Measured peaks, in MB: Snakemake in a cluster job up
to 270; a program with numpy 40; gradient check 40 to 440 (10.5M weights); fetch 35 to 123; parse 143
(MNIST), 359 (CIFAR-10); prepare 86 (MNIST), 197 (CIFAR-10), 540 (its ZCA); train 41 (digits), 302
(MNIST, kept in memory as float32), 265 (CIFAR-10), 332 (ZCA), 574 (10.5M weights, Adam), 622 (MNIST
in full batches, 300 units with batch normalization), 31 for each additional thread; validate 89 to
294; test 50 to 204; figures 79 to 239. Mapped arrays count, though the jobs of a node share them.

The seconds of a training are those of one reference core, so they are the same on every machine:
120 Gflop/s, 0.08 ms an iteration, 0.05 ms an augmented image, and 4 ms to start, save and validate a run.
The minutes that a job asks for have a wide margin for older processors.
"""

from collections.abc import Callable, Collection, Iterable
from math import ceil, prod
from typing import Any

from components.registry import component_name

from . import sizes
from .run import Run

SNAKEMAKE_MB = 300
PROGRAM_MB = SNAKEMAKE_MB + 100
FLOPS, RUN_SECONDS, ITERATION_SECONDS, AUGMENTATION_SECONDS = 120e9, 4e-3, 8e-5, 5e-5
CACHE = 2**28  # bytes of a part of the data that inputs.Examples keeps prepared
BLOCK_ROWS = 750  # at most, of a batch without batch normalization (nn.passes)
KEPT = {"gelu": 3, "elu": 2, "silu": 2}  # buffers of an activation, if it has more than one
MARGIN = 8  # times as slow as the reference core


def growing(estimate: float | Callable[[Any], float]) -> Callable[..., int]:
    """Return a resource that is multiplied by `attempt`; `estimate` may be a function of wildcards."""
    known = estimate if callable(estimate) else lambda wildcards: estimate
    return lambda wildcards, attempt: attempt * ceil(known(wildcards))


def data_mb(dataset: dict[str, Any]) -> float:
    """Estimate the size of a dataset's arrays."""
    return _value_bytes(dataset) * (dataset["train_size"] + dataset["test_size"]) * _values(dataset)


def _values(dataset: dict[str, Any]) -> float:
    """Return the number of values of an example, in millions."""
    return prod(dataset["shape"]) / 1e6


def _value_bytes(dataset: dict[str, Any]) -> int:
    """Return 1 for pixels, 8 for tables and for archives, whose type is not known yet."""
    return 8 if len(dataset["shape"]) == 1 or dataset.get("format") == "npz" else 1


def parse_mb(dataset: dict[str, Any]) -> float:
    """Estimate the memory of parsing: the unpacked files, and the arrays."""
    return PROGRAM_MB + 2.5 * data_mb(dataset)


def prepare_mb(dataset: dict[str, Any], steps: list) -> float:
    """Estimate the memory of a preparation: blocks of examples, and covariances in float64."""
    matrix = 8 * prod(dataset["shape"]) ** 2 * _decomposes(steps)
    return PROGRAM_MB + 1.2 * data_mb(dataset) + 6 * matrix / 1e6


def _decomposes(steps: list) -> bool:
    """Does a preparation need the covariance of all pixels?"""
    return not {"pca", "zca"}.isdisjoint(map(component_name, steps))


def check_mb(checked: dict[str, Any]) -> float:
    """Estimate the memory of a gradient check: the network in float64, and its gradients."""
    return PROGRAM_MB + 60 * weights(checked) / 1e6


def weights(checked: dict[str, Any]) -> int:
    """Return the number of weights of the dense layers, from the settings of a gradient check."""
    widths = [checked["inputs"], *checked["network"]["hidden"], checked["classes"]]
    return sum(before * after for before, after in zip(widths, widths[1:], strict=False))


def threads(runs: Collection[Run]) -> int:
    """Return the threads of trainings: the shards of a single one; several fill the cores anyway."""
    return max(run.settings["training"]["shards"] for run in runs) if len(runs) == 1 else 1


def training_mb(runs: Iterable[Run]) -> float:
    """Estimate the memory of the largest training."""
    return max(map(_training_mb, runs))


def _training_mb(run: Run) -> float:
    """Add data, weights, optimizer, checkpoint and the buffers of a batch.

    A part of the data that takes at most CACHE is kept prepared, unless it is augmented. Each
    additional shard needs its thread's buffer for products, and a gradient if batches are full.
    """
    training, dataset = run.settings["training"], run.dataset
    number = 8 if run.settings["network"]["precision"] == "float64" else 4  # bytes
    inputs, parts = run.gradients["inputs"], _parts(run)
    data = 1.2 * _value_bytes(dataset) * dataset["train_size"] * _values(dataset)
    for part, examples in enumerate(parts):
        prepared = number * examples * inputs
        if prepared <= CACHE and (part or not training["augmentation"]):
            data += prepared / 1e6
    own = number * weights(run.gradients)
    products = inputs * prod(dataset["shape"])
    matrices = 15 * own + (8 * _projects(run) + 4 * _transforms(run)) * products
    shards = (training["shards"] - 1) * (35 + own / 1e6)
    row = number * _numbers_of_a_row(run) + _raw_bytes(run, number)
    losses = 24 * sizes.iterations(run.settings, dataset)
    return PROGRAM_MB + data + (matrices + _rows_at_once(run) * row + losses) / 1e6 + shards


def _parts(run: Run) -> tuple[int, int]:
    """Return the numbers of training and validation examples, at most."""
    training, validation = sizes.parts_of(run.settings["split"], run.dataset["train_size"])
    return max(training, 1), max(validation, 0)


def _projects(run: Run) -> bool:
    """Is every example multiplied with a matrix before the first layer?"""
    return _decomposes(run.settings["preparation"])


def _transforms(run: Run) -> int:
    """Return the number of matrices of an affine_bank, with those they are made from; 0 without."""
    (step,) = run.settings["training"]["augmentation"][-1:] or ["none"]
    if component_name(step) != "affine_bank":
        return 0
    return 4 + ({} if isinstance(step, str) else step).get("transforms", 8)


def _rows_at_once(run: Run) -> int:
    """Return how many examples go through the network together, in training or in an evaluation.

    A batch goes in blocks of at most BLOCK_ROWS, but with batch normalization as a whole.
    """
    training, batch = run.settings["training"], sizes.batch_size(run.settings, run.dataset)
    blocks = BLOCK_ROWS * training["shards"]
    if run.settings["network"]["normalization"] != "batch":
        batch = min(batch, blocks)
    drawn = batch if training["batches"] == "replacement" else 0
    return min(max(batch, blocks), max(*_parts(run), drawn))


def _numbers_of_a_row(run: Run) -> float:
    """Return the numbers in the layers' buffers for each example, forward and backward.

    For n units a dense layer has n for the output and n for its gradient, an activation n to 3 n
    (KEPT), a normalization 2 n, dropout 3 n with its random numbers, a residual block 2 n; the loss
    has some of the classes. The inputs have a buffer of their own, or are cached.
    """
    network = run.settings["network"]
    of_unit = 2 + KEPT.get(component_name(network["activation"]), 1)
    of_unit += 2 * (network["normalization"] != "none") + 3 * (network["dropout"] > 0)
    of_unit += 2 * network["residual"]
    inputs = run.gradients["inputs"] * (1 + 3 * (network["input_dropout"] > 0))
    narrow = 2 * (network["bottleneck"] or 0) * len(network["hidden"])
    return inputs + of_unit * sum(network["hidden"]) + narrow + 8 * len(run.dataset["classes"])


def _raw_bytes(run: Run, number: int) -> float:
    """Return the bytes of an example before it is prepared: as it is stored, and in copies.

    Augmented images are copied once or twice. Mixed images, and those to project, become numbers.
    """
    augmentation = run.settings["training"]["augmentation"]
    stored = (3 if augmentation else 1) * _value_bytes(run.dataset)
    numbers = _projects(run) + ("mixup" in map(component_name, augmentation))
    return prod(run.dataset["shape"]) * (stored + numbers * number)


def training_seconds(run: Run) -> float:
    """Estimate a training on the reference core by its operations, iterations and augmented images."""
    iterations = sizes.iterations(run.settings, run.dataset)
    images = iterations * sizes.batch_size(run.settings, run.dataset)
    bank = _transforms(run) > 0  # its work is one product, also if the preparation has none
    products = run.gradients["inputs"] * prod(run.dataset["shape"]) * (bank or _projects(run))
    seconds = 6 * images * (weights(run.gradients) + products) / FLOPS
    if len(run.settings["training"]["augmentation"]) > bank:
        seconds += images * AUGMENTATION_SECONDS
    return RUN_SECONDS + seconds + iterations * ITERATION_SECONDS


def training_minutes(runs: Iterable[Run]) -> float:
    """Estimate trainings one after the other on a slow processor, with time to start."""
    return 4 + MARGIN * sum(map(training_seconds, runs)) / 60
