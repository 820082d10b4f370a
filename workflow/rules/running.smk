# How a call runs: its lock, its progress, and what it prints at the end. Makes: no file.

from running import lock, progress
from running.outcome import outcome


def results_shown():
    """The table at the end of a run; empty unless the run was to build whole experiments."""
    asked = workflow.dag_settings
    if asked.until or asked.omit_from or asked.batch or set(asked.targets) - {*TARGETS, "all"}:
        return ""
    return outcome([experiment.name for experiment in requested()], Path("results"))


# A truncated network is made again by its job, which takes it out of its bundle in no time.
if workflow.is_main_process and not workflow.remote_exec:
    finals = [files.final_models(experiment) for experiment in PLAN.experiments.values()]
    for file in filter(os.path.exists, sum(finals, [])):
        if not zipfile.is_zipfile(file):
            say(f"note: {file} is damaged; a call that is no dry run makes it again")
            if not {"-n", "--dry-run", "--dryrun"} & set(sys.argv) and os.access(file, os.W_OK):
                os.unlink(file)


rule verify:
    """Build what is finished again in another folder, and compare every artifact."""
    localrule: True
    threads: 1000  # all that there are
    params:
        program=program("verify"),
        configs=workflow.overwrite_configfiles,
    shell:
        "{params.program} --cores {threads} --configfile {params.configs:q}"


# In its job, Slurm's executor starts one more Snakemake for each rule that is not local, 2 to 9 s each.
if workflow.remote_exec:

    # fmt: off
    localrules:
        parse, parse_without_test, prepare, check_gradients, train, train_rung, refit, validate,
        validate_rung, promote, select, collect, baseline, mistakes, test,
    # fmt: on
SCREEN = None  # in jobs, and in a module of another workflow, whose screen it is
if workflow.is_main_process and not workflow.remote_exec:
    if os.path.samefile(workflow.basedir, ROOT):
        SCREEN = progress.begin(
            workflow.output_settings,
            runs_added,
            results_shown,
            lambda name: PLAN.experiment(name).metric,
        )


onstart:
    lock.begin()
    if SCREEN:
        SCREEN.start(*runs_counted(), log)


onsuccess:
    if SCREEN:
        SCREEN.end(success=True)


onerror:
    if SCREEN:
        SCREEN.end(success=False)
