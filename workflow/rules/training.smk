# Needs: a dataset's training arrays and their preparations. Makes: gradient checks, bundles of models, and a
#        model.npz for each final network.


rule check_gradients:
    """Compare the gradients of an architecture with central differences, before anything is trained."""
    input:
        lambda w: refuse_other(CHECKED.format(**w), layout.checked(PLAN, w.architecture)) or [],
    output:
        CHECKED,
    log:
        "results/logs/gradient_checks/{architecture}.{digest}.log",
    resources:
        mem_mb=growing(lambda w: need.check_mb(PLAN.architectures[w.architecture])),
        runtime=growing(10),
    params:
        program=program("check_gradients"),
        settings=lambda w: as_json(PLAN.architectures[w.architecture]),
    shell:
        "{params.program} --settings {params.settings:q} --output {output:q} > {log:q} 2>&1"


rule train:
    """Train the runs of a bundle: small networks of one shape together, others one by one."""
    input:
        unpack(to_train),
    output:
        f"{BUNDLE}.npz",
    log:
        "results/logs/train/{experiment}/{bundle}.{digest}.log",
    benchmark:
        "results/benchmarks/train/{experiment}/{bundle}.{digest}.tsv"
    threads: cores_for
    resources:
        mem_mb=growing(lambda w: need.training_mb(runs_of(w))),
        runtime=growing(lambda w: need.training_minutes(runs_of(w))),
    params:
        program=program("train_bundle"),  # chooses runs; the digest is that of their training
        code=code("train"),
        plan=lambda w, output: as_json(experiment_of(w).planned, sort=False),
        part=how_to_train,
    shell:
        "{params.program} --experiment {wildcards.experiment} --plan {params.plan:q} {params.part}"
        " --images {input.images:q} --labels {input.labels:q} --prepared {input.prepared:q}"
        " --code {params.code:q} --threads {threads} --output {output:q} > {log:q} 2>&1"


# Halving: a rung trains to its epoch and pauses. `promote` chooses the runs that continue.
use rule train as train_rung with:
    output:
        f"{RUNG}.npz",
    log:
        "results/logs/rungs/{experiment}/{rung}/{bundle}.{digest}.log",
    benchmark:
        "results/benchmarks/rungs/{experiment}/{rung}/{bundle}.{digest}.tsv"


# The selected configuration, trained again on training + validation.
use rule train as refit with:
    output:
        f"{REFIT}.npz",
    log:
        "results/logs/refit/{experiment}/{refit}.{digest}.log",
    benchmark:
        "results/benchmarks/refit/{experiment}/{refit}.{digest}.tsv"


rule take:
    """Take the network of one run out of its bundle."""
    input:
        bundle=lambda w: kept(bundle_with(experiment_of(w), w.run)),
        chosen=lambda w: noted(
            experiment_of(w),
            f"runs/{w.run}/bundle.json",
            bundle_with(experiment_of(w), w.run),
            made=f"runs/{w.run}/model.npz",
        ),
    output:
        f"{EXPERIMENT}/runs/{{run}}/model.npz",
    localrule: True
    params:
        program=program("take"),
    shell:
        "{params.program} --bundle {input.bundle:q} --runs {wildcards.run:q}={output:q}"


# One job per experiment keeps its final networks, one per seed: the refitted or the selected ones.
for experiment in PLAN.experiments.values():

    rule:
        name:
            f"keep_{experiment.name}"
        input:
            selection=ancient(layout.path(experiment, "selection.json")),
            bundles=lambda w, e=experiment: list(map(kept, final_runs(e)[1])),
            chosen=lambda w, e=experiment: noted(
                e, "final/runs.json", final_runs(e), f"final/seed={e.seeds[0]}/model.npz"
            ),
        output:
            *layout.final_models(experiment),
        localrule: True
        params:
            program=program("take"),
            runs=lambda w, output, e=experiment: shlex.join(
                map("{}={}".format, final_runs(e)[0], output)
            ),
        shell:
            "{params.program} --bundle {input.bundles:q} --runs {params.runs}"
