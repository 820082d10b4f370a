# The plan of the workflow, and the lookups that the rules share.
# Needs: the config and scripts/experiments. Makes: no file.

import functools
import hashlib
import json
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

import progress
from experiments import ConfigError, Plan, as_json

try:
    PLAN = Plan(
        config, yaml.safe_load(Path(ROOT, "workflow/schemas/config.schema.yaml").read_text())
    )
except ConfigError as error:
    raise WorkflowError(str(error)) from None

DATASET = "results/datasets/{dataset}"
PREPARED = f"{DATASET}/prepared/{{prepared}}"
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


def dataset_files(dataset, *splits):
    """The parsed arrays of a dataset; only the rule `test` asks for the split "test"."""
    folder = DATASET.format(dataset=dataset)
    arrays = [f"{folder}/{split}_{part}.npy" for split in splits for part in ("images", "labels")]
    return [*arrays, f"{folder}/info.json"]


def prepared_files(dataset, prepared):
    folder = PREPARED.format(dataset=dataset, prepared=prepared)
    return [f"{folder}/split.npz", f"{folder}/preparation.npz"]


def run_inputs(wildcards):
    """What a run is trained and validated on: one function, since Snakemake pays for each of them."""
    run, dataset = run_of(wildcards), experiment_of(wildcards).dataset_name
    return dataset_files(dataset, "train") + prepared_files(dataset, run.prepared)


def data_flags(wildcards, prepared):
    folder = PREPARED.format(dataset=experiment_of(wildcards).dataset_name, prepared=prepared)
    return f"--dataset {folder.partition('/prepared/')[0]} --prepared {shlex.quote(folder)}"


def final_models(experiment):
    """The models that may be tested: of the refit, or of all runs (`select` says which of them)."""
    folder = EXPERIMENT.format(experiment=experiment.name)
    refit = [f"{folder}/refit/seed={seed}/model.npz" for seed in experiment.refit_seeds]
    return refit or [f"{folder}/runs/{run}/model.npz" for run in finished_runs(experiment)]


def baseline_files(experiment, baseline):
    folder = EXPERIMENT.format(experiment=experiment)
    return [f"{folder}/baselines/{baseline}.{kind}" for kind in ("npz", "json")]


def figure_inputs(experiment, figure):
    """What a figure shows, besides the selection."""
    folder = EXPERIMENT.format(experiment=experiment.name)
    if figure in ("learning_curves", "loss_history"):
        file = {"learning_curves": "history.csv", "loss_history": "losses.npy"}[figure]
        return [f"{folder}/runs/{run}/{file}" for run in finished_runs(experiment)]
    if figure == "decision_boundary":
        return final_models(experiment) + dataset_files(experiment.dataset_name, "train")
    if figure == "first_layer_weights":
        return final_models(experiment)
    if figure == "confusion_matrix":
        return [f"{folder}/test.json"]
    return []


def results_of(experiment):
    """The files with an experiment's results, as the summary reads them."""
    folder = EXPERIMENT.format(experiment=experiment.name)
    return [f"{folder}/selection.json"] + [f"{folder}/test.json"] * experiment.has_test


def survivors(experiment, rung):
    """The runs that train on after a rung of successive halving; before the first, all of them."""
    if rung < 0:
        return list(experiment.runs)
    promoted = checkpoints.promote.get(experiment=experiment.name, rung=rung).output[0]
    return json.loads(Path(promoted).read_text())["runs"]


def finished_runs(experiment):
    """The runs that train to the end."""
    return survivors(experiment, len(experiment.rungs) - 1)


def figures_of(experiment, *kinds):
    folder = EXPERIMENT.format(experiment=experiment.name)
    return [f"{folder}/figures/{figure}.{kind}" for figure in experiment.figures for kind in kinds]


def shown_of(experiment):
    """What the report shows of an experiment."""
    folder = EXPERIMENT.format(experiment=experiment.name)
    studies = [f"{folder}/{study}.html" for study in experiment.settings["studies"]]
    return figures_of(experiment, "png") + studies


def artifacts_of(*experiments):
    """Every file that experiments leave: one that was deleted is missed, and made again."""
    made = []
    for experiment in experiments:
        folder = EXPERIMENT.format(experiment=experiment.name)
        made += results_of(experiment) + dataset_files(experiment.dataset_name, "train")
        made += [f"{folder}/test_predictions.npz"] * experiment.has_test
        for prepared in experiment.prepared:
            made += prepared_files(experiment.dataset_name, prepared)
        made += [f"results/gradient_checks/{name}.csv" for name in experiment.architectures]
        for rung in range(len(experiment.rungs)):
            made.append(f"{folder}/rungs/{rung}/promoted.json")
            for run in survivors(experiment, rung - 1):
                files = [*RUN_FILES, "state.npz", "metrics.json"]
                made += [f"{folder}/rungs/{rung}/{run}/{file}" for file in files]
        for run in finished_runs(experiment):
            made += [f"{folder}/runs/{run}/{file}" for file in [*RUN_FILES, "metrics.json"]]
        for seed in experiment.refit_seeds:
            made += [f"{folder}/refit/seed={seed}/{file}" for file in RUN_FILES]
        for baseline in experiment.settings["baselines"]:
            made += baseline_files(experiment.name, baseline)
        for study in experiment.settings["studies"]:
            made += [f"{folder}/{study}.{kind}" for kind in ("csv", "md", "html")]
        made += figures_of(experiment, "png", "svg")
    return made


def unfinished_jobs():
    """The rules of the jobs that this call has still to run, by job id."""
    return {workflow.dag.jobid(job): job.rule.name for job in workflow.dag.needrun_jobs()}


onstart:
    # Without a cluster no rate of submission needs a limit; and in Snakemake 9.27 every finished job adds
    # one look a second at all that waits, for ever: a sweep would get slower with every run.
    if workflow.local_exec:
        workflow.scheduler.job_rate_limiter = None
    # Details on demand: with --printshellcmds or --verbose Snakemake's own blocks.
    if not (workflow.output_settings.printshellcmds or workflow.output_settings.verbose):
        progress.install(unfinished_jobs)
