"""What made each artifact: the manifest, and what files carry."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from harness import Project

from files import artifacts

MODEL = "results/experiments/single/final/seed=0/model.npz"
REPORT = "results/report.html"
FIGURE = "results/experiments/single/figures/per_class"
MANIFEST = "results/MANIFEST.sha256"


def listed(project: Project) -> dict[str, str]:
    """The checksums of the manifest, by file."""
    lines = (project.folder / MANIFEST).read_text().splitlines()
    return {line[66:]: line[:64] for line in lines}


def damaged(project: Project) -> str:
    """What sha256sum says of the files in the manifest of a project."""
    command = ["sha256sum", "--check", "--strict", "--quiet", MANIFEST]
    return subprocess.run(command, cwd=project.folder, capture_output=True, text=True).stdout


def provenance_of(project: Project, *arguments, folder: Path | None = None) -> str:
    """What scripts/provenance.py of a project prints in a folder."""
    command = [sys.executable, project.folder / "scripts/provenance.py", *arguments]
    done = subprocess.run(command, cwd=folder or project.folder, text=True, capture_output=True)
    assert done.returncode == 0, done.stderr
    return done.stdout


def run(commands: str, folder: Path) -> None:
    """Run printed commands unchanged, with this interpreter as `python`."""
    commands = commands.replace("python ", f"{sys.executable} ")
    subprocess.run(["sh", "-ec", commands], cwd=folder, check=True, capture_output=True)


def test_sha256sum_checks_the_manifest_and_finds_a_changed_file(built):
    assert damaged(built) == ""
    assert list(listed(built)) == sorted(listed(built))
    assert listed(built) == {n: s for n, s in built.checksums().items() if "/." not in n}
    with open(built.folder / MODEL, "r+b") as file:
        file.seek(-200, os.SEEK_END)
        file.write(b"\x01")
    assert damaged(built) == f"{MODEL}: FAILED\n"


@pytest.mark.exhaustive
def test_the_manifest_has_the_experiments_of_the_last_run(built):
    built.snakemake("single")
    names = {
        name.split("/")[2] for name in listed(built) if name.startswith("results/experiments/")
    }
    assert names == {"single"} and damaged(built) == ""


def test_provenance_of_a_lone_model_has_settings_data_and_command(built, tmp_path):
    """Whose bytes are those of the workflow, also without the digest that a rule gives."""
    shutil.copy(built.folder / MODEL, tmp_path / "net.npz")
    alone = provenance_of(built, "net.npz", folder=tmp_path)
    assert '"hidden":[8]' in alone and '"validation":237' in alone and "the same as here" in alone
    info = json.loads(built.one("results/datasets/digits/*/info.json").read_text())
    assert info["splits"]["train"]["images_sha256"] in alone and "DATASET" in alone
    assert "unknown    if it was changed: results/MANIFEST.sha256: missing" in alone
    (built.folder / MANIFEST).unlink()
    lines = provenance_of(built, tmp_path / "net.npz").splitlines()
    start = "again      "
    run("\n".join(x.removeprefix(start) for x in lines if x.startswith(start)), built.folder)
    assert (built.folder / "model.npz").read_bytes() == (tmp_path / "net.npz").read_bytes()


def rewritten(model: Path, place: Path) -> None:
    """Write a model with another learning rate in its config, as if it had been trained so."""
    arrays = artifacts.load_arrays(model)
    config = json.loads(str(arrays["config"]))
    config["training"]["learning_rate"] = 0.5
    artifacts.save_arrays(place, arrays | {"config": np.array(json.dumps(config, sort_keys=True))})


def test_settings_that_contradict_their_record_are_reported(built, tmp_path):
    rewritten(built.folder / MODEL, tmp_path / "net.npz")
    said = provenance_of(built, "net.npz", folder=tmp_path)
    assert "NOT AS RECORDED: it was made with other settings, " in said
    assert "NOT AS RECORDED" not in provenance_of(built, built.folder / MODEL)


def test_a_file_is_unchanged_only_while_the_manifest_has_its_checksum(built):
    assert f"\nunchanged  since {MANIFEST} was written\n" in provenance_of(built, MODEL)
    rewritten(built.folder / MODEL, built.folder / MODEL)
    assert f"\nchanged    since {MANIFEST} was written\n" in provenance_of(built, MODEL)
    (built.folder / MANIFEST).write_text("")
    assert f"if it was changed: {MANIFEST}: missing, empty or truncated" in provenance_of(
        built, MODEL
    )


def test_nothing_is_said_about_files_that_were_not_read(built):
    """As of `| head`: no traceback, and the code of a program that this signal ends."""
    for program in ("provenance.py", "unneeded.py"):
        command = [sys.executable, f"scripts/{program}", *[MODEL] * (program == "provenance.py")]
        read, write = os.pipe()
        os.close(read)
        done = subprocess.run(command, cwd=built.folder, stdout=write, stderr=subprocess.PIPE)
        os.close(write)
        assert (done.returncode, done.stderr) == (141, b"")


@pytest.mark.parametrize("kind", ["png", pytest.param("svg", marks=pytest.mark.exhaustive)])
def test_provenance_of_a_lone_figure_has_its_content_and_data(built, tmp_path, kind):
    shutil.copy(built.folder / f"{FIGURE}.{kind}", tmp_path / f"figure.{kind}")
    alone = provenance_of(built, f"figure.{kind}", folder=tmp_path)
    test = listed(built)["results/experiments/single/test.json"]
    assert "per_class of the experiment single" in alone and f"test {test}" in alone
    assert f"snakemake --cores 1 {FIGURE}.png" in alone


@pytest.mark.exhaustive
def test_a_copy_of_any_result_has_the_command_of_the_original(built, tmp_path):
    shutil.copy(built.folder / "results/experiments/single/runs.csv", tmp_path / "table.csv")
    command = "again      snakemake --cores 1 results/experiments/single/runs.csv\n"
    assert provenance_of(built, tmp_path / "table.csv").endswith(command)


def test_a_file_of_unknown_origin_is_reported(built, tmp_path):
    (tmp_path / "table.csv").write_text("a,b\n")
    command = [sys.executable, built.folder / "scripts/provenance.py", tmp_path / "table.csv"]
    done = subprocess.run(command, cwd=built.folder, text=True, capture_output=True)
    assert done.returncode == 1 and done.stderr.startswith("error: ")
    assert "of unknown origin" in done.stderr and done.stderr.count("\n") == 1


@pytest.mark.exhaustive
def test_a_table_that_was_changed_is_reported(built):
    table = built.folder / "results/experiments/single/runs.csv"
    table.write_text(table.read_text() + "\n")
    assert "changed    since results/MANIFEST.sha256 was written" in provenance_of(built, table)


@pytest.mark.exhaustive
def test_a_dry_run_and_a_run_without_work_write_nothing(built):
    path = built.folder / MANIFEST
    before = path.stat().st_mtime_ns, path.read_bytes()
    built.edit(lambda config: config["experiments"]["single"]["training"].update(l2=0.002))
    built.snakemake("-n")
    built.edit(lambda config: config["experiments"]["single"]["training"].update(l2=0.001))
    assert built.jobs() == []
    assert (path.stat().st_mtime_ns, path.read_bytes()) == before


@pytest.mark.exhaustive
def test_changed_code_with_the_same_numbers_is_recorded_in_all_downstream_files(built):
    """The same bytes as of a clean build with that code: no final network says that older code made it."""
    source = built.folder / "scripts/nn/layers.py"
    source.write_text(source.read_text() + "EDITED = True\n")
    built.snakemake()
    found = built.checksums()
    shutil.rmtree(built.folder / "results")
    shutil.rmtree(built.folder / ".snakemake")
    built.snakemake()
    assert {k: found[k] for k in built.checksums()} == built.checksums()
