# What jobs read: functions of their wildcards. Needs: common.smk and, of checkpoints, what they wrote. Makes: no file.


def raw_files(wildcards):
    """What a dataset is read from, by roles; of a folder of this machine all files in it."""
    raw = PLAN.raw(wildcards.dataset).items()
    found = {role: nameable(files_in(role, place)) for role, place in raw}
    return {role: files for role, files in found.items() if files}


def data_digest(dataset):
    """A digest of what a dataset's arrays are made of: its settings, checksums and code."""
    generated = PLAN.datasets[dataset]["generator"]
    return digest(
        [PLAN.parsed(dataset), code("parse"), code("datasets/digits") if generated else ""]
    )


@functools.cache
def settled(dataset):
    """Whether the arrays of a dataset are there, and made from what they would be made from now."""
    places = PLAN.unsure(dataset).items()
    unsure = [file for role, place in places for file in files_in(role, place)]
    return is_made_from(MADE_FROM.format(dataset=dataset), data_digest(dataset), unsure)


def of_dataset(dataset, name):
    """A file that jobs read of a dataset.

    `ancient`: an array that was touched, or made again because a file beside it was deleted, is the same
    array; but where all are made from something else, what is behind them has to run.
    """
    file = f"{DATASET}/{name}".format(dataset=dataset)
    return ancient(file) if settled(dataset) else file


def checked(architecture):
    """What says that a gradient check passed, of the code that trains now.

    Trainings wait for it; `ancient`, since a check that is made anew is no reason to train again. Other
    code that trains is: it asks for a file that is not there yet.
    """
    return CHECKED.format(trainer=code("train")[:8], architecture=architecture)


def training_arrays(wildcards):
    dataset = experiment_of(wildcards).dataset_name
    return {part: of_dataset(dataset, f"train_{part}.npy") for part in ("images", "labels")}


def data_of_run(wildcards):
    """What a run is trained and measured on; one function, for Snakemake looks long at each."""
    prepared = files.prepared(experiment_of(wildcards), run_of(wildcards).prepared)
    return training_arrays(wildcards) | {"prepared": prepared}


def state_before(wildcards):
    """Where a part of a run starts: of a rung the one before it, of the last part the last rung."""
    rung = int(wildcards.get("rung", len(experiment_of(wildcards).rungs))) - 1
    return [f"{EXPERIMENT}/rungs/{rung}/{{run}}/model.npz".format(**wildcards)] if rung >= 0 else []


def content_of(output):
    """What a checkpoint wrote, in JSON."""
    try:
        with output.open() as file, whole(output):
            return json.load(file)
    except ArtifactError as error:
        raise WorkflowError(str(error)) from None


def trained(experiment, last=None):
    """The runs of each rung of halving up to a last one, or of all and then those of the end."""
    runs = [list(experiment.runs)]
    for rung in range(len(experiment.rungs) if last is None else last):
        promoted = checkpoints.promote.get(experiment=experiment.name, rung=rung).output[0]
        kept = content_of(promoted)["runs"]
        # Of a build that was cut off, promoted.json may have runs that the sweep has no more.
        runs.append([run for run in kept if run in experiment.runs])
    return runs


def selection_of(experiment):
    """The content of an experiment's selection.json, which is among the inputs of whoever calls this."""
    return content_of(checkpoints.select.get(experiment=experiment.name).output[0])


def refit_of(experiment, seed=0):
    """The final training that the selection asks for."""
    return experiment.refit(selection_of(experiment)["settings"], int(seed))


def selected_model(wildcards):
    """The selected configuration's model of a seed, or of its best one, as it was trained."""
    experiment = experiment_of(wildcards)
    selection = selection_of(experiment)
    seed = int(wildcards.get("seed", selection["best_seed"]))
    models = files.last_models(experiment, trained(experiment))
    # None, where the selection is an old one, of a configuration that the sweep has no more.
    return [models[run] for run in experiment.seeded(selection["best_configuration"], seed)]


def selected_prepared(wildcards):
    experiment = experiment_of(wildcards)
    return files.prepared(experiment, prepared_key(selection_of(experiment)["settings"]))


def names_of_figures(experiment):
    return [name for name, figure in FIGURES.items() if figure.when(experiment)]


def figures_of(experiment, *kinds):
    return files.figures(experiment, names_of_figures(experiment), *kinds)


def read_by_figures_of(experiment):
    """A function that returns the files that some figure of an experiment needs, by their kinds."""
    needs = {need for name in names_of_figures(experiment) for need in FIGURES[name].needs}
    return lambda w: files.shown(experiment, sorted(needs), of_dataset)


def artifacts_of(*experiments):
    """All that some experiments leave, and the summary and the report of all.

    What waits for no checkpoint has a function of its own: Snakemake 9.27 may start what it comes to only
    when it asks a function again without the inputs that wait for a checkpoint.
    """

    def known(wildcards):
        made = [*rules.summarize.output, *rules.report.output]
        for experiment in experiments:
            runs = [list(experiment.runs), *([] for _ in experiment.rungs)]
            made += files.artifacts(experiment, runs) + figures_of(experiment, "png", "svg")
        return made

    def later(wildcards):
        made = []
        for experiment in experiments:
            if experiment.rungs:
                made += files.artifacts(experiment, trained(experiment))
            if experiment.refits:
                made.append(files.prepared(experiment, refit_of(experiment).prepared))
        return made

    return [known, later]


def requested():
    """The experiments that this call is about; in a module their names may have a prefix."""
    prefix = rules.train.rule.name.removesuffix("train")
    return PLAN.requested({t.removeprefix(prefix) for t in workflow.dag_settings.targets})


def of_requested(find):
    return lambda w: [file for experiment in requested() for file in find(experiment)]


def earlier():
    """The folders of finished experiments under results/ that this call is not about.

    None where a storage has the files: Snakemake has no way to list a default storage.
    """
    if workflow.storage_settings.default_storage_provider:
        return []
    return finished_besides((e.name for e in requested()), os.path.dirname(EXPERIMENT))


def of_earlier(*patterns):
    """Files of experiments of earlier calls.

    This is the one input that depends on what is there. `before_update`: they are shown as they are,
    and no rule is asked for them.
    """
    return [
        before_update(str(file))
        for folder in earlier()
        for pattern in patterns
        for file in sorted(folder.glob(pattern))
    ]
