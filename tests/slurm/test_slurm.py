"""The workflow on a real Slurm: the same bytes as on one machine, whatever goes wrong."""

import os
import signal
import subprocess
import time
from pathlib import Path

import faults
from cluster import Cluster, descendants, opened, read, wait_until
from harness import disturb, small

DATA = ("--until", "prepare", "check_gradients")  # made on the "login node"
SELECTED = "results/experiments/sweep/selection.json"
TRAINED = "results/experiments/sweep/runs/seed={}/model.npz"


def sweep(seeds: int, epochs: int = 1):
    """A config of one network on the digits, with many seeds."""

    def change(config):
        config["targets"] = ["sweep"]
        config["experiments"] = {
            "sweep": {
                "dataset": "digits",
                "split": {"validation": 237},
                "network": {"hidden": [8]},
                "training": {"learning_rate": 0.1, "epochs": epochs},
                "seeds": seeds,
            }
        }

    return change


def finish(process: subprocess.Popen, seconds: float) -> str:
    """Wait for a run; one that hangs is stopped as by Ctrl-C, which cancels its jobs."""
    try:
        return process.communicate(timeout=seconds)[0]
    except subprocess.TimeoutExpired:
        for pid in children(process.pid):
            os.kill(pid, signal.SIGINT)
        return "not finished: " + process.communicate(timeout=60)[0]


def children(pid: int) -> list[int]:
    return [int(p) for p in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def test_the_cluster_gives_the_same_bytes_and_has_nothing_left_to_do(remote, local):
    for project in (remote, local):
        project.edit(small)
    local.snakemake()
    remote.on_cluster()
    assert remote.checksums() == local.checksums()
    assert remote.queued() == []
    assert {job["JobState"] for job in remote.ended()} == {"COMPLETED"}
    assert "Nothing to be done" in remote.on_cluster()
    assert (remote.folder / "results/report.html").exists()


def test_small_runs_travel_in_groups_that_are_sized_as_they_run(remote):
    remote.edit(sweep(seeds=8))
    remote.snakemake(*DATA)
    remote.on_cluster("--group-components", "runs=4", "--", SELECTED)
    assert len(list(remote.folder.glob(TRAINED.format("*")))) == 8
    assert [job["TimeLimit"] for job in remote.ended()] == ["20", "20", "10"]  # 4 * (3 + 2) minutes
    assert all("cpu=1," in job["Tres"] for job in remote.ended())


def test_a_sweep_survives_faults_of_jobs_nodes_and_the_controller(remote, local, cluster):
    for project in (remote, local):
        project.edit(sweep(seeds=5, epochs=60))
    local.snakemake(SELECTED)

    remote.snakemake(*DATA)
    train = remote.folder / "scripts/train.py"
    source = Path(faults.__file__).read_text()
    (train.parent / "faults.py").write_text(source)
    text = train.read_text().replace("CHECKPOINT_SECONDS = 20", "CHECKPOINT_SECONDS = 1")
    inject = "    import faults\n\n    faults.inject()\n    artifacts.cli(main)"
    disturb(train, text.replace("    artifacts.cli(main)", inject))
    crawling = remote.folder / Path(TRAINED.format(faults.CRAWLS)).with_name("checkpoint.npz")
    run = remote.start(
        "--group-components",
        "runs=1",
        "--set-resources",
        f"train:runtime=1 if attempt == 1 and wildcards.run == 'seed={faults.LINGERS}' else 10",
        "validate:runtime=0",
        "--",
        SELECTED,
    )

    def job_of(seed: int) -> tuple[str, str]:
        """The number and the node of the Slurm job that trains with a seed."""
        log = f"results/logs/train/sweep/seed={seed}.log"
        jobs = cluster.run("squeue", "-h", "-t", "R", "-o", "%i %N").splitlines()
        for job in jobs:
            number, node = job.split()
            if writes(node, remote.folder / log, cluster):
                return number, node
        raise AssertionError(f"no running job writes {log}: {jobs}")

    wait_until(crawling.exists, 60, "a checkpoint")
    wait_until((remote.folder / f".attempted-{faults.HANGS}").exists, 30, "the hanging run")
    cluster.run("scancel", job_of(faults.HANGS)[0])
    node = job_of(faults.CRAWLS)[1]
    cluster.kill_node(node)
    cluster.stop_daemon("slurmctld")
    time.sleep(15)
    cluster.start_controller()
    output = finish(run, seconds=300)
    cluster.start_node(node)

    assert run.returncode == 0 and not output.startswith("not finished"), output
    assert remote.checksums() == local.checksums()
    lost = [job for job in remote.ended() if job["JobState"] != "COMPLETED"]
    states = sorted(job["JobState"] for job in lost)
    assert states == ["CANCELLED", "FAILED", "FAILED", "NODE_FAIL", "TIMEOUT"], lost
    log = remote.folder / f"results/logs/train/sweep/seed={faults.CRAWLS}.log"
    assert "resumed at iteration" in log.read_text()
    assert remote.queued() == [] and not crawling.exists()


def writes(node: str, file: Path, cluster: Cluster) -> bool:
    """Whether a process on this node has the file open."""
    log = str(cluster.folder / f"slurmd.{node}.log")
    steps = [
        p
        for p in Path("/proc").glob("[0-9]*")
        if read(p / "comm") == "slurmstepd" and log in opened(p)
    ]
    below = {pid for step in steps for pid in descendants(int(step.name))}
    return any(str(file) in opened(Path(f"/proc/{pid}")) for pid in below)


def test_one_command_goes_on_after_snakemake_was_killed(remote, local):
    for project in (remote, local):
        project.edit(sweep(seeds=8, epochs=2))
    local.snakemake(SELECTED)

    remote.snakemake(*DATA)
    train = remote.folder / "scripts/train.py"
    text = train.read_text().replace(
        "    artifacts.cli(main)", "    time.sleep(4)\n    artifacts.cli(main)"
    )
    disturb(train, text)
    arguments = ("--group-components", "runs=2", "--", SELECTED)
    with open(remote.folder / "first.log", "w") as log:
        first = remote.start(*arguments, output=log)
        wait_until(lambda: list(remote.folder.glob(TRAINED.format("*"))), 90, "a trained network")
        second = remote.start(*arguments)
        assert "a run is going on here" in second.communicate()[0] and second.returncode == 1
        for pid in [*children(first.pid), first.pid]:
            os.kill(pid, signal.SIGKILL)
        first.wait()
    assert remote.queued(), "the jobs of a killed Snakemake live on"

    output = remote.on_cluster(*arguments)
    assert "cancelling" in output
    assert remote.checksums() == local.checksums()  # also no temporary file, no checkpoint is left
    assert remote.queued() == []


def test_a_run_that_was_killed_waits_for_slurmctld(remote, cluster):
    remote.edit(sweep(seeds=1))
    (remote.folder / ".snakemake").mkdir()
    (remote.folder / ".snakemake/slurm").write_text("running\n")
    cluster.stop_daemon("slurmctld")
    log = remote.folder / "run.log"
    with open(log, "w") as output:
        run = remote.start("--until", "generate_digits", output=output)
        wait_until(lambda: "Slurm does not answer" in log.read_text(), 60, "that it waits")
        cluster.start_controller()
        assert run.wait() == 0, log.read_text()
    assert "Traceback" not in log.read_text()
    assert len(list((remote.folder / "data/raw/digits").iterdir())) == 4


def test_a_checkpoint_leaves_groups_that_run_as_they_are(remote):
    """With its output Snakemake forms all groups anew, also of jobs that are on their nodes."""

    def change(config):
        sweep(seeds=8)(config)
        single = config["experiments"]["sweep"] | {"seeds": 1}
        config["experiments"]["single"] = single | {"training": {"learning_rate": 0.2, "epochs": 1}}

    remote.edit(change)
    remote.snakemake(*DATA, "--", "sweep", "single")
    train = remote.folder / "scripts/train.py"
    begin = """
    settings = json.loads(sys.argv[sys.argv.index("--settings") + 1])
    with open("trainings.txt", "a") as begun:
        print(settings["seed"], settings["training"]["learning_rate"], file=begun)
    time.sleep(8 if settings["training"]["learning_rate"] == 0.1 else 0)
    artifacts.cli(main)"""
    disturb(train, train.read_text().replace("\n    artifacts.cli(main)", begin))
    output = remote.on_cluster("--group-components", "runs=2", "--", "sweep", "single")
    assert "Updating checkpoint dependencies" in output
    begun = (remote.folder / "trainings.txt").read_text().splitlines()
    assert sorted(begun) == sorted([*(f"{seed} 0.1" for seed in range(8)), "0 0.2"])
    assert {job["JobState"] for job in remote.ended()} == {"COMPLETED"}


def test_a_sweep_on_mnist(remote, local, shared_datasets):
    def change(config):
        sweep(seeds=1)(config)
        config["experiments"]["sweep"]["dataset"] = "mnist"
        config["experiments"]["sweep"]["sweep"] = {"grid": {"training.learning_rate": [0.1, 0.2]}}
        config["local_mirror"] = str(shared_datasets)

    for project in (remote, local):
        project.edit(change)
    local.snakemake()
    remote.on_cluster()
    assert remote.checksums() == local.checksums()
