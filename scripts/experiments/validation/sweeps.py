"""Checks of the changes of a sweep or a refit: keys that can vary, allowed values, sizes that fit."""

import math
from collections.abc import Iterator
from typing import Any

from ..errors import ConfigError, suggestion
from ..experiment import Experiment
from ..sweep import count
from .messages import EXPONENT, explain
from .settings import mistakes_in
from .values import validator, with_numbers

LENGTH = ("training.epochs", "training.iterations")
HALVED = (*LENGTH, "training.batch_size", "training.batches")  # an epoch has other steps
MOST_OF_A_KEY = 5  # wrong values that are listed
SWEEPABLE = ("network", "training", "preparation")


def check_runs(where: str, settings: dict[str, Any], most: int) -> None:
    """Count the runs of an experiment before they are made; raise a ConfigError for too many."""
    counts = {"configurations": count(settings["sweep"])}
    split = settings["split"]
    if "folds" in split:
        counts["folds"] = split["folds"] * split["repeats"]
    seeds = settings["seeds"]
    counts["seeds"] = seeds if isinstance(seeds, int) else len(seeds)
    runs = math.prod(counts.values())
    if runs > most:
        product = f"{' x '.join(map(str, counts.values()))} = {runs} runs ({' x '.join(counts)})"
        advice = f"expected at most {most}; narrow the sweep, or raise most_runs"
        raise ConfigError(f"config: {where} comes to {product}, {advice}")


def sweep_mistakes(experiment: Experiment, schema: dict[str, Any]) -> list[str]:
    """Return a sentence for each mistake in what the sweep and the refit change.

    If there is none, return the mistakes in the settings of the runs, each for its first run.
    """
    where = f"config: experiments.{experiment.name}"
    refit = experiment.settings["refit"] or {}
    found = []
    try:
        changes = experiment.changes
        if problem := _refit_problem(refit, experiment):
            found.append(f"{where}.refit changes {problem}")
    except ConfigError as error:  # lists of different lengths, an empty interval
        found.append(str(error))
        listed = _listed(experiment.settings["sweep"])
        changes = [{key: value} for key, values in listed for value in values]
    values: dict[tuple[str, str], dict[str, Any]] = {}  # different values by kind and key
    for kind, change in [*(("sweep", change) for change in changes), ("refit", refit)]:
        if problem := _problem(kind, change, experiment):
            found.append(f"{where}.{kind} changes {problem}")
        for key, value in change.items():
            values.setdefault((kind, key), {}).setdefault(repr(value), value)
    for (kind, key), different in values.items():
        found += _value_mistakes(f"{where}.{kind}", key, list(different.values()), schema)
    return list(dict.fromkeys(found)) or _run_mistakes(experiment)


def _listed(sweep: dict | list) -> Iterator[tuple[str, list[Any]]]:
    """Yield the keys of a sweep with their lists of values; a random interval has none."""
    for space in sweep if isinstance(sweep, list) else [sweep]:
        for kind, values in space.items():
            for key, choices in (values["values"] if kind == "random" else values).items():
                yield key, choices if isinstance(choices, list) else choices.get("choice", [])


def _value_mistakes(where: str, key: str, values: list[Any], schema: dict[str, Any]) -> list[str]:
    """Return a sentence on a key that cannot vary, else on each of its values that is not allowed."""
    try:
        rule = validator(_rule_of(key, schema, f"{where} changes"), schema)
    except ConfigError as error:
        return [str(error)]
    found = [
        explain(error, f"{where}: {key}") for value in values for error in rule.iter_errors(value)
    ]
    if len(found) > MOST_OF_A_KEY:  # a random sweep draws many values
        found[MOST_OF_A_KEY:] = [
            f"{where}: {key} has {len(found) - MOST_OF_A_KEY} more such values"
        ]
    return found


def _run_mistakes(experiment: Experiment) -> list[str]:
    """Return the mistakes in the settings of all runs; the first run with a mistake names it."""
    found: dict[str, str] = {}
    for run in experiment.configurations.values():
        if run.change:
            where = f"config: experiments.{experiment.name} (run {run.name})"
            for mistake in mistakes_in(run.settings, experiment.dataset):
                found.setdefault(mistake, f"{where}.{mistake}")
    return list(found.values())


def _problem(kind: str, change: dict[str, Any], experiment: Experiment) -> str:
    """Return a sentence on keys of a change that exclude each other or a setting, or an empty text."""
    if set(LENGTH) <= change.keys():
        return "training.epochs and training.iterations; give one"
    if kind == "sweep" and "network.loss" in change and experiment.metric == "loss":
        return "'network.loss', whose values selection.metric 'loss' cannot compare; choose another"
    uneven = [key for key in HALVED if key in change]
    if kind == "sweep" and experiment.settings["halving"] and uneven:
        return f"{uneven[0]!r}, but halving needs trainings of one length; remove one of them"
    return ""


def _refit_problem(change: dict[str, Any], experiment: Experiment) -> str:
    """Return a sentence on a refit of unknown length, which has no validation examples to stop by."""
    if "training.patience" in change:
        return "'training.patience', but has no validation examples; set training.epochs instead"
    others = [key for key in change if key not in (*LENGTH, "training.evaluate_every")]
    if not others or change.keys() & set(LENGTH):
        return ""
    if all(run.settings["training"]["patience"] is None for run in experiment.runs.values()):
        return ""
    long = "but with training.patience the length is that of networks without this change"
    return f"{others[0]!r}, {long}; set the refit's training.epochs as well"


def read_numbers(settings: dict[str, Any], schema: dict[str, Any]) -> None:
    """Turn texts such as 1e-3 in a sweep or a refit into numbers, if numbers are expected."""
    for key, values in _listed(settings["sweep"]):
        values[:] = [_as_number(key, value, schema) for value in values]
    refit = settings["refit"] or {}
    refit.update({key: _as_number(key, value, schema) for key, value in refit.items()})


def _as_number(key: str, value: Any, schema: dict[str, Any]) -> Any:
    if isinstance(value, (int, float)) or not EXPONENT.search(repr(value)):
        return value
    try:
        rule = _rule_of(key, schema)
    except ConfigError:  # sweep_mistakes reports it
        return value
    return with_numbers(value, validator(rule, schema).iter_errors(value))


def _rule_of(key: str, schema: dict[str, Any], changes: str = "") -> dict[str, Any]:
    """Return the schema of a dotted key; raise a ConfigError if the key cannot vary."""
    sections = {section: schema["$defs"][section].get("properties", {}) for section in SWEEPABLE}
    owner = [section for section, known in sections.items() if key in known]
    if owner:
        raise ConfigError(f"{changes} {key!r}; did you mean '{owner[0]}.{key}'?")
    if key.split(".")[0] not in SWEEPABLE:
        raise ConfigError(
            f"{changes} {key!r}, but only values of {', '.join(SWEEPABLE)} can vary, because scores on "
            "different data or splits cannot be compared; make it an experiment of its own"
        )
    if sections.get(key):
        raise ConfigError(
            f"{changes} all of {key!r}; vary single values, such as {key}.{next(iter(sections[key]))}"
        )
    rule = schema["$defs"]["experiment"]
    for name in key.split("."):
        known = rule.get("properties", {})
        if name not in known:
            hint = "; vary the whole component"
            if known:
                hint = f"; known: {', '.join(known)}{suggestion(name, known)}"
            raise ConfigError(f"{changes} {key!r}: there is no key {name!r}{hint}")
        rule = known[name]
        # Replace the reference by its rule: a validator is slow at following one for each value.
        referred = schema["$defs"].get(rule.get("$ref", "").removeprefix("#/$defs/"), {})
        rule = referred | {k: part for k, part in rule.items() if k != "$ref"}
    return rule
