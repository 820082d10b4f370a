# The plan of the workflow, and the names that the rules share.
# Needs: the config and scripts/experiments. Makes: no file.

import functools
import hashlib
import os
import shlex
import sys
from pathlib import Path

import yaml
from snakemake.exceptions import WorkflowError

ROOT = os.path.relpath(workflow.basedir)
SCRIPTS = os.path.normpath(f"{ROOT}/scripts")
PYTHON = shlex.quote(sys.executable)  # the interpreter that runs Snakemake, activated or not
sys.path.insert(0, SCRIPTS)

from experiments import ConfigError, Plan, as_json

try:
    PLAN = Plan(
        config, yaml.safe_load(Path(ROOT, "workflow/schemas/config.schema.yaml").read_text())
    )
except ConfigError as error:
    raise WorkflowError(str(error)) from None

DATASET = "results/datasets/{dataset}"
PREPARED = f"{DATASET}/prepared/{{prepared}}.npz"
EXPERIMENT = "results/experiments/{experiment}"
RUN = f"{EXPERIMENT}/runs/{{run}}"
RUNG = f"{EXPERIMENT}/rungs/{{rung}}/{{run}}"
RUN_FILES = ["model.npz", "history.csv", "losses.npy"]
LOCAL_MIRROR = PLAN.config["local_mirror"] or ""
if LOCAL_MIRROR:
    LOCAL_MIRROR = f"--local-mirror {shlex.quote(LOCAL_MIRROR)}"
SUMMARY = [f"results/{file}" for file in ("summary.csv", "summary.md", "runs.csv", "summary.html")]
REPORT = "results/report.html"


wildcard_constraints:
    experiment="[A-Za-z0-9_]+",
    dataset="[A-Za-z0-9_]+",
    prepared="[^/]+",
    run="[^/]+",
    seed="[0-9]+",
    rung="[0-9]+",


SHARED_CODE = ("artifacts", "models", "one_thread")


@functools.cache
def code(*names):
    """A digest of the programs and packages that a stage is made of.

    As a parameter of its rule: an edit of their content reruns the stage, a touch or a fresh checkout
    does not, and a job does not carry a list of sixty files.
    """
    content = hashlib.sha256()
    for name in (*names, *SHARED_CODE):
        for path in sorted(Path(SCRIPTS).glob(f"{name}/*.py")) or [Path(SCRIPTS, f"{name}.py")]:
            content.update(path.read_bytes())
    return content.hexdigest()


def requested():
    """The experiments that this call is about."""
    return PLAN.requested(workflow.dag_settings.targets)


def experiment_of(wildcards):
    return PLAN.experiments[wildcards.experiment]


def run_of(wildcards):
    return experiment_of(wildcards).run(wildcards.run)
