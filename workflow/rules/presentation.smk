# Needs: histories, models and numbers of an experiment.
# Makes: results/experiments/<experiment>/figures/<figure>.{png,svg}, results/summary.{csv,md},
#        results/runs.csv and results/report.html.


rule figure:
    input:
        lambda w: figure_inputs(experiment_of(w), w.figure),
        selection=f"{EXPERIMENT}/selection.json",
    output:
        png=report(
            f"{EXPERIMENT}/figures/{{figure}}.png",
            category="{experiment}",
            labels={"figure": "{figure}"},
            caption="../report/figure.rst",
        ),
        svg=f"{EXPERIMENT}/figures/{{figure}}.svg",
    log:
        "results/logs/figures/{experiment}/{figure}.log",
    wildcard_constraints:
        figure="[a-z_]+",
    resources:
        mem_mb=growing(lambda w: SNAKEMAKE_MB + 300 + data_mb(experiment_of(w).dataset_name)),
        runtime=growing(10),
    params:
        code=code("plot", "figures", "nn"),
        dataset=lambda w: DATASET.format(dataset=experiment_of(w).dataset_name),
        published=lambda w: as_json(experiment_of(w).settings["published"]),
        refit=refit_flags,
    shell:
        "{PYTHON} {SCRIPTS}/plot.py {wildcards.figure} --dataset {params.dataset}"
        " --experiment-folder results/experiments/{wildcards.experiment}"
        " --published {params.published:q} {params.refit} --png {output.png:q} --svg {output.svg:q}"
        " > {log:q} 2>&1"


rule summarize:
    input:
        lambda w: [file for experiment in requested() for file in results_of(experiment)],
        lambda w: [file for experiment in requested() for file in lost_metrics(experiment)],
    output:
        SUMMARY[:3],
        html=report(
            SUMMARY[3],
            category="Summary",
            labels={"table": "experiments and scoreboard"},
            caption="../report/summary.rst",
        ),
    log:
        "results/logs/summarize.log",
    localrule: True
    resources:
        mem_mb=growing(SNAKEMAKE_MB + 200),
        runtime=growing(10),
    params:
        code=code("summarize", "evaluation", "scoreboard", "pages"),
        experiments=as_json(PLAN.presented),
    shell:
        "{PYTHON} {SCRIPTS}/summarize.py --experiments {params.experiments:q}"
        " --experiments-folder results/experiments --csv {output[0]:q} --markdown {output[1]:q}"
        " --runs {output[2]:q} --html {output.html:q}"
        " > {log:q} 2>&1"


rule report:
    input:
        lambda w: [file for experiment in requested() for file in shown_of(experiment)],
        SUMMARY,
        captions=[
            os.path.normpath(f"{ROOT}/workflow/report/{name}.rst")
            for name in ("workflow", "figure", "summary", "mistakes")
        ],
    output:
        REPORT,
    log:
        "results/logs/report.log",
    localrule: True
    params:
        code=code("report"),
        targets=lambda w: " ".join(experiment.name for experiment in requested()),
        config=as_json({**config, "local_mirror": None}),  # where files come from changes nothing
    shell:
        "{PYTHON} {SCRIPTS}/report.py --snakefile {workflow.main_snakefile:q} --config {params.config:q}"
        " --output {output:q} {params.targets} > {log:q} 2>&1"
