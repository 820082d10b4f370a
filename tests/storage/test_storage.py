"""The workflow with its files in a storage: the same bytes as without."""

import hashlib
from pathlib import Path

from harness import VOLATILE, Project, disturb

MODEL = "results/experiments/single/runs/seed=0/model.npz"
FINAL = "results/experiments/single/final/seed=0/model.npz"  # a copy of it
RUNS = "results/experiments/single/runs.csv"
FIGURES = "results/experiments/tiny/figures/"
LOGS = "results/logs/train/single/seed=0.*.log"
NOTHING = "Nothing to be done"
# One job draws all figures of an experiment. To draw those of all, and the report, takes longest.
SHOWN = "--", "results/summary.md", f"{FIGURES}configurations.png"

# Put into train.py: the first training that has written a checkpoint is killed, once.
KILLED = """

import os
from signal import SIGKILL

Checkpoint.seconds = 0
save = Checkpoint.save


def save_and_die(*arguments):
    save(*arguments)
    mark = Path({mark!r})
    if not mark.exists() and "/single/" in str(arguments[0].path):
        mark.touch()
        os.kill(os.getpid(), SIGKILL)


Checkpoint.save = save_and_die
"""


def kill_once(project: Project) -> Path:
    """Let a training be killed in mid-training; return the file that says that it was."""
    mark = project.folder.parent / "killed"
    train = project.folder / "scripts/train.py"
    disturb(train, train.read_text() + KILLED.format(mark=str(mark)))
    return mark


def made(plain: Project) -> dict[str, str]:
    """The checksums that a storage should have: all except plans, which are written outside of it."""
    notes = ("/plan.json", "/final/runs.json")
    return {name: sha for name, sha in plain.checksums().items() if not name.endswith(notes)}


def shown(plain: Project) -> dict[str, str]:
    """The same for a run that builds SHOWN."""
    others = ("/figures/", "results/report.html")
    return {
        name: sha
        for name, sha in made(plain).items()
        if name.startswith(FIGURES) or not any(part in name for part in others)
    }


def log_of(project: Project) -> str:
    """The log of the training that is killed."""
    return stored(project).one(LOGS).read_text()


def stored(project: Project) -> Project:
    """The folder of the storage, as a project whose checksums can be asked for."""
    return Project(project.folder.parent / "storage")


def left_here(project: Project) -> list[str]:
    """Results that are in the project's folder, and not in its storage."""
    return [p.name for folder in ("results", "data") for p in project.folder.glob(f"{folder}/*")]


def test_a_folder_as_storage(in_a_folder, plain):
    in_a_folder.run()
    assert stored(in_a_folder).checksums() == made(plain)
    assert (stored(in_a_folder).folder / "results/report.html").exists()
    manifest = "results/MANIFEST.sha256"
    assert (stored(in_a_folder).folder / manifest).read_text() == (
        plain.folder / manifest
    ).read_text()
    assert left_here(in_a_folder) == []
    assert NOTHING in in_a_folder.run()

    # Local copies of files that the last run read from the storage; see docs/cluster.md.
    in_a_folder.edit(lambda config: config["experiments"]["single"].update(seeds=2))
    copies = in_a_folder.folder.parent / "copies"
    in_a_folder.run("--local-storage-prefix", str(copies), RUNS)
    assert (stored(in_a_folder).folder / RUNS).read_text().count("\n") == 1 + 2


def test_local_results_are_not_part_of_a_storage(in_a_folder):
    old = in_a_folder.folder / "results/experiments/old"
    old.mkdir(parents=True)
    for name in ("runs.csv", "selection.json"):
        (old / name).touch()
    assert "/old/" not in in_a_folder.run("--dry-run")


def test_a_killed_training_resumes_on_the_same_machine(in_a_folder, plain):
    mark = kill_once(in_a_folder)
    model = stored(in_a_folder).folder / MODEL
    assert "Error" in in_a_folder.run(MODEL, check=False)
    assert mark.exists() and not model.exists()
    in_a_folder.run(MODEL)
    assert "resumed at iteration" in log_of(in_a_folder)
    assert model.read_bytes() == (plain.folder / FINAL).read_bytes()


def test_jobs_run_in_empty_folders_even_if_one_is_killed(apart, plain):
    mark = kill_once(apart)
    apart.run("--retries", "1", *SHOWN)
    assert stored(apart).checksums() == shown(plain)
    assert left_here(apart) == []
    # A lost job's folder is lost, and its checkpoint with it: the training started again.
    assert mark.exists()
    assert "resumed at iteration" not in log_of(apart)
    assert NOTHING in apart.run(*SHOWN)


def test_s3(in_s3, bucket, plain):
    in_s3.run(*SHOWN)
    found = {
        name: hashlib.sha256(content).hexdigest()
        for name, content in bucket().items()
        if name.startswith("results/") and not name.startswith(VOLATILE)
    }
    assert found == shown(plain)
    assert left_here(in_s3) == []
    assert NOTHING in in_s3.run(*SHOWN)
