"""Successive halving: rungs that go on from their states, and are cached like all else."""

import json

import pytest
from harness import Project, small


def halve(config):
    small(config)
    tiny = config["experiments"]["tiny"]
    tiny["training"] = {"learning_rate": 0.1, "epochs": 5}
    tiny["sweep"] = {"grid": {"training.learning_rate": [1.0e-6, 0.1, 0.2, 1.0e20]}}
    tiny["halving"] = {"factor": 2, "min_epochs": 1}
    del tiny["refit"]
    config["targets"] = ["tiny"]


@pytest.fixture(scope="module")
def finished(build_once) -> Project:
    """Instead of the usual finished project; here `built` is a copy of this one."""
    return build_once("halving", halve)


def test_each_rung_keeps_the_best_half(finished):
    folder = finished.folder / "results/experiments/tiny"
    first = json.loads((folder / "rungs/0/promoted.json").read_text())
    assert sorted(first["runs"]) == ["learning_rate=0.1__seed=0", "learning_rate=0.2__seed=0"]
    assert [failure["run"] for failure in first["failures"]] == ["learning_rate=1e+20__seed=0"]
    selection = json.loads((folder / "selection.json").read_text())
    assert [(r["epochs"], r["runs"]) for r in selection["halving"]["rungs"]] == [
        (1, 4), (2, 2), (4, 1), (5, 1),
    ]  # fmt: skip
    assert selection["halving"]["epochs_trained"] == 4 * 1 + 2 * 1 + 1 * 2 + 1 * 1
    assert selection["halving"]["epochs_of_the_full_sweep"] == 4 * 5
    assert selection["runs"] == 4


def test_a_run_in_parts_is_the_run_in_one_go(finished, built):
    built.edit(lambda config: config["experiments"]["tiny"].update(halving=None))
    built.snakemake()
    (survivor,) = (finished.folder / "results/experiments/tiny/runs").iterdir()
    for file in ("model.npz", "metrics.json"):
        whole = built.folder / "results/experiments/tiny/runs" / survivor.name / file
        assert whole.read_bytes() == (survivor / file).read_bytes(), file


def test_rungs_are_cached(built):
    assert built.jobs() == []


@pytest.mark.parametrize(
    "patterns",
    [
        ("rungs/*/*/metrics.json", "selection.json"),
        ("rungs/*/*/metrics.json", "rungs/*/*/model.npz"),
        ("rungs/0/*/*",),
        ("runs/*/*", "rungs/1/promoted.json"),
    ],
)
def test_deleted_files_come_back_with_the_same_bytes(built, patterns):
    before = built.checksums()
    lost = [
        p for pattern in patterns for p in built.folder.glob(f"results/experiments/tiny/{pattern}")
    ]
    assert lost
    for path in lost:
        path.unlink()
    built.snakemake()
    assert built.checksums() == before
    assert built.jobs() == []


def test_a_rung_that_was_cut_off_after_a_value_was_removed_goes_on(built):
    folder = built.folder / "results/experiments/tiny"
    (survivor,) = json.loads((folder / "rungs/1/promoted.json").read_text())["runs"]
    rate = float(survivor.partition("__")[0].partition("=")[2])
    built.edit(
        lambda config: config["experiments"]["tiny"]["sweep"]["grid"][
            "training.learning_rate"
        ].remove(rate)
    )
    built.snakemake("results/experiments/tiny/rungs/0/promoted.json")
    built.snakemake()
    (left,) = json.loads((folder / "rungs/1/promoted.json").read_text())["runs"]
    assert left != survivor
    assert built.jobs() == []
