"""Helpers of the rules that do not depend on Snakemake: patterns, options of commands, files on disk."""

import os
import re
import shlex
import sys
from collections.abc import Iterable, Mapping
from typing import Any

from configuration.config_files import is_called
from datasets import DatasetError, files_in
from experiments import ConfigError, Plan
from experiments.checks import RESERVED
from experiments.explanations import suggestion
from origin import kernels


class Aside(dict):
    """A part of a command that does not change what its job makes, as a parameter of a rule.

    Snakemake's cache between workflows asks for its JSON, which is empty: another interpreter, or the
    same data in another place, is no other job.
    """

    def __init__(self, text: str):
        super().__init__()
        self.text = text

    def __str__(self) -> str:
        return self.text


def command(script: str, portable: bool) -> Aside:
    """Return the start of a program's command: with the interpreter that runs Snakemake."""
    switch = "NN_PORTABLE=1 " if portable else ""
    return Aside(f"{switch}{shlex.join([sys.executable, script])}")


def is_portable(config: Mapping[str, Any], workflow: Any) -> bool:
    """Do jobs compute with the kernels of `origin.kernels.HASWELL`, by the config or the environment?

    Passes the environment variable on to jobs on other machines.
    """
    if portable := kernels.PORTABLE or config["portable"]:
        kernels.request_portable()  # of jobs, which inherit the variables
        os.environ["NN_PORTABLE"] = "1"
        workflow.register_envvars("NN_PORTABLE")
    return portable


def any_of(names: Iterable[str]) -> str:
    """Return a pattern for one of some names; without names, a pattern that nothing matches."""
    return "|".join(names) or "$^"


FOLDERS = {
    "results/experiments/": "experiment",
    "results/datasets/": "dataset",
    "data/raw/": "dataset",
}


def targets_of(workflow: Any) -> list[str] | None:
    """Return the targets on the command line; None in a job, and in another workflow's module."""
    from snakemake.cli import get_argument_parser

    if not (is_called() and workflow.is_main_process):
        return None
    if not os.path.samefile(workflow.basedir, str(workflow.current_basedir)):
        return None
    return get_argument_parser().parse_args(sys.argv[1:]).targets


def refuse_targets(workflow, names: Iterable[str], plan: Plan) -> None:
    """Exit with a suggestion if a target does not exist.

    Reports names without a folder, and files of an experiment or dataset that the config does not
    define. In a module they may belong to the other workflow.
    """
    for target in targets_of(workflow) or ():
        wrong = no_target(target, names, plan.experiments, plan.datasets)
        if wrong and not os.path.exists(target):
            sys.exit(f"error: {wrong}")


def no_target(
    target: str, names: Iterable[str], experiments: Iterable[str], datasets: Iterable[str]
) -> str | None:
    """Say why a target does not exist, and suggest the nearest; None if it may exist."""
    for folder, kind in FOLDERS.items():
        known = list(datasets if kind == "dataset" else experiments)
        name = target.removeprefix(folder).partition("/")[0]
        if target.startswith(folder) and name not in known:
            return f"no {kind} {name} (of {target}){_nearest(name, known)}"
    names = list(names)
    if "/" in target or target in {*names, *RESERVED}:
        return None
    return f"no target {target}{_nearest(target, names)}"


def _nearest(name: str, known: Iterable[str]) -> str:
    return suggestion(name, known) or f"; known: {', '.join(known)}"


def flags(items: Iterable[tuple[str, str | Iterable[str]]]) -> str:
    """Return files by their names as options of a command, without names that have no files."""
    options = [(name, [files] if isinstance(files, str) else list(files)) for name, files in items]
    return " ".join(shlex.join([f"--{name}", *files]) for name, files in options if files)


def raw_flag(places: Mapping[str, str], files: Any) -> str:
    """Return the option that names raw data by their roles: inputs of a job, or folders that have them."""
    inputs = {role: p if os.path.isdir(p) else files.get(role, p) for role, p in places.items()}
    return shlex.join(["--raw", *(f"{role}={file}" for role, file in inputs.items())])


def check_places(plan: Plan, here: bool = True) -> None:
    """Raise ConfigError if a path that should be a file is a folder, or the local mirror is none.

    A job on another machine (``here`` is False) fetches nothing, and may not have the mirror.
    """
    key, mirror = "config: local_mirror", plan.config["local_mirror"]
    if not mirror:
        key, mirror = "the environment variable NN_LOCAL_MIRROR", os.environ.get("NN_LOCAL_MIRROR")
    if here and mirror and not os.path.isdir(mirror):
        raise ConfigError(
            f"{key} is {mirror!r}, which is no folder; expected one that has <dataset>/<file>: "
            "correct it, or do without"
        )
    for name in plan.datasets:
        for role, place in plan.raw(name).items():
            try:
                if os.path.isdir(place) and role != "pictures":
                    files_in(role, place)
            except DatasetError as error:
                raise ConfigError(f"config: datasets.{name}: {error}") from None


# Braces are wildcards to Snakemake and <word> a variable; it writes names as UTF-8 in lines.
UNNAMEABLE = re.compile(r"[{}<>\x00-\x1f\x7f\ud800-\udfff]")


def nameable(files: Iterable[str]) -> list[str]:
    """Return the files whose names Snakemake takes as inputs.

    A rule watches the content of the others through the digest of all, a parameter of its job.
    """
    return [file for file in files if not UNNAMEABLE.search(file)]
