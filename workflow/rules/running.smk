# A run of the workflow: its lock, its progress, and its results on the screen. Makes: no file.

import zipfile

from running import lock, progress
from running.outcome import outcome


def results_shown():
    """Return the table at the end of a run; empty unless whole experiments were requested."""
    asked, whole_experiments = workflow.dag_settings, {"all", *dict(TARGETS)}
    if asked.until or asked.omit_from or asked.batch or set(asked.targets) - whole_experiments:
        return ""
    return outcome([experiment.name for experiment in requested()], Path("results"))


# A truncated network is deleted here, so that its job takes it out of its bundle again.
if workflow.is_main_process and not workflow.remote_exec:
    for experiment in PLAN.experiments.values():
        for file in filter(os.path.exists, layout.final_models(experiment)):
            if zipfile.is_zipfile(file):
                continue
            say(f"note: {file} is damaged; the next run that is not a dry run rebuilds it")
            if not workflow.output_settings.dryrun and os.access(file, os.W_OK):
                os.unlink(file)


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
        SCREEN = progress.begin(workflow.output_settings, runs_added, results_shown)


onstart:
    lock.begin()
    lock.end_on_sigterm()
    if SCREEN:
        SCREEN.start(*runs_counted(), log)


onsuccess:
    if SCREEN:
        SCREEN.end(success=True)
    lock.end_timers()


onerror:
    if SCREEN:
        SCREEN.end(success=False)
    lock.end_timers()
