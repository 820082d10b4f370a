"""A sweep on a one-machine Slurm while nodes die, slurmctld restarts, and jobs and Snakemake are killed.

    python tests/slurm/soak.py --runs 1000 --seed 0 --every 30

It ends well if the results have the same bytes as those of an undisturbed ``snakemake --cores 2``, with
the same files and no other, and if nothing was trained anew but what a fault had interrupted. Needs
requirements-dev.txt and requirements-slurm.txt, and Slurm (``python tests/slurm/cluster.py install``).
"""

import argparse
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

sys.path.append(str(Path(__file__).resolve().parents[1] / "workflow"))

from cluster import Cluster, descendants
from conftest import ClusterProject, project
from harness import Project, copy_sources

SEEDS = 10  # of each configuration
# A line for each training that began: the number of its job, its model, whether there was a checkpoint.
STARTS = "trainings.txt"
SILENCE = 900  # seconds without a new training after which a call hangs
RECORD = """    import os

    CHECKPOINT_SECONDS = 0
    job, output = os.environ.get("SLURM_JOB_ID", "here"), Path(sys.argv[sys.argv.index("--output") + 1])
    with open("trainings.txt", "a") as starts:
        print(job, output, output.with_name("checkpoint.npz").exists(), file=starts)
    if job != "here":  # the faults shall find trainings at work
        update = Checkpoint.update
        Checkpoint.update = lambda *arguments: (update(*arguments), time.sleep(0.1))
    artifacts.cli(main)"""


def prepare(project: Project, runs: int) -> None:
    """Let a copy of the project train a random search of so many runs, and record what it trains."""

    def change(config):
        config["targets"] = ["sweep"]
        config["experiments"] = {
            "sweep": {
                "dataset": "digits",
                "split": {"validation": 237},
                "network": {"hidden": [8]},
                "training": {"epochs": 3},
                "sweep": {
                    "random": {
                        "samples": runs // SEEDS,
                        "values": {"training.learning_rate": {"loguniform": [0.01, 0.3]}},
                    }
                },
                "seeds": SEEDS,
            }
        }

    project.edit(change)
    train = project.folder / "scripts/train.py"
    program, end, _ = train.read_text().rpartition("    artifacts.cli(main)")
    assert end
    train.write_text(f"{program}{RECORD}\n")


class Soak:
    """A run of the workflow, what is done to it, and what was counted."""

    def __init__(self, project: ClusterProject, seed: int, every: float, group: int):
        self.project, self.cluster, self.every = project, project.cluster, every
        self.random = random.Random(seed)
        self.arguments = ["--group-components", f"runs={group}"]
        self.faults = {
            "nodes lost": self.lose_node,
            "slurmctld restarted": self.restart_controller,
            "jobs cancelled": self.cancel_job,
            "Snakemake killed": self.kill_snakemake,
        }
        self.counts = Counter(dict.fromkeys([*self.faults, "calls that gave up"], 0))
        self.interrupted: set[str] = set()  # jobs that lived when Snakemake was killed
        self.log = project.folder / "calls.log"
        self.process = self.call()

    def call(self) -> subprocess.Popen:
        with open(self.log, "a") as log:
            return self.project.start(*self.arguments, output=log)

    def run(self) -> None:
        """Make a fault after another until a call has ended well."""
        while self.wait(self.every * self.random.uniform(0.5, 1.5)) is None:
            name = self.random.choice(list(self.faults))
            done = self.faults[name]()
            if done:
                self.counts[name] += 1
                print(f"{time.strftime('%H:%M:%S')} {name}: {done}", flush=True)

    def wait(self, seconds: float) -> int | None:
        """Wait for a call to end well, so long; call again where one gives up."""
        end = time.monotonic() + seconds
        starts = self.project.folder / STARTS
        while time.monotonic() < end:
            if starts.exists() and time.time() - starts.stat().st_mtime > SILENCE:
                raise TimeoutError(f"nothing trained within {SILENCE} s: {self.log}")
            code = self.process.poll()
            if code == 0:
                return code
            if code is not None:
                self.counts["calls that gave up"] += 1
                self.process = self.call()
            time.sleep(0.5)
        return None

    def lose_node(self) -> str:
        node, seconds = self.random.choice(self.cluster.nodes), self.random.uniform(1, 20)
        self.cluster.kill_node(node)
        time.sleep(seconds)
        self.cluster.start_node(node)
        return f"{node}, {seconds:.0f} s"

    def restart_controller(self) -> str:
        seconds = self.random.uniform(0, 15)
        self.cluster.stop_daemon("slurmctld")
        time.sleep(seconds)
        self.cluster.start_controller()
        return f"{seconds:.0f} s away"

    def cancel_job(self) -> str:
        jobs = self.jobs("R")
        if not jobs:
            return ""
        job = self.random.choice(jobs)
        self.cluster.run("scancel", job, check=False)
        return job

    def kill_snakemake(self) -> str:
        """As a power cut of the login node: run.py and all below it."""
        for pid in descendants(self.process.pid):
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                continue
        self.process.wait()
        time.sleep(self.random.uniform(0, 10))
        jobs = self.jobs()
        self.interrupted.update(jobs)
        self.process = self.call()
        return f"{len(jobs)} jobs in the queue"

    def jobs(self, *states: str) -> list[str]:
        """The numbers of the jobs in the queue."""
        chosen = ["-t", ",".join(states)] if states else []
        return self.cluster.run("squeue", "-h", "-o", "%i", *chosen, check=False).split()

    def trainings(self) -> tuple[dict[str, list[str]], int, list[str]]:
        """The jobs that began each training; how many resumed; the runs begun anew without a reason."""
        interrupted = self.interrupted | {
            job["JobId"] for job in self.project.ended() if job["JobState"] != "COMPLETED"
        }
        jobs: dict[str, list[str]] = {}
        resumed = 0
        for line in (self.project.folder / STARTS).read_text().splitlines():
            job, model, resumes = line.split()
            jobs.setdefault(model, []).append(job)
            resumed += resumes == "True"
        return jobs, resumed, [m for m, begun in jobs.items() if set(begun[:-1]) - interrupted]


def differences(remote: Project, local: Project) -> list[str]:
    """The files of two projects that only one has, or that have other bytes."""
    names = [
        {
            path.relative_to(p.folder).as_posix()
            for top in ("results", "data")
            for path in (p.folder / top).rglob("*")
            if path.is_file()
        }
        for p in (remote, local)
    ]
    sums = [set(p.checksums().items()) for p in (remote, local)]
    return sorted((names[0] ^ names[1]) | {name for name, _ in sums[0] ^ sums[1]})


def soak(remote: ClusterProject, local: Project, runs: int, seed: int, every: float, group: int):
    """Run both; print what was counted; return what is wrong, a line each."""
    prepare(remote, runs)
    begun = time.monotonic()
    soak = Soak(remote, seed, every, group)
    soak.run()
    minutes = (time.monotonic() - begun) / 60
    print(f"seed {seed}: {runs} runs in groups of {group}, {minutes:.1f} minutes")
    jobs, resumed, unexplained = soak.trainings()
    counts = soak.counts | {
        "jobs of Slurm": len(remote.ended()),
        "trainings begun": sum(map(len, jobs.values())),
        "runs begun more than once": sum(len(begun) > 1 for begun in jobs.values()),
        "trainings resumed from a checkpoint": resumed,
    }
    for name, count in counts.items():
        print(f"{count:6} {name}")
    print("once more on one machine, without faults ...", flush=True)
    if not (local.folder / STARTS).exists():
        prepare(local, runs)
    local.snakemake()
    wrong = [f"begun anew without a reason: {model} {jobs[model]}" for model in unexplained]
    wrong += [f"not as on one machine: {name}" for name in differences(remote, local)]
    wrong += [f"still in the queue: {job}" for job in soak.jobs()]
    if len(jobs) != runs:
        wrong.append(f"{len(jobs)} runs trained, not {runs}")
    print("\n".join(wrong) or "the same bytes as on one machine, and no file beside them")
    return wrong


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--runs", type=int, default=1000, help="a multiple of 10")
    parser.add_argument("--seed", type=int, default=0, help="of the faults")
    parser.add_argument("--every", type=float, default=30, help="seconds between faults, about")
    parser.add_argument("--group", type=int, default=10, help="runs in a job of Slurm")
    parser.add_argument("--local", type=Path, help="where the undisturbed run is, to use it again")
    options = vars(parser.parse_args())
    folder = Path(tempfile.mkdtemp(prefix="soak-"))
    cluster = Cluster(folder / "slurm", nodes=6, cpus=1, memory=2500, port=27600)
    try:
        cluster.start()
        place = options.pop("local") or folder / "local"
        local = Project(place) if place.exists() else copy_sources(place)
        wrong = soak(project(folder / "remote", cluster), local, **options)
    finally:
        cluster.stop()
    if wrong:
        print(f"{folder} is left for a look")
        return 1
    shutil.rmtree(folder)
    return 0


if __name__ == "__main__":
    sys.exit(main())
