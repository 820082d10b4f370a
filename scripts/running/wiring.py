"""Helpers of the rules: patterns of names, options of commands, checks of paths."""

import os
import re
import shlex
import sys
import time
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from datasets import DatasetError, files_in
from experiments import ConfigError
from experiments.plan import Plan
from origin import kernels

CLOCKS_DIFFER = 60  # seconds, of a file server and this machine


class Aside(dict):
    """A part of a command, as a parameter of a rule, that does not change the results of its job.

    Snakemake's cache between workflows compares its JSON, which is empty: the interpreter and the place
    of the data do not count.
    """

    def __init__(self, text: str):
        super().__init__()
        self.text = text

    def __str__(self) -> str:
        return self.text


def command(script: str, portable: bool) -> Aside:
    """Return the start of a program's command, with the interpreter that runs Snakemake."""
    switch = "NN_PORTABLE=1 " if portable else ""
    return Aside(f"{switch}{shlex.join([sys.executable, script])}")


def is_portable(config: Mapping[str, Any], workflow: Any) -> bool:
    """Return whether jobs use portable kernels, and if so set the environment of all jobs."""
    if portable := kernels.PORTABLE or config["portable"]:
        kernels.request_portable()
        os.environ["NN_PORTABLE"] = "1"
        workflow.register_envvars("NN_PORTABLE")
    return portable


def any_of(names: Iterable[str]) -> str:
    """Return a pattern that matches one of the names, or nothing without names."""
    return "|".join(names) or "$^"


def flags(items: Iterable[tuple[str, str | Iterable[str]]]) -> str:
    """Return the options of a command for named files, without names that have no files."""
    options = [(name, [files] if isinstance(files, str) else list(files)) for name, files in items]
    return " ".join(shlex.join([f"--{name}", *files]) for name, files in options if files)


def raw_flag(places: Mapping[str, str], files: Any) -> str:
    """Return the option --raw: by role, an input of the job or a folder."""
    inputs = {role: p if os.path.isdir(p) else files.get(role, p) for role, p in places.items()}
    return shlex.join(["--raw", *(f"{role}={file}" for role, file in inputs.items())])


def check_places(plan: Plan, here: bool = True) -> None:
    """Raise ConfigError for a folder in place of a file, or a local mirror that is no folder.

    A job on another machine (``here`` is False) fetches nothing, and may not have the mirror.
    """
    key, mirror = "config: local_mirror", plan.config["local_mirror"]
    if not mirror:
        key, mirror = "the environment variable NN_LOCAL_MIRROR", os.environ.get("NN_LOCAL_MIRROR")
    if here and mirror and not os.path.isdir(mirror):
        raise ConfigError(
            f"{key} is {mirror!r}, which is no folder; expected one with <dataset>/<file>: "
            "correct it, or remove it"
        )
    for name in plan.datasets:
        for role, place in plan.raw(name).items():
            try:
                if os.path.isdir(place) and role != "pictures":
                    files_in(role, place)
            except DatasetError as error:
                raise ConfigError(f"config: datasets.{name}: {error}") from None


def check_times(place: str, files: Iterable[str | Path]) -> None:
    """Raise ConfigError if files of a place have times in the future.

    Otherwise Snakemake removes each network after its training, as older than its input. The command in
    the message keeps the order of the files, by which Snakemake finds outdated ones.
    """
    latest = max((os.stat(file).st_mtime for file in files if os.path.isfile(file)), default=0)
    days = (latest - time.time()) / 86400
    if days * 86400 > CLOCKS_DIFFER:
        way = f"-type f -exec touch -r {{}} -d '-{int(days) + 1} days' {{}} \\;"
        raise ConfigError(
            f"{place}: some files have times up to {days:.2g} days in the future; set the clock, or run "
            f"`find -L {shlex.quote(place)} {way}`"
        )


# Braces are wildcards to Snakemake and <word> a variable; it writes names as UTF-8 in lines.
UNNAMEABLE = re.compile(r"[{}<>\x00-\x1f\x7f\ud800-\udfff]")


def nameable(files: Iterable[str]) -> list[str]:
    """Return the files that Snakemake accepts as inputs; a digest of all files watches the others."""
    return [file for file in files if not UNNAMEABLE.search(file)]
