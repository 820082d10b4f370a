# Needs: a dataset's training arrays and their preparation; of config.yaml, the part a run depends on.
# Makes: results/gradient_checks/<architecture>.csv, and a folder {model.npz,history.csv,losses.npy} for
#        each run, and for each seed of a refit on training + validation.


rule check_gradients:
    output:
        "results/gradient_checks/{architecture}.csv",
    log:
        "results/logs/gradient_checks/{architecture}.log",
    wildcard_constraints:
        architecture="[^/]+",
    resources:
        mem_mb=growing(
            lambda w: SNAKEMAKE_MB + 100 + 60 * weights(PLAN.architectures[w.architecture]) / 1e6
        ),
        runtime=growing(10),
    params:
        code=code("gradient_check", "nn"),
        settings=lambda w: as_json(PLAN.architectures[w.architecture]),
    shell:
        "{PYTHON} {SCRIPTS}/gradient_check.py --settings {params.settings:q} --output {output:q}"
        " > {log:q} 2>&1"


def state_before(wildcards):
    """Where a part of a run starts: of a rung the one before it, of the last part the last rung."""
    rung = int(wildcards.get("rung", len(experiment_of(wildcards).rungs))) - 1
    return [f"{EXPERIMENT}/rungs/{rung}/{{run}}/state.npz".format(**wildcards)] if rung >= 0 else []


def training_inputs(wildcards):
    check = f"results/gradient_checks/{run_of(wildcards).architecture}.csv"
    return [*run_data(wildcards), check, *state_before(wildcards)]


def training_flags(wildcards):
    rung = wildcards.get("rung")
    folder = (RUN if rung is None else RUNG).format(**wildcards)
    prepared = shlex.quote(prepared_of(wildcards))
    flags = [f"--prepared {prepared} --output-folder {shlex.quote(folder)}"]
    flags += [f"--start {shlex.quote(state)}" for state in state_before(wildcards)]
    if rung is not None:
        flags.append(f"--until-epoch {experiment_of(wildcards).rungs[int(rung)]}")
    return " ".join(flags)


rule train:
    input:
        training_inputs,
    output:
        [f"{RUN}/{file}" for file in RUN_FILES],
    log:
        "results/logs/train/{experiment}/{run}.log",
    benchmark:
        "results/benchmarks/train/{experiment}/{run}.tsv"
    threads: 1
    resources:
        mem_mb=growing(lambda w: training_mb(run_of(w))),
        runtime=growing(lambda w: training_minutes(run_of(w))),
    params:
        code=code("train", "nn"),
        settings=lambda w: as_json(run_of(w).trained),
        flags=training_flags,
    shell:
        "{PYTHON} {SCRIPTS}/train.py {params.flags} --settings {params.settings:q} > {log:q} 2>&1"


# Successive halving: a rung trains to its epoch and pauses; `promote` says who goes on from there.
# The last part of a run is the rule `train`, which then starts from the state of the last rung.


use rule train as train_rung with:
    output:
        [f"{RUNG}/{file}" for file in (*RUN_FILES, "state.npz")],
    log:
        "results/logs/rungs/{experiment}/{rung}/{run}.log",
    benchmark:
        "results/benchmarks/rungs/{experiment}/{rung}/{run}.tsv"


rule refit:
    input:
        lambda w: data_of(experiment_of(w), *experiment_of(w).refit_prepared),
        selection=f"{EXPERIMENT}/selection.json",
    output:
        [f"{EXPERIMENT}/refit/seed={{seed}}/{file}" for file in RUN_FILES],
    log:
        "results/logs/refit/{experiment}/seed={seed}.log",
    benchmark:
        "results/benchmarks/refit/{experiment}/seed={seed}.tsv"
    threads: 1
    resources:
        mem_mb=growing(lambda w: max(map(training_mb, refits(w.experiment)))),
        runtime=growing(lambda w: max(map(training_minutes, refits(w.experiment)))),
    params:
        code=code("refit", "nn", "experiments", "train"),
        change=lambda w: as_json(experiment_of(w).settings["refit"]),
        dataset=lambda w: DATASET.format(dataset=experiment_of(w).dataset_name),
    shell:
        "{PYTHON} {SCRIPTS}/refit.py --dataset {params.dataset} --selection {input.selection:q}"
        " --change {params.change:q} --seed {wildcards.seed}"
        " --output-folder results/experiments/{wildcards.experiment}/refit/seed={wildcards.seed}"
        " > {log:q} 2>&1"
