"""Checks of the names in a config, which need no data."""

from typing import Any

from ..errors import ConfigError, suggestion

# Targets of the Snakefile and names of its rules, which no experiment can have.
RESERVED = {
    "all", "everything", "published", "fetch", "parse", "parse_without_test", "prepare",
    "check_gradients", "train", "train_rung", "validate", "validate_rung", "promote", "select_best",
    "collect", "take", "refit", "baseline", "posted_net", "evaluate", "summarize", "report", "manifest",
    "verify",
}  # fmt: skip
# Prefixes of rules that are made in a loop, before the name of an experiment or a dataset.
PLOT, GENERATE, KEEP = "plot_", "generate_", "keep_"


def check_names(config: dict[str, Any]) -> None:
    """Raise a ConfigError for an unknown experiment or dataset, or a name that a rule has."""
    experiments, datasets = config["experiments"], config["datasets"]
    for name in config["targets"]:
        _check_known(name, experiments, "targets", "experiment")
    for name, settings in experiments.items():
        if name in RESERVED or name.startswith((PLOT, GENERATE, KEEP)):
            raise ConfigError(f"config: experiments.{name}: the name is a rule's; choose another")
        _check_known(settings["dataset"], datasets, f"experiments.{name}.dataset", "dataset")


def _check_known(name: str, known: dict[str, Any], where: str, kind: str) -> None:
    if name not in known:
        raise ConfigError(
            f"config: {where} names the {kind} {name!r}, which is not in the config; known: "
            f"{', '.join(known)}{suggestion(name, known)}"
        )
