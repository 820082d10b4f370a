# What jobs read of data, and how files with a digest in their names are read. Needs: common.smk. Makes: no file.

# What one job parses, by its folder.
TOGETHER = [files.parsed(PLAN, dataset) for dataset in PLAN.datasets]
TOGETHER = {os.path.dirname(parsed[0]): parsed for parsed in TOGETHER}


def raw_files(wildcards):
    """What a dataset is read from, by roles; of a folder of this machine all files in it."""
    refuse_other(PARSED.format(**wildcards), of_dataset(wildcards.dataset, ""))
    raw = PLAN.raw(wildcards.dataset).items()
    found = {role: nameable(files_in(role, place)) for role, place in raw}
    return {role: files for role, files in found.items() if files}


def of_dataset(dataset, name):
    """A file that jobs read of a dataset."""
    return kept(files.in_dataset(PLAN, dataset, name))


def kept(file):
    """A file with a digest in its name, as jobs read it.

    `ancient`: made again, it has the bytes that it had. But Snakemake 9.27 reruns whatever reads a missing
    file, `ancient` or not. So a file that is there is an input without a job (`before_update`): the job
    does not run again because its own inputs are missing, and nothing that reads the file does.

    A file that is not there is not `ancient`: when a checkpoint changes the plan just after its job wrote
    it, Snakemake 9.27 would forget what reads it, and end as if all were done.
    """
    if is_there(file):
        return before_update(ancient(file))
    return ancient(file) if was_there(file) else file


@functools.cache
def was_there(file):
    """Whether a file was there when the call began."""
    return os.path.exists(in_module(file))


@functools.cache
def is_there(file):
    """Whether all that its job makes was there when the call began.

    Never in a storage, whose files have no path, nor with --forcerun and its like, which are about jobs.
    """
    settings = workflow.dag_settings
    forced = settings.forceall or settings.forcerun or settings.forcetargets
    stored = workflow.storage_settings.default_storage_provider
    together = TOGETHER.get(os.path.dirname(file), [file])
    return not (forced or stored) and all(map(was_there, together))


def to_prepare(wildcards):
    """What a split is made of."""
    dataset, name = wildcards.dataset, PREPARED.format(**wildcards)
    refuse_other(name, files.prepared_in(PLAN, dataset, wildcards.prepared))
    names = {"images": "train_images.npy", "labels": "train_labels.npy", "info": "info.json"}
    return {part: of_dataset(dataset, file) for part, file in names.items()}


def refuse_other(file, now):
    """End where a file is asked for under a name that the config and the code do not give it now."""
    if os.path.normpath(file) != os.path.normpath(now):
        raise WorkflowError(f"{file}: made from other settings, data or code; now it is {now}")


def checked(architecture):
    """What says that a gradient check passed; trainings wait for it."""
    return kept(files.checked(PLAN, architecture))


def training_arrays(experiment):
    dataset = experiment.dataset_name
    return {part: of_dataset(dataset, f"train_{part}.npy") for part in ("images", "labels")}


def training_file(wildcards):
    return training_arrays(experiment_of(wildcards))


def selected_prepared(wildcards):
    """The prepared data of the selected run, a fold of a cross-validation."""
    experiment = experiment_of(wildcards)
    run = experiment.runs.get(selection_of(experiment)["best_run"])
    return [kept(files.prepared(experiment, run.prepared))] if run else []
