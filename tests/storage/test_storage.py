"""The workflow with its files in a storage: the same bytes as without."""

import hashlib
from pathlib import Path

from harness import VOLATILE, Project, disturb

MODEL = "results/experiments/single/runs/seed=0/model.npz"
RUNS = "results/experiments/single/runs.csv"
FIGURES = "results/experiments/tiny/figures/"
LOG = "results/logs/train/single/seed=0.log"
NOTHING = "Nothing to be done"

# Put into train.py: the first training that has written a checkpoint is killed, once.
KILLED = """
    import os
    from signal import SIGKILL

    CHECKPOINT_SECONDS = 0
    save = Checkpoint.save

    def save_and_die(*arguments):
        save(*arguments)
        mark = Path({mark!r})
        if not mark.exists() and "/single/" in str(arguments[0].path):
            mark.touch()
            os.kill(os.getpid(), SIGKILL)

    Checkpoint.save = save_and_die
    artifacts.cli(main)
"""


def kill_once(project: Project) -> Path:
    """Let a training be killed in mid-training; return the file that says that it was."""
    mark = project.folder.parent / "killed"
    train = project.folder / "scripts/train.py"
    text = train.read_text()
    assert text.endswith("\n    artifacts.cli(main)\n")
    killed = text.removesuffix("\n    artifacts.cli(main)\n") + KILLED.format(mark=str(mark))
    disturb(train, killed)
    return mark


def stored(project: Project) -> Project:
    """The folder of the storage, as a project whose checksums can be asked for."""
    return Project(project.folder.parent / "storage")


def left_here(project: Project) -> list[str]:
    """Results that are in the project's folder, and not in its storage."""
    return [p.name for folder in ("results", "data") for p in project.folder.glob(f"{folder}/*")]


def test_a_folder_as_storage(in_a_folder, plain):
    assert "provenance.json is not written: the files are in a storage." in in_a_folder.run()
    assert stored(in_a_folder).checksums() == plain.checksums()
    assert (stored(in_a_folder).folder / "results/report.html").exists()
    assert left_here(in_a_folder) == []
    assert NOTHING in in_a_folder.run()

    # What the last call has read of the storage lies here; see docs/cluster.md.
    in_a_folder.edit(lambda config: config["experiments"]["single"].update(seeds=2))
    copies = in_a_folder.folder.parent / "copies"
    in_a_folder.run("--local-storage-prefix", str(copies), RUNS)
    assert (stored(in_a_folder).folder / RUNS).read_text().count("\n") == 1 + 2


def test_results_that_lie_beside_a_storage_are_none_of_it(in_a_folder):
    old = in_a_folder.folder / "results/experiments/old"
    old.mkdir(parents=True)
    for name in ("runs.csv", "selection.json"):
        (old / name).touch()
    assert "/old/" not in in_a_folder.run("--dry-run")


def test_a_training_that_was_killed_goes_on_from_its_checkpoint_on_the_same_machine(
    in_a_folder, plain
):
    mark = kill_once(in_a_folder)
    model = stored(in_a_folder).folder / MODEL
    assert "Error" in in_a_folder.run(MODEL, check=False)
    assert mark.exists() and not model.exists()
    in_a_folder.run(MODEL)
    assert "resumed at iteration" in (stored(in_a_folder).folder / LOG).read_text()
    assert model.read_bytes() == (plain.folder / MODEL).read_bytes()


def test_jobs_in_empty_folders_of_which_one_is_killed(apart, plain):
    mark = kill_once(apart)
    targets = "results/summary.md", f"{FIGURES}configurations.png"  # one job draws all of them
    apart.run("--retries", "1", "--", *targets)
    not_asked_for = ("/figures/", "results/report.html", "/info.json", "results/gradient_checks/")
    expected = {
        name: checksum
        for name, checksum in plain.checksums().items()
        if name.startswith(FIGURES) or not any(part in name for part in not_asked_for)
    }
    assert stored(apart).checksums() == expected
    assert left_here(apart) == []
    # A lost job's folder is lost, and its checkpoint with it: the training began anew.
    assert mark.exists()
    assert "resumed at iteration" not in (stored(apart).folder / LOG).read_text()
    assert NOTHING in apart.run("--", *targets)


def test_s3(in_s3, bucket, plain):
    in_s3.run()
    found = {
        name: hashlib.sha256(content).hexdigest()
        for name, content in bucket().items()
        if name.startswith("results/") and not name.startswith(VOLATILE)
    }
    assert found == plain.checksums()
    assert left_here(in_s3) == []
    assert NOTHING in in_s3.run()
