"""Merge config files and make their plan."""

import os
from collections.abc import Iterable
from functools import cache, partial
from pathlib import Path
from typing import Any

from snakemake.utils import update_config

from experiments import ConfigError, layout
from experiments.plan import Plan
from files.contents import remembered
from origin.code_digest import digest as code_of
from origin.kernels import PORTABLE

from .config_files import content_of, document, text_at
from .schema import config_schema

ROOT = Path(__file__).resolve().parents[2]
PATHS = ("path", "test_path")  # of a dataset: files and folders of this machine


def sources_of(configfiles: Iterable[str]) -> list[str]:
    """Return the default config file and those of --configfile, the most important last."""
    default = "config.yaml" if os.path.exists("config.yaml") else f"{ROOT}/config.yaml"
    return [default, *configfiles]


def merged(sources: Iterable[str | Path]) -> dict[str, Any]:
    """Merge config files as Snakemake does; raise a ConfigError for a mistake in a file."""
    config: dict[str, Any] = {}
    for source in sources:
        update_config(config, content_of(source))
    return config


def config_of(configfiles: Iterable[str]) -> dict[str, Any]:
    """Return the config of a run of `snakemake`; raise a ConfigError for a mistake in a file."""
    sources = sources_of(configfiles)
    return located(merged(sources), reversed(sources))


def plan_of(config: dict[str, Any], sources: Iterable[str | Path] = ()) -> Plan:
    """Return the plan of a config, with the names of files that the workflow uses.

    ``sources`` are its files, the most important first.
    """

    @cache
    def code(program: str) -> str:
        return code_of(ROOT / f"scripts/{program}.py", PORTABLE or plan.config["portable"])

    sizes = remembered(layout.DATASET, lambda: code_of(ROOT / "scripts/parse.py"))
    plan = Plan(config, config_schema(), sizes, partial(text_at, list(sources)), code)
    return plan


def located(config: dict[str, Any], sources: Iterable[str | Path]) -> dict[str, Any]:
    """Return a config with paths of own data relative to the working directory.

    In a config file they are relative to that file: the first of ``sources``, the most important one,
    that has the path. A path from the command line is kept. Raises a ConfigError for a path of Windows.
    """
    contents = [(source, _datasets_of(document(source).content)) for source in sources]
    datasets = {}
    for name, settings in _datasets_of(config).items():
        datasets[name] = settings
        for key in PATHS:
            place = settings.get(key) if isinstance(settings, dict) else None
            if not isinstance(place, str) or os.path.isabs(place):
                continue
            for source, theirs in contents:
                if isinstance(theirs.get(name), dict) and theirs[name].get(key) == place:
                    found = os.path.relpath(Path(source).absolute().parent / place)
                    if "\\" in place and not os.path.exists(found):
                        raise ConfigError(
                            f"config: datasets.{name}.{key} is {place!r}, which does not exist; "
                            "separate folders by /"
                        )
                    datasets[name] = datasets[name] | {key: found}
                    break
    return {**config, "datasets": datasets} if datasets else config


def _datasets_of(config: Any) -> dict[Any, Any]:
    """Return the datasets of a config that is not validated yet."""
    datasets = config.get("datasets") if isinstance(config, dict) else None
    return datasets if isinstance(datasets, dict) else {}
