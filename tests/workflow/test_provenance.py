"""What made each artifact: results/provenance.json, the manifest, and what files tell of themselves."""

import fcntl
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from harness import Project

MODEL = "results/experiments/single/runs/seed=0/model.npz"
REPORT = "results/report.html"
FIGURE = "results/experiments/single/figures/per_class"
OWN = ("results/provenance.json", "results/MANIFEST.sha256")


def recorded(project: Project) -> dict:
    return json.loads((project.folder / OWN[0]).read_text())


def damaged(project: Project) -> str:
    """What sha256sum says of the files in the manifest of a project."""
    command = ["sha256sum", "--check", "--strict", "--quiet", OWN[1]]
    return subprocess.run(command, cwd=project.folder, capture_output=True, text=True).stdout


def told(project: Project, *arguments, folder: Path | None = None) -> str:
    """What scripts/provenance.py of a project prints in a folder."""
    command = [sys.executable, project.folder / "scripts/provenance.py", *arguments]
    done = subprocess.run(command, cwd=folder or project.folder, text=True, capture_output=True)
    assert done.returncode == 0, done.stderr
    return done.stdout


def run(commands: str, folder: Path) -> None:
    """Run commands as they are printed, `python` being the one that runs this."""
    commands = commands.replace("python ", f"{sys.executable} ")
    subprocess.run(["sh", "-ec", commands], cwd=folder, check=True, capture_output=True)


def test_every_artifact_is_recorded_with_all_that_it_was_made_from(built):
    found, files = recorded(built), built.checksums()
    entries = found["artifacts"]
    shown = {path: sha256 for path, sha256 in files.items() if path not in OWN}
    assert {path: entries[path]["sha256"] for path in shown} == shown
    known = entries.keys() | found["inputs"].keys()
    assert all(set(entry["inputs"]) <= known for entry in entries.values())
    copies = ("keep", "describe", "gradient_table")
    assert all("code" in entry for entry in entries.values() if entry["rule"] not in copies)
    settings = entries[MODEL]["settings"]
    assert settings["network"]["hidden"] == [8] and settings["seed"] == 0
    (place,) = found["not_compared"]["environments"].values()
    assert place["packages"]["numpy"] and place["kernel"]["blas"]


def test_a_call_with_nothing_to_do_records_what_a_killed_one_made(built, tmp_path):
    files = [built.folder / name for name in OWN]
    before = [file.read_bytes() for file in files]
    unrecorded, report = built.folder / ".snakemake/unrecorded", built.folder / REPORT
    unrecorded.touch()  # as if a call was killed after it made the report anew
    report.write_text(report.read_text() + "\n")

    def idle(*arguments: str, project: Project = built) -> None:
        assert "Nothing to be done" in project.snakemake(*arguments).stdout

    idle("--dry-run")
    idle("--no-hooks")
    idle("results/datasets/digits/train_images.npy")  # nothing of what was made
    with open(built.folder / ".snakemake/call", "a+") as lock:  # another call
        fcntl.flock(lock, fcntl.LOCK_EX)
        idle()
    assert unrecorded.exists() and [file.read_bytes() for file in files] == before
    assert damaged(built) == f"{REPORT}: FAILED\n"

    (elsewhere := tmp_path / "elsewhere").mkdir()
    there = ("--snakefile", str(built.folder / "Snakefile"), "--directory", str(built.folder))
    idle(*there, project=Project(elsewhere))
    assert not unrecorded.exists() and not list(elsewhere.iterdir())
    assert damaged(built) == ""
    made_anew = json.loads(before[0])
    made_anew["artifacts"][REPORT]["sha256"] = recorded(built)["artifacts"][REPORT]["sha256"]
    assert recorded(built) == made_anew

    report.write_text("changed by hand")
    idle()
    assert damaged(built) == f"{REPORT}: FAILED\n"


def test_nothing_of_this_machine_is_in_what_is_compared(built):
    found = recorded(built)
    del found["not_compared"]
    text = json.dumps(found)
    for name in (str(built.folder), sys.executable, os.uname().nodename, "results/logs"):
        assert name not in text


def test_sha256sum_checks_the_manifest_and_finds_a_changed_file(built):
    assert damaged(built) == ""
    names = [line[66:] for line in (built.folder / OWN[1]).read_text().splitlines()]
    assert names == sorted(names)
    assert set(names) == {n for n in built.checksums() if n not in OWN and "/." not in n}
    with open(built.folder / MODEL, "r+b") as file:
        file.seek(-200, os.SEEK_END)
        file.write(b"\x01")
    assert damaged(built) == f"{MODEL}: FAILED\n"


def test_the_commands_of_a_file_make_it_again_from_nothing(built, tmp_path):
    folder = tmp_path / "empty"
    shutil.copytree(built.folder / "scripts", folder / "scripts")
    run(told(built, MODEL, "--commands"), folder)
    assert (folder / MODEL).read_bytes() == (built.folder / MODEL).read_bytes()


def test_a_model_alone_tells_its_settings_its_data_and_the_command(built, tmp_path):
    """Whose bytes are those of the workflow, also without the digest that a rule gives."""
    shutil.copy(built.folder / MODEL, tmp_path / "net.npz")
    alone = told(built, "net.npz", folder=tmp_path)
    assert '"hidden":[8]' in alone and '"validation":237' in alone and "as it is here" in alone
    info = json.loads((built.folder / "results/datasets/digits/info.json").read_text())
    assert info["splits"]["train"]["images_sha256"] in alone and "DATASET" in alone
    (built.folder / OWN[0]).unlink()
    lines = told(built, tmp_path / "net.npz").splitlines()
    (first,) = [number for number, line in enumerate(lines) if line.startswith("again ")]
    commands = "\n".join([lines[first].removeprefix("again "), *lines[first + 1 :]])
    run(commands, built.folder)
    assert (built.folder / "model.npz").read_bytes() == (tmp_path / "net.npz").read_bytes()


@pytest.mark.parametrize("kind", ["png", "svg"])
def test_a_figure_alone_tells_what_it_shows_and_of_which_data(built, tmp_path, kind):
    shutil.copy(built.folder / f"{FIGURE}.{kind}", tmp_path / f"figure.{kind}")
    alone = told(built, f"figure.{kind}", folder=tmp_path)
    test = recorded(built)["artifacts"]["results/experiments/single/test.json"]["sha256"]
    assert "per_class of the experiment single" in alone and f"test {test}" in alone
    assert f"snakemake --cores 1 {FIGURE}.png" in alone


def test_beside_the_results_a_copy_of_any_file_tells_its_chain(built, tmp_path):
    shutil.copy(built.folder / "results/experiments/single/runs.csv", tmp_path / "table.csv")
    text = told(built, tmp_path / "table.csv")
    order = [text.index(rule) for rule in ("generate_digits: ", "parse: ", "train: ", "collect: ")]
    assert order == sorted(order)


def test_of_a_file_of_which_nothing_is_known_this_is_said(built, tmp_path):
    (tmp_path / "table.csv").write_text("a,b\n")
    command = [sys.executable, built.folder / "scripts/provenance.py", tmp_path / "table.csv"]
    done = subprocess.run(command, cwd=built.folder, text=True, capture_output=True)
    assert done.returncode == 1 and done.stderr.startswith("error: ")
    assert "nothing is known of it" in done.stderr and done.stderr.count("\n") == 1


def test_a_table_that_was_changed_is_told_as_such(built):
    table = built.folder / "results/experiments/single/runs.csv"
    table.write_text(table.read_text() + "\n")
    command = [sys.executable, "scripts/provenance.py", table]
    done = subprocess.run(command, cwd=built.folder, text=True, capture_output=True)
    then = recorded(built)["artifacts"]["results/experiments/single/runs.csv"]["sha256"]
    assert done.returncode == 1 and done.stderr.count("\n") == 1
    assert f"changed after it was made: its sha256 was {then}" in done.stderr


def test_a_dry_run_and_a_call_without_work_write_nothing(built):
    paths = [built.folder / name for name in OWN]
    before = [(path.stat().st_mtime_ns, path.read_bytes()) for path in paths]
    built.edit(lambda config: config["experiments"]["single"]["training"].update(l2=0.002))
    built.snakemake("-n")
    built.edit(lambda config: config["experiments"]["single"]["training"].update(l2=0.001))
    assert built.jobs() == []
    assert [(path.stat().st_mtime_ns, path.read_bytes()) for path in paths] == before


def test_a_call_that_fails_records_what_it_made(built):
    source = built.folder / "scripts/test.py"
    source.write_text(
        source.read_text().replace("def main() -> None:\n", "def main():\n    1 / 0\n")
    )
    for name in ("test.json", "runs.csv"):
        (built.folder / "results/experiments/single" / name).unlink()
    built.snakemake("--keep-going", check=False)
    entries = recorded(built)["artifacts"]
    assert "results/experiments/single/runs.csv" in entries
    assert not [path for path in entries if path.endswith("test.json")]
    assert not (built.folder / ".snakemake/unrecorded").exists()


@pytest.mark.exhaustive
def test_other_code_that_gives_the_same_numbers_is_told_by_all_files_behind_it(built):
    """The same bytes as of a clean build with that code: no final network says that older code made it."""
    source = built.folder / "scripts/nn/layers.py"
    source.write_text(source.read_text() + "EDITED = True\n")
    built.snakemake()
    found = built.checksums()
    shutil.rmtree(built.folder / "results")
    shutil.rmtree(built.folder / ".snakemake")
    built.snakemake()
    assert {k: found[k] for k in built.checksums() if k != OWN[0]} == {
        k: v for k, v in built.checksums().items() if k != OWN[0]
    }
