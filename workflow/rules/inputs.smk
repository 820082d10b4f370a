# The data that jobs read, and inputs with a digest in their names. Needs: common.smk. Makes: no file.

# The files that one job parses, by their folder.
TOGETHER = [layout.parsed(PLAN, dataset) for dataset in PLAN.datasets]
TOGETHER = {os.path.dirname(parsed[0]): parsed for parsed in TOGETHER}


def raw_files(wildcards):
    """Return the raw files of a dataset by roles; for a folder of this machine, all files in it."""
    refuse_other(PARSED.format(**wildcards), of_dataset(wildcards.dataset, ""))
    raw = PLAN.raw(wildcards.dataset).items()
    found = {role: nameable(files_in(role, place)) for role, place in raw}
    return {role: names for role, names in found.items() if names}


def of_dataset(dataset, name):
    """Return a file of a parsed dataset, as jobs read it."""
    return kept(layout.in_dataset(PLAN, dataset, name))


def kept(file):
    """Return a file with a digest in its name, as jobs read it.

    `ancient`: when it is rebuilt, it has the same bytes. But Snakemake 9.27 reruns the readers of a
    missing file, `ancient` or not. So an existing file is an input without a job (`before_update`).
    A missing file is not `ancient`: after a checkpoint Snakemake 9.27 might forget its readers.
    """
    if is_there(file):
        return before_update(ancient(file))
    return ancient(file) if was_there(file) else file


@functools.cache
def was_there(file):
    """Did a file exist when this run started?"""
    return os.path.exists(in_module(file))


@functools.cache
def is_there(file):
    """Did all outputs of a file's job exist when this run started?

    False in a storage, whose files have no path, and with --forcerun and similar options, which name jobs.
    """
    settings = workflow.dag_settings
    forced = settings.forceall or settings.forcerun or settings.forcetargets
    together = TOGETHER.get(os.path.dirname(file), [file])
    return not (forced or STORED) and all(map(was_there, together))


def to_prepare(wildcards):
    """Return the files that a split and its preparation are made from."""
    dataset, name = wildcards.dataset, PREPARED.format(**wildcards)
    refuse_other(name, layout.prepared_in(PLAN, dataset, wildcards.prepared))
    return training_arrays(dataset) | {"info": of_dataset(dataset, "info.json")}


def refuse_other(file, now):
    """End if the config and the code give a requested file another name now."""
    if os.path.normpath(file) != os.path.normpath(now):
        end(f"{file}: made from other settings, data or code; now it is {now}")


def training_arrays(dataset):
    """Return the images and labels that networks are trained on."""
    return {part: of_dataset(dataset, f"train_{part}.npy") for part in ("images", "labels")}


def training_file(wildcards):
    return training_arrays(experiment_of(wildcards).dataset_name)


def selected_prepared(wildcards):
    """Return the prepared data of the selected run, which may be a fold of a cross-validation."""
    experiment = experiment_of(wildcards)
    run = experiment.runs.get(selection_of(experiment)["best_run"])
    return [kept(layout.prepared(experiment, run.prepared))] if run else []
