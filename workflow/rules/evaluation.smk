# Needs: the networks of an experiment, and the data they were trained on. Makes: the metrics of each run, and
#        per experiment selection.json, tables, baselines and test.json. Only `evaluate` reads the test split.


rule validate:
    """Measure the networks of a bundle on all their training and validation examples."""
    input:
        unpack(data_of_bundle),
        bundle=lambda w: kept(f"{RUNG if hasattr(w, 'rung') else BUNDLE}.npz".format(**w)),
    output:
        f"{BUNDLE}.json",
    log:
        "results/logs/validate/{experiment}/{bundle}.{digest}.log",
    resources:
        mem_mb=growing(lambda w: need.training_mb(runs_of(w))),
        runtime=growing(lambda w: need.training_minutes(runs_of(w))),
    params:
        **calls("validate"),
    shell:
        "{params.program} --images {input.images:q} --labels {input.labels:q}"
        " --bundle {input.bundle:q} --prepared {input.prepared:q} --output {output:q}"
        " > {log:q} 2>&1"


use rule validate as validate_rung with:
    output:
        f"{RUNG}.json",
    log:
        "results/logs/validate_rung/{experiment}/{rung}/{bundle}.{digest}.log",


def rung_before(wildcards):
    """Return the choice of the rung before; none for the first rung."""
    rung = int(wildcards.rung)
    return layout.of(experiment_of(wildcards), f"rungs/{rung - 1}/promoted.json") if rung else []


checkpoint promote:
    """Choose the configurations that continue after a rung of halving."""
    input:
        metrics=lambda w: metrics_of(experiment_of(w), int(w.rung)),
        plan=plan_of,
        before=rung_before,
    output:
        in_place(f"{EXPERIMENT}/rungs/{{rung}}/promoted.json"),
    log:
        "results/logs/promote/{experiment}/{rung}.log",
    params:
        **calls("promote"),
        settings=lambda w: as_json(experiment_of(w).planned, sort=False),
        before=lambda w, input: flags(before=input.before),
        metrics=lambda w, input, output: listed(f"promote/{w.experiment}/{w.rung}", input.metrics),
    shell:
        "{params.program} --experiment {wildcards.experiment}"
        " --settings {params.settings:q} {params.before} --metrics {params.metrics:q}"
        " --output {output:q} > {log:q} 2>&1"


checkpoint select_best:
    """Choose the configuration with the best mean validation score over its seeds."""
    input:
        metrics=lambda w: metrics_of(experiment_of(w)),
        plan=plan_of,
        promoted=lambda w: [
            f"{EXPERIMENT}/rungs/{rung}/promoted.json".format(**w)
            for rung in range(len(experiment_of(w).rungs))
        ],
    output:
        in_place(f"{EXPERIMENT}/selection.json"),
    log:
        "results/logs/select_best/{experiment}.log",
    params:
        **calls("select_best"),
        settings=lambda w: as_json(experiment_of(w).planned, sort=False),
        promoted=lambda w, input: flags(promoted=input.promoted),
        metrics=lambda w, input, output: listed(f"select_best/{w.experiment}", input.metrics),
    shell:
        "{params.program} --experiment {wildcards.experiment}"
        " --settings {params.settings:q} {params.promoted} --metrics {params.metrics:q}"
        " --output {output:q} > {log:q} 2>&1"


rule collect:
    """Gather the runs of an experiment, and their histories, in two tables."""
    input:
        models=models_of,
        selection=f"{EXPERIMENT}/selection.json",
    output:
        runs=f"{EXPERIMENT}/runs.csv",
        histories=f"{EXPERIMENT}/histories.csv",
    log:
        "results/logs/collect/{experiment}.log",
    params:
        **calls("collect"),
        bundles=lambda w, input, output: listed(f"collect/{w.experiment}", input.models),
    shell:
        "{params.program} --selection {input.selection:q} --bundles {params.bundles:q}"
        " --runs {output.runs:q} --histories {output.histories:q} > {log:q} 2>&1"


rule baseline:
    """Fit classifiers of scikit-learn on the training examples of the selected network."""
    input:
        unpack(training_file),
        selection=ancient(f"{EXPERIMENT}/selection.json"),
        prepared=selected_prepared,
        chosen=about_baselines,
        model=model_for_baselines,
    output:
        fitted=f"{EXPERIMENT}/baselines.npz",
        numbers=f"{EXPERIMENT}/baselines.json",
    log:
        "results/logs/baseline/{experiment}.log",
    resources:
        mem_mb=growing(3000),
        runtime=growing(60),
    params:
        **calls("baseline"),
        names=lambda w: experiment_of(w).settings["baselines"],
        settings=settings_of_baselines,
        model=lambda w, input: flags(model=input.model),
    shell:
        "{params.program} {params.names} --settings {params.settings:q}"
        " --images {input.images:q} --labels {input.labels:q} --prepared {input.prepared:q}"
        " {params.model} --output {output.fitted:q} --numbers {output.numbers:q} > {log:q} 2>&1"


rule posted_net:
    """Measure how each mistake of the net that stays at 10 % changes the selected network."""
    input:
        unpack(training_file),
        selection=ancient(f"{EXPERIMENT}/selection.json"),
        prepared=selected_prepared,
        chosen=selected_settings,
    output:
        csv=report(
            f"{EXPERIMENT}/studies/posted_net.csv",
            category="{experiment}",
            labels={"table": "posted net"},
            caption="../report/posted_net.rst",
        ),
        markdown=f"{EXPERIMENT}/studies/posted_net.md",
        json=f"{EXPERIMENT}/studies/posted_net.json",
    log:
        "results/logs/posted_net/{experiment}.log",
    resources:
        mem_mb=growing(1000),
        runtime=growing(60),
    params:
        **calls("posted_net"),
        settings=lambda w: as_json(selection_of(experiment_of(w))["settings"]),
        seeds=lambda w: experiment_of(w).seeds,
    shell:
        "{params.program} --images {input.images:q} --labels {input.labels:q}"
        " --prepared {input.prepared:q} --settings {params.settings:q} --seeds {params.seeds}"
        " --csv {output.csv:q} --markdown {output.markdown:q} --json {output.json:q}"
        " > {log:q} 2>&1"


rule evaluate:
    """Measure the final networks on the test split, once."""
    input:
        selection=ancient(f"{EXPERIMENT}/selection.json"),  # not before a new choice is made
        images=lambda w: of_dataset(experiment_of(w).dataset_name, "test_images.npy"),
        labels=lambda w: of_dataset(experiment_of(w).dataset_name, "test_labels.npy"),
        sources=lambda w: of_dataset(experiment_of(w).dataset_name, "test_sources.csv"),
        info=lambda w: of_dataset(experiment_of(w).dataset_name, "info.json"),
        models=lambda w: layout.final_models(experiment_of(w)),
        baselines=lambda w: layout.baselines(experiment_of(w)),
        training=training_of_baselines,
        about=lambda w: noted(
            experiment_of(w),
            "final/evaluation.json",
            experiment_of(w).settings["evaluation"],
            made="test.json",
        ),
    output:
        test=f"{EXPERIMENT}/test.json",
        predictions=f"{EXPERIMENT}/test_predictions.npz",
        table=f"{EXPERIMENT}/test_predictions.csv",
    log:
        "results/logs/evaluate/{experiment}.log",
    threads: lambda w: need.threads([next(iter(experiment_of(w).runs.values()))])
    resources:
        mem_mb=growing(
            lambda w: need.training_mb(experiment_of(w).runs.values())
            + (3000 if experiment_of(w).settings["baselines"] else 0)  # as in `baseline`
        ),
        runtime=growing(60),
    params:
        **calls("evaluate"),
        evaluation=lambda w: as_json(experiment_of(w).settings["evaluation"]),
        baselines=lambda w, input: flags(
            baselines=input.baselines[:1],
            training_images=input.training[:1],
            training_labels=input.training[1:],
        ),
    shell:
        "{params.program} --images {input.images:q} --labels {input.labels:q}"
        " --sources {input.sources:q} --info {input.info:q} --models {input.models:q}"
        " --evaluation {params.evaluation:q} {params.baselines} --threads {threads}"
        " --output {output.test:q} --predictions {output.predictions:q} --table {output.table:q}"
        " > {log:q} 2>&1"
