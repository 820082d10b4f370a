"""The plan of the whole workflow: all experiments of a config, and what their stages need to know."""

from functools import cached_property
from typing import Any

from .checks import check_changes, check_config
from .errors import ConfigError
from .experiment import Experiment, prepared_key, refit_settings
from .schema import resolve


class Plan:
    """All experiments of a config, validated.

    Args:
        config: as read from config.yaml and the files that override it.
        schema: the JSON schema.

    Raises:
        ConfigError: naming the key, the value and what is allowed.
    """

    def __init__(self, config: dict[str, Any], schema: dict[str, Any]):
        self.config = resolve(config, schema)
        check_config(self.config)
        self.datasets = self.config["datasets"]
        self.experiments = {
            name: Experiment(name, settings, self.datasets[settings["dataset"]])
            for name, settings in self.config["experiments"].items()
        }
        for experiment in self.experiments.values():
            check_changes(experiment, schema)

    @property
    def targets(self) -> list[Experiment]:
        """What a plain `snakemake` builds."""
        return [self.experiments[name] for name in self.config["targets"]]

    @property
    def published(self) -> list[Experiment]:
        """The experiments that reproduce a published system."""
        return [e for e in self.experiments.values() if e.settings["published"]]

    def requested(self, targets: set[str]) -> list[Experiment]:
        """The experiments asked for on the command line; without any, the config's ``targets``."""
        if "everything" in targets:
            return list(self.experiments.values())
        asked = [e for name, e in self.experiments.items() if name in targets]
        if "published" in targets:
            asked += self.published
        return list(dict.fromkeys(asked)) or self.targets

    def file(self, dataset: str, file: str) -> dict[str, Any]:
        """What the fetch stage needs to know of a raw file."""
        settings = self.datasets[dataset]
        for role, entry in settings["files"].items():
            if entry["file"] == file:
                if settings["generator"]:
                    return {"generator": settings["generator"], "array": role}
                return {key: entry[key] for key in ("sha256", "mirrors", "members_md5")}
        raise ConfigError(f"config: datasets.{dataset} has no file {file!r}")

    def parsed(self, dataset: str) -> dict[str, Any]:
        """What the parse stage needs to know of a dataset: all but where it comes from."""
        return {k: v for k, v in self.datasets[dataset].items() if k not in ("files", "generator")}

    @cached_property
    def prepared(self) -> dict[tuple[str, str], dict[str, Any]]:
        """Split and preparation by dataset and key."""
        found = {}
        for experiment in self.experiments.values():
            for run in experiment.runs.values():
                final = [refit_settings(run.settings)] if experiment.refit_seeds else []
                for settings in (run.settings, *final):
                    found[experiment.dataset_name, prepared_key(settings)] = {
                        "split": settings["split"],
                        "preparation": settings["preparation"],
                    }
        return found

    @cached_property
    def architectures(self) -> dict[str, dict[str, Any]]:
        """What the gradient check of each distinct architecture needs to know."""
        runs = (run for experiment in self.experiments.values() for run in experiment.runs.values())
        found: dict[str, dict[str, Any]] = {}
        for run in runs:
            found.setdefault(
                run.architecture, {**run.gradients, "l2": 0.01 * (run.gradients["l2"] > 0)}
            )
        return found

    @property
    def presented(self) -> dict[str, dict[str, Any]]:
        """What the summary says of each experiment besides its results."""
        keys = ("dataset", "description", "published")
        return {n: {k: e.settings[k] for k in keys} for n, e in self.experiments.items()}
