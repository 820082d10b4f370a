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
    params:
        data=lambda w: data_flags(w, run_of(w).prepared),
    log:
        "results/logs/validate/{experiment}/{run}.log",
    threads: 1
    resources:
        mem_mb=1000,
        runtime=10,
    shell:
        "{PYTHON} {SCRIPTS}/validate.py {params.data} --model {input.model:q} --output {output:q}"
        " > {log:q} 2>&1"


rule select:
    input:
        lambda w: [f"{EXPERIMENT}/runs/{run}/metrics.json".format(**w) for run in experiment_of(w).runs],
        code=code("select_best", "experiments", "evaluation"),
    output:
        f"{EXPERIMENT}/selection.json",
    params:
        settings=lambda w: as_json(experiment_of(w).planned, sort=False),
    log:
        "results/logs/select/{experiment}.log",
    resources:
        mem_mb=500,
        runtime=10,
    shell:
        "{PYTHON} {SCRIPTS}/select_best.py --experiment {wildcards.experiment}"
        " --settings {params.settings:q}"
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
    params:
        dataset=lambda w: DATASET.format(dataset=experiment_of(w).dataset_name),
        evaluation=lambda w: as_json(experiment_of(w).settings["evaluation"]),
        refit=lambda w: " ".join(map(str, ["--refit-seeds", *experiment_of(w).refit_seeds])),
    log:
        "results/logs/test/{experiment}.log",
    threads: 1
    resources:
        mem_mb=1000,
        runtime=10,
    shell:
        "{PYTHON} {SCRIPTS}/test.py --dataset {params.dataset} --selection {input.selection:q}"
        " --evaluation {params.evaluation:q} {params.refit} --output {output:q}"
        " > {log:q} 2>&1"
