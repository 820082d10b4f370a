# Needs: the networks of an experiment and the data they were trained on.
# Makes: metrics.json of each run, selection.json, baselines/, test.json, and the table mistakes.csv.
#        `test` alone reads the test split.


def trained(folder, *files):
    """What was lost of the files that a training wrote beside its model."""
    return lost([f"{folder}/{file}" for file in files], f"{folder}/model.npz")


rule validate:
    input:
        lambda w: run_data(w) + trained(RUN.format(**w), *RUN_FILES),
        model=f"{RUN}/model.npz",
    output:
        f"{RUN}/metrics.json",
    log:
        "results/logs/validate/{experiment}/{run}.log",
    threads: 1
    resources:
        mem_mb=growing(lambda w: training_mb(run_of(w))),
        runtime=growing(lambda w: evaluation_minutes(run_of(w))),
    params:
        code=code("validate", "train", "nn", "evaluation"),
        prepared=prepared_of,
    shell:
        "{PYTHON} {SCRIPTS}/validate.py --prepared {params.prepared:q} --model {input.model:q}"
        " --output {output:q} > {log:q} 2>&1"


use rule validate as validate_rung with:
    input:
        lambda w: run_data(w) + trained(RUNG.format(**w), *RUN_FILES, "state.npz"),
        model=f"{RUNG}/model.npz",
    output:
        f"{RUNG}/metrics.json",
    log:
        "results/logs/validate_rung/{experiment}/{rung}/{run}.log",


checkpoint promote:
    input:
        lambda w: metrics_of(
            f"{EXPERIMENT}/rungs/{w.rung}".format(**w),
            survivors(experiment_of(w), int(w.rung) - 1),
        ),
        before=lambda w: [f"{EXPERIMENT}/rungs/{int(w.rung) - 1}/promoted.json".format(**w)][
            : int(w.rung)
        ],
    output:
        f"{EXPERIMENT}/rungs/{{rung}}/promoted.json",
    log:
        "results/logs/promote/{experiment}/{rung}.log",
    resources:
        mem_mb=growing(SNAKEMAKE_MB + 200),
        runtime=growing(10),
    params:
        code=code("promote", "experiments", "evaluation", "select_best"),
        settings=lambda w: as_json(experiment_of(w).planned, sort=False),
        before=lambda w, input: f"--before {shlex.quote(str(input.before))}" if input.before else "",
    shell:
        "{PYTHON} {SCRIPTS}/promote.py --experiment {wildcards.experiment}"
        " --settings {params.settings:q} {params.before} --output {output:q}"
        " > {log:q} 2>&1"


rule select:
    input:
        lambda w: metrics_of(f"{EXPERIMENT}/runs".format(**w), finished_runs(experiment_of(w))),
        promoted=lambda w: [
            f"{EXPERIMENT}/rungs/{rung}/promoted.json".format(**w)
            for rung in range(len(experiment_of(w).rungs))
        ],
    output:
        f"{EXPERIMENT}/selection.json",
    log:
        "results/logs/select/{experiment}.log",
    resources:
        mem_mb=growing(SNAKEMAKE_MB + 200),
        runtime=growing(10),
    params:
        code=code("select_best", "experiments", "evaluation"),
        settings=lambda w: as_json(experiment_of(w).planned, sort=False),
        promoted=lambda w, input: " ".join(map(shlex.quote, ["--promoted", *input.promoted])),
    shell:
        "{PYTHON} {SCRIPTS}/select_best.py --experiment {wildcards.experiment}"
        " --settings {params.settings:q} {params.promoted}"
        " --runs-folder results/experiments/{wildcards.experiment}/runs --output {output:q}"
        " > {log:q} 2>&1"


def selected(wildcards):
    """What a program needs that goes on with the selected configuration, besides the selection."""
    experiment = experiment_of(wildcards)
    runs = {experiment.run(name).prepared for name in finished_runs(experiment)}
    return data_of(experiment, *sorted(runs))


rule baseline:
    input:
        selected,
        lambda w: lost_models(experiment_of(w)),
        selection=f"{EXPERIMENT}/selection.json",
    output:
        f"{EXPERIMENT}/baselines/{{baseline}}.npz",
        f"{EXPERIMENT}/baselines/{{baseline}}.json",
    log:
        "results/logs/baselines/{experiment}/{baseline}.log",
    wildcard_constraints:
        baseline="[a-z_]+",
    threads: 1
    resources:
        mem_mb=3000,
        runtime=60,
    params:
        code=code("baseline", "nn", "evaluation", "experiments"),
        dataset=lambda w: DATASET.format(dataset=experiment_of(w).dataset_name),
    shell:
        "{PYTHON} {SCRIPTS}/baseline.py {wildcards.baseline} --dataset {params.dataset}"
        " --selection {input.selection:q} --output {output[0]:q} --numbers {output[1]:q}"
        " > {log:q} 2>&1"


rule mistakes:
    input:
        selected,
        selection=f"{EXPERIMENT}/selection.json",
    output:
        csv=f"{EXPERIMENT}/mistakes.csv",
        markdown=f"{EXPERIMENT}/mistakes.md",
        html=report(
            f"{EXPERIMENT}/mistakes.html",
            category="{experiment}",
            labels={"figure": "mistakes"},
            caption="../report/mistakes.rst",
        ),
    log:
        "results/logs/mistakes/{experiment}.log",
    threads: 1
    resources:
        mem_mb=1000,
        runtime=60,
    params:
        code=code("mistakes", "nn", "evaluation", "experiments", "posted_net", "pages"),
        dataset=lambda w: DATASET.format(dataset=experiment_of(w).dataset_name),
        seeds=lambda w: " ".join(map(str, experiment_of(w).seeds)),
    shell:
        "{PYTHON} {SCRIPTS}/mistakes.py --dataset {params.dataset} --selection {input.selection:q}"
        " --seeds {params.seeds} --csv {output.csv:q} --markdown {output.markdown:q}"
        " --html {output.html:q}"
        " > {log:q} 2>&1"


rule test:
    input:
        lambda w: dataset_files(experiment_of(w).dataset_name, "test"),
        lambda w: [
            file
            for name in experiment_of(w).settings["baselines"]
            for file in baseline_files(w.experiment, name)
        ],
        models=lambda w: final_models(experiment_of(w)),
        selection=f"{EXPERIMENT}/selection.json",
    output:
        f"{EXPERIMENT}/test.json",
        f"{EXPERIMENT}/test_predictions.npz",
    log:
        "results/logs/test/{experiment}.log",
    threads: 1
    resources:
        mem_mb=growing(lambda w: max(map(training_mb, experiment_of(w).runs.values()))),
        runtime=growing(60),
    params:
        code=code("test", "nn", "evaluation", "baseline"),
        dataset=lambda w: DATASET.format(dataset=experiment_of(w).dataset_name),
        evaluation=lambda w: as_json(experiment_of(w).settings["evaluation"]),
        refit=refit_flags,
        baselines=lambda w: " ".join(["--baselines", *experiment_of(w).settings["baselines"]]),
    shell:
        "{PYTHON} {SCRIPTS}/test.py --dataset {params.dataset} --selection {input.selection:q}"
        " --evaluation {params.evaluation:q} {params.refit} {params.baselines}"
        " --output {output[0]:q}"
        " --predictions {output[1]:q}"
        " > {log:q} 2>&1"
