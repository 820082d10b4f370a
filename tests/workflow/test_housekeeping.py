"""Every command of "Keep, share, remove" in docs/tasks.md, in its order, on finished experiments."""

import os
import re
import subprocess
import sys
import tarfile

import pytest
from harness import ROOT, copy_sources

HEADING = re.compile(r"^### (.*?)\n(.*?)(?=^##|\Z)", re.MULTILINE | re.DOTALL)
BLOCK = re.compile(r"^```sh\n(.*?)^```", re.MULTILINE | re.DOTALL)
TEXT = (ROOT / "docs/tasks.md").read_text()
SECTIONS = {title: "".join(BLOCK.findall(text)) for title, text in HEADING.findall(TEXT)}
# The workflow of the tests has these in their places.
HERE = {
    "digits_mlp": "tiny",
    "digits_small": "renamed",
    "--cores 4": "--cores 2",
    ".venv/bin/python": sys.executable,
    ".venv/bin/snakemake": f"{sys.executable} -m snakemake",
}


@pytest.fixture
def follow(built):
    """follow(title): run the commands of a section; return their output, both streams together."""

    def follow(title):
        script = SECTIONS[title]
        for name, here in HERE.items():
            script = script.replace(name, here)
        done = subprocess.run(
            ["bash", "-e", "-c", script], cwd=built.folder, text=True,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
            env={**os.environ, "PATH": f"{os.path.dirname(sys.executable)}:{os.environ['PATH']}"},
        )  # fmt: skip
        assert done.returncode == 0, done.stdout
        return done.stdout

    return follow


def test_every_section_with_commands_is_followed_here():
    assert {title for title, script in SECTIONS.items() if script} == {
        "See what takes space",
        "Rerun only missing files",
        "Rename an experiment",
        "Delete an experiment",
        "Free disk space",
        "Move the results to another machine",
        "Share results",
    }


def test_results_can_be_inspected_shared_moved_and_trimmed(built, follow):
    """What changes no result, on one copy."""
    before = built.checksums()
    assert "results/experiments/tiny" in follow("See what takes space")
    follow("Share results")
    with tarfile.open(built.folder / "tiny.tar.gz") as archive:
        names = archive.getnames()
    assert "results/experiments/tiny/final/seed=0/model.npz" in names
    assert "results/experiments/tiny/test.json" in names and "results/report.html" in names
    copy_sources(built.folder.parent / "other")
    assert "Nothing to be done" in follow("Move the results to another machine")
    assert "Nothing to be done" in follow("Free disk space")
    assert built.checksums() == before


@pytest.mark.exhaustive
def test_missing_files_are_restored(built, follow):
    before = built.checksums()
    output = follow("Rerun only missing files")
    assert re.search(r"^rule report:", output, re.MULTILINE)
    assert "rule train:" not in output and built.checksums() == before


@pytest.mark.exhaustive
def test_an_experiment_is_renamed_without_a_training_and_deleted(built, follow):
    def rename(config):
        config["experiments"]["renamed"] = config["experiments"].pop("tiny")
        config["targets"] = ["renamed", "single"]

    def delete(config):
        del config["experiments"]["renamed"]
        config["targets"] = ["single"]

    old = built.folder / "results/experiments/tiny"
    bundles = {path.name: path.stat().st_mtime_ns for path in old.rglob("bundles/*.npz")}
    model = (old / "final/seed=0/model.npz").read_bytes()
    built.edit(rename)
    output = follow("Rename an experiment")
    new = built.folder / "results/experiments/renamed"
    assert re.search(r"^renamed +learning_rate", output, re.MULTILINE) and not old.exists()
    assert {path.name: path.stat().st_mtime_ns for path in new.rglob("bundles/*.npz")} == bundles
    assert (new / "final/seed=0/model.npz").read_bytes() == model
    built.edit(delete)
    follow("Delete an experiment")
    summary = (built.folder / "results/summary.csv").read_text()
    assert "single" in summary and "renamed" not in summary and "tiny" not in summary
