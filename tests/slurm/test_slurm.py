"""The workflow on a real Slurm: the same bytes as on one machine, whatever goes wrong.

No test counts seconds: trainings wait for a file (see faults.py), and tests wait for states.
"""

import json
import os
import re
import signal
from pathlib import Path

import faults
from cluster import descendants, wait_until
from harness import disturb, small
from projects import ClusterProject

DATA = ("--until", "prepare", "check_gradients")  # made on the "login node"
SELECTED = "results/experiments/sweep/selection.json"
SHOWN = ("--", "results/summary.md", "results/experiments/tiny/figures/configurations.png")
EACH, ALL = 1e-9, 1e9  # bundle_seconds: a job for each run, or one for all
FOREVER = 300  # seconds; only a test that fails waits so long
# By seed. Each test stops its hanging jobs in its own way.
STRUCK = {1: "fail", 2: "hoard", 3: "hang", 4: "hang", 5: "crawl"}


def sweep(seeds: int, epochs: int = 1, bundle_seconds: float = EACH):
    """A config of one network on the digits, with many seeds."""

    def change(config):
        config["targets"] = ["sweep"]
        config["bundle_seconds"] = bundle_seconds
        config["experiments"] = {
            "sweep": {
                "dataset": "digits",
                "split": {"validation": 237},
                "network": {"hidden": [8], "dropout": 0.1},  # with dropout, each run trains alone
                "training": {"learning_rate": 0.1, "epochs": epochs},
                "seeds": seeds,
            }
        }

    return change


def inject(project: ClusterProject, struck: dict[int, str]) -> None:
    """Let the trainings of a project have faults, by seed."""
    scripts = project.folder / "scripts"
    (scripts / "faults.py").write_text(Path(faults.__file__).read_text())
    (project.folder / faults.FAULTS).write_text(json.dumps(struck))
    program = (scripts / "train.py").read_text()
    faulty = "import faults\n\ntrain_file = faults.faulty(train_file)\n"
    disturb(scripts / "train.py", f"{program}\n\n{faulty}")


def attempts(project: ClusterProject, seed: int) -> list[str]:
    """The Slurm jobs that began to train with a seed."""
    begun = project.folder / faults.BEGUN.format(seed)
    return begun.read_text().split() if begun.exists() else []


def test_the_cluster_gives_the_same_bytes_and_has_nothing_left_to_do(remote, local):
    for project in (remote, local):
        project.edit(small)
    local.snakemake(*SHOWN)
    output = remote.on_cluster(*SHOWN)
    assert remote.checksums() == local.checksums()
    assert remote.queued() == []
    assert {job["JobState"] for job in remote.ended()} == {"COMPLETED"}
    assert all("cpu=1," in job["Tres"] for job in remote.ended())
    # A checkpoint changes the plan while other jobs run: none of them is submitted again.
    snakemakes = [log.read_text() for log in (remote.folder / ".snakemake/log").glob("*.log")]
    assert any("Updating checkpoint dependencies" in text for text in snakemakes)
    logs = re.findall(r"submitted with SLURM jobid \d+ \(log: (.*)/", output)
    assert len(logs) == len(set(logs)) == len(remote.ended())
    assert "Nothing to be done" in remote.on_cluster(*SHOWN)


def test_a_sweep_survives_faults_of_jobs_nodes_and_the_controller(remote, local, cluster):
    seeds = range(1 + len(STRUCK))
    for project in (remote, local):
        project.edit(sweep(len(seeds), epochs=3))
    local.snakemake(SELECTED)

    remote.snakemake(*DATA)
    inject(remote, STRUCK)
    failing, hoarding, lingering, cancelled, crawling = STRUCK
    hours = ("--set-resources", "train:runtime=60 * attempt")  # however slow the machine is
    with remote.running(*hours, "--", SELECTED) as run:
        wait_until(lambda: all(attempts(remote, seed) for seed in seeds), FOREVER, "all trainings")
        first = {seed: attempts(remote, seed)[0] for seed in seeds}
        cluster.run("scancel", first[cancelled])
        cluster.run("scontrol", "update", f"JobId={first[lingering]}", "EndTime=now")
        node = cluster.run("squeue", "-h", "-j", first[crawling], "-o", "%N").strip()
        cluster.kill_node(node)
        cluster.run("scontrol", "update", f"NodeName={node}", "State=DOWN", "Reason=lost")
        wait_until(lambda: first[crawling] in remote.states(), FOREVER, "the lost job's end")
        cluster.start_node(node)
        wait_until(
            lambda: all(len(attempts(remote, seed)) > 1 for seed in STRUCK), FOREVER, "new attempts"
        )
        cluster.stop_daemon("slurmctld")
        (remote.folder / faults.RELEASED).touch()
        models = "results/experiments/sweep/bundles/seed=*.npz"
        wait_until(
            lambda: len([*remote.folder.glob(models)]) == len(seeds), FOREVER, "trained networks"
        )
        cluster.start_controller()
        run.wait(FOREVER)
    assert run.returncode == 0, remote.log()
    assert remote.checksums() == local.checksums()
    assert remote.queued() == []

    states, ended = remote.states(), {job["JobId"]: job for job in remote.ended()}
    assert states[first[failing]] == "FAILED"
    assert states[first[hoarding]] in ("FAILED", "OUT_OF_MEMORY", "CANCELLED")
    assert states[first[lingering]] == "TIMEOUT"
    assert states[first[cancelled]] == "CANCELLED"
    assert states[first[crawling]] == "NODE_FAIL"
    for seed in seeds:
        assert states[attempts(remote, seed)[-1]] == "COMPLETED"
    for seed in STRUCK:
        before, after = (ended[job] for job in attempts(remote, seed)[:2])
        assert memory(after) == 2 * memory(before)
        if seed != lingering:  # whose limit the test has changed
            assert int(after["TimeLimit"]) == 2 * int(before["TimeLimit"])
    (log,) = remote.folder.glob(f"results/logs/train/sweep/seed={crawling}.*.log")
    assert "resumed at iteration" in log.read_text()


def memory(job: dict[str, str]) -> int:
    """What a job asked for, in MB."""
    return int(re.search(r"mem=(\d+)M", job["Tres"])[1])


def test_the_same_command_continues_after_snakemake_was_killed(remote, local):
    seeds = range(4)
    for project in (remote, local):
        project.edit(sweep(len(seeds), epochs=2, bundle_seconds=ALL))
    local.snakemake(SELECTED)

    remote.snakemake(*DATA)
    inject(remote, {2: "hang"})
    (remote.folder / faults.RELEASED).touch()
    with remote.running("--", SELECTED) as first:
        wait_until(lambda: attempts(remote, 2), FOREVER, "the run that hangs")
        second = remote.start("--", SELECTED)
        assert "a run is active here" in second.communicate()[0] and second.returncode == 1
        for pid in descendants(first.pid):
            os.kill(pid, signal.SIGKILL)
    assert remote.queued(), "the jobs of a killed Snakemake live on"

    output = remote.on_cluster("--", SELECTED)
    assert "cancelling" in output
    assert remote.checksums() == local.checksums()  # no temporary file is left, and no checkpoint
    assert remote.queued() == []
    # One job trained the bundle, and the next one repeated no run that was finished.
    assert [len(attempts(remote, seed)) for seed in seeds] == [1, 1, 2, 1]
    assert len({job for seed in seeds for job in attempts(remote, seed)}) == 2


def test_a_run_that_was_killed_waits_for_slurmctld(remote, cluster):
    remote.edit(sweep(seeds=1))
    (remote.folder / ".snakemake").mkdir()
    (remote.folder / ".snakemake/slurm").write_text("running\n")
    cluster.stop_daemon("slurmctld")
    with remote.running("--until", "generate_digits") as run:
        wait_until(lambda: "Slurm does not answer" in remote.log(), FOREVER, "that it waits")
        cluster.start_controller()
        assert run.wait(FOREVER) == 0, remote.log()
    assert "Traceback" not in remote.log()
    assert len(list((remote.folder / "data/raw/digits").iterdir())) == 4


def test_bundles_of_mnist_have_enough_memory_and_time(remote, local, shared_datasets):
    def change(config):
        sweep(seeds=1, bundle_seconds=ALL)(config)
        config["experiments"]["sweep"]["dataset"] = "mnist"
        config["experiments"]["sweep"]["sweep"] = {"grid": {"training.learning_rate": [0.1, 0.2]}}
        config["local_mirror"] = str(shared_datasets)

    for project in (remote, local):
        project.edit(change)
        project.snakemake(*DATA)
    local.snakemake(SELECTED)
    remote.on_cluster("--", SELECTED)
    assert remote.checksums() == local.checksums()
    assert {job["JobState"] for job in remote.ended()} == {"COMPLETED"}
