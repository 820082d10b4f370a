"""What a schema cannot see of a config: names that must exist, files of datasets, numbers of runs."""

import math
import shlex
from typing import Any

from components.addresses import shown

from .constraints import check_settings
from .errors import ConfigError
from .explanations import suggestion
from .folds import parts_of
from .sweep import count

# Targets of the Snakefile and names of its rules, which an experiment cannot have.
RESERVED = {
    "all", "everything", "published", "fetch", "parse", "parse_without_test", "prepare",
    "check_gradients", "train", "train_rung", "validate", "validate_rung",
    "promote", "select_best", "collect", "take", "refit", "baseline", "mistakes", "evaluate",
    "summarize", "report", "manifest", "verify",
}  # fmt: skip
# Prefixes of rules that are made in a loop, before the name of an experiment or a dataset.
FIGURES_OF, GENERATE, KEEP = "figures_of_", "generate_", "keep_"


def check_names(config: dict[str, Any]) -> None:
    """Check the names in a config; raise a ConfigError at the first mistake. Needs no data."""
    experiments, datasets = config["experiments"], config["datasets"]
    for name in config["targets"]:
        _known(name, experiments, "targets", "experiment")
    for name, settings in experiments.items():
        if name in RESERVED or name.startswith((FIGURES_OF, GENERATE, KEEP)):
            raise ConfigError(f"config: experiments.{name}: the name is a rule's; choose another")
        _known(settings["dataset"], datasets, f"experiments.{name}.dataset", "dataset")


def check_config(config: dict[str, Any]) -> None:
    """Check a complete config as a whole; raise a ConfigError at the first mistake."""
    datasets = config["datasets"]
    for name, settings in config["experiments"].items():
        check_runs(f"experiments.{name}", settings, config["most_runs"])
        check_settings(f"experiments.{name}", settings, datasets[settings["dataset"]])


def check_runs(where: str, settings: dict[str, Any], most: int) -> None:
    """Count the runs of an experiment before they are made; raise a ConfigError for too many."""
    seeds, configurations = settings["seeds"], count(settings["sweep"])
    counts = {"configurations": configurations, "folds": len(parts_of(settings["split"]))}
    counts["seeds"] = seeds if isinstance(seeds, int) else len(seeds)
    if "folds" not in settings["split"]:
        del counts["folds"]
    runs = math.prod(counts.values())
    if runs > most:
        raise ConfigError(
            f"config: {where} comes to {' x '.join(map(str, counts.values()))} = {runs} runs "
            f"({' x '.join(counts)}), expected at most {most}; narrow the sweep, or raise most_runs"
        )


def check_dataset(where: str, dataset: dict[str, Any], kind: Any) -> None:
    """Check that the files which the format needs are there, and can be told from others."""
    needed = set(kind.files) | (set(kind.test_files) if dataset["test_size"] else set())
    missing = needed - dataset["files"].keys()
    if missing:
        raise ConfigError(
            f"config: {where}.files lacks {', '.join(sorted(missing))}, which the format "
            f"{dataset['format']!r} needs; name each file with its sha256 and mirrors"
        )
    extra = set(kind.test_files) & dataset["files"].keys()
    if extra and not dataset["test_size"]:
        raise ConfigError(
            f"config: {where}.files has {', '.join(sorted(extra))}, but test_size is 0; set it, or "
            "remove them"
        )
    for role, entry in dataset["files"].items():
        if dataset["path"] and entry["mirrors"]:
            raise ConfigError(
                f"config: {where}.files.{role} has mirrors, but the files are in {dataset['path']}; "
                "remove path, or the mirrors"
            )


def check_checksums(datasets: dict[str, Any]) -> None:
    """Raise a ConfigError that names all files to fetch without a sha256, and says how to find it."""
    lines = []
    for name, dataset in datasets.items():
        for role, entry in dataset["files"].items():
            mirrors = entry["mirrors"]
            if entry["sha256"] or dataset["path"] or (dataset["generator"] and not mirrors):
                continue
            find = f"sha256sum {shlex.quote(entry['file'])}"
            if mirrors:
                url = mirrors[0] + entry["file"] * mirrors[0].endswith("/")
                find = f"curl -fL {shlex.quote(shown(url))} | sha256sum"
            lacks = "mirrors but no" if mirrors else "neither mirrors nor"
            lines.append(
                f"config: datasets.{name}.files.{role} has {lacks} sha256; add it, as `{find}` prints it"
            )
    if lines:
        advice = "where the publisher names the checksum of a file, compare: no other is ever taken for it"
        raise ConfigError("\n".join([*lines, advice]))


def _known(name: str, known: dict[str, Any], where: str, kind: str) -> None:
    if name not in known:
        raise ConfigError(
            f"config: {where} names the {kind} {name!r}, which is not in the config; known: "
            f"{', '.join(known)}{suggestion(name, known)}"
        )
