# A run of the workflow: its lock, its progress, and its results on the screen. Makes: no file.

from running import lock, progress
from running.outcome import outcome


def results_shown():
    """Return the table at the end of a run; empty unless whole experiments were requested."""
    asked, whole_experiments = workflow.dag_settings, {"all", *dict(TARGETS)}
    if asked.until or asked.omit_from or asked.batch or set(asked.targets) - whole_experiments:
        return ""
    return outcome([experiment.name for experiment in requested()], Path("results"))


rule verify:
    """Rebuild all finished experiments in another folder, and compare every artifact."""
    localrule: True
    threads: 1000  # all cores
    params:
        program=program("verify"),
        configs=workflow.overwrite_configfiles,
    shell:
        "{params.program} --cores {threads} --configfile {params.configs:q}"


# Inside a job, Slurm's executor starts one more Snakemake for each rule that is not local: 2 to 9 s each.
if workflow.remote_exec:
    workflow.localrules(*(rule.name for rule in workflow.rules))

SCREEN = None  # in jobs, and in a module of another workflow
if workflow.is_main_process and not workflow.remote_exec:
    if os.path.samefile(workflow.basedir, ROOT):
        SCREEN = progress.begin(workflow.output_settings, results_shown)


onstart:
    lock.begin()
    lock.end_on_sigterm()
    if SCREEN:
        SCREEN.start(log)


onsuccess:
    if SCREEN:
        SCREEN.end(success=True)


onerror:
    if SCREEN:
        SCREEN.end(success=False)
