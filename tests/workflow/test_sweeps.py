"""A random search as a workflow: its runs, their table and figures, and more samples later."""

import csv

import pytest
from harness import copy_sources, small


def search(samples):
    def change(config):
        small(config)
        config["experiments"]["single"]["sweep"] = {
            "random": {
                "samples": samples,
                "values": {
                    "training.learning_rate": {"loguniform": [0.01, 1.0]},
                    "network.hidden": {"choice": [[], [8]]},
                },
            }
        }
        del config["experiments"]["tiny"]
        config["targets"] = ["single"]

    return change


@pytest.mark.exhaustive
def test_more_samples_of_a_random_search_train_only_the_new_ones(tmp_path):
    project = copy_sources(tmp_path)
    project.edit(search(6))
    project.snakemake()
    figures = project.folder / "results/experiments/single/figures"
    assert {path.name for path in figures.iterdir()} >= {
        "marginals.svg",
    }
    with open(project.folder / "results/runs.csv", newline="") as file:
        runs = list(csv.DictReader(file))
    assert len(runs) == 6
    assert {"training.learning_rate", "network.hidden"} <= runs[0].keys()

    before = project.checksums()
    project.edit(search(8))
    trained = [job.split()[-1] for job in project.jobs() if job.startswith("train ")]
    assert len(trained) == 2
    assert not {run["run"] for run in runs} & set(trained)
    after = project.checksums()
    kept = [name for name in before if "/bundles/" in name]
    assert kept and all(after[name] == before[name] for name in kept)


@pytest.mark.parametrize(
    "key", ["split.validation", pytest.param("dataset", marks=pytest.mark.exhaustive)]
)
def test_a_sweep_over_the_data_is_refused_before_anything_runs(fresh, key):
    def change(config):
        config["experiments"]["tiny"]["sweep"] = {"grid": {key: [100, 200]}}

    fresh.edit(change)
    done = fresh.snakemake("-n", check=False)
    assert done.returncode != 0
    assert "make it an experiment of its own" in done.stdout
    assert "Traceback" not in done.stdout
