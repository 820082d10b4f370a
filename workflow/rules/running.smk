# How a call runs: its progress on the screen, and two brakes of Snakemake that are off.
# Needs: scripts/progress.py. Makes: no file.

import gc

import progress

# Looking for garbage among the jobs of a sweep, again and again, is a fifth of a large workflow's own time.
gc.freeze()
gc.set_threshold(100_000)


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
