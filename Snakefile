# Small neural networks in numpy, from the raw files to the report:
#   fetch -> parse -> prepare -> train -> validate -> select_best -> collect
#                                                     select_best -> refit, keep -> evaluate
#                                           collect, evaluate -> plot, summarize -> report
#
# `snakemake --cores 4` builds the `targets` of config.yaml; others: an experiment, `published`, `everything`.

import sys

from snakemake.utils import min_version

min_version("9.27")

ROOT = os.path.relpath(str(workflow.current_basedir))  # in a module of another workflow, too
sys.path.insert(0, os.path.normpath(f"{ROOT}/scripts"))

from configuration.command_line import default_config


configfile: default_config(ROOT)


include: "workflow/rules/common.smk"  # the plan of all runs, and helpers of the rules
include: "workflow/rules/inputs.smk"  # data that jobs read
include: "workflow/rules/bundles.smk"  # the runs that one job trains
include: "workflow/rules/choices.smk"  # the chosen runs
include: "workflow/rules/targets.smk"  # the files of targets
include: "workflow/rules/data.smk"  # fetch, parse, prepare: files become arrays
include: "workflow/rules/training.smk"  # check_gradients, train, refit: arrays become networks
include: "workflow/rules/evaluation.smk"  # validate, select_best, collect, evaluate: networks become numbers
include: "workflow/rules/presentation.smk"  # plot, summarize, report: numbers become pictures and tables
include: "workflow/rules/running.smk"  # a run: its lock and its progress


report: "workflow/report/workflow.rst"


rule all:
    """Build the config's `targets`."""
    default_target: True
    input:
        *artifacts_of(*PLAN.targets),


TARGETS = [("everything", list(PLAN.experiments.values())), ("published", PLAN.published)]
TARGETS += [(name, [experiment]) for name, experiment in PLAN.experiments.items()]

for target, experiments in TARGETS:
    if rules.has(target):
        end(f"config: experiments.{target}: the name is a rule's; choose another")

    rule:
        name:
            target
        input:
            *artifacts_of(*experiments),


check_targets(workflow, dict(TARGETS), PLAN)
