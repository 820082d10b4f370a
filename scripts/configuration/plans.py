"""Read the config and make its plan without Snakemake, as the workflow does in this folder."""

import os
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from snakemake.utils import update_config

from experiments import Plan, files
from files.contents import remembered
from origin.code_digest import digest as code_of
from origin.kernels import PORTABLE

from .config_files import content_of, document
from .schema import config_schema

ROOT = Path(__file__).resolve().parents[2]
PATHS = ("path", "test_path")  # of a dataset: files and folders of this machine


def config_of(configfiles: Iterable[str]) -> dict[str, Any]:
    """Return the merged config; raise a ConfigError if a file has a mistake."""
    default = "config.yaml" if os.path.exists("config.yaml") else f"{ROOT}/config.yaml"
    sources, config = [default, *configfiles], {}
    located({}, sources)  # refuses a file with a mistake
    for source in sources:
        update_config(config, content_of(source))
    return located(config, reversed(sources))


def plan_of(config: dict[str, Any]) -> Plan:
    """Return the plan of a config, with the names that the workflow gives its files."""

    def code(program: str) -> str:
        portable = PORTABLE or plan.config["portable"]
        return code_of(ROOT / f"scripts/{program}.py") + (" portable" if portable else "")

    sizes = remembered(files.DATASET, lambda: code_of(ROOT / "scripts/parse.py"))
    plan = Plan(config, config_schema(), sizes, code=code)
    return plan


def located(config: dict[str, Any], sources: Iterable[str | Path]) -> dict[str, Any]:
    """Return a config with paths of own data relative to the working directory.

    In a config file they are relative to that file: the first of ``sources``, the most important one,
    that has the path. A path from the command line is kept. Raises ConfigError if a source has a
    mistake.
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
                    datasets[name] = datasets[name] | {key: found}
                    break
    return {**config, "datasets": datasets} if datasets else config


def _datasets_of(config: Any) -> dict[Any, Any]:
    """Return the datasets of a config that is not validated yet."""
    datasets = config.get("datasets") if isinstance(config, dict) else None
    return datasets if isinstance(datasets, dict) else {}
