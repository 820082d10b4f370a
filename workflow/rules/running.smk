# How a call runs: its lock and its progress. Makes: no file.

from common import calls, progress

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
onstart:
    calls.begin()
    progress.begin(
        workflow.output_settings,
        runs_added,
        *runs_counted(),
        lambda name: PLAN.experiment(name).metric,
    )
