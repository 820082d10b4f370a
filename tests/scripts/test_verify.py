"""verify.py compares two trees: what only one side has differs, and nothing is said to agree unseen."""

import os
import shutil
from pathlib import Path

import numpy as np
import pytest
import yaml

from configuration.plans import config_of, plan_of
from experiments import digest
from files import artifacts
from files.finished import EARLIER
from verify import check, compare, last_run

TEST = "results/experiments/e/test.json"
MODEL = "results/experiments/e/final/seed=0/model.npz"
TABLE = "results/experiments/e/runs.csv"


@pytest.fixture
def again(tmp_path, monkeypatch):
    """The folder of a second build that agrees with the results in the working directory."""
    monkeypatch.chdir(tmp_path)
    artifacts.save_arrays(MODEL, {"parameters": np.zeros(3)})
    artifacts.write_json(TEST, {"accuracy": 0.5, "images": 60})
    artifacts.write_text(TABLE, "run,status\na,completed\n")
    folder = tmp_path / "again"
    shutil.copytree("results", folder / "results")
    for place in (
        "results/logs/a.log",
        "results/benchmarks/b.tsv",
        "results/datasets/d/contents.json",
    ):
        artifacts.write_text(place, "of this build")
    return folder


@pytest.fixture
def said(again, capsys):
    """said(): compare; return the exit code and the lines."""

    def said():
        code = compare(again)
        return code, capsys.readouterr().out.splitlines()

    return said


def test_builds_with_the_same_bytes_agree(said):
    assert said() == (0, ["3 of 3 files agree"])


def test_an_edited_file_differs(said):
    artifacts.write_json(TEST, {"accuracy": 0.99, "images": 60})
    shown = """line 2: '  "accuracy": 0.99,' here, '  "accuracy": 0.5,' in the second build"""
    assert said() == (1, ["2 of 3 files agree", f"{TEST} differs: {shown}"])


def test_a_file_that_is_missing_here_differs(said):
    Path(TEST).unlink()
    assert said() == (1, ["2 of 3 files agree", f"{TEST} differs: missing here"])


def test_files_of_earlier_settings_are_not_checked(said):
    for name in ("mine.csv", "experiments/e/bundles/old.npz"):
        artifacts.write_text(f"results/{name}", "")
    assert said() == (0, ["3 of 3 files agree"])


@pytest.mark.parametrize("name", ["mine.csv", "final/seed=1/model.npz", "figures/mine.png"])
def test_a_file_that_only_a_finished_experiment_here_has_differs(said, again, name):
    added = f"results/experiments/e/{name}"
    artifacts.write_text(added, "")
    assert said()[0] == 0  # nothing is known of an experiment that is not finished
    for folder in (Path(), again):
        artifacts.write_json(folder / "results/experiments/e/selection.json", {})
    for staying in (
        ".mine",
        "bundles/a.npz",
        "rungs/0/promoted.json",
        "refits/a.npz",
        "runs/a.npz",
    ):
        artifacts.write_text(f"results/experiments/e/{staying}", "")
    code, lines = said()
    assert (code, lines[0]) == (1, "4 of 5 files agree")
    assert lines[1:] == [f"{added} differs: exists only here; delete it"]


def test_the_first_five_that_differ_are_shown_in_the_order_they_are_made(said, again):
    names = [f"results/experiments/e/{name}.csv" for name in "gfedcba"]
    for number, name in enumerate(names):
        artifacts.write_text(again / name, "")
        os.utime(again / name, (number, number))
    code, lines = said()
    assert (code, lines[0]) == (1, "3 of 10 files agree")
    assert [line.partition(" ")[0] for line in lines[1:6]] == names[:5]
    assert lines[6:] == ["2 more differ; the files above are made first"]


def test_the_last_run_is_read_from_the_summary(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert last_run(["a", "b"]) == ["a", "b"]
    artifacts.write_text(
        "results/summary.csv",
        "experiment,status\nc,completed\nb,completed\na,earlier run: completed\n",
    )
    text = Path("results/summary.csv").read_text().replace("earlier run", EARLIER)
    artifacts.write_text("results/summary.csv", text)
    assert last_run(["a", "b", "c"]) == ["c", "b"] and last_run(["a"]) == ["a"]
    Path("results/summary.csv").write_bytes(b"\xff\xfe")
    with pytest.raises(artifacts.ArtifactError, match="summary.csv: damaged"):
        last_run(["a"])


def test_raw_data_that_are_missing_are_named(tmp_path, monkeypatch, root):
    monkeypatch.chdir(tmp_path)
    shutil.copy(root / "config.yaml", tmp_path)
    config = config_of([])
    name = "mnist_modular"
    selection = f"results/experiments/{name}/selection.json"
    artifacts.write_json(selection, {})
    with pytest.raises(artifacts.ArtifactError, match="selection.json: damaged"):
        check(config, [name])
    planned = plan_of(config).experiments[name].planned
    artifacts.write_json(selection, {"settings_digest": digest(planned)})
    with pytest.raises(artifacts.ArtifactError, match="data/raw/mnist/.*: missing; run snakemake"):
        check(config, [name])
    del config["experiments"][name]
    with pytest.raises(artifacts.ArtifactError, match=f"{name} was built with another config"):
        check(config, [name])


def test_a_project_of_own_data_alone_needs_no_folder_of_raw_files(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "table.csv").write_text("a,label\n" + "1,x\n2,y\n" * 20)
    table = {"format": "csv", "path": "table.csv", "label": "label", "test": 0.2}
    split, training = {"validation": 8}, {"epochs": 2}
    experiment = {"dataset": "table", "split": split, "training": training}
    content = {"targets": ["e"], "datasets": {"table": table}, "experiments": {"e": experiment}}
    (tmp_path / "config.yaml").write_text(yaml.safe_dump(content))
    config = config_of([])
    planned = plan_of(config).experiments["e"].planned
    artifacts.write_json(
        "results/experiments/e/selection.json", {"settings_digest": digest(planned)}
    )
    check(config, ["e"])
