# Needs: the tables and final networks of experiments. Makes: results/experiments/<experiment>/figures/
#        <figure>.{png,svg}, results/summary.{csv,md}, baselines.csv, scoreboard.csv, runs.csv, report.html and MANIFEST.sha256.


# One job per experiment draws all its figures: importing matplotlib costs more than drawing one.
# The rule is made in a loop because the outputs differ in number, which wildcards cannot express.
for experiment in PLAN.experiments.values():

    rule:
        name:
            f"plot_{experiment.name}"
        input:
            unpack(read_by_figures_of(experiment)),
            after=ancient(layout.path(experiment, "selection.json")),  # as in `evaluate`
        output:
            *[
                report(
                    file,
                    category=experiment.name,
                    labels={"figure": Path(file).stem.replace("_", " ")},
                    caption="../report/figures.rst",
                )
                for file in figures_of(experiment, "png")
            ],
            *figures_of(experiment, "svg"),
        log:
            f"results/logs/plot/{experiment.name}.log",
        resources:
            mem_mb=growing(need.SNAKEMAKE_MB + 300 + need.data_mb(experiment.dataset)),
            runtime=growing(20),
        params:
            **calls("plot"),
            experiment=experiment.name,
            names=names_of_figures(experiment),
            published=as_json(experiment.settings["published"]),
            captions={name: FIGURES[name].caption for name in names_of_figures(experiment)},
            files=lambda w, input: flags(**{k: v for k, v in input.items() if k != "after"}),
            folder=lambda w, output: os.path.dirname(output[0]),
        shell:
            "{params.program} {params.names} {params.files} --experiment {params.experiment}"
            " --published {params.published:q} --code {params.code:q} --folder {params.folder:q}"
            " > {log:q} 2>&1"


rule summarize:
    """Gather the results of all finished experiments."""
    input:
        selections=of_requested(lambda e: layout.tables(e)[:1]),
        tables=of_requested(lambda e: layout.tables(e)[1:]),
        baselines=of_requested(lambda e: layout.baselines(e)[:1]),
        earlier=lambda w: of_earlier("selection.json"),
        earlier_tables=lambda w: of_earlier("runs.csv", "test.json"),
        earlier_baselines=lambda w: of_earlier("baselines.json"),
    output:
        csv=report(
            "results/summary.csv",
            category="Summary",
            labels={"table": "experiments"},
            caption="../report/summary.rst",
        ),
        markdown="results/summary.md",
        scoreboard=report(
            "results/scoreboard.csv",
            category="Summary",
            labels={"table": "published figures"},
            caption="../report/summary.rst",
        ),
        baselines="results/baselines.csv",
        runs="results/runs.csv",
    log:
        "results/logs/summarize.log",
    localrule: True
    params:
        **calls("summarize"),
        # The list of inputs is the same if a file is of an earlier run.
        about=lambda w: [experiment.name for experiment in requested()],
        published=lambda w: as_json(PLAN.published_in(requested(), earlier())),
        remarks=lambda w: as_json(PLAN.remarks),
        earlier=lambda w, input: flags(earlier=input.earlier),
        fitted=lambda w, input: flags(fitted=[*input.baselines, *input.earlier_baselines]),
    shell:
        "{params.program} --selections {input.selections:q} {params.earlier} {params.fitted}"
        " --published {params.published:q} --remarks {params.remarks:q} --csv {output.csv:q}"
        " --markdown {output.markdown:q} --scoreboard {output.scoreboard:q}"
        " --baselines {output.baselines:q} --runs {output.runs:q} > {log:q} 2>&1"


rule report:
    """Make one page of all results."""
    input:
        summary="results/summary.csv",
        scoreboard="results/scoreboard.csv",
        baselines="results/baselines.csv",
        shown=of_requested(lambda e: figures_of(e, "png") + layout.studies(e, "json")),
        selections=of_requested(lambda e: layout.of(e, "selection.json")),
        tables=of_requested(lambda e: layout.of(e, "runs.csv", "histories.csv")),
        predictions=of_requested(lambda e: layout.predictions(e) if e.has_test else []),
        infos=of_requested(lambda e: [of_dataset(e.dataset_name, "info.json")]),
        prepared=of_requested(lambda e: [kept(layout.prepared(e, key)) for key in e.prepared]),
        earlier=lambda w: of_earlier("figures/*.png", "studies/*.json"),
        earlier_selections=lambda w: of_earlier("selection.json"),
        earlier_files=lambda w: of_earlier(
            "runs.csv", "histories.csv", "test.json", "test_predictions.*", "final/*/model.npz"
        ),
        page=local([os.path.normpath(f"{ROOT}/workflow/report/{name}") for name in layout.PAGE]),
    output:
        "results/report.html",
    log:
        "results/logs/report.log",
    localrule: True
    params:
        **calls("report"),
        captions=lambda w: {name: figure.caption for name, figure in FIGURES.items()},
        descriptions=lambda w: as_json(PLAN.descriptions_of(requested(), earlier())),
        earlier=lambda w, input: shlex.join(input.earlier),
        earlier_selections=lambda w, input: shlex.join(input.earlier_selections),
    shell:
        "{params.program} --summary {input.summary:q} --scoreboard {input.scoreboard:q}"
        " --baselines {input.baselines:q} --template {input.page[0]:q}"
        " --selections {input.selections:q} {params.earlier_selections}"
        " --shown {input.shown:q} {params.earlier} --infos {input.infos:q}"
        " --prepared {input.prepared:q} --descriptions {params.descriptions:q} --output {output:q}"
        " > {log:q} 2>&1"


def top(manifest):
    """Return the folder of results/: another one in a module with a prefix, and for copies of a storage."""
    return manifest.removesuffix("results/MANIFEST.sha256") or "."


rule manifest:
    """List the checksum of every artifact of this run's experiments."""
    input:
        rules.summarize.output,
        rules.report.output,
        *made_of(requested),
    output:
        "results/MANIFEST.sha256",
    log:
        "results/logs/manifest.log",
    localrule: True
    params:
        **calls("manifest"),
        folder=lambda w, output: top(output[0]),
        files=lambda w, input, output: listed("manifest", input),
    shell:
        "{params.program} --folder {params.folder:q} --files {params.files:q} --output {output:q}"
        " > {log:q} 2>&1"
