"""Checks before a run: folders, timestamps and targets. Each ends with what to do."""

import os
import shlex
import sys
import time
from collections.abc import Collection, Iterable, Iterator
from pathlib import Path
from typing import Any

from configuration.config_files import content_of
from datasets import DatasetError, files_in
from experiments import ConfigError, suggestion
from experiments.plan import Plan

CLOCKS_DIFFER = 60  # seconds, of a file server and this machine


def check_places(plan: Plan, here: bool = True) -> None:
    """Raise ConfigError for a folder in place of a file, or a local mirror that is no folder."""
    key, mirror = "config: local_mirror", plan.config["local_mirror"]
    if not mirror:
        key, mirror = "the environment variable NN_LOCAL_MIRROR", os.environ.get("NN_LOCAL_MIRROR")
    if here and mirror and not os.path.isdir(mirror):  # a job on another machine fetches nothing
        raise ConfigError(
            f"{key} is {mirror!r}, which is not a folder; expected one with <dataset>/<file>: "
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
            f"{place}: some files have timestamps up to {days:.2g} days in the future; set the clock, or "
            f"run `find -L {shlex.quote(place)} {way}`"
        )


def check_targets(workflow: Any, names: Collection[str], plan: Plan) -> None:
    """Exit if a target is unknown or no core is given, and note experiments that are not built."""
    from snakemake.cli import get_argument_parser

    is_run = Path(sys.argv[0]).name in ("snakemake", "__main__.py") and workflow.is_main_process
    if not is_run or not os.path.samefile(workflow.basedir, str(workflow.current_basedir)):
        return  # a job, or a module of another workflow
    given = get_argument_parser().parse_args(sys.argv[1:])
    if given.cores == 0:  # would wait forever
        sys.exit("error: --cores 0: expected at least 1, or all")
    targets = given.targets
    for target in targets:
        name = target.split("/")[2] if target.startswith("results/experiments/") else target
        if is_unknown(name, {*names, *(rule.name for rule in workflow.rules)}):
            nearest = suggestion(name, names) or f"; known: {', '.join(names)}"
            sys.exit(f"error: no target {target}{nearest}")
    if not set(targets) - {"", "all"}:
        own = workflow.overwrite_configfiles
        before = [file for file in workflow.configfiles if file not in own]
        for note in not_built(plan, own, before):
            print(f"note: {note}", file=sys.stderr)


def is_unknown(target: str, rules: Collection[str]) -> bool:
    """Return whether a target is neither a file nor a rule of the workflow."""
    return "/" not in target and target not in {"", *rules} and not os.path.exists(target)


def not_built(plan: Plan, own: Iterable[Any], before: Iterable[Any]) -> Iterator[str]:
    """Yield a note for each file of --configfile (``own``) with new experiments that are no targets."""
    known = {experiment.name for experiment in plan.targets}
    for file in filter(os.path.exists, before):
        known |= _experiments(file).keys()
    for file in own:
        idle = [name for name in _experiments(file) if name not in known]
        if idle:
            names = ", ".join(idle)
            yield (
                f"{os.path.relpath(file)} defines {names}, which no target builds: run `snakemake "
                f"--cores 4 {' '.join(idle)}` with the same --configfile, or add `targets: [{names}]`"
            )


def _experiments(file: Any) -> dict[str, Any]:
    return content_of(file).get("experiments") or {}
