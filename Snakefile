# Small neural networks in numpy, from the raw files to the report.
#
#   fetch -> parse -> prepare -> train -> validate -> select -> collect
#                                                     select -> keep or refit -> test
#                                     collect, test -> figure, summarize -> report
#
# config.yaml says what to build; workflow/rules/ says how, one file per part of the chain; every rule
# calls one program of scripts/ that also works by itself. `snakemake --cores 4` builds the config's
# `targets`; the name of an experiment, `published` or `everything` builds those instead.

import sys

from snakemake.exceptions import WorkflowError
from snakemake.utils import min_version

min_version("9.27")

ROOT = os.path.relpath(
    str(workflow.current_basedir)
)  # this folder, also as a module of another workflow
CONFIG = "config.yaml" if os.path.exists("config.yaml") else f"{ROOT}/config.yaml"
SCRIPTS = os.path.normpath(f"{ROOT}/scripts")
sys.path.insert(0, SCRIPTS)

from common.configfiles import mistake_in

if os.path.exists(CONFIG) and (wrong := mistake_in(CONFIG)):
    raise WorkflowError(wrong)


configfile: CONFIG


include: "workflow/rules/common.smk"  # the plan: which experiments, which runs; what the rules share
include: "workflow/rules/inputs.smk"  # what jobs read
include: "workflow/rules/data.smk"  # fetch, parse, prepare: files become arrays
include: "workflow/rules/training.smk"  # check_gradients, train, refit: arrays become networks
include: "workflow/rules/evaluation.smk"  # validate, select, collect, test: networks become numbers
include: "workflow/rules/presentation.smk"  # figure, summarize, report: numbers become pictures and tables
include: "workflow/rules/running.smk"  # how a call runs: progress, and what slows large sweeps down


report: "workflow/report/workflow.rst"


rule all:
    """Build the config's `targets`."""
    default_target: True
    input:
        *artifacts_of(*PLAN.targets),


TARGETS = {"everything": list(PLAN.experiments.values()), "published": PLAN.published}
TARGETS |= {name: [experiment] for name, experiment in PLAN.experiments.items()}

for target, experiments in TARGETS.items():

    rule:
        name:
            target
        input:
            *artifacts_of(*experiments),


# Not as a module: files of the workflow around it are no names of ours; nor in a storage, which has its own.
OUTERMOST = os.path.relpath(str(workflow.basedir), ROOT) in (".", "workflow")
if OUTERMOST and not workflow.storage_settings.default_storage_provider:

    rule unknown:
        """Answer a name that is no target by the nearest that is one."""
        input:
            lambda w: refuse_target(w.target, [*TARGETS], PLAN.datasets),
        output:
            "{target}",
        wildcard_constraints:
            target=no_targets(PLAN.experiments, PLAN.datasets),
