# What targets are made of, and what is shown. Needs: bundles.smk. Makes: no file.


@functools.cache
def names_of_figures(experiment):
    return [name for name, figure in FIGURES.items() if figure.when(experiment)]


def figures_of(experiment, *kinds):
    return files.figures(experiment, names_of_figures(experiment), *kinds)


def read_by_figures_of(experiment):
    """A function that returns the files that some figure of an experiment needs, by their kinds."""
    needs = {need for name in names_of_figures(experiment) for need in FIGURES[name].needs}
    found, data = files.shown(experiment, sorted(needs)), {"info", "images", "labels", "prepared"}
    return lambda w: {k: list(map(kept, v)) if k in data else v for k, v in found.items()}


def made_of(find):
    """Return functions of all that the experiments leave that `find` returns.

    What waits for no checkpoint has a function of its own: Snakemake 9.27 may start what it comes to only
    when it asks a function again without the inputs that wait for a checkpoint.
    """

    def known(wildcards):
        made = []
        for experiment in find():
            made += map(kept, files.data(experiment))
            made += files.artifacts(experiment) + figures_of(experiment, "png", "svg")
            made += of_bundles(experiment, stages(experiment)[0])
        return made

    def later(wildcards):
        made = []
        for experiment in find():
            for rung in stages(experiment)[1:]:
                made += of_bundles(experiment, rung)
            if experiment.refits:
                made += [kept(f"{stem}.npz") for stem in refitted(experiment)]
                runs = next(iter(refitted(experiment).values()))
                made.append(kept(files.prepared(experiment, runs[0].prepared)))
        return made

    return [known, later]


def artifacts_of(*experiments):
    """All that some experiments leave, and what shows all: the summary, the report and the manifest."""
    shared = [*rules.summarize.output, *rules.report.output, *rules.manifest.output]
    return [*shared, *made_of(lambda: experiments)]


def requested():
    """The experiments that this call is about; in a module their names may have a prefix."""
    prefix = rules.train.rule.name.removesuffix("train")
    return PLAN.requested({t.removeprefix(prefix) for t in workflow.dag_settings.targets})


def of_requested(find):
    return lambda w: [file for experiment in requested() for file in find(experiment)]


def earlier():
    """The folders of finished experiments under results/ that this call is not about, if they are wanted.

    None where a storage has the files: Snakemake has no way to list a default storage.
    """
    if workflow.storage_settings.default_storage_provider or not PLAN.config["earlier_results"]:
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
