# The plan of the workflow, and helpers of all rules. Needs: the config and scripts/. Makes: no file.

import functools
import gc
import json
import os
import shlex
from pathlib import Path
from types import SimpleNamespace

# Garbage collection among the jobs of a sweep takes a fifth of the time of a large workflow.
gc.freeze()
gc.set_threshold(100_000)

from snakemake.exceptions import WorkflowError

from components.addresses import shown
from components.errors import as_errors
from configuration.plans import located, plan_of
from datasets import files_in
from figures import FIGURES
from experiments import ConfigError, as_json, digest, layout
from experiments import resources as need
from experiments.resources import growing
from files import artifacts
from files.artifacts import ArtifactError, whole
from files.finished import finished_besides
from origin import kernels
from running.lock import end_quietly, say
from running.checks import check_places, check_targets, check_times
from running.commands import Aside, any_of, flags, nameable, raw_flag

end_quietly()


def end(message):
    """End with an error; of an exception Snakemake would also show lines of this file.

    In a module of another workflow an exception lets Snakemake try other rules.
    """
    if not os.path.samefile(workflow.basedir, ROOT):
        raise WorkflowError(str(message))
    say(as_errors(message))  # at once, because Snakemake hides it while jobs run
    sys.exit(1)


STATE = next(filter(os.path.isdir, (".snakemake/iocache", ".snakemake", ".")))
if not os.access(STATE, os.W_OK):
    end(
        f"{os.path.abspath(STATE)}: not writable, but snakemake writes here even in a dry run; run "
        f"`snakemake --snakefile {os.path.abspath(ROOT)}/Snakefile` in a folder of your own"
    )
if not nameable([ROOT]):
    end(
        f"{os.path.abspath(ROOT)}: Snakemake reads braces and <> in a path as variables; rename the folder, or "
        "run `snakemake` in it"
    )
try:
    sources = dict.fromkeys([*reversed(workflow.overwrite_configfiles), *workflow.configfiles])
    PLAN = plan_of(located(config, sources), sources)  # the most important file first
    check_places(PLAN, here=not workflow.remote_exec)
    if workflow.is_main_process and not workflow.remote_exec:
        check_times("results", Path("results").rglob("*"))
        for dataset in PLAN.datasets:
            for role, place in PLAN.raw(dataset).items():
                check_times(place, files_in(role, place))
except ConfigError as error:
    end(error)

PORTABLE = kernels.PORTABLE or PLAN.config["portable"]
if PORTABLE:
    kernels.request_portable()
    os.environ["NN_PORTABLE"] = "1"
    workflow.register_envvars("NN_PORTABLE")  # in all jobs
STORED = workflow.storage_settings.default_storage_provider  # files have no paths here then
DATASET, EXPERIMENT = layout.DATASET, layout.EXPERIMENT
PARSED = f"{DATASET}/{{parsed}}"
PREPARED = f"{PARSED}/prepared/{{prepared}}.{{digest}}.npz"
CHECKED = "results/gradient_checks/{architecture}.{digest}.csv"
BUNDLE = f"{EXPERIMENT}/bundles/{{bundle}}.{{digest}}"
RUNG = f"{EXPERIMENT}/rungs/{{rung}}/{{bundle}}.{{digest}}"
REFIT = f"{EXPERIMENT}/refits/{{refit}}.{{digest}}"


wildcard_constraints:
    architecture="[^/]+",
    bundle="[^/]+",
    dataset="[A-Za-z0-9_]+",
    digest="[0-9a-f]{10}",
    experiment="[A-Za-z0-9_]+",
    parsed="[0-9a-f]{10}",
    prepared="[^/]+",
    refit="[^/]+",
    run="[^/]+",
    rung="[0-9]+",


code = PLAN.code  # the digest of a program's code, as a parameter of its rule


def program(name):
    """Return the start of a program's command, as a parameter of its rule.

    Snakemake does not compare parameters that depend on `output` with those of the last run: another
    interpreter, or another folder, is no reason to rerun.
    """
    command = [sys.executable, os.path.normpath(f"{ROOT}/scripts/{name}.py")]
    start = shlex.join(["NN_PORTABLE=1", *command] if PORTABLE else command)
    return lambda wildcards, output: Aside(start)


def calls(name):
    """Return the parameters of a rule that calls a program and reruns after an edit of its code."""
    return {"program": program(name), "code": code(name)}


def in_place(file):
    """Mark an output that stays until the new one is complete.

    Not in a storage: there Snakemake 9.27 fails, because it looks for a local copy of the old file.
    """
    return file if STORED else update(file)


def experiment_of(wildcards):
    """Return the experiment of a file; end if it has no such run or rung of halving."""
    try:
        experiment = PLAN.experiment(wildcards.experiment)
        if hasattr(wildcards, "run"):
            experiment.run(wildcards.run)
    except ConfigError as error:
        end(error)
    if hasattr(wildcards, "rung") and int(wildcards.rung) >= len(experiment.rungs):
        end(f"config: {experiment.name} has {len(experiment.rungs)} rungs of halving")
    return experiment
