"""What jobs ask of a cluster: memory in MB and time in minutes, scaled by data and network.

Memory is what getrusage showed, and a margin. Measured peaks, in MB: the Snakemakes of a cluster job up
to 270; a program with numpy 40; gradient check 40 to 440 (10.5M weights); fetch 35 to 123; parse 143
(MNIST), 359 (CIFAR-10); prepare 86 (MNIST), 197 (CIFAR-10), 540 (its ZCA); train 41 (digits), 302
(MNIST, which is kept in memory as float32), 265 (CIFAR-10), 332 (ZCA), 574 (10.5M weights, Adam),
31 more for each more thread; validate 89 to 294; test 50 to 204; figure 79 to 239. Mapped arrays count,
though a node's jobs share them.

The seconds of a training are those of one reference core, so they are the same on every machine:
120 Gflop/s, 0.08 ms an iteration, 0.05 ms an augmented image, and 4 ms to start, save and validate a run.
The minutes a job asks for have a wide margin for older processors.
"""

from collections.abc import Callable, Collection, Iterable
from math import ceil, prod
from typing import Any

from .experiment import Run
from .naming import name_of
from .split import parts_of

SNAKEMAKE_MB = 300
FLOPS, RUN_SECONDS, ITERATION_SECONDS, AUGMENTATION_SECONDS = 120e9, 4e-3, 8e-5, 5e-5
MARGIN = 8  # times as slow as the reference core
SLOW_FLOPS = FLOPS / MARGIN


def growing(estimate: float | Callable[[Any], float]) -> Callable[..., int]:
    """A resource that is asked for `attempt` times; `estimate` is a number or one of the wildcards."""
    if callable(estimate):
        return lambda wildcards, attempt: attempt * ceil(estimate(wildcards))
    return lambda wildcards, attempt: attempt * ceil(estimate)


def data_mb(dataset: dict[str, Any]) -> float:
    """The size of a dataset's arrays."""
    return value_bytes(dataset) * _values(dataset, dataset["train_size"] + dataset["test_size"])


def value_bytes(dataset: dict[str, Any]) -> int:
    """A byte for a pixel; 8 for the values of a table, and of an archive, whose type is not known yet."""
    return 8 if len(dataset["shape"]) == 1 or dataset.get("format") == "npz" else 1


def _values(dataset: dict[str, Any], examples: int) -> float:
    """Millions of values that some examples have."""
    return examples * prod(dataset["shape"]) / 1e6


def parse_mb(dataset: dict[str, Any]) -> float:
    """Of parsing: the files unpacked, and the arrays."""
    return SNAKEMAKE_MB + 100 + 2.5 * data_mb(dataset)


def _decomposes(steps: list) -> bool:
    """Is a covariance of all pixels taken apart?"""
    return not {"pca", "zca"}.isdisjoint(map(name_of, steps))


def prepare_mb(dataset: dict[str, Any], steps: list) -> float:
    """Of a preparation: examples are taken in blocks, but a covariance is a matrix of float64."""
    matrix = 8 * prod(dataset["shape"]) ** 2
    return SNAKEMAKE_MB + 100 + 1.2 * data_mb(dataset) + _decomposes(steps) * 6 * matrix / 1e6


def prepare_minutes(dataset: dict[str, Any], steps: list) -> float:
    """Of a preparation: a covariance, and its eigenvectors."""
    pixels = prod(dataset["shape"])
    flops = (dataset["train_size"] + 100 * pixels) * pixels**2
    return 5 + _decomposes(steps) * flops / SLOW_FLOPS / 60


def weights(checked: dict[str, Any]) -> int:
    """How many weights the dense layers of a network have, from what its gradient check knows."""
    widths = [checked["inputs"], *checked["network"]["hidden"], checked["classes"]]
    return sum(before * after for before, after in zip(widths, widths[1:], strict=False))


def _weights(run: Run) -> int:
    return weights(run.gradients)


def check_mb(checked: dict[str, Any]) -> float:
    """Of a gradient check: the network in float64, and its gradients."""
    return SNAKEMAKE_MB + 100 + 60 * weights(checked) / 1e6


def _pixels_by_inputs(run: Run) -> int:
    return run.gradients["inputs"] * prod(run.dataset["shape"])


def _projection(run: Run) -> int:
    """The size of a matrix that every example is multiplied with before the first layer."""
    return _decomposes(run.settings["preparation"]) * _pixels_by_inputs(run)


def threads(runs: Collection[Run]) -> int:
    """Of trainings: the shards of their batches; one where there are several, which fill the cores."""
    return max(run.settings["training"]["shards"] for run in runs) if len(runs) == 1 else 1


def _bank(run: Run) -> int:
    """The size of the matrices of an affine_bank, and of what they are made from."""
    (step,) = run.settings["training"]["augmentation"][-1:] or [""]
    if not step or name_of(step) != "affine_bank":
        return 0
    transforms = 8 if isinstance(step, str) else step.get("transforms", 8)
    return (transforms + 4) * _pixels_by_inputs(run)


def training_mb(run: Run) -> float:
    """Of one training: data (kept as floats where they are small), weights, optimizer, checkpoint.

    Of each more shard a thread's buffer for products, and its gradient, which full batches have.
    """
    values = _values(run.dataset, run.dataset["train_size"])
    matrices = 80 * _weights(run) + 8 * _projection(run) + 4 * _bank(run)
    shards = (run.settings["training"]["shards"] - 1) * (35 + 4 * _weights(run) / 1e6)
    data = 1.2 * value_bytes(run.dataset) * values + min(8 * values, 300)
    return SNAKEMAKE_MB + 100 + data + matrices / 1e6 + shards


def training_seconds(run: Run) -> float:
    """Of one training on the reference core, by its operations, iterations and augmented images."""
    training = run.settings["training"]
    split = run.settings["split"] | {"training": None}
    examples = max(parts_of(split, run.dataset["train_size"])[0], 1)
    batch = examples if training["batch_size"] == "full" else training["batch_size"]
    iterations = training["iterations"] or training["epochs"] * ceil(examples / batch)
    bank = bool(_bank(run))  # its work is one product, also where the preparation has none
    product = _pixels_by_inputs(run) if bank else _projection(run)
    seconds = 6 * iterations * batch * (_weights(run) + product) / FLOPS
    if len(training["augmentation"]) > bank:
        seconds += iterations * batch * AUGMENTATION_SECONDS
    return RUN_SECONDS + seconds + iterations * ITERATION_SECONDS


def training_minutes(run: Run) -> float:
    """Of one training, on a slow processor."""
    return 2 + MARGIN * training_seconds(run) / 60


def bundle_minutes(runs: Iterable[Run]) -> float:
    """Of the trainings of a bundle, one after the other."""
    return 2 + sum(training_minutes(run) - 2 for run in runs)


def evaluation_minutes(run: Run) -> float:
    """Of classifying all examples once."""
    examples = run.dataset["train_size"] + run.dataset["test_size"]
    return 1 + 2 * examples * (_weights(run) + _projection(run)) / SLOW_FLOPS / 60


def bundle_evaluation_minutes(runs: Iterable[Run]) -> float:
    """Of evaluating the runs of a bundle, one after the other."""
    return 1 + sum(evaluation_minutes(run) - 1 for run in runs)


def largest(runs: Iterable[Run], estimate: Callable[[Run], float]) -> float:
    """The estimate for the largest of some runs."""
    return max(map(estimate, runs))
