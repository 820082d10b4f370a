# The bundles of runs that jobs train. Needs: inputs.smk. Makes: plan.json and other small files that record what a
# stage is made from.


def stages(experiment):
    """Return the rungs of halving, and None for the training to the end."""
    return [*range(len(experiment.rungs)), None]


def rung_of(wildcards):
    return int(wildcards.rung) if hasattr(wildcards, "rung") else None


def bundled(experiment, rung=None):
    """Return the runs of each bundle that is trained to a rung, or to the end, by its stem."""
    before = stages(experiment).index(rung) - 1
    if before < 0:
        return _bundled(experiment, rung)
    promoted = checkpoints.promote.get(experiment=experiment.name, rung=before).output[0]
    return _bundled(experiment, rung, frozenset(content_of(promoted)["runs"]))


_bundled = functools.cache(layout.bundled)


def refitted(experiment):
    """Return the runs of each bundle of final trainings, by its stem."""
    return layout.refitted(experiment, selection_of(experiment)["settings"])


def of_bundles(experiment, rung):
    """Return the models and metrics of the bundles that are trained to a rung, or to the end."""
    stems = bundled(experiment, rung)
    return [*(kept(f"{stem}.npz") for stem in stems), *(f"{stem}.json" for stem in stems)]


def metrics_of(experiment, rung=None):
    return [f"{stem}.json" for stem in bundled(experiment, rung)]


def models_of(wildcards):
    """Return the models of all bundles, including those of the rungs of halving."""
    experiment = experiment_of(wildcards)
    return [
        kept(f"{stem}.npz") for rung in stages(experiment) for stem in bundled(experiment, rung)
    ]


def runs_of(wildcards):
    """Return the runs of a bundle, which trains to a rung, to the end, or again as a refit."""
    experiment, rung = experiment_of(wildcards), rung_of(wildcards)
    if hasattr(wildcards, "refit"):
        known, stem = refitted(experiment), REFIT.format(**wildcards)
    else:
        known = bundled(experiment, rung)
        stem = f"{layout.folder_of(experiment, rung)}/{wildcards.bundle}.{wildcards.digest}"
    if stem not in known:
        some = ", ".join(sorted(known)[:3])
        end(f"{stem}: the config makes no bundle of this name; it makes {some}")
    return known[stem]


def runs_added(rule, wildcards):
    """Return how many runs a job trains for the first time: none in later rungs and in refits."""
    if rule not in ("train", "train_rung"):
        return 0
    wildcards = SimpleNamespace(**wildcards)
    first = rung_of(wildcards) == stages(experiment_of(wildcards))[0]
    return len(runs_of(wildcards)) if first else 0


def runs_counted():
    """Return how many runs of the requested experiments are trained already, and the number of all."""
    bundles = {}
    for experiment in requested():
        bundles |= bundled(experiment, stages(experiment)[0])
    settings = workflow.dag_settings
    again = settings.forceall or {"train", "train_rung"} & set(settings.forcerun)
    done = [] if again or STORED else [stem for stem in bundles if was_there(f"{stem}.npz")]
    return sum(len(bundles[stem]) for stem in done), sum(map(len, bundles.values()))


def data_of_bundle(wildcards):
    """Return the files that the runs of a bundle are trained and measured on."""
    experiment = experiment_of(wildcards)
    keys = dict.fromkeys(run.prepared for run in runs_of(wildcards))
    prepared = [kept(layout.prepared(experiment, key)) for key in keys]
    return training_file(wildcards) | {"prepared": prepared}


def to_train(wildcards):
    """Return the inputs of a training: data, gradient checks, and the selection or the rung before."""
    experiment, needed = experiment_of(wildcards), data_of_bundle(wildcards)
    if hasattr(wildcards, "refit"):
        return needed | {"selection": ancient(layout.path(experiment, "selection.json"))}
    names = dict.fromkeys(run.architecture for run in runs_of(wildcards))
    needed["checked"] = [kept(layout.checked(PLAN, name)) for name in names]
    before = stages(experiment).index(rung_of(wildcards)) - 1
    if before >= 0:
        folder = layout.folder_of(experiment, before)
        start = f"{folder}/{wildcards.bundle}."
        (stem,) = [stem for stem in bundled(experiment, before) if stem[:-10] == start]
        needed |= {"start": kept(f"{stem}.npz"), "promoted": ancient(f"{folder}/promoted.json")}
    return needed


def how_to_train(wildcards, input, output):
    """Return options of a training: its bundle, start and pause, or the settings of a refit.

    Depends on `output`, as in `program`: the digest in a bundle's name decides whether to train again.
    """
    experiment, rung = experiment_of(wildcards), rung_of(wildcards)
    if hasattr(wildcards, "refit"):
        settings = as_json(selection_of(experiment)["settings"])
        return flags(bundle=wildcards.refit, refit=settings)
    start, promoted = (input.get(name, []) for name in ("start", "promoted"))
    until = [] if rung is None else str(experiment.rungs[rung])
    return flags(bundle=wildcards.bundle, start=start, promoted=promoted, until_epoch=until)


def cores_for(wildcards):
    """Return the threads of a training: several trainings of an experiment fill the cores anyway."""
    experiment = experiment_of(wildcards)
    alone = experiment.refits[:1] if hasattr(wildcards, "refit") else experiment.runs.values()
    return need.threads(alone)


def listed(stage, names):
    """Write names to a file, and return the argument by which a program reads them from it.

    A command has no room for thousands of names. The digest keeps apart the lists of simultaneous runs.
    """
    names = [names] if isinstance(names, str) else names  # the checkpoint that the others wait for
    lines = "\n".join([*names, ""])
    file = in_module(f"results/logs/{stage}.{digest(lines, 10)}.files")
    artifacts.write_if_other(file, lines)
    return f"@{file}"


def noted(experiment, name, content, made):
    """Return a small file that records the sources of a stage, written when they change.

    Snakemake detects changes only while it has its records of the last run. Without them, the
    timestamp of this file makes the stage run again. `--touch` hides both, so it keeps an outdated
    file, and removes one that is newer than `made`: the next run writes it again. A storage has
    timestamps of its own.
    """
    if STORED:
        return []
    file = layout.path(experiment, name)
    there, made = in_module(file), in_module(layout.path(experiment, made))
    if not workflow.touch:
        artifacts.write_if_other(there, json.dumps(content, indent=2) + "\n")
    elif os.path.exists(there) and os.path.exists(made):
        if os.stat(there).st_mtime_ns > os.stat(made).st_mtime_ns:
            os.unlink(there)
    return file if not workflow.touch or os.path.exists(there) else []


def in_module(file):
    """Return the path of a file: in a module with a prefix Snakemake puts that before all names."""
    return str(rules.manifest.output[0]).replace("results/MANIFEST.sha256", file)


def plan_of(wildcards):
    """Return a file with the plan of an experiment, and its first bundles."""
    experiment, rung = experiment_of(wildcards), rung_of(wildcards)
    stems = list(bundled(experiment, stages(experiment)[0]))
    made = "selection.json" if rung is None else f"rungs/{rung}/promoted.json"
    return noted(experiment, "plan.json", {"plan": experiment.planned, "bundles": stems}, made)
