"""Checks that a schema cannot make: sizes that must fit, values that exclude each other.

Each constraint yields sentences: the key, its value, and how to correct it.
"""

import itertools
import math
from collections.abc import Iterator
from typing import Any

from components.registry import component_name

from .. import sizes
from ..errors import ConfigError, suggestion
from .messages import part_of_path

PLAIN_LOSS = ("softmax_cross_entropy", {"name": "softmax_cross_entropy"})
# Larger trainings are mistakes: 10^9 losses or weights take 8 and 4 GB.
MOST_ITERATIONS, MOST_WEIGHTS = 10**9, 10**9


def check_settings(where: str, settings: dict[str, Any], dataset: dict[str, Any]) -> None:
    """Raise a ConfigError for the first mistake in the settings of an experiment."""
    for message in mistakes_in(settings, dataset):
        raise ConfigError(f"config: {where}.{message}")


def mistakes_in(settings: dict[str, Any], dataset: dict[str, Any]) -> Iterator[str]:
    """Check the settings of an experiment, or of one of its runs, against its dataset."""
    for constraint in CONSTRAINTS:
        yield from constraint(settings, dataset)


def split_fits(settings: dict, dataset: dict) -> Iterator[str]:
    split, size = settings["split"], dataset["train_size"]
    asked = [split["validation"], split["training"] or 0]
    if sum(number for number in asked if isinstance(number, float)) > 1:
        yield f"split asks for shares of {asked[0]} validation and {asked[1]} training; lower one of them"
    # With a share held out for the test, train_size is an estimate: `prepare` counts.
    most = size
    if dataset.get("test"):
        most += dataset["test_size"]
    training, validation = sizes.parts_of(split, most)
    if training < 1 or validation + training > most:
        asked = f"{split['validation']} validation and {split['training'] or 'at least 1'} training"
        file = f"the training file of {settings['dataset']}"
        yield f"split asks for {asked} examples, but {file} has {size}; lower one of them"


def training_fits(settings: dict, dataset: dict) -> Iterator[str]:
    training = settings["training"]
    given = [key for key in ("epochs", "iterations") if training[key] is not None]
    if len(given) != 1:
        found = " and ".join(given) or "neither epochs nor iterations"
        yield f"training has {found}; set exactly one of epochs, iterations"
    elif sizes.iterations(settings, dataset) > MOST_ITERATIONS:
        iterations = sizes.iterations(settings, dataset)
        yield (
            f"training would run {iterations:.3g} iterations, whose recorded losses alone take "
            f"{8 * iterations / 1e9:.3g} GB; expected at most {MOST_ITERATIONS:.0e}"
        )
    if training["batch_size"] == "full" and training["batches"] == "replacement":
        yield (
            "training.batches is 'replacement', which has no meaning with batch_size 'full'; use "
            "shuffled or sequential, or set batch_size to a number"
        )
    if training["batch_size"] == 1 and settings["network"]["normalization"] == "batch":
        yield (
            "network.normalization is 'batch', but training.batch_size is 1: one example has no "
            "variance; use larger batches, or 'layer'"
        )
    if not training["l1"] and (training["l1_beta"] or training["l1_layers"] != "all"):
        yield (
            f"training.l1_beta is {training['l1_beta']} and training.l1_layers "
            f"{training['l1_layers']!r}, but training.l1 is 0; set it, or leave them out"
        )
    if component_name(training["optimizer"]) == "adamw" and not training["weight_decay"]:
        yield (
            "training.optimizer is 'adamw', which is Adam with weight decay, but training.weight_decay "
            "is 0; set it (PyTorch's default is 0.01), or use adam"
        )


def network_fits(settings: dict, dataset: dict) -> Iterator[str]:
    network = settings["network"]
    narrow = network["bottleneck"] or math.inf
    widths = [sizes.network_inputs(settings, dataset), *network["hidden"], len(dataset["classes"])]
    weights = sum(min(a * b, (a + b) * narrow) for a, b in itertools.pairwise(widths))
    if weights > MOST_WEIGHTS:
        yield (
            f"network.hidden makes {weights:.3g} weights: {4 * weights / 1e9:.3g} GB, and several times "
            f"that in training; expected at most {MOST_WEIGHTS:.0e}"
        )
    values = math.prod(dataset["shape"])
    for step in settings["preparation"]:
        if isinstance(step, dict) and (step.get("components") or 0) > values:
            yield (
                f"preparation asks for {step['components']} components, but an example of "
                f"{settings['dataset']} has {values} values; expected at most {values}"
            )


def images_are_images(settings: dict, dataset: dict) -> Iterator[str]:
    network, evaluation = settings["network"], settings["evaluation"]
    shape = f"an example of {settings['dataset']} has the shape {dataset['shape']}"
    flat = len(dataset["shape"]) < 2
    section = "training.augmentation" if settings["training"]["augmentation"] else "evaluation"
    moved = evaluation["shifts"] or evaluation["flips"] or evaluation["views"]
    if flat and (section != "evaluation" or moved):
        yield f"{section} moves pixels, but {shape}; only images can be augmented"
    found = ""
    if flat:
        found = shape
    elif not network["hidden"]:
        found = "network.hidden is []"
    elif network["bias_initializer"] == "as_input":
        found = "with bias_initializer 'as_input' one input is not a pixel"
    elif {"pca", "binarize"} <= set(map(component_name, settings["preparation"])):
        found = "preparation has binarize and pca, so its inputs are not pixels"
    if found and network["input_initializer"] is not None:
        yield f"network.input_initializer makes image filters, but {found}; set it to null"


def augmentations_fit(settings: dict, dataset: dict) -> Iterator[str]:
    for section in ("training", "evaluation"):
        names = [component_name(step) for step in settings[section]["augmentation"]]
        twice = [name for name in names if names.count(name) > 1]
        if twice:
            yield f"{section}.augmentation has {twice[0]!r} twice; remove one"
        if "affine_bank" in names[:-1]:
            yield (
                f"{section}.augmentation has {names[-1]!r} after affine_bank, which prepares the "
                "inputs; move affine_bank to the end"
            )
        if "affine_bank" in names and "binarize" in map(component_name, settings["preparation"]):
            needs = "which needs a linear preparation; use affine, or remove binarize"
            yield f"{section}.augmentation has affine_bank, {needs}"
    mixed = "mixup" in map(component_name, settings["training"]["augmentation"])
    if mixed and component_name(settings["network"]["loss"]) == "multiclass_hinge":
        yield "training.augmentation has mixup, which the loss multiclass_hinge cannot use; remove one"


def evaluation_fits(settings: dict, dataset: dict) -> Iterator[str]:
    evaluation, size = settings["evaluation"], dataset.get("test_size", 0)
    first, views, steps = evaluation["first"], evaluation["views"], evaluation["augmentation"]
    if (first or 0) > size:
        file = f"the test file of {settings['dataset']}"
        yield f"evaluation.first is {first}, but {file} has {size} examples; lower it"
    if "first_test_accuracy" in (settings["published"] or {}) and not first:
        yield "published.first_test_accuracy needs evaluation.first, the number of images it is for"
    if bool(views) != bool(steps):
        yield (
            f"evaluation.views is {views}, but evaluation.augmentation is {steps}; set both, to average "
            "over that many random copies, or neither"
        )
    if "mixup" in map(component_name, steps):
        yield "evaluation.augmentation has mixup, which blends examples; remove it"


def stages_fit(settings: dict, dataset: dict) -> Iterator[str]:
    network, validation = settings["network"], settings["split"]["validation"]
    right = network["loss"] in PLAIN_LOSS and network["hidden"] and validation
    if "posted_net" in settings["studies"] and not right:
        needs = "a hidden layer, the plain loss softmax_cross_entropy and a validation split"
        yield f"studies has 'posted_net', which needs {needs}; set these, or remove it"
    patience, halving = settings["training"]["patience"], settings["halving"]
    if halving and patience and validation:
        yield f"halving needs trainings of one length, but training.patience is {patience}; remove one"
    if validation:
        return
    if settings["refit"] is not None:
        yield "refit adds the validation examples, but split.validation is 0; set it, or remove refit"
    if patience is not None:
        yield "training.patience needs validation, but split.validation is 0; set it, or remove patience"
    if halving:
        yield "halving compares validation scores, but split.validation is 0; set it, or remove halving"


def class_weights_fit(settings: dict, dataset: dict) -> Iterator[str]:
    loss, classes = settings["network"]["loss"], dataset["classes"]
    weights = None if isinstance(loss, str) else loss.get("class_weights")
    if isinstance(weights, list) and len(weights) != len(classes):
        yield f"network.loss has {len(weights)} class_weights; expected {len(classes)}, one per class"
    if isinstance(weights, dict):
        shown = ", ".join(map(part_of_path, classes[:20]))
        for name in [name for name in weights if name not in classes]:
            quotes = "" if isinstance(name, str) else "; put it in quotes, as you wrote it"
            yield (
                f"network.loss has class_weights for {name!r}, which is not a class of "
                f"{settings['dataset']}; its classes: {shown}"
                f"{quotes or suggestion(name, classes)}"
            )
        weights = [weights.get(name, 1) for name in classes]
    if weights is not None and not any(weights):
        yield "network.loss has class_weights that are all 0; expected at least one above 0"


CONSTRAINTS = (
    *(split_fits, training_fits, network_fits, images_are_images, augmentations_fit),
    *(evaluation_fits, stages_fit, class_weights_fit),
)


def complete_split(where: str, settings: dict, given: dict, dataset: dict) -> dict:
    """Return the complete ``split`` and, with folds, a ``refit``, because one network is tested.

    With folds ``split.validation`` is the share of one of them. ``given`` is the split in the config,
    without defaults.
    """
    split = {k: v for k, v in settings["split"].items() if v is not None or k == "training"}
    if conflict := _conflict(split, given, dataset):
        raise ConfigError(f"config: {where}.split.{conflict}")
    if "folds" not in split:
        return {"split": split}
    share = {"validation": 1 / split["folds"], "take": "stratified", "training": None}
    split = split | share | {"repeats": split.get("repeats", 1)}
    return {"split": split, "refit": settings["refit"] or {}}


def _conflict(split: dict[str, Any], given: dict[str, Any], dataset: dict[str, Any]) -> str:
    """Return a sentence on keys that exclude each other, or an empty text."""
    size = dataset.get("validation_size")
    for key in ("folds", "validation", "take"):
        if size and (key == "folds" or given.get(key) != split[key]) and given.get(key) is not None:
            own = f"but the data has a validation split of its own ({size} examples)"
            return f"{key} is {given[key]}, {own}; remove {key}, or these examples"
    if "folds" not in split:
        repeats = f"repeats is {split.get('repeats')}, but there are no folds to draw again"
        return f"{repeats}; set split.folds, or remove repeats" if "repeats" in split else ""
    folds, size = f"folds is {split['folds']}", dataset["train_size"]
    if given.get("validation"):
        other = (
            f"{folds} and validation {given['validation']}, but the folds take turns to validate"
        )
        return f"{other}; remove one of them (`validation: 0` overrides another file)"
    if given.get("training") is not None:
        other = f"{folds} and training {given['training']}"
        return f"{other}, but all rows outside a fold are trained on; remove one of them"
    if given.get("take") not in (None, "stratified"):
        other = f"{folds} and take {given['take']!r}, but folds are always stratified"
        return f"{other}; remove take, or write stratified"
    if split["folds"] > size:
        return f"{folds}, but there are {size} training examples; expected at most {size}"
    return ""
