# Needs: the mirrors of config.yaml, a local mirror, or a generator. Makes: data/raw/<dataset>/<file>; and in
#        results/datasets/<dataset>/<digest>/ its arrays, info.json, and prepared/<key>.<digest>.npz, a split and
#        its preparation.


# Snakemake prints and keeps commands, so `--mirrors` lacks passwords and signatures. `fetch` reads the
# complete addresses from its environment. A module may have another file with the same name.
for dataset in PLAN.datasets.values():
    for entry in dataset["files"].values():
        if any(shown(address) != address for address in entry["mirrors"]):
            variable = f"NN_MIRRORS_{entry['sha256']}"
            others = json.loads(os.environ.get(variable, "[]"))
            os.environ[variable] = as_json(list(dict.fromkeys(others + entry["mirrors"])))


rule fetch:
    """Fetch a raw file. An existing file stays until the new one is complete."""
    output:
        in_place("data/raw/{dataset}/{file}"),
    wildcard_constraints:
        dataset=any_of(name for name, d in PLAN.datasets.items() if not d["generator"]),
    priority: 1  # as all rules of data, because most jobs wait for it
    localrule: True
    params:
        program=program("fetch"),
        settings=lambda w: as_json(PLAN.file(w.dataset, w.file)),
        # Snakemake does not compare parameters that depend on `output` with those of the last run: other
        # mirrors are no reason to fetch a file again.
        origin=lambda w, output: Aside(flags(**PLAN.origin(w.dataset, w.file))),
    shell:
        "{params.program} --dataset {wildcards.dataset} --file {wildcards.file:q}"
        " --settings {params.settings:q} {params.origin} --output {output:q}"


# One job per dataset, because a generator makes all its files together.
for name, dataset in PLAN.datasets.items():
    if dataset["generator"]:

        rule:
            name:
                f"generate_{name}"
            output:
                **PLAN.raw(name),
            priority: 1
            localrule: True
            params:
                program=program("generate"),
                generator=dataset["generator"],
                code=code("datasets/digits"),
                files=lambda w, output: shlex.join(f"{k}={v}" for k, v in output.items()),
            shell:
                "{params.program} {params.generator} --files {params.files}"


rule parse:
    """Read the raw files of a dataset into arrays."""
    input:
        unpack(raw_files),
    output:
        train_images=f"{PARSED}/train_images.npy",
        train_labels=f"{PARSED}/train_labels.npy",
        test_images=f"{PARSED}/test_images.npy",
        test_labels=f"{PARSED}/test_labels.npy",
        test_sources=f"{PARSED}/test_sources.csv",
        info=f"{PARSED}/info.json",
    log:
        "results/logs/parse/{dataset}.{parsed}.log",
    wildcard_constraints:
        dataset=any_of(name for name, d in PLAN.datasets.items() if d["test_size"]),
    cache: workflow.enable_cache
    priority: 1
    threads: lambda w: need.parse_threads(PLAN.datasets[w.dataset])
    resources:
        mem_mb=growing(lambda w: need.parse_mb(PLAN.datasets[w.dataset])),
        runtime=growing(10),
    params:
        **calls("parse"),  # Snakemake's cache between workflows ignores the names of files
        settings=lambda w: as_json(PLAN.parsed(w.dataset)),
        raw=lambda w, input: Aside(raw_flag(PLAN.raw(w.dataset), input)),
        folder=lambda w, output: os.path.dirname(output.info),
    shell:
        "{params.program} --settings {params.settings:q} {params.raw} --threads {threads}"
        " --output-folder {params.folder:q} > {log:q} 2>&1"


use rule parse as parse_without_test with:
    output:
        train_images=f"{PARSED}/train_images.npy",
        train_labels=f"{PARSED}/train_labels.npy",
        info=f"{PARSED}/info.json",
    wildcard_constraints:
        dataset=any_of(name for name, d in PLAN.datasets.items() if not d["test_size"]),


rule prepare:
    """Split the training file, and fit the input preparation on the training part alone."""
    input:
        unpack(to_prepare),
    output:
        PREPARED,
    log:
        "results/logs/prepare/{dataset}/{parsed}/{prepared}.{digest}.log",
    cache: workflow.enable_cache
    priority: 1
    resources:
        mem_mb=growing(
            lambda w: need.prepare_mb(
                PLAN.datasets[w.dataset], PLAN.prepared[w.dataset, w.prepared]["preparation"]
            )
        ),
        runtime=growing(30),
    params:
        **calls("prepare"),
        settings=lambda w: as_json(PLAN.prepared[w.dataset, w.prepared]),
    shell:
        "{params.program} --images {input.images:q} --labels {input.labels:q}"
        " --info {input.info:q} --settings {params.settings:q} --output {output:q} > {log:q} 2>&1"
