# Small neural networks in numpy, from the raw files to the report:
#   fetch -> parse -> prepare -> train -> validate -> select -> collect
#                                                     select -> refit, keep -> test
#                                     collect, test -> figures, summarize -> report
#
# config.yaml says what to build, workflow/rules/ how. `snakemake --cores 4` builds the config's `targets`;
# the name of an experiment, `published` or `everything` builds those instead.

import sys

from snakemake.utils import min_version

min_version("9.27")

ROOT = os.path.relpath(str(workflow.current_basedir))  # in a module of another workflow, too
SCRIPTS = os.path.normpath(f"{ROOT}/scripts")
sys.path.insert(0, SCRIPTS)

from configuration.config_files import default_config


configfile: default_config(ROOT)


include: "workflow/rules/common.smk"  # the plan: which experiments, which runs; what the rules share
include: "workflow/rules/inputs.smk"  # what jobs read of data
include: "workflow/rules/bundles.smk"  # which runs one job trains, and what is chosen
include: "workflow/rules/targets.smk"  # what targets are made of
include: "workflow/rules/data.smk"  # fetch, parse, prepare: files become arrays
include: "workflow/rules/training.smk"  # check_gradients, train, refit: arrays become networks
include: "workflow/rules/evaluation.smk"  # validate, select, collect, test: networks become numbers
include: "workflow/rules/presentation.smk"  # figures, summarize, report: numbers become pictures and tables
include: "workflow/rules/running.smk"  # how a call runs: its lock and its progress


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


refuse_targets(workflow, TARGETS, PLAN)  # where one is asked for that there is not
note_unused(workflow, PLAN, SOURCES)  # what the files of --configfile say without effect
