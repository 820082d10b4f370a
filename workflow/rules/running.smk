# How a call runs: its progress, and what slows large sweeps down. Included last. Makes results/provenance.json.

from common import calls, progress
from records import recording
from common.continued import tell_other_kernels

calls.enter(workflow)
recording.record_when_idle(workflow)


rule verify:
    """Build what is finished again in another folder, and compare every artifact."""
    localrule: True
    threads: 1000  # all that there are
    params:
        program=program("verify"),
        configs=workflow.overwrite_configfiles,
    shell:
        "{params.program} --cores {threads} --configfile {params.configs:q}"


# Slurm's executor starts another Snakemake inside of its job for each rule of a group, 2 to 9 s each.
# Where all rules are local, the Snakemake of the job runs them itself.
if workflow.remote_exec:

    # fmt: off
    localrules:
        parse, parse_without_test, prepare, check_gradients, train, train_rung, refit, validate,
        validate_rung, promote, select, collect, baseline, mistakes, test,
    # fmt: on
onstart:
    calls.begin()
    if workflow.local_exec and not PORTABLE:
        tell_other_kernels(PLAN, workflow.dag.needrun_jobs())
    progress.begin(workflow)


onsuccess:
    recording.record(workflow)


onerror:
    recording.record(workflow)
