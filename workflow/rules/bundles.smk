# Which runs one job trains, and what was chosen among runs. Needs: inputs.smk and, of checkpoints, what they
# wrote. Makes: plan.json and other small files that say what a stage is made from.


def bundled(experiment, rung=None):
    """The runs of each bundle that is trained to a rung of halving, or to the end, by its stem."""
    first = not experiment.rungs or rung == 0
    return _bundled(experiment, rung, None if first else frozenset(trained(experiment, rung)[-1]))


_bundled = functools.cache(files.bundled)


def refitted(experiment):
    """The runs of each bundle of final trainings, by its stem."""
    return files.refitted(experiment, selection_of(experiment)["settings"])


def of_bundles(experiment, rung):
    """The models and metrics of the bundles that are trained to a rung, or to the end."""
    stems = bundled(experiment, rung)
    return [*(kept(f"{stem}.npz") for stem in stems), *(f"{stem}.json" for stem in stems)]


def metrics_of(experiment, rung=None):
    return [f"{stem}.json" for stem in bundled(experiment, rung)]


def models_of(wildcards):
    """The models of all bundles, of the rungs of halving as well."""
    experiment = experiment_of(wildcards)
    rungs = (*range(len(experiment.rungs)), None)
    return [kept(f"{stem}.npz") for rung in rungs for stem in bundled(experiment, rung)]


def listed(stage, names):
    """Write names to a file, and return the argument by which a program reads them from it.

    A command has no room for the names of thousands of files. The function is called where the command
    is made, on a cluster's node as well. The digest keeps apart the lists of runs of `snakemake` that
    work side by side, as a dry run of another target does.
    """
    names = [names] if isinstance(names, str) else names  # the checkpoint that the others wait for
    lines = "".join(f"{name}\n" for name in names)
    file = in_module(f"results/logs/{stage}.{digest(lines, 10)}.files")
    artifacts.write_if_other(file, lines)
    return f"@{file}"


def noted(experiment, name, content, made):
    """Return a small file that says what a stage is made from, written when that changes.

    Snakemake compares with the run before only while it has its records. Without them, the time of this
    file makes the stage run again. `--touch` hides both, so it leaves an outdated file as it is, and
    removes one that is newer than what was `made` from it: the next run writes it again. A storage has
    files of its own.
    """
    if workflow.storage_settings.default_storage_provider:
        return []
    file = f"{EXPERIMENT.format(experiment=experiment.name)}/{name}"
    there, made = in_module(file), in_module(made)
    if not workflow.touch:
        artifacts.write_if_other(there, json.dumps(content, indent=2) + "\n")
    elif os.path.exists(there) and os.path.exists(made):
        if os.stat(there).st_mtime_ns > os.stat(made).st_mtime_ns:
            os.unlink(there)
    return file if not workflow.touch or os.path.exists(there) else []


def in_module(file):
    """Where a file is: in a module with a prefix Snakemake puts that before all names."""
    return str(rules.manifest.output[0]).replace("results/MANIFEST.sha256", file)


def plan_of(wildcards):
    """The plan of an experiment, and the bundles that it begins with."""
    experiment = experiment_of(wildcards)
    stems, rung = list(bundled(experiment, 0 if experiment.rungs else None)), rung_of(wildcards)
    promoted = f"{files.folder_of(experiment, rung)}/promoted.json"
    made = files.selection(experiment) if rung is None else promoted
    return noted(experiment, "plan.json", {"plan": experiment.planned, "bundles": stems}, made)


def evaluation_of(wildcards):
    """How an experiment is tested."""
    experiment = experiment_of(wildcards)
    made = f"{EXPERIMENT}/test.json".format(**wildcards)
    return noted(experiment, "final/evaluation.json", experiment.settings["evaluation"], made)


def rung_of(wildcards):
    return int(wildcards.rung) if hasattr(wildcards, "rung") else None


def runs_of(wildcards):
    """The runs of a bundle, which trains to a rung or to the end."""
    experiment, rung = experiment_of(wildcards), rung_of(wildcards)
    stem = f"{files.folder_of(experiment, rung)}/{wildcards.bundle}.{wildcards.digest}"
    return of_stem(bundled(experiment, rung), stem)


def runs_of_refit(wildcards):
    folder = f"{EXPERIMENT.format(experiment=wildcards.experiment)}/refits"
    stem = f"{folder}/{wildcards.bundle}.{wildcards.digest}"
    return of_stem(refitted(experiment_of(wildcards)), stem)


def runs_added(rule, wildcards):
    """How many runs a job trains that no job trained before: not in later rungs, nor in refits."""
    if rule not in ("train", "train_rung"):
        return 0
    wildcards = SimpleNamespace(**wildcards)
    first = 0 if experiment_of(wildcards).rungs else None
    return len(runs_of(wildcards)) if rung_of(wildcards) == first else 0


def runs_counted():
    """How many runs of this call's experiments are trained when it begins, and how many there are."""
    bundles = {k: v for e in requested() for k, v in bundled(e, 0 if e.rungs else None).items()}
    settings = workflow.dag_settings
    again = settings.forceall or {"train", "train_rung"} & set(settings.forcerun)
    stored = workflow.storage_settings.default_storage_provider
    done = [] if again or stored else [s for s in bundles if was_there(f"{s}.npz")]
    trained = sum(len(bundles[stem]) for stem in done)
    return trained, sum(map(len, bundles.values()))


def of_stem(known, stem):
    if stem not in known:
        raise WorkflowError(
            f"{stem}: the config makes no bundle of this name; it makes {', '.join(sorted(known)[:3])}"
        )
    return known[stem]


def data_of_bundle(wildcards, find=runs_of):
    """What the runs of a bundle are trained and measured on."""
    experiment = experiment_of(wildcards)
    keys = dict.fromkeys(run.prepared for run in find(wildcards))
    prepared = [kept(files.prepared(experiment, key)) for key in keys]
    return training_arrays(experiment) | {"prepared": prepared}


def data_of_refit(wildcards):
    return data_of_bundle(wildcards, runs_of_refit)


def checks_of(wildcards):
    return [checked(name) for name in dict.fromkeys(run.architecture for run in runs_of(wildcards))]


def state_before(wildcards):
    """What a bundle goes on from: that of the rung before, and the list of the runs that go on."""
    experiment, rung = experiment_of(wildcards), rung_of(wildcards)
    before = (len(experiment.rungs) if rung is None else rung) - 1
    if before < 0:
        return {}
    folder = files.folder_of(experiment, before)
    start = f"{folder}/{wildcards.bundle}."
    (stem,) = [stem for stem in bundled(experiment, before) if stem[:-10] == start]
    return {"start": kept(f"{stem}.npz"), "promoted": ancient(f"{folder}/promoted.json")}


def content_of(output):
    """What a checkpoint wrote, in JSON; read once while the file stays as it is."""
    if not os.path.exists(output):  # in a storage
        return read_content(output)
    stat = os.stat(output)
    return read_once(output, stat.st_mtime_ns, stat.st_size)


@functools.cache
def read_once(output, mtime, size):
    return read_content(output)


def read_content(output):
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
    return content_of(checkpoints.select_best.get(experiment=experiment.name).output[0])


def longest_first(experiment):
    """The runs of all bundles by their model files, those that trained to the end first."""
    rungs = (None, *reversed(range(len(experiment.rungs))))
    return {f"{s}.npz": runs for rung in rungs for s, runs in bundled(experiment, rung).items()}


def bundle_with(experiment, run):
    """The model file of the bundle that trained a run longest."""
    bundles = longest_first(experiment).items()
    return next(file for file, runs in bundles if any(run == each.name for each in runs))


def selected_runs(experiment):
    """The runs of the selected configuration, one a seed; what halving leaves of it is all seeds."""
    best = selection_of(experiment)["best_configuration"]
    # None, where the selection is an old one, of a configuration that the sweep has no more.
    return [name for seed in experiment.seeds for name in experiment.seeded(best, seed)]


def selected_model(wildcards):
    """The model of the best seed of the selected configuration, as it was trained."""
    experiment = experiment_of(wildcards)
    best = selection_of(experiment)["best_run"]
    # None, where the selection is an old one, of a run that the sweep has no more.
    return [files.model_of(experiment, best)] * (best in experiment.runs)


def bundle_of_run(wildcards):
    """A file that says which bundle a run is taken from."""
    experiment = experiment_of(wildcards)
    made, bundle = files.model_of(experiment, wildcards.run), bundle_with(experiment, wildcards.run)
    return noted(experiment, f"runs/{wildcards.run}/bundle.json", bundle, made)


def selected_settings(wildcards):
    """A file that says what the studies of an experiment are about."""
    experiment = experiment_of(wildcards)
    selection, made = selection_of(experiment), f"{EXPERIMENT}/studies/mistakes.json"
    chosen = [selection["settings"], selected_model(wildcards), training_file(wildcards)]
    return noted(experiment, "selected.json", chosen, made.format(**wildcards))


def model_beside_baselines(wildcards):
    """The selected network, where a baseline is fitted on its scores."""
    names = experiment_of(wildcards).settings["baselines"]
    return selected_model(wildcards) if "linear_svc_scores" in names else []


def settings_of_baselines(wildcards):
    """What baselines depend on of the selected settings."""
    selected = selection_of(experiment_of(wildcards))["settings"]
    network = {"precision": selected["network"]["precision"]}
    return as_json({"network": network, "preparation": selected["preparation"]})


def about_baselines(wildcards):
    """A file that says what the baselines of an experiment are fitted on."""
    experiment = experiment_of(wildcards)
    about = [experiment.settings["baselines"], settings_of_baselines(wildcards)]
    about += [model_beside_baselines(wildcards), training_file(wildcards)]
    about += [list(map(str, selected_prepared(wildcards)))]
    made = f"{EXPERIMENT}/baselines.json".format(**wildcards)
    return noted(experiment, "final/baselines.json", about, made)


def beside_baselines(wildcards, files):
    """Files that are read where there are baselines: what they are fitted on."""
    return list(files) if experiment_of(wildcards).settings["baselines"] else []


def baselines_to_test(wildcards, input):
    """Options that name the baselines, and what they are fitted on."""
    if not input.baselines:
        return ""
    images, labels = input.training
    options = [("training-images", images), ("training-labels", labels), ("model", input.beside)]
    options += [("prepared", input.prepared), ("baselines", input.baselines[0])]
    return f"{flags(options)} --settings {shlex.quote(settings_of_baselines(wildcards))}"


def final_runs(experiment):
    """The runs that are tested, one a seed, and the bundles that they are in."""
    if experiment.refits:
        runs = [f"seed={seed}" for seed in experiment.seeds]
        return runs, [f"{stem}.npz" for stem in refitted(experiment)]
    runs = selected_runs(experiment)
    needed = {bundle_with(experiment, run) for run in runs}
    # Those that trained longest first: an earlier rung has the same runs, paused.
    return runs, [bundle for bundle in longest_first(experiment) if bundle in needed]


def final_bundles(experiment):
    """A function that returns these bundles."""
    return lambda w: list(map(kept, final_runs(experiment)[1]))


def final_choice(experiment):
    """A function that returns a file about these runs."""
    made = files.final_models(experiment)[0]
    return lambda w: noted(experiment, "final/runs.json", final_runs(experiment), made)


def final_pairs(experiment):
    """A function that says which run becomes which final network."""
    return lambda w, output: shlex.join(
        f"{run}={file}" for run, file in zip(final_runs(experiment)[0], output)
    )
