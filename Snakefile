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


include: "workflow/rules/common.smk"  # the plan (which experiments, which runs) and the lookups into it
include: "workflow/rules/resources.smk"  # what jobs ask of a cluster: memory and time
include: "workflow/rules/data.smk"  # fetch, parse, prepare: files become arrays
include: "workflow/rules/training.smk"  # check_gradients, train, refit: arrays become networks
include: "workflow/rules/evaluation.smk"  # validate, select, test: networks become numbers
include: "workflow/rules/presentation.smk"  # figure, summarize: numbers become pictures and tables
include: "workflow/rules/cluster.smk"  # how jobs get into a cluster job, and what happens there


report: "workflow/report/workflow.rst"


rule all:
    default_target: True
    input:
        lambda w: artifacts_of(*PLAN.targets),
        SUMMARY,
        REPORT,


rule everything:
    input:
        lambda w: artifacts_of(*PLAN.experiments.values()),
        SUMMARY,
        REPORT,


rule published:
    input:
        lambda w: artifacts_of(*PLAN.published),
        SUMMARY,
        REPORT,


for experiment in PLAN.experiments.values():

    rule:
        name:
            experiment.name
        input:
            lambda w, experiment=experiment: artifacts_of(experiment),
            SUMMARY,
            REPORT,
