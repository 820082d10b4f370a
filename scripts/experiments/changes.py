"""What a sweep or a refit changes: keys that can vary, values that the schema allows, runs that fit."""

from typing import Any

import jsonschema

from .constraints import check_settings
from .errors import ConfigError
from .experiment import Experiment
from .explanations import EXPONENT, explain, suggestion
from .schema import validator, with_numbers

LENGTHS = ("training.epochs", "training.iterations", "training.batch_size", "training.batches")
# What a refit can change while the best length of its training stays the same.
NOT_LEARNED = ("training.epochs", "training.iterations", "training.evaluate_every")
SWEEPABLE = ("network", "training", "preparation")


def check_changes(experiment: Experiment, schema: dict[str, Any]) -> None:
    """Check every value that the sweep or the refit puts in, then the settings of every run."""
    where = f"experiments.{experiment.name}"
    part = schema["$defs"]["experiment"]
    _check_refit(experiment, where)
    seen: set[tuple[str, str]] = set()
    validators: dict[str, jsonschema.protocols.Validator] = {}
    changes = [("sweep", change) for change in experiment.changes]
    changes.append(("refit", experiment.settings["refit"] or {}))
    for kind, change in changes:
        if {"training.epochs", "training.iterations"} <= change.keys():
            raise ConfigError(
                f"config: {where}.{kind} changes training.epochs and training.iterations; give one"
            )
        if kind == "sweep" and "network.loss" in change and experiment.metric == "loss":
            raise ConfigError(
                f"config: {where}.sweep changes 'network.loss', but selection.metric is 'loss': values of "
                "different losses cannot be compared; choose another metric"
            )
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
                validators[key] = validator(rule, schema)
            for error in validators[key].iter_errors(value):
                raise ConfigError(f"config: {explain(error, f'{where}.{kind}: {key}')}")
    for run in experiment.configurations.values():
        if run.change:
            check_settings(f"{where} (run {run.name})", run.settings, experiment.dataset)


def _check_refit(experiment: Experiment, where: str) -> None:
    """Refuse a refit whose length nobody can know: it has no validation examples to stop by."""
    change = experiment.settings["refit"] or {}
    if "training.patience" in change:
        raise ConfigError(
            f"config: {where}.refit changes 'training.patience', but a refit has no validation examples "
            "to wait for; remove it, or set the refit's training.epochs"
        )
    others = [key for key in change if key not in NOT_LEARNED]
    if not others or change.keys() & {"training.epochs", "training.iterations"}:
        return
    if any(run.settings["training"]["patience"] is not None for run in experiment.runs.values()):
        raise ConfigError(
            f"config: {where}.refit changes {others[0]!r}, but with training.patience a refit trains as "
            "long as the chosen networks, which were trained without this change; set the refit's "
            "training.epochs as well"
        )


def read_numbers(settings: dict[str, Any], schema: dict[str, Any]) -> None:
    """Turn texts such as 1e-3 in a sweep or a refit into numbers, if numbers are expected."""
    sweep = settings["sweep"]
    for space in sweep if isinstance(sweep, list) else [sweep]:
        for kind, values in space.items():
            values = values["values"] if kind == "random" else values
            for key, choices in values.items():
                if isinstance(choices, list):
                    values[key] = [_as_number(key, value, schema) for value in choices]
                elif "choice" in choices:
                    choices["choice"] = [_as_number(key, x, schema) for x in choices["choice"]]
    for key, value in (settings["refit"] or {}).items():
        settings["refit"][key] = _as_number(key, value, schema)


def _as_number(key: str, value: Any, schema: dict[str, Any]) -> Any:
    if isinstance(value, (int, float)) or not EXPONENT.search(repr(value)):
        return value
    try:
        rule = _schema_at(schema["$defs"]["experiment"], key, schema, "")
    except ConfigError:  # check_changes explains the error
        return value
    return with_numbers(value, validator(rule, schema).iter_errors(value))


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
        known = part.get("properties", {})
        if name not in known:
            hint = "; vary the whole component"
            if known:
                hint = f"; known: {', '.join(known)}{suggestion(name, known)}"
            raise ConfigError(f"config: {where} changes {key!r}: there is no key {name!r}{hint}")
        part = known[name]
        # With the reference in place of its rule: a validator is slow at following one for each value.
        referred = schema["$defs"].get(part.get("$ref", "").removeprefix("#/$defs/"), {})
        part = referred | {k: rule for k, rule in part.items() if k != "$ref"}
    return part
