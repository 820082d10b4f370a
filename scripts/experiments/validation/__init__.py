"""The checks of a config, in their order. A ConfigError names the key, its value and the allowed values."""

from collections.abc import Callable
from typing import Any

from .. import own_data
from ..errors import ConfigError, suggestion
from ..experiment import Experiment
from ..run import as_list
from .datasets import check_checksums, raw_files, with_sizes
from .settings import check_settings, complete_split
from .sweeps import check_runs, read_numbers, sweep_mistakes
from .values import resolve

# (name, settings, format) of a dataset -> its sizes, as the format finds them
Sizes = Callable[[str, dict[str, Any], Any], dict[str, Any]]


def validated(config: dict, schema: dict, sizes: Sizes) -> tuple[dict, dict]:
    """Return the complete config and its experiments by name; for arguments see `experiments.plan.Plan`."""
    complete, given = resolve(config, schema), config["experiments"]
    datasets = complete["datasets"]
    for name in complete["targets"]:  # before a large table is read
        check_known(name, given, "targets", "experiment")
    for name, settings in complete["experiments"].items():
        check_known(settings["dataset"], datasets, f"experiments.{name}.dataset", "dataset")
    for name, dataset in datasets.items():
        kind = schema["formats"][dataset["format"]]
        datasets[name] = with_sizes(name, dataset, kind, sizes)
    experiments = {}
    for name, settings in complete["experiments"].items():
        where, dataset = f"experiments.{name}", datasets[settings["dataset"]]
        if schema["formats"][dataset["format"]].places:
            settings |= own_data.completed(given[name], settings, dataset)
        settings |= complete_split(where, settings, given[name].get("split") or {}, dataset)
        settings["preparation"] = as_list(settings["preparation"])
        read_numbers(settings, schema)
        check_runs(where, settings, complete["most_runs"])
        check_settings(where, settings, dataset)
        experiments[name] = Experiment(name, settings, dataset)
    check_checksums(datasets)
    mistakes = [line for each in experiments.values() for line in sweep_mistakes(each, schema)]
    if mistakes:
        raise ConfigError("\n".join(mistakes))
    return complete, experiments


def check_known(name: str, known: dict[str, Any], where: str, kind: str) -> None:
    """Raise a ConfigError for a name that the config does not define."""
    if name not in known:
        hint = f"which is not in the config; known: {', '.join(known)}{suggestion(name, known)}"
        raise ConfigError(f"config: {where} names the {kind} {name!r}, {hint}")
