# Needs: the networks of an experiment and the data they were trained on.
# Makes: metrics.json of each run, selection.json, test.json. `test` alone reads the test split.


rule validate:
    input:
        lambda w: dataset_files(experiment_of(w).dataset_name, "train"),
        lambda w: prepared_files(experiment_of(w).dataset_name, run_of(w).prepared),
        model=f"{RUN}/model.npz",
        code=code("validate", "nn", "evaluation"),
    output:
        f"{RUN}/metrics.json",
    log:
        "results/logs/validate/{experiment}/{run}.log",
    threads: 1
    resources:
        mem_mb=1000,
        runtime=10,
    params:
        data=lambda w: data_flags(w, run_of(w).prepared),
    shell:
        "{PYTHON} {SCRIPTS}/validate.py {params.data} --model {input.model:q} --output {output:q}"
        " > {log:q} 2>&1"


use rule validate as validate_rung with:
    input:
        lambda w: dataset_files(experiment_of(w).dataset_name, "train"),
        lambda w: prepared_files(experiment_of(w).dataset_name, run_of(w).prepared),
        model=f"{RUNG}/model.npz",
        code=code("validate", "nn", "evaluation"),
    output:
        f"{RUNG}/metrics.json",
    log:
        "results/logs/validate_rung/{experiment}/{rung}/{run}.log",


def metrics_of(folder, runs):
    return [f"{folder}/{run}/metrics.json" for run in runs]


checkpoint promote:
    input:
        lambda w: metrics_of(
            f"{EXPERIMENT}/rungs/{w.rung}".format(**w),
            survivors(experiment_of(w), int(w.rung) - 1),
        ),
        before=lambda w: [f"{EXPERIMENT}/rungs/{int(w.rung) - 1}/promoted.json".format(**w)][
            : int(w.rung)
        ],
        code=code("promote", "experiments", "evaluation") + [f"{SCRIPTS}/select_best.py"],
    output:
        f"{EXPERIMENT}/rungs/{{rung}}/promoted.json",
    log:
        "results/logs/promote/{experiment}/{rung}.log",
    resources:
        mem_mb=500,
        runtime=10,
    params:
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
        code=code("select_best", "experiments", "evaluation"),
    output:
        f"{EXPERIMENT}/selection.json",
    log:
        "results/logs/select/{experiment}.log",
    resources:
        mem_mb=500,
        runtime=10,
    params:
        settings=lambda w: as_json(experiment_of(w).planned, sort=False),
        promoted=lambda w, input: " ".join(map(shlex.quote, ["--promoted", *input.promoted])),
    shell:
        "{PYTHON} {SCRIPTS}/select_best.py --experiment {wildcards.experiment}"
        " --settings {params.settings:q} {params.promoted}"
        " --runs-folder results/experiments/{wildcards.experiment}/runs --output {output:q}"
        " > {log:q} 2>&1"


rule test:
    input:
        lambda w: dataset_files(experiment_of(w).dataset_name, "test"),
        models=lambda w: final_models(experiment_of(w)),
        selection=f"{EXPERIMENT}/selection.json",
        code=code("test", "nn", "evaluation"),
    output:
        f"{EXPERIMENT}/test.json",
        f"{EXPERIMENT}/test_predictions.npz",
    log:
        "results/logs/test/{experiment}.log",
    threads: 1
    resources:
        mem_mb=1000,
        runtime=10,
    params:
        dataset=lambda w: DATASET.format(dataset=experiment_of(w).dataset_name),
        evaluation=lambda w: as_json(experiment_of(w).settings["evaluation"]),
        refit=lambda w: " ".join(map(str, ["--refit-seeds", *experiment_of(w).refit_seeds])),
    shell:
        "{PYTHON} {SCRIPTS}/test.py --dataset {params.dataset} --selection {input.selection:q}"
        " --evaluation {params.evaluation:q} {params.refit} --output {output[0]:q}"
        " --predictions {output[1]:q}"
        " > {log:q} 2>&1"
