"""The memory in MB and time in minutes that jobs ask a cluster for, from data and network.

Memory is what getrusage measured, with a margin. Measured peaks, in MB: Snakemake in a cluster job up
to 270; a program with numpy 40; gradient check up to 440 (10.5M weights); parse 359 and prepare 197
(CIFAR-10; its ZCA 540); train 302 (MNIST, kept as float32), 574 (10.5M weights, Adam), 622 (MNIST in
full batches with batch normalization), 31 for each additional thread. Mapped arrays count.

The seconds of a training are those of one reference core, so they are the same on every machine:
120 Gflop/s, 0.08 ms an iteration, 0.05 ms an augmented image, and 4 ms to start, save and validate a run.
The minutes that a job asks for have a wide margin for older processors.
"""

from collections.abc import Callable, Collection, Iterable
from math import ceil, prod
from typing import Any

from components.registry import component_name

from . import sizes
from .naming import once
from .run import Run

SNAKEMAKE_MB = 300
PROGRAM_MB = SNAKEMAKE_MB + 100
# While a thread decodes and crops it, a photograph of 12 million pixels takes 80 MB, the largest allowed
# picture 600: the third attempt has room for four of them.
PHOTO_MB = 150
STACK_MB = 64  # at most, of the runs that train together with another one
FLOPS, RUN_SECONDS, ITERATION_SECONDS, AUGMENTATION_SECONDS = 120e9, 4e-3, 8e-5, 5e-5
CACHE = 2**28  # bytes of a part of the data that inputs.Examples keeps prepared
BLOCK_ROWS = 750  # at most, of a batch without batch normalization (nn.passes)
MARGIN = 8  # times as slow as the reference core


def growing(estimate: float | Callable[[Any], float]) -> Callable[..., int]:
    """Return a resource that is multiplied by `attempt`; `estimate` may be a function of wildcards."""
    known = estimate if callable(estimate) else lambda wildcards: estimate
    return lambda wildcards, attempt: attempt * ceil(known(wildcards))


def data_mb(dataset: dict[str, Any]) -> float:
    examples = dataset["train_size"] + dataset["test_size"]
    return _value_bytes(dataset) * examples * prod(dataset["shape"]) / 1e6


def _value_bytes(dataset: dict[str, Any]) -> int:
    """Return 1 for pixels, 8 for tables and for archives, whose type is not known yet."""
    return 8 if len(dataset["shape"]) == 1 or dataset.get("format") == "npz" else 1


def parse_threads(dataset: dict[str, Any]) -> int:
    """Return the threads of parsing, which decode photographs; other files are read by one."""
    return 4 if dataset.get("format") == "image_folder" else 1


def parse_mb(dataset: dict[str, Any]) -> float:
    """Estimate the memory of parsing: unpacked files, arrays, and a photograph per additional thread."""
    return PROGRAM_MB + 2.5 * data_mb(dataset) + PHOTO_MB * (parse_threads(dataset) - 1)


def prepare_mb(dataset: dict[str, Any], steps: list) -> float:
    """Estimate the memory of a preparation: blocks of examples, and covariances in float64."""
    matrix = 8 * prod(dataset["shape"]) ** 2 if _decomposes(steps) else 0
    return PROGRAM_MB + 1.2 * data_mb(dataset) + 6 * matrix / 1e6


def _decomposes(steps: list) -> bool:
    """Does a preparation multiply every example with a matrix, made of the covariance of all pixels?"""
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


def training_mb(runs: Collection[Run]) -> float:
    """Estimate the memory of the largest training, and of those that train together with it."""
    largest = max(map(_training_mb, runs))
    return largest + STACK_MB if len(runs) > 1 else largest


@once
def _training_mb(run: Run) -> float:
    """Add data, weights with optimizer and checkpoint, the buffers of a batch, and those of shards."""
    training, network, dataset = run.settings["training"], run.settings["network"], run.dataset
    number = 8 if network["precision"] == "float64" else 4  # bytes
    inputs, pixels = run.gradients["inputs"], prod(dataset["shape"])
    examples, shards = dataset["train_size"], training["shards"]
    data = 1.2 * data_mb(dataset) + min(number * examples * inputs, 2 * CACHE) / 1e6
    own, projects = number * weights(run.gradients), _decomposes(run.settings["preparation"])
    of_a_pixel = 4 * _transforms(run) + (8 if projects else 0)
    matrices = of_a_pixel * inputs * pixels
    rows = min(BLOCK_ROWS * shards, examples)
    if network["normalization"] == "batch":
        rows = max(rows, sizes.batch_size(run.settings, dataset))
    copies = 10 if training["augmentation"] or projects else 1  # of the raw values
    numbers = numbers_of_a_row(network, inputs, len(dataset["classes"]))
    row = number * numbers + copies * _value_bytes(dataset) * pixels
    losses = 24 * sizes.iterations(run.settings, dataset)
    threads = (shards - 1) * (35 + own / 1e6)
    return PROGRAM_MB + data + (15 * own + matrices + rows * row + losses) / 1e6 + threads


def numbers_of_a_row(network: dict[str, Any], inputs: int, classes: int) -> float:
    """Return the numbers that the layers' buffers hold for each example, forward and backward.

    For each unit a dense layer and an activation hold 3 numbers, some activations up to 2 more; a
    normalization 2, dropout 3 with its random numbers, a residual block 2.
    """
    of_unit = 3
    if component_name(network["activation"]) in ("gelu", "elu", "silu"):
        of_unit += 2
    if network["normalization"] != "none":
        of_unit += 2
    if network["dropout"]:
        of_unit += 3
    if network["residual"]:
        of_unit += 2
    if network["input_dropout"]:
        inputs *= 4
    narrow = 2 * (network["bottleneck"] or 0) * len(network["hidden"])
    return inputs + of_unit * sum(network["hidden"]) + narrow + 8 * classes


def _transforms(run: Run) -> int:
    """Return the number of matrices of an affine_bank, with those they are made from; 0 without."""
    steps = run.settings["training"]["augmentation"]
    if not steps or component_name(steps[-1]) != "affine_bank":
        return 0
    return 4 + (8 if isinstance(steps[-1], str) else steps[-1].get("transforms", 8))


@once
def training_seconds(run: Run) -> float:
    """Estimate a training on the reference core by its operations, iterations and augmented images."""
    iterations = sizes.iterations(run.settings, run.dataset)
    images = iterations * sizes.batch_size(run.settings, run.dataset)
    products, augmentations = weights(run.gradients), len(run.settings["training"]["augmentation"])
    bank = _transforms(run) > 0  # its work is one product, also if the preparation has none
    if bank:
        augmentations -= 1
    if bank or _decomposes(run.settings["preparation"]):
        products += run.gradients["inputs"] * prod(run.dataset["shape"])
    seconds = 6 * images * products / FLOPS
    if augmentations:
        seconds += images * AUGMENTATION_SECONDS
    return RUN_SECONDS + seconds + iterations * ITERATION_SECONDS


def training_minutes(runs: Iterable[Run]) -> float:
    """Estimate trainings one after the other on a slow processor, with time to start."""
    return 4 + MARGIN * sum(map(training_seconds, runs)) / 60
