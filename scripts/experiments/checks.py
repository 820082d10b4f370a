"""What a schema cannot see: names that must exist, sizes that must fit, values that exclude each other."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import jsonschema

from .errors import ConfigError
from .schema import explain, suggestion

if TYPE_CHECKING:
    from .experiment import Experiment

FILES = {
    "idx": {"train_images", "train_labels", "test_images", "test_labels"},
    "cifar10": {"archive"},
    "spiral": set(),
}
# Targets of the Snakefile and names of its rules, which an experiment cannot have.
RESERVED = {
    "all", "everything", "published", "fetch", "parse", "parse_without_test", "prepare",
    "check_gradients", "train", "train_rung", "validate", "validate_rung", "promote", "select",
    "collect", "keep", "refit", "baseline", "mistakes", "test", "figure", "summarize", "report",
}  # fmt: skip
LENGTHS = ("training.epochs", "training.iterations", "training.batch_size", "training.batches")
DECLARED = {"shape": "that of one example, as [28, 28]", "train_size": "how many training examples"}
SWEEPABLE = ("network", "training", "preparation")


def check_config(config: dict[str, Any]) -> None:
    """Check a resolved config as a whole; raise a ConfigError at the first mistake."""
    experiments, datasets = config["experiments"], config["datasets"]
    for name in config["targets"]:
        _known(name, experiments, "targets", "experiment")
    for name, dataset in datasets.items():
        where = f"datasets.{name}"
        missing = FILES[dataset["format"]] - set(dataset["files"])
        if not dataset["test_size"]:
            missing -= {"test_images", "test_labels"}
        if missing:
            raise ConfigError(
                f"config: {where}.files lacks {', '.join(sorted(missing))}, which the format "
                f"{dataset['format']!r} needs; name each file with its sha256 and mirrors"
            )
        for role, entry in dataset["files"].items():
            if entry["mirrors"] and not entry["sha256"]:
                raise ConfigError(
                    f"config: {where}.files.{role} has mirrors but no sha256; add the checksum of "
                    "the published file, so that no other file is ever taken for it"
                )
        for key, meaning in DECLARED.items():
            if dataset["format"] != "spiral" and key not in dataset:
                raise ConfigError(f"config: {where} lacks {key!r}: {meaning}")
        if dataset["format"] == "spiral":
            dataset["train_size"] = dataset["points_per_class"] * len(dataset["classes"])
            dataset["shape"] = [2]
    for name, settings in experiments.items():
        if name in RESERVED:
            raise ConfigError(f"config: experiments.{name}: the name is a rule's; choose another")
        _known(settings["dataset"], datasets, f"experiments.{name}.dataset", "dataset")
        check_settings(f"experiments.{name}", settings, datasets[settings["dataset"]])


def check_settings(where: str, settings: dict[str, Any], dataset: dict[str, Any]) -> None:
    """Check the settings of an experiment, or of one of its runs, against its dataset."""
    split, training = settings["split"], settings["training"]
    size = dataset.get("train_size")
    wanted = split["validation"] + (split["training"] or 1)
    if size is not None and wanted > size:
        raise ConfigError(
            f"config: {where}.split asks for {split['validation']} validation and "
            f"{split['training'] or 'at least 1'} training examples, but the training file of "
            f"{settings['dataset']} has {size}; lower one of them"
        )
    given = [key for key in ("epochs", "iterations") if training[key] is not None]
    if len(given) != 1:
        raise ConfigError(
            f"config: {where}.training has {' and '.join(given) or 'neither epochs nor iterations'}"
            "; set exactly one of epochs, iterations"
        )
    if training["batch_size"] == "full" and training["batches"] == "replacement":
        raise ConfigError(
            f"config: {where}.training.batches is 'replacement', which has no meaning with "
            "batch_size 'full'; use shuffled or sequential, or give a number"
        )
    images = len(dataset.get("shape", [0, 0])) >= 2
    averaging = settings["evaluation"]["shifts"] or settings["evaluation"]["flips"]
    if (training["augmentation"] or averaging) and not images:
        key = "training.augmentation" if training["augmentation"] else "evaluation"
        raise ConfigError(
            f"config: {where}.{key} moves pixels, but an example of {settings['dataset']} has the "
            f"shape {dataset['shape']}; only images (height x width) can be augmented"
        )
    if settings["halving"] and (not split["validation"] or training["patience"]):
        raise ConfigError(
            f"config: {where}.halving needs a validation split and no patience: it compares all "
            "configurations after the same number of epochs"
        )
    losses = ("softmax_cross_entropy", {"name": "softmax_cross_entropy"})
    right = settings["network"]["loss"] in losses and settings["network"]["hidden"]
    if "mistakes" in settings["studies"] and not (right and split["validation"]):
        raise ConfigError(
            f"config: {where}.studies has 'mistakes', which are those of a net with a hidden layer "
            "and the loss softmax_cross_entropy, measured on a validation split; set these, or "
            "remove it"
        )
    if settings["refit"] is not None and not split["validation"]:
        raise ConfigError(
            f"config: {where}.refit trains on training + validation, but split.validation is 0; "
            "remove refit or set a validation split"
        )


def check_changes(experiment: Experiment, schema: dict[str, Any]) -> None:
    """Check every value that the sweep or the refit puts in, then the settings of every run."""
    where = f"experiments.{experiment.name}"
    part = schema["$defs"]["experiment"]
    seen: set[tuple[str, str]] = set()
    validators: dict[str, jsonschema.Draft202012Validator] = {}
    changes = [("sweep", change) for change in experiment.changes]
    changes.append(("refit", experiment.settings["refit"] or {}))
    for kind, change in changes:
        for key, value in change.items():
            if (key, repr(value)) in seen:
                continue
            seen.add((key, repr(value)))
            if kind == "sweep" and experiment.settings["halving"] and key in LENGTHS:
                raise ConfigError(
                    f"config: {where}.sweep changes {key!r}, but halving compares configurations "
                    "after the same number of epochs; remove one of them"
                )
            if key not in validators:
                rule = _schema_at(part, key, schema, f"{where}.{kind}")
                validators[key] = jsonschema.Draft202012Validator(
                    {**rule, "$defs": schema["$defs"]}
                )
            for error in validators[key].iter_errors(value):
                raise ConfigError(f"config: {explain(error, f'{where}.{kind}: {key}')}")
    for run in experiment.runs.values():
        if run.change:
            check_settings(f"{where} (run {run.name})", run.settings, experiment.dataset)


def _schema_at(part: dict, key: str, schema: dict, where: str) -> dict[str, Any]:
    """Find the schema of a dotted key, or say why the key cannot vary."""
    sections = {section: schema["$defs"][section].get("properties", {}) for section in SWEEPABLE}
    owner = [section for section, known in sections.items() if key in known]
    if owner:
        raise ConfigError(f"config: {where} changes {key!r}; did you mean '{owner[0]}.{key}'?")
    if key.split(".")[0] not in SWEEPABLE:
        raise ConfigError(
            f"config: {where} changes {key!r}; values of {', '.join(SWEEPABLE)} can vary. Scores on "
            "different data or splits cannot be compared: make it an experiment of its own"
        )
    if sections.get(key):
        raise ConfigError(
            f"config: {where} changes all of {key!r}; vary values in it, as {key}."
            f"{next(iter(sections[key]))}"
        )
    for name in key.split("."):
        part = {**schema["$defs"].get(part.get("$ref", "").removeprefix("#/$defs/"), {}), **part}
        known = part.get("properties", {})
        if name not in known:
            hint = "; vary the whole component"
            if known:
                hint = f"; known: {', '.join(known)}{suggestion(name, known)}"
            raise ConfigError(f"config: {where} changes {key!r}: there is no key {name!r}{hint}")
        part = known[name]
    return part


def _known(name: str, known: dict[str, Any], where: str, kind: str) -> None:
    if name not in known:
        raise ConfigError(
            f"config: {where} names the {kind} {name!r}, which is not in the config; known: "
            f"{', '.join(known)}{suggestion(name, known)}"
        )
