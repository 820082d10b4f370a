"""Successive halving: rungs continue from their states, and are cached like everything else."""

import json
import shutil

import pytest
from harness import TABLES, Project, halve


@pytest.fixture(scope="module")
def finished(build_once) -> Project:
    """Instead of the usual finished project; here `built` is a copy of this one."""
    return build_once("halving", halve, TABLES)


def test_each_rung_keeps_the_best_half(finished):
    folder = finished.folder / "results/experiments/tiny"
    first = json.loads((folder / "rungs/0/promoted.json").read_text())
    assert sorted(first["runs"]) == ["learning_rate=0.1__seed=0", "learning_rate=0.2__seed=0"]
    assert [failure["run"] for failure in first["failures"]] == ["learning_rate=1e+20__seed=0"]
    selection = json.loads((folder / "selection.json").read_text())
    chosen = [json.loads((folder / f"rungs/{rung}/promoted.json").read_text()) for rung in range(3)]
    assert [(rung["epochs"], len(rung["runs"])) for rung in chosen] == [(1, 2), (2, 1), (4, 1)]
    assert selection["runs"] == 4


def test_a_run_in_parts_is_the_run_in_one_go(finished, built):
    bundles = "results/experiments/tiny/bundles"
    shutil.rmtree(built.folder / bundles)
    built.edit(lambda config: config["experiments"]["tiny"].update(halving=None))
    built.snakemake(TABLES)
    parts = list((finished.folder / bundles).iterdir())
    assert sorted(path.suffix for path in parts) == [".json", ".npz"]
    for path in parts:
        assert (built.folder / bundles / path.name).read_bytes() == path.read_bytes()


def test_rungs_are_cached(built):
    assert built.jobs("--dry-run", TABLES) == []


@pytest.mark.exhaustive
@pytest.mark.parametrize(
    "patterns",
    [
        ("rungs/*/*.*.json", "selection.json"),
        ("rungs/*/*.*.json", "rungs/*/*.npz"),
        ("rungs/0/*",),
        ("bundles/*", "rungs/1/promoted.json"),
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
    built.snakemake()  # a table alone would not miss them
    assert built.checksums().items() >= before.items()
    assert built.jobs("--dry-run") == []


@pytest.mark.exhaustive
def test_an_interrupted_rung_continues_after_a_value_is_removed(built):
    folder = built.folder / "results/experiments/tiny"
    (survivor,) = json.loads((folder / "rungs/1/promoted.json").read_text())["runs"]
    rate = float(survivor.partition("__")[0].partition("=")[2])
    built.edit(
        lambda config: config["experiments"]["tiny"]["sweep"]["grid"][
            "training.learning_rate"
        ].remove(rate)
    )
    built.snakemake("results/experiments/tiny/rungs/0/promoted.json")
    built.snakemake(TABLES)
    (left,) = json.loads((folder / "rungs/1/promoted.json").read_text())["runs"]
    assert left != survivor
    assert built.jobs("--dry-run", TABLES) == []
