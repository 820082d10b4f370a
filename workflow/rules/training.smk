# Needs: a dataset's training arrays and their preparation; of config.yaml, the part a run depends on.
# Makes: gradient checks; a model.npz for each run, each run and rung of halving, and each final network.


rule check_gradients:
    """Compare the gradients of an architecture with central differences, before anything is trained."""
    input:
        lambda w: refuse_other(CHECKED.format(**w), checked(w.architecture)) or [],
    output:
        CHECKED,
    log:
        "results/logs/gradient_checks/{architecture}.{digest}.log",
    resources:
        mem_mb=growing(lambda w: need.check_mb(PLAN.architectures[w.architecture])),
        runtime=growing(10),
    params:
        program=program("gradient_check"),
        settings=lambda w: as_json(PLAN.architectures[w.architecture]),
    shell:
        "{params.program}" " --settings {params.settings:q}" " --output {output:q} > {log:q} 2>&1"


rule train:
    """Train the runs of a bundle, one after the other."""
    input:
        unpack(data_of_bundle),
        unpack(state_before),
        checked=checks_of,
    output:
        f"{BUNDLE}.npz",
    log:
        "results/logs/train/{experiment}/{bundle}.{digest}.log",
    benchmark:
        "results/benchmarks/train/{experiment}/{bundle}.{digest}.tsv"
    threads: lambda w: need.threads(experiment_of(w).runs.values())
    resources:
        mem_mb=growing(lambda w: need.largest(runs_of(w), need.training_mb)),
        runtime=growing(lambda w: need.bundle_minutes(runs_of(w))),
    params:
        program=program("train_bundle"),
        code=code("train"),
        # The digest in the name says whether to train again: Snakemake does not compare parameters that
        # depend on `output` with those of the call before.
        plan=lambda w, output: as_json(experiment_of(w).planned, sort=False),
        part=lambda w, input, output: flags(
            [("start", input.get("start", [])), ("promoted", input.get("promoted", []))]
        ),
    shell:
        "{params.program}"
        " --experiment {wildcards.experiment}"
        " --plan {params.plan:q}"
        " --bundle {wildcards.bundle:q} {params.part}"
        " --images {input.images:q}"
        " --labels {input.labels:q}"
        " --prepared {input.prepared:q}"
        " --code {params.code:q} --threads {threads}"
        " --output {output:q} > {log:q} 2>&1"


# Halving: a rung trains to its epoch and pauses; `promote` says who goes on, last of all by `train`.
use rule train as train_rung with:
    output:
        f"{RUNG}.npz",
    log:
        "results/logs/rungs/{experiment}/{rung}/{bundle}.{digest}.log",
    benchmark:
        "results/benchmarks/rungs/{experiment}/{rung}/{bundle}.{digest}.tsv"
    params:
        part=lambda w, input, output: flags(
            [
                ("start", input.get("start", [])),
                ("promoted", input.get("promoted", [])),
                ("until-epoch", str(experiment_of(w).rungs[int(w.rung)])),
            ]
        ),


use rule train as refit with:
    input:
        unpack(data_of_refit),
        selection=ancient(f"{EXPERIMENT}/selection.json"),
    output:
        f"{REFIT}.npz",
    log:
        "results/logs/refit/{experiment}/{bundle}.{digest}.log",
    benchmark:
        "results/benchmarks/refit/{experiment}/{bundle}.{digest}.tsv"
    threads: lambda w: need.threads(experiment_of(w).refits[:1])
    resources:
        mem_mb=growing(lambda w: need.largest(experiment_of(w).refits, need.training_mb)),
        runtime=growing(
            lambda w: need.largest(experiment_of(w).refits, need.training_minutes)
            * len(experiment_of(w).seeds)
        ),
    params:
        part=lambda w, output: flags(
            [("refit", as_json(selection_of(experiment_of(w))["settings"]))]
        ),


rule take:
    """Take the network of one run out of its bundle."""
    input:
        bundle=lambda w: kept(bundle_with(experiment_of(w), experiment_of(w).run(w.run).name)),
        chosen=bundle_of_run,
    output:
        f"{EXPERIMENT}/runs/{{run}}/model.npz",
    localrule: True
    params:
        program=program("take"),
    shell:
        "{params.program} --bundle {input.bundle:q} --runs {wildcards.run:q}={output:q}"


# One job per experiment keeps its final networks, one a seed: the refitted ones, or the selected ones.
for experiment in PLAN.experiments.values():

    rule:
        name:
            f"{KEEP}{experiment.name}"
        input:
            selection=ancient(files.selection(experiment)),
            bundles=final_bundles(experiment),
            chosen=final_choice(experiment),
        output:
            *files.final_models(experiment),
        localrule: True
        params:
            program=program("take"),
            runs=final_pairs(experiment),
        shell:
            "{params.program} --bundle {input.bundles:q} --runs {params.runs}"
