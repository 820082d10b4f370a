# The plan of the workflow, and what the rules share. Needs: the config and scripts/. Makes: no file.

import functools
import gc
import json
import os
import shlex
import zipfile
from pathlib import Path
from types import SimpleNamespace

from snakemake.exceptions import WorkflowError

# Looking for garbage among the jobs of a sweep is a fifth of the time of a large workflow.
gc.freeze()
gc.set_threshold(100_000)

from components.addresses import shown
from configuration.plans import located
from configuration.schema import config_schema
from configuration.written import Written
from datasets import files_in
from drawings import FIGURES
from experiments import ConfigError, Plan, as_json, digest, files
from experiments import resources as need
from experiments.checks import FIGURES_OF, GENERATE, KEEP
from experiments.resources import growing
from files import artifacts
from files.artifacts import ArtifactError, whole
from files.contents import remembered
from files.finished import finished_besides
from origin.code_digest import digest as code_of
from running.lock import end_quietly, say
from running.unused import note_unused
from running.wiring import Aside, any_of, command, flags
from running.wiring import check_places, is_portable, nameable, raw_flag, refuse_targets

end_quietly()
try:
    SOURCES = [*reversed(workflow.overwrite_configfiles), *workflow.configfiles]  # important first
    PLAN = Plan(
        located(config, dict.fromkeys(SOURCES)),
        config_schema(),
        remembered(files.DATASET, lambda: code_of(Path(SCRIPTS, "parse.py"))),
        Written(dict.fromkeys(SOURCES)),
        code=lambda program: code(program),  # which is defined below: it needs the plan
    )
    check_places(PLAN, here=not workflow.remote_exec)
except ConfigError as error:
    raise WorkflowError(str(error)) from None

if workflow.is_main_process and not workflow.remote_exec:
    for note in PLAN.notes:
        say(f"note: {note}")

PORTABLE = is_portable(PLAN.config, workflow)
DATASET, EXPERIMENT = files.DATASET, files.EXPERIMENT
PARSED = f"{DATASET}/{{parsed}}"
PREPARED = f"{PARSED}/prepared/{{prepared}}.{{digest}}.npz"
CHECKED = "results/gradient_checks/{architecture}.{digest}.csv"
BUNDLE = f"{EXPERIMENT}/bundles/{{bundle}}.{{digest}}"
RUNG = f"{EXPERIMENT}/rungs/{{rung}}/{{bundle}}.{{digest}}"
REFIT = f"{EXPERIMENT}/refits/{{bundle}}.{{digest}}"


wildcard_constraints:
    architecture="[^/]+",
    bundle="[^/]+",
    dataset="[A-Za-z0-9_]+",
    digest="[0-9a-f]{10}",
    experiment="[A-Za-z0-9_]+",
    parsed="[0-9a-f]{10}",
    prepared="[^/]+",
    run="[^/]+",
    rung="[0-9]+",


@functools.cache
def code(program):
    """A digest of a program and of all that it imports, as a parameter of its rule; with what computes."""
    return code_of(Path(SCRIPTS, f"{program}.py")) + (" portable" if PORTABLE else "")


def program(name):
    """The command that starts a program, as a parameter of its rule.

    A shell command of a workflow that is used as a module sees no variable of its Snakefile. What depends
    on `output` is not compared with the call before: another interpreter, or another folder, is no
    reason to run again.
    """
    return lambda wildcards, output: command(f"{SCRIPTS}/{name}.py", PORTABLE)


def in_place(file):
    """An output that stays until the new one is whole.

    In a storage it is removed before, as others are: there Snakemake 9.27 saves a file with `update` from
    its local copy, which does not exist, and stops.
    """
    return file if workflow.storage_settings.default_storage_provider else update(file)


def experiment_of(wildcards):
    return PLAN.experiment(wildcards.experiment)
