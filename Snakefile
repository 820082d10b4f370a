# Small neural networks in numpy, from the raw files to the report.
#
#   fetch -> parse -> prepare -> train -> validate -> select -> (refit) -> test -> figure -> summarize -> report
#
# config.yaml says what to build; workflow/rules/ says how, one file per part of the chain; every rule
# calls one program of scripts/ that also works by itself. `snakemake --cores 4` builds the config's
# `targets`; the name of an experiment, `published` or `everything` builds those instead.

from snakemake.utils import min_version

min_version("9.27")


configfile: "config.yaml"


include: "workflow/rules/common.smk"  # the plan: which experiments, which runs; and the names of things
include: "workflow/rules/files.smk"  # which files an experiment has, and which of them a job names
include: "workflow/rules/resources.smk"  # what jobs ask of a cluster: memory and time
include: "workflow/rules/data.smk"  # fetch, parse, prepare: files become arrays
include: "workflow/rules/training.smk"  # check_gradients, train, refit: arrays become networks
include: "workflow/rules/evaluation.smk"  # validate, select, test: networks become numbers
include: "workflow/rules/presentation.smk"  # figure, summarize: numbers become pictures and tables
include: "workflow/rules/running.smk"  # how a call runs: progress, and what slows large sweeps down
include: "workflow/rules/cluster.smk"  # how jobs get into a cluster job, and what happens there


report: "workflow/report/workflow.rst"


rule all:
    default_target: True
    input:
        lambda w: artifacts_of(*PLAN.targets),
        SUMMARY,
        REPORT,


TARGETS = {"everything": list(PLAN.experiments.values()), "published": PLAN.published}

for target, experiments in (TARGETS | {e.name: [e] for e in TARGETS["everything"]}).items():

    rule:
        name:
            target
        input:
            lambda w, experiments=experiments: artifacts_of(*experiments),
            SUMMARY,
            REPORT,
