# How a call runs: its progress on the screen, and what slows large sweeps down. Included last. Makes no file.

import snakemake

from common import calls, progress
from common.continued import tell_other_kernels

calls.enter(workflow)

# Slurm's executor starts another Snakemake inside of its job for each rule of a group, 2 to 9 s each.
# Where all rules are local, the Snakemake of the job runs them itself.
if workflow.remote_exec:

    # fmt: off
    localrules:
        parse, parse_without_test, prepare, check_gradients, train, train_rung, refit, validate,
        validate_rung, promote, select, collect, baseline, mistakes, test, figure,
    # fmt: on
def unfinished_jobs():
    """The rules of the jobs that this call has still to run, by job id."""
    return {workflow.dag.jobid(job): job.rule.name for job in workflow.dag.needrun_jobs()}


onstart:
    calls.begin()
    if snakemake.__version__.startswith("9.27"):  # whose inner parts are as they are used here
        # In Snakemake 9.27 every finished job adds one look a second at all that waits, for ever.
        # --max-jobs-per-timespan changes the rate, but cannot be off; without a cluster none is needed.
        if workflow.local_exec:
            workflow.scheduler.job_rate_limiter = None
            if not PORTABLE:
                tell_other_kernels(PLAN, workflow.dag.needrun_jobs())
        # With --printshellcmds or --verbose Snakemake's own blocks; a --logger has the screen for itself.
        output = workflow.output_settings
        if not (output.printshellcmds or output.verbose or output.log_handler_settings):
            progress.install(unfinished_jobs)
    else:
        calls.say(
            f"With Snakemake {snakemake.__version__} progress and pace are as it has them."
        )
