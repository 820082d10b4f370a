# The files that targets consist of, and the experiments to show. Needs: bundles.smk. Makes: no file.


@functools.cache
def names_of_figures(experiment):
    return [name for name, figure in FIGURES.items() if figure.when(experiment)]


def figures_of(experiment, *kinds):
    names = names_of_figures(experiment)
    return layout.of(experiment, *(f"figures/{name}.{kind}" for name in names for kind in kinds))


def read_by_figures_of(experiment):
    """Return an input function: the files that the figures of an experiment need, by their kinds."""
    needs = {need for name in names_of_figures(experiment) for need in FIGURES[name].needs}
    found, data = layout.shown(experiment, sorted(needs)), {"info", "images", "labels", "prepared"}
    return lambda w: {k: list(map(kept, v)) if k in data else v for k, v in found.items()}


def made_of(find):
    """Return input functions: all files of the experiments that `find` returns.

    Files that need no checkpoint have a function of their own, or Snakemake 9.27 finds their jobs late.
    """

    def known(wildcards):
        made = []
        for experiment in find():
            made += map(kept, layout.data(experiment))
            made += layout.artifacts(experiment) + figures_of(experiment, "png", "svg")
            made += of_bundles(experiment, stages(experiment)[0])
        return made

    def later(wildcards):
        made = []
        for experiment in find():
            for rung in stages(experiment)[1:]:
                made += of_bundles(experiment, rung)
            refits = refitted(experiment) if experiment.refits else {}
            for stem, runs in refits.items():
                made += [kept(f"{stem}.npz"), kept(layout.prepared(experiment, runs[0].prepared))]
        return list(dict.fromkeys(made))

    return [known, later]


def artifacts_of(*experiments):
    """Return all files of some experiments, with the summary, the report and the manifest."""
    shared = [*rules.summarize.output, *rules.report.output, *rules.manifest.output]
    return [*shared, *made_of(lambda: experiments)]


def requested():
    """Return the experiments that this run is about; in a module their names may have a prefix."""
    prefix = rules.train.rule.name.removesuffix("train")
    return PLAN.requested({t.removeprefix(prefix) for t in workflow.dag_settings.targets})


def of_requested(find):
    return lambda w: [file for experiment in requested() for file in find(experiment)]


@functools.cache
def earlier():
    """Return the folders of finished experiments that this run is not about, if they are wanted.

    Empty with a storage, because Snakemake cannot list a default storage.
    """
    if STORED or not PLAN.config["earlier_results"]:
        return []
    found = finished_besides((e.name for e in requested()), os.path.dirname(EXPERIMENT))
    odd = [folder for folder in found if not folder.name.isidentifier()]
    for folder in odd:
        say(f"note: {str(folder)!r} is left out: experiments have no such names")
    return [folder for folder in found if folder not in odd]


def of_earlier(*patterns):
    """Return files of experiments of earlier runs, the only inputs that are found on disk.

    `before_update`: they are used unchanged, and never rebuilt.
    """
    found = (file for folder in earlier() for p in patterns for file in sorted(folder.glob(p)))
    return [before_update(file) for file in nameable(map(str, filter(Path.is_file, found)))]
