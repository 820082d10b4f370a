"""Checks of the names in a config, which need no data."""

from typing import Any

from ..errors import ConfigError, suggestion


def check_names(config: dict[str, Any]) -> None:
    """Raise a ConfigError for an unknown experiment or dataset."""
    experiments, datasets = config["experiments"], config["datasets"]
    for name in config["targets"]:
        _check_known(name, experiments, "targets", "experiment")
    for name, settings in experiments.items():
        _check_known(settings["dataset"], datasets, f"experiments.{name}.dataset", "dataset")


def _check_known(name: str, known: dict[str, Any], where: str, kind: str) -> None:
    if name not in known:
        raise ConfigError(
            f"config: {where} names the {kind} {name!r}, which is not in the config; known: "
            f"{', '.join(known)}{suggestion(name, known)}"
        )
