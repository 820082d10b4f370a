# Needs: the mirrors of config.yaml, a local mirror, or a generator. Makes: data/raw/<dataset>/<file>; and in
#        results/datasets/<dataset>/ its arrays, info.json, and prepared/<key>.npz, a split and its preparation.


rule fetch:
    """Fetch a raw file, or generate it. What is there stays until the new one is whole."""
    output:
        in_place("data/raw/{dataset}/{file}"),
    localrule: True
    params:
        program=program("fetch"),
        # What the file is. Where it comes from is no part of that: what depends on `output` is not
        # compared with the call before.
        settings=lambda w: as_json(PLAN.file(w.dataset, w.file)),
        origin=lambda w, output: Aside(flags(PLAN.origin(w.dataset, w.file))),
        code=lambda w: code("datasets/digits") if PLAN.datasets[w.dataset]["generator"] else "",
    shell:
        "{params.program} --dataset {wildcards.dataset} --file {wildcards.file:q}"
        " --settings {params.settings:q}"
        " {params.origin}"
        " --output {output:q}"


rule parse:
    """Read the raw files of a dataset into arrays."""
    input:
        unpack(raw_files),
    output:
        train_images=f"{DATASET}/train_images.npy",
        train_labels=f"{DATASET}/train_labels.npy",
        test_images=f"{DATASET}/test_images.npy",
        test_labels=f"{DATASET}/test_labels.npy",
        info=DESCRIBED,
        made_from=MADE_FROM,
    log:
        "results/logs/parse/{dataset}.log",
    wildcard_constraints:
        dataset=any_of(name for name, d in PLAN.datasets.items() if d["test_size"]),
    cache: workflow.enable_cache
    resources:
        mem_mb=growing(lambda w: need.parse_mb(PLAN.datasets[w.dataset])),
        runtime=growing(10),
    params:
        program=program("parse"),
        code=code("parse"),
        settings=lambda w: as_json(PLAN.parsed(w.dataset)),
        data=lambda w: data_digest(w.dataset),
        raw=lambda w, input: Aside(raw_flag(PLAN.raw(w.dataset), input)),
        folder=lambda w, output: os.path.dirname(output.info),
    shell:
        "{params.program}"
        " --settings {params.settings:q}"
        " {params.raw}"
        " --output-folder {params.folder:q}"
        " --info {output.info:q} > {log:q} 2>&1"
        " && echo {params.data} > {output.made_from:q}"


use rule parse as parse_without_test with:
    output:
        train_images=f"{DATASET}/train_images.npy",
        train_labels=f"{DATASET}/train_labels.npy",
        info=DESCRIBED,
        made_from=MADE_FROM,
    wildcard_constraints:
        dataset=any_of(name for name, d in PLAN.datasets.items() if not d["test_size"]),


rule describe:
    """Copy what is known of a dataset to where people look for it."""
    input:
        DESCRIBED,
    output:
        f"{DATASET}/info.json",
    localrule: True
    shell:
        "cp {input:q} {output:q}.new && mv {output:q}.new {output:q}"


rule prepare:
    """Split the training file, and fit the input preparation on the training part alone."""
    input:
        images=lambda w: of_dataset(w.dataset, "train_images.npy"),
        labels=lambda w: of_dataset(w.dataset, "train_labels.npy"),
        info=lambda w: of_dataset(w.dataset, ".info.json"),
    output:
        PREPARED,
    log:
        "results/logs/prepare/{dataset}/{prepared}.log",
    cache: workflow.enable_cache
    resources:
        mem_mb=growing(lambda w: need.prepare_mb(*PLAN.to_prepare(w.dataset, w.prepared))),
        runtime=growing(lambda w: need.prepare_minutes(*PLAN.to_prepare(w.dataset, w.prepared))),
    params:
        program=program("prepare"),
        code=code("prepare"),
        settings=lambda w: as_json(PLAN.prepared[w.dataset, w.prepared]),
    shell:
        "{params.program}"
        " --images {input.images:q}"
        " --labels {input.labels:q}"
        " --info {input.info:q}"
        " --settings {params.settings:q}"
        " --output {output:q} > {log:q} 2>&1"
