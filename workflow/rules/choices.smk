# The choices among runs, and their products. Needs: bundles.smk, and the outputs of checkpoints. Makes:
# small files that record the sources of a stage.


def content_of(output):
    """Return the JSON that a checkpoint wrote, parsed once while the file does not change."""
    try:
        with output.open() as file, whole(output):
            return _parsed(file.read())
    except ArtifactError as error:
        end(error)


_parsed = functools.cache(json.loads)


def selection_of(experiment):
    """Return the content of selection.json, which must be an input of the calling rule."""
    return content_of(checkpoints.select_best.get(experiment=experiment.name).output[0])


def longest_first(experiment):
    """Return the runs of all bundles by their model files, the longest trainings first."""
    rungs = reversed(stages(experiment))
    return {f"{s}.npz": runs for rung in rungs for s, runs in bundled(experiment, rung).items()}


def bundle_with(experiment, run):
    """Return the model file of the bundle that trained a run longest."""
    bundles = longest_first(experiment).items()
    return next(file for file, runs in bundles if any(run == each.name for each in runs))


def selected_model(wildcards):
    """Return the model of the best seed of the selected configuration, as it was trained.

    An old selection may name a run that the sweep no longer has; then there is none.
    """
    experiment = experiment_of(wildcards)
    best = selection_of(experiment)["best_run"]
    if best not in experiment.runs:
        return []
    return [layout.path(experiment, f"runs/{best}/model.npz")]


def selected_settings(wildcards):
    """Return a file that records the subject of an experiment's studies."""
    experiment = experiment_of(wildcards)
    chosen = [selection_of(experiment)["settings"], selected_model(wildcards)]
    chosen.append(training_file(wildcards))
    return noted(experiment, "selected.json", chosen, "studies/posted_net.json")


def model_for_baselines(wildcards):
    """Return the selected network, if a baseline is fitted on its scores."""
    names = experiment_of(wildcards).settings["baselines"]
    return selected_model(wildcards) if "linear_svc_scores" in names else []


def settings_of_baselines(wildcards):
    """Return the selected settings that baselines depend on."""
    selected = selection_of(experiment_of(wildcards))["settings"]
    network = {"precision": selected["network"]["precision"]}
    return as_json({"network": network, "preparation": selected["preparation"]})


def about_baselines(wildcards):
    """Return a file that records the data and settings of an experiment's baselines."""
    experiment = experiment_of(wildcards)
    about = [experiment.settings["baselines"], settings_of_baselines(wildcards)]
    about += [model_for_baselines(wildcards), training_file(wildcards)]
    about += [list(map(str, selected_prepared(wildcards)))]
    return noted(experiment, "final/baselines.json", about, "baselines.json")


def training_of_baselines(wildcards):
    """Return the training arrays, if an experiment has baselines: some are fitted again for the test."""
    wanted = experiment_of(wildcards).settings["baselines"]
    return list(training_file(wildcards).values()) if wanted else []


def final_runs(experiment):
    """Return the runs that are tested, one per seed, and the bundles that have them.

    Bundles that trained longest come first, because an earlier rung has the same runs, paused.
    """
    if experiment.refits:
        runs = [f"seed={seed}" for seed in experiment.seeds]
        return runs, [f"{stem}.npz" for stem in refitted(experiment)]
    runs = experiment.seeded(selection_of(experiment)["best_configuration"])
    needed = {bundle_with(experiment, run) for run in runs}
    return runs, [bundle for bundle in longest_first(experiment) if bundle in needed]
