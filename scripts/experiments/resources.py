"""What jobs ask of a cluster: memory in MB and time in minutes, scaled by data and network.

Memory is what getrusage showed, and a margin. Measured peaks, in MB: the Snakemakes of a cluster job up
to 270; a program with numpy 40; gradient check 40 to 440 (10.5M weights); fetch 35 to 123; parse 143
(MNIST), 359 (CIFAR-10); prepare 86 (MNIST), 197 (CIFAR-10), 540 (its ZCA); train 41 (digits), 302
(MNIST, which is kept in memory as float32), 265 (CIFAR-10), 332 (ZCA), 574 (10.5M weights, Adam),
622 (MNIST in full batches, 300 units with batch normalization), 31 more for each more thread; validate
89 to 294; test 50 to 204; figure 79 to 239. Mapped arrays count, though a node's jobs share them.

The seconds of a training are those of one reference core, so they are the same on every machine:
120 Gflop/s, 0.08 ms an iteration, 0.05 ms an augmented image, and 4 ms to start, save and validate a run.
The minutes a job asks for have a wide margin for older processors.
"""

from collections.abc import Callable, Collection, Iterable
from math import ceil, prod
from typing import Any

from .experiment import Run, network_inputs
from .naming import name_of
from .split import parts_of

SNAKEMAKE_MB = 300
FLOPS, RUN_SECONDS, ITERATION_SECONDS, AUGMENTATION_SECONDS = 120e9, 4e-3, 8e-5, 5e-5
CACHE = 2**28  # bytes of a part of the data that inputs.Examples keeps prepared
BLOCK_ROWS = 750  # at most, of a batch without batch normalization (nn.passes)
KEPT = {"gelu": 3, "elu": 2, "silu": 2}  # buffers of an activation, where it has more than one
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
    """Of one training: data, weights, optimizer, checkpoint, and the buffers of a batch.

    A part of the data that takes at most CACHE is kept prepared, unless it is augmented. Of each more
    shard a thread's buffer for products, and its gradient, which full batches have.
    """
    training, item = run.settings["training"], _item(run)
    values = _values(run.dataset, run.dataset["train_size"])
    data = 1.2 * value_bytes(run.dataset) * values
    for part, examples in enumerate(_parts(run)):
        prepared = item * examples * network_inputs(run.settings, run.dataset)
        if prepared <= CACHE and (part or not training["augmentation"]):
            data += prepared / 1e6
    matrices = 15 * item * _weights(run) + 8 * _projection(run) + 4 * _bank(run)
    shards = (training["shards"] - 1) * (35 + item * _weights(run) / 1e6)
    batch = _rows_at_once(run) * (item * _numbers_of_a_row(run) + _raw_bytes(run))
    return SNAKEMAKE_MB + 100 + data + (matrices + batch + 24 * _iterations(run)) / 1e6 + shards


def _item(run: Run) -> int:
    """The bytes of a number in the network."""
    return 8 if run.settings["network"]["precision"] == "float64" else 4


def _parts(run: Run) -> tuple[int, int]:
    """How many examples train, and how many validate; at most."""
    training, validation = parts_of(run.settings["split"], run.dataset["train_size"])
    return max(training, 1), max(validation, 0)


def _batch_size(run: Run) -> int:
    size, (examples, _) = run.settings["training"]["batch_size"], _parts(run)
    return examples if size == "full" else size


def _iterations(run: Run) -> int:
    training, (examples, _) = run.settings["training"], _parts(run)
    return training["iterations"] or training["epochs"] * ceil(examples / _batch_size(run))


def _rows_at_once(run: Run) -> int:
    """How many examples go through the network together, in training or in an evaluation.

    A batch goes in blocks of at most BLOCK_ROWS, but with batch normalization as a whole.
    """
    training = run.settings["training"]
    blocks = BLOCK_ROWS * training["shards"]
    whole = run.settings["network"]["normalization"] == "batch"
    batch = _batch_size(run) if whole else min(_batch_size(run), blocks)
    examples = (
        max(_parts(run)) if training["batches"] != "replacement" else max(*_parts(run), batch)
    )
    return min(max(batch, blocks), examples)


def _numbers_of_a_row(run: Run) -> float:
    """How many numbers the layers' buffers have for each example, forward and backward.

    Of n units these are in the dense layer n for the output and n for its gradient, in the activation n
    to 3 n (KEPT), in the normalization 2 n, in dropout 3 n with what it draws, in a residual block 2 n;
    the loss has some of the classes. The inputs come in a buffer of their own, or are cached.
    """
    network = run.settings["network"]
    of_unit = 2 + KEPT.get(name_of(network["activation"]), 1)
    of_unit += 2 * (network["normalization"] != "none") + 3 * (network["dropout"] > 0)
    of_unit += 2 * network["residual"]
    inputs = network_inputs(run.settings, run.dataset)
    inputs *= 1 + 3 * (network["input_dropout"] > 0)
    narrow = 2 * (network["bottleneck"] or 0) * len(network["hidden"])
    return inputs + of_unit * sum(network["hidden"]) + narrow + 8 * len(run.dataset["classes"])


def _raw_bytes(run: Run) -> float:
    """The bytes of an example before it is prepared: as it is stored, and in copies of numbers.

    Augmented images are copied once or twice, mixed ones are numbers, and so is what a projection reads.
    """
    values, augmentation = prod(run.dataset["shape"]), run.settings["training"]["augmentation"]
    copies = 3 if augmentation else 1
    numbers = bool(_projection(run)) + ("mixup" in map(name_of, augmentation))
    return values * (copies * value_bytes(run.dataset) + numbers * _item(run))


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
