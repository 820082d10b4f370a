# Needs: the mirrors of config.yaml, a local mirror, or a generator.
# Makes: data/raw/<dataset>/<file>; results/datasets/<dataset>/{train,test}_{images,labels}.npy; and in
#        results/datasets/<dataset>/prepared/<key>.npz a split and the input preparation fitted on it.


def any_of(names):
    return "|".join(names) or "$^"  # a pattern that nothing matches


def raw_files(wildcards):
    files = PLAN.datasets[wildcards.dataset]["files"]
    return {role: f"data/raw/{wildcards.dataset}/{entry['file']}" for role, entry in files.items()}


def raw_flags(wildcards):
    files = raw_files(wildcards).items()
    return " ".join(f"--{role.replace('_', '-')} {shlex.quote(path)}" for role, path in files)


rule fetch:
    output:
        "data/raw/{dataset}/{file}",
    resources:
        mem_mb=growing(SNAKEMAKE_MB + 200),
        runtime=growing(240),
    params:
        settings=lambda w: as_json(PLAN.file(w.dataset, w.file)),
        code=lambda w: code("fetch", "datasets") if PLAN.datasets[w.dataset]["generator"] else "",
    # A file that was checked is the same wherever it came from and whatever fetched it.
    shell:
        "{PYTHON} {SCRIPTS}/fetch.py --dataset {wildcards.dataset} --file {wildcards.file:q}"
        " --settings {params.settings:q} {LOCAL_MIRROR} --output {output:q}"


rule parse:
    input:
        unpack(raw_files),
    output:
        dataset_files("{dataset}", "train", "test"),
    log:
        "results/logs/parse/{dataset}.log",
    wildcard_constraints:
        dataset=any_of(name for name, d in PLAN.datasets.items() if d["test_size"]),
    resources:
        mem_mb=growing(lambda w: SNAKEMAKE_MB + 100 + 2.5 * data_mb(w.dataset)),
        runtime=growing(10),
    params:
        code=code("parse", "datasets"),
        settings=lambda w: as_json(PLAN.parsed(w.dataset)),
        flags=raw_flags,
    shell:
        "{PYTHON} {SCRIPTS}/parse.py --settings {params.settings:q} {params.flags}"
        " --output-folder results/datasets/{wildcards.dataset} > {log:q} 2>&1"


use rule parse as parse_without_test with:
    output:
        dataset_files("{dataset}", "train"),
    wildcard_constraints:
        dataset=any_of(name for name, d in PLAN.datasets.items() if not d["test_size"]),


rule prepare:
    input:
        lambda w: dataset_files(w.dataset, "train"),
    output:
        PREPARED,
    log:
        "results/logs/prepare/{dataset}/{prepared}.log",
    resources:
        mem_mb=growing(prepare_mb),
        runtime=growing(prepare_minutes),
    params:
        code=code("prepare", "nn", "datasets"),
        settings=lambda w: as_json(PLAN.prepared[w.dataset, w.prepared]),
    shell:
        "{PYTHON} {SCRIPTS}/prepare.py --dataset results/datasets/{wildcards.dataset}"
        " --settings {params.settings:q} --output {output:q} > {log:q} 2>&1"
