# What jobs ask of a cluster: measured memory and time, scaled by data and network.
# Needs: the plan. Makes: no file.

from dataclasses import replace
from functools import cache
from math import ceil, prod

from experiments import refit_settings

# Memory is what getrusage showed, and a margin. Measured peaks, in MB: the Snakemakes of a cluster job up to
# 270; a program with numpy 40; gradient check 40 to 440 (10.5M weights); fetch 35 to 123; parse 143
# (MNIST), 359 (CIFAR-10); prepare 86 (MNIST), 197 (CIFAR-10), 540 (its ZCA); train 41 (digits), 302
# (MNIST, which is kept in memory as float32), 265 (CIFAR-10), 332 (ZCA), 574 (10.5M weights, Adam);
# validate 89 to 294; test 50 to 204; figure 79 to 239. Mapped arrays count, though a node's jobs share them.
SNAKEMAKE_MB = 300
# Time is what benchmark files showed, and a wide margin for older processors: 20 Gflop/s for 100 to 200,
# 1 ms for each iteration instead of 0.1 to 0.2, 1 ms for each augmented image.
FLOPS, ITERATION_SECONDS, AUGMENTATION_SECONDS = 20e9, 1e-3, 1e-3


def growing(estimate):
    """A resource that is asked for `attempt` times; `estimate` is a number or one of the wildcards."""
    if callable(estimate):
        return lambda wildcards, attempt: attempt * ceil(estimate(wildcards))
    return lambda wildcards, attempt: attempt * estimate


def data_mb(dataset):
    """The size of a dataset's arrays, one byte a pixel."""
    settings = PLAN.datasets[dataset]
    return (settings["train_size"] + settings["test_size"]) * prod(settings["shape"]) / 1e6


def weights(checked):
    """How many weights the dense layers of a network have, from what its gradient check knows."""
    widths = [checked["inputs"], *checked["network"]["hidden"], checked["classes"]]
    return sum(before * after for before, after in zip(widths, widths[1:]))


def projection(run):
    """The size of a matrix that every example is multiplied with before the first layer."""
    whitened = any(step in str(run.settings["preparation"]) for step in ("pca", "zca"))
    return whitened * run.gradients["inputs"] * prod(run.dataset["shape"])


def training_mb(run):
    """Of one training: data (kept as floats where they are small), weights, optimizer, checkpoint."""
    data = run.dataset["train_size"] * prod(run.dataset["shape"]) / 1e6
    matrices = 80 * weights(run.gradients) + 8 * projection(run)
    return SNAKEMAKE_MB + 100 + 1.2 * data + min(8 * data, 300) + matrices / 1e6


def training_minutes(run):
    training = run.settings["training"]
    examples = max(run.dataset["train_size"] - run.settings["split"]["validation"], 1)
    batch = examples if training["batch_size"] == "full" else training["batch_size"]
    iterations = training["iterations"] or training["epochs"] * ceil(examples / batch)
    seconds = 6 * iterations * batch * (weights(run.gradients) + projection(run)) / FLOPS
    seconds += bool(training["augmentation"]) * iterations * batch * AUGMENTATION_SECONDS
    return 2 + (seconds + iterations * ITERATION_SECONDS) / 60


def evaluation_minutes(run):
    examples = run.dataset["train_size"] + run.dataset["test_size"]
    return 1 + 2 * examples * (weights(run.gradients) + projection(run)) / FLOPS / 60


@cache
def refits(name):
    """The runs that a refit of this experiment may turn out to be."""
    experiment = PLAN.experiments[name]
    change, seed = experiment.settings["refit"], experiment.seeds[0]
    runs = (run for run in experiment.runs.values() if run.seed == seed)
    return [replace(run, settings=refit_settings(run.settings, change)) for run in runs]


def prepare_mb(wildcards):
    """Of a preparation: examples are taken in blocks, but a covariance is a matrix of float64."""
    steps = str(PLAN.prepared[wildcards.dataset, wildcards.prepared]["preparation"])
    matrix = 8 * prod(PLAN.datasets[wildcards.dataset]["shape"]) ** 2
    data = data_mb(wildcards.dataset)
    return SNAKEMAKE_MB + 100 + 1.2 * data + ("ca" in steps) * 6 * matrix / 1e6


def prepare_minutes(wildcards):
    """Of a preparation: a covariance, and its eigenvectors."""
    steps = str(PLAN.prepared[wildcards.dataset, wildcards.prepared]["preparation"])
    settings = PLAN.datasets[wildcards.dataset]
    pixels = prod(settings["shape"])
    return 5 + ("ca" in steps) * (settings["train_size"] + 100 * pixels) * pixels**2 / FLOPS / 60
