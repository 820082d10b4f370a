"""The checks of a config, in their order. A ConfigError names the key, its value and the allowed values."""

from collections.abc import Callable
from typing import Any

from .. import own_data
from ..experiment import Experiment
from ..run import as_list
from .datasets import check_checksums, raw_files, with_sizes
from .messages import NO_TEXTS, Texts
from .names import check_names
from .settings import check_settings
from .splits import complete_split
from .sweeps import check_runs, check_sweep, read_numbers
from .values import resolve

__all__ = ["NO_TEXTS", "Sizes", "Texts", "raw_files", "resolve", "validated"]

# (name, settings, format) of a dataset -> its sizes, as the format finds them
Sizes = Callable[[str, dict[str, Any], Any], dict[str, Any]]


def validated(
    config: dict[str, Any], schema: dict[str, Any], sizes: Sizes, texts: Texts = NO_TEXTS
) -> tuple[dict[str, Any], dict[str, Experiment]]:
    """Return the complete config and its experiments by name; for arguments see `experiments.plan.Plan`."""
    complete, given = resolve(config, schema, texts), config["experiments"]
    check_names(complete)  # before a large table is read
    datasets = complete["datasets"]
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
    for experiment in experiments.values():
        check_sweep(experiment, schema)
    return complete, experiments
