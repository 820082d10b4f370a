# Needs: a dataset's training arrays and their preparation; of config.yaml, the part a run depends on.
# Makes: gradient checks; a model.npz for each run, each run and rung of halving, and each final network.


rule check_gradients:
    """Compare the gradients of an architecture with central differences, before anything is trained."""
    output:
        CHECKED,
    log:
        "results/logs/gradient_checks/{trainer}/{architecture}.log",
    resources:
        mem_mb=growing(lambda w: need.check_mb(PLAN.architectures[w.architecture])),
        runtime=growing(10),
    params:
        program=program("gradient_check"),
        code=code("gradient_check"),
        settings=lambda w: as_json(PLAN.architectures[w.architecture]),
    shell:
        "{params.program}" " --settings {params.settings:q}" " --output {output:q} > {log:q} 2>&1"


# A copy, too, of what people look for.
use rule describe as gradient_table with:
    input:
        lambda w: checked(w.architecture),
    output:
        "results/gradient_checks/{architecture}.csv",
    localrule: True


rule train:
    """Train one configuration with one seed."""
    input:
        unpack(data_of_run),
        checked=ancient(lambda w: checked(run_of(w).architecture)),
        start=state_before,
    output:
        f"{RUN}/model.npz",
    log:
        "results/logs/train/{experiment}/{run}.log",
    benchmark:
        "results/benchmarks/train/{experiment}/{run}.tsv"
    cache: workflow.enable_cache
    threads: lambda w: need.threads(experiment_of(w).runs.values())
    resources:
        mem_mb=growing(lambda w: need.training_mb(run_of(w))),
        runtime=growing(lambda w: need.training_minutes(run_of(w))),
    params:
        program=program("train"),
        code=code("train"),
        settings=lambda w: as_json(run_of(w).trained),
        part=lambda w, input: flags([("start", input.start)]),
    shell:
        "{params.program}"
        " --images {input.images:q}"
        " --labels {input.labels:q}"
        " --prepared {input.prepared:q}"
        " --settings {params.settings:q}"
        " --code {params.code:q} {params.part} --threads {threads}"
        " --output {output:q} > {log:q} 2>&1"


# Halving: a rung trains to its epoch and pauses; `promote` says who goes on, last of all by `train`.
use rule train as train_rung with:
    output:
        f"{RUNG}/model.npz",
    log:
        "results/logs/rungs/{experiment}/{rung}/{run}.log",
    benchmark:
        "results/benchmarks/rungs/{experiment}/{rung}/{run}.tsv"
    params:
        program=program("train"),
        code=code("train"),
        settings=lambda w: as_json(run_of(w).trained),
        until=lambda w: experiment_of(w).rungs[int(w.rung)],
        part=lambda w, input, output: flags(
            [("start", input.start), ("until-epoch", str(experiment_of(w).rungs[int(w.rung)]))]
        ),


use rule train as refit with:
    input:
        unpack(training_arrays),
        selection=ancient(f"{EXPERIMENT}/selection.json"),
        prepared=lambda w: files.prepared(experiment_of(w), refit_of(experiment_of(w)).prepared),
    output:
        f"{FINAL}/model.npz",
    log:
        "results/logs/refit/{experiment}/seed={seed}.log",
    benchmark:
        "results/benchmarks/refit/{experiment}/seed={seed}.tsv"
    wildcard_constraints:
        experiment=any_of(name for name, e in PLAN.experiments.items() if e.refits),
    threads: lambda w: need.threads(experiment_of(w).refits[:1])
    resources:
        mem_mb=growing(lambda w: need.largest(experiment_of(w).refits, need.training_mb)),
        runtime=growing(lambda w: need.largest(experiment_of(w).refits, need.training_minutes)),
    params:
        program=program("train"),
        code=code("train"),
        settings=lambda w: as_json(refit_of(experiment_of(w), w.seed).trained),
        part="",


rule keep:
    """Without a refit: the selected network of a seed, as it was trained."""
    input:
        selection=ancient(f"{EXPERIMENT}/selection.json"),
        model=selected_model,
    output:
        f"{FINAL}/model.npz",
    wildcard_constraints:
        experiment=any_of(name for name, e in PLAN.experiments.items() if not e.refits),
    localrule: True
    shell:
        "cp {input.model:q} {output:q}.new && mv {output:q}.new {output:q}"
