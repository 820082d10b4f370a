"""Read the config and make its plan without Snakemake, as the workflow does in this folder."""

import os
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from snakemake.utils import update_config

from experiments import Plan, files
from experiments.validation.schema import config_schema

from . import PORTABLE
from .code import digest as code_of
from .configfiles import content_of
from .contents import remembered
from .wiring import located

ROOT = Path(__file__).resolve().parents[2]


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
