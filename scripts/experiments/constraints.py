"""What a schema cannot see of an experiment: sizes that must fit, values that exclude each other."""

import itertools
import math
from typing import Any

from .errors import ConfigError
from .experiment import network_inputs
from .explanations import suggestion
from .naming import name_of
from .split import parts_of

PLAIN_LOSS = ("softmax_cross_entropy", {"name": "softmax_cross_entropy"})
# Beyond these a training is a slip of the pen: 10^9 losses or weights are 8 and 4 GB.
MOST_ITERATIONS, MOST_WEIGHTS = 10**9, 10**9


def check_settings(where: str, settings: dict[str, Any], dataset: dict[str, Any]) -> None:
    """Check the settings of an experiment, or of one of its runs, against its dataset."""
    for constraint in CONSTRAINTS:
        message = constraint(settings, dataset)
        if message:
            raise ConfigError(f"config: {where}.{message}")


# Each constraint returns None, or what is wrong: the key, what was found, what to do.


def split_fits(settings: dict[str, Any], dataset: dict[str, Any]) -> str | None:
    split, size = settings["split"], dataset.get("train_size")
    if size is None:
        return None
    asked = [split["validation"], split["training"] or 0]
    shares = sum(number for number in asked if isinstance(number, float))
    if shares > 1:
        return f"split asks for shares of {asked[0]} validation and {asked[1]} training; lower one of them"
    # Without the share that is held out for the test, the size is an estimate: `prepare` counts.
    most = size + dataset.get("test_size", 0) * bool(dataset.get("test"))
    training, validation = parts_of(split, most)
    if training >= 1 and validation + training <= most:
        return None
    return (
        f"split asks for {split['validation']} validation and {split['training'] or 'at least 1'} "
        f"training examples, but the training file of {settings['dataset']} has {size}; lower one of "
        "them"
    )


def length_is_given_once(settings: dict[str, Any], dataset: dict[str, Any]) -> str | None:
    given = [key for key in ("epochs", "iterations") if settings["training"][key] is not None]
    if len(given) == 1:
        return None
    found = " and ".join(given) or "neither epochs nor iterations"
    return f"training has {found}; set exactly one of epochs, iterations"


def training_is_finite_work(settings: dict[str, Any], dataset: dict[str, Any]) -> str | None:
    iterations = iterations_of(settings, dataset)
    if iterations <= MOST_ITERATIONS:
        return None
    return (
        f"training comes to {iterations:.3g} iterations, whose losses alone would take "
        f"{8 * iterations / 1e9:.3g} GB; expected at most {MOST_ITERATIONS:.0e}"
    )


def network_fits_in_memory(settings: dict[str, Any], dataset: dict[str, Any]) -> str | None:
    narrow = settings["network"]["bottleneck"]
    widths = [
        network_inputs(settings, dataset),
        *settings["network"]["hidden"],
        len(dataset["classes"]),
    ]
    weights = sum(
        min(a * b, (a + b) * narrow if narrow else a * b) for a, b in itertools.pairwise(widths)
    )
    if weights <= MOST_WEIGHTS:
        return None
    return (
        f"network.hidden comes to {weights:.3g} weights, {4 * weights / 1e9:.3g} GB and several times "
        f"that in training; expected at most {MOST_WEIGHTS:.0e}"
    )


def batches_fit_the_batch(settings: dict[str, Any], dataset: dict[str, Any]) -> str | None:
    training = settings["training"]
    if training["batch_size"] == "full" and training["batches"] == "replacement":
        return (
            "training.batches is 'replacement', which has no meaning with batch_size 'full'; use "
            "shuffled or sequential, or give a number"
        )
    if training["batch_size"] == 1 and settings["network"]["normalization"] == "batch":
        return (
            "network.normalization is 'batch', but training.batch_size is 1: one example has no "
            "variance; use larger batches, or 'layer'"
        )
    return None


def pictures_are_moved(settings: dict[str, Any], dataset: dict[str, Any]) -> str | None:
    evaluation = settings["evaluation"]
    averaging = evaluation["shifts"] or evaluation["flips"] or evaluation["views"]
    augmentation = settings["training"]["augmentation"]
    if not (augmentation or averaging) or len(dataset["shape"]) >= 2:
        return None
    return (
        f"{'training.augmentation' if augmentation else 'evaluation'} moves pixels, but an example of "
        f"{settings['dataset']} has the shape {dataset['shape']}; only images (height x width) can be "
        "augmented"
    )


def views_are_drawn(settings: dict[str, Any], dataset: dict[str, Any]) -> str | None:
    views, steps = settings["evaluation"]["views"], settings["evaluation"]["augmentation"]
    if bool(views) != bool(steps):
        return (
            f"evaluation.views is {views}, and evaluation.augmentation {steps}; set both, to average "
            "over so many copies changed so, or neither"
        )
    if "mixup" in map(name_of, steps):
        return "evaluation.augmentation has mixup, which blends examples; remove it"
    return None


def filters_have_pictures(settings: dict[str, Any], dataset: dict[str, Any]) -> str | None:
    network = settings["network"]
    if network["input_initializer"] is None:
        return None
    if len(dataset["shape"]) < 2:
        found = f"an example of {settings['dataset']} has the shape {dataset['shape']}"
    elif not network["hidden"]:
        found = "network.hidden has none"
    elif network["bias_initializer"] == "as_input":
        found = "with bias_initializer 'as_input' it has an input that is no pixel"
    elif {"pca", "binarize"} <= set(map(name_of, settings["preparation"])):
        found = "preparation has binarize beside pca, so that inputs belong to no pixels"
    else:
        return None
    return (
        "network.input_initializer makes filters of pictures for the first hidden layer, but "
        f"{found}; set it to null"
    )


def validation_is_there(settings: dict[str, Any], dataset: dict[str, Any]) -> str | None:
    if settings["split"]["validation"]:
        return None
    if settings["refit"] is not None:
        return (
            "refit trains on training + validation, but split.validation is 0; remove refit or set a "
            "validation split"
        )
    if settings["training"]["patience"] is not None:
        return (
            "training.patience waits for a better validation accuracy, but split.validation is 0; "
            "remove patience or set a validation split"
        )
    return None


def halving_compares_like_with_like(
    settings: dict[str, Any], dataset: dict[str, Any]
) -> str | None:
    if not settings["halving"]:
        return None
    if not settings["split"]["validation"]:
        return "halving compares validation scores, but split.validation is 0; set it, or remove halving"
    if settings["training"]["patience"]:
        return (
            "halving compares configurations after the same number of epochs, but training.patience "
            f"is {settings['training']['patience']}; remove one of them"
        )
    return None


def mistakes_have_a_net(settings: dict[str, Any], dataset: dict[str, Any]) -> str | None:
    network = settings["network"]
    right = network["loss"] in PLAIN_LOSS and network["hidden"] and settings["split"]["validation"]
    if "mistakes" not in settings["studies"] or right:
        return None
    return (
        "studies has 'mistakes', which are those of a net with a hidden layer and the loss "
        "softmax_cross_entropy, measured on a validation split; set these, or remove it"
    )


def components_are_inputs(settings: dict[str, Any], dataset: dict[str, Any]) -> str | None:
    pixels = math.prod(dataset["shape"])
    for step in settings["preparation"]:
        if isinstance(step, dict) and (step.get("components") or 0) > pixels:
            return (
                f"preparation asks for {step['components']} components, but an example of "
                f"{settings['dataset']} has {pixels} values; expected at most as many"
            )
    return None


def loss_fits_the_targets(settings: dict[str, Any], dataset: dict[str, Any]) -> str | None:
    loss, classes = settings["network"]["loss"], len(dataset["classes"])
    weights = None if isinstance(loss, str) else loss.get("class_weights")
    if isinstance(weights, list) and len(weights) != classes:
        return f"network.loss has {len(weights)} class_weights; expected {classes}, one a class"
    if isinstance(weights, dict):
        names = dataset["classes"]
        for name in weights:
            if name not in names:
                quotes = f'; write "{name}", in quotes' if not isinstance(name, str) else ""
                return (
                    f"network.loss has class_weights of {name!r}, which is no class of "
                    f"{settings['dataset']}; its classes: {', '.join(names[:20])}"
                    f"{quotes or suggestion(name, names)}"
                )
        if not any(weights.get(name, 1) for name in names):
            return "network.loss has class_weights that are all 0; expected one above 0"
    elif weights is not None and not any(weights):
        return "network.loss has class_weights that are all 0; expected one above 0"
    mixed = "mixup" in map(name_of, settings["training"]["augmentation"])
    if mixed and name_of(loss) == "multiclass_hinge":
        return (
            "training.augmentation has mixup, whose targets are mixtures, but the loss "
            "multiclass_hinge takes one true class; use another loss, or remove mixup"
        )
    return None


def components_are_named_once(settings: dict[str, Any], dataset: dict[str, Any]) -> str | None:
    for section in ("training", "evaluation"):
        names = [name_of(step) for step in settings[section]["augmentation"]]
        if twice := [name for name in names if names.count(name) > 1]:
            return f"{section}.augmentation has {twice[0]!r} twice; expected once"
    return None


def bank_is_folded(settings: dict[str, Any], dataset: dict[str, Any]) -> str | None:
    for section in ("training", "evaluation"):
        names = [name_of(step) for step in settings[section]["augmentation"]]
        if "affine_bank" in names[:-1]:
            return (
                f"{section}.augmentation has {names[-1]!r} after affine_bank, which prepares the "
                "inputs; expected affine_bank as the last"
            )
        if "affine_bank" in names and "binarize" in map(name_of, settings["preparation"]):
            return (
                f"{section}.augmentation has affine_bank, which needs a linear preparation, but "
                "preparation has 'binarize'; use affine, or remove binarize"
            )
    return None


def l1_is_on(settings: dict[str, Any], dataset: dict[str, Any]) -> str | None:
    training = settings["training"]
    if training["l1"] or (not training["l1_beta"] and training["l1_layers"] == "all"):
        return None
    return (
        f"training.l1_beta is {training['l1_beta']} and training.l1_layers {training['l1_layers']!r}, but "
        "training.l1 is 0; set it, or leave them out"
    )


def decay_belongs_to_adamw(settings: dict[str, Any], dataset: dict[str, Any]) -> str | None:
    training = settings["training"]
    if name_of(training["optimizer"]) != "adamw" or training["weight_decay"]:
        return None
    return (
        "training.optimizer is 'adamw', which is Adam with weight decay, but training.weight_decay is "
        "0; set it (PyTorch's default is 0.01), or use adam"
    )


def first_images_are_there(settings: dict[str, Any], dataset: dict[str, Any]) -> str | None:
    first, size = settings["evaluation"]["first"], dataset.get("test_size", 0)
    if (first or 0) > size:
        return (
            f"evaluation.first is {first}, but the test file of {settings['dataset']} has {size} "
            "examples; lower it"
        )
    if "first_test_accuracy" in (settings["published"] or {}) and not first:
        return "published.first_test_accuracy needs evaluation.first, the number of images it is of"
    return None


CONSTRAINTS = (
    first_images_are_there,
    split_fits,
    length_is_given_once,
    training_is_finite_work,
    network_fits_in_memory,
    batches_fit_the_batch,
    pictures_are_moved,
    views_are_drawn,
    filters_have_pictures,
    validation_is_there,
    halving_compares_like_with_like,
    mistakes_have_a_net,
    components_are_inputs,
    loss_fits_the_targets,
    components_are_named_once,
    bank_is_folded,
    l1_is_on,
    decay_belongs_to_adamw,
)


def iterations_of(settings: dict[str, Any], dataset: dict[str, Any]) -> int:
    """How many steps a training takes, at most."""
    training = settings["training"]
    if training["iterations"] is not None:
        return training["iterations"]
    size = training["batch_size"]
    an_epoch = 1 if size == "full" else -(-dataset["train_size"] // size)
    return training["epochs"] * an_epoch
