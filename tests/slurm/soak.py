"""A sweep on a one-machine Slurm while nodes die, slurmctld restarts, and jobs and Snakemake are killed.

    python tests/slurm/soak.py --runs 1000 --seed 0 --every 30

It ends well if the results have the same bytes as those of an undisturbed
``snakemake --cores 2 results/summary.md``, with the same files and no other (except the times of a job
that was stopped before it wrote them), and if no run was trained again but those that a fault had
interrupted. Needs requirements-dev.txt and requirements/slurm.txt, and Slurm
(``python tests/slurm/cluster.py install``).
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
from collections import Counter, defaultdict
from contextlib import suppress
from pathlib import Path

sys.path.append(str(Path(__file__).resolve().parents[1] / "workflow"))

from cluster import Cluster, descendants
from harness import Project, copy_sources, disturb
from projects import ClusterProject, project
from test_slurm import sweep

FAULTS = ("lose node", "restart slurmctld", "cancel job", "kill Snakemake")
TARGETS = ("--", "results/summary.md")  # figures take longer than all else
SEEDS = 10  # of each configuration
BUNDLE_SECONDS = 0.1  # some runs in each job
STARTS = "trainings.txt"  # for each training that began: its job, bundle, run, whether it resumed
SILENCE = 600  # seconds without a new training after which a run counts as hanging
RECORD = """

import os

Checkpoint.seconds = 0
train_unrecorded = train_file


def train_file(path, settings, *arguments):
    job, bundle = os.environ.get("SLURM_JOB_ID"), path.parent.name[1:-len(".parts")]
    run = f"{settings['training']['learning_rate']}-{settings['seed']}"
    with open("trainings.txt", "a") as starts:
        print(job, bundle, run, path.with_suffix(".checkpoint.npz").exists(), file=starts)
    yield from train_unrecorded(path, settings, *arguments)


if os.environ.get("SLURM_JOB_ID"):  # the faults shall find trainings at work
    update = Checkpoint.update
    Checkpoint.update = lambda *arguments: (update(*arguments), time.sleep(0.5))
"""


def prepare(project: Project, runs: int) -> None:
    """Let a copy of the project train this number of runs, and record them."""

    def change(config):
        sweep(SEEDS, epochs=3, bundle_seconds=BUNDLE_SECONDS)(config)
        rates = [round(0.01 + 0.001 * i, 3) for i in range(runs // SEEDS)]
        config["experiments"]["sweep"]["sweep"] = {"grid": {"training.learning_rate": rates}}

    project.edit(change)
    train = project.folder / "scripts/train.py"
    disturb(train, train.read_text() + RECORD)


class Soak:
    """Runs of the workflow on a cluster, and the number of faults of each kind."""

    def __init__(self, project: ClusterProject, seed: int, every: float):
        self.project, self.cluster, self.every = project, project.cluster, every
        self.random = random.Random(seed)
        self.counts = Counter(dict.fromkeys([*FAULTS, "calls that gave up"], 0))
        self.interrupted: set[str] = set()  # jobs in the queue when Snakemake was killed
        self.process = self.call()

    def call(self) -> subprocess.Popen:
        with open(self.project.folder / "calls.log", "a") as log:
            return self.project.start(*TARGETS, output=log)

    def run(self) -> None:
        """Make one fault after another, all kinds in random order, until a run succeeds."""
        while True:
            for name in self.random.sample(FAULTS, len(FAULTS)):
                if self.ended_well(within=self.every * self.random.uniform(0.5, 1.5)):
                    return
                if done := getattr(self, name.replace(" ", "_"))():
                    self.counts[name] += 1
                    print(f"{time.strftime('%H:%M:%S')} {name}: {done}", flush=True)

    def ended_well(self, within: float) -> bool:
        """Wait this number of seconds for a run to succeed; start another if one gives up."""
        end, starts = time.monotonic() + within, self.project.folder / STARTS
        while time.monotonic() < end:
            if starts.exists() and time.time() - starts.stat().st_mtime > SILENCE:
                raise TimeoutError(f"nothing trained for {SILENCE} s in {self.project.folder}")
            if (code := self.process.poll()) == 0:
                return True
            if code:
                self.counts["calls that gave up"] += 1
                self.process = self.call()
            time.sleep(0.5)
        return False

    def lose_node(self) -> str:
        node, seconds = self.random.choice(self.cluster.nodes), self.random.uniform(1, 30)
        self.cluster.kill_node(node)
        time.sleep(seconds)
        self.cluster.start_node(node)
        return f"{node}, for {seconds:.0f} s"

    def restart_slurmctld(self) -> str:
        seconds = self.random.uniform(0, 15)
        self.cluster.stop_daemon("slurmctld")
        time.sleep(seconds)
        self.cluster.start_controller()
        return f"after {seconds:.0f} s"

    def cancel_job(self) -> str:
        if jobs := self.jobs("-t", "R"):
            self.cluster.run("scancel", job := self.random.choice(jobs), check=False)
            return job
        return ""

    def kill_Snakemake(self) -> str:
        """As when the login node loses its power: run.py and all below it; then the same command."""
        for pid in descendants(self.process.pid):
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        self.process.wait()
        self.interrupted.update(jobs := self.jobs())
        time.sleep(self.random.uniform(0, 10))
        self.process = self.call()
        return f"{len(jobs)} jobs were in the queue"

    def jobs(self, *chosen: str) -> list[str]:
        return self.cluster.run("squeue", "-h", "-o", "%i", *chosen, check=False).split()

    def check(self, runs: int) -> list[str]:
        """Print the counts; return a line for each error of a training."""
        ended = self.project.ended()
        self.interrupted |= {job["JobId"] for job in ended if job["JobState"] != "COMPLETED"}
        begun, by_job = defaultdict(list), defaultdict(list)  # jobs of each run; runs of each job
        self.last: dict[
            str, tuple[str, str]
        ] = {}  # of each bundle the job, and the run, that ended it
        for line in (self.project.folder / STARTS).read_text().splitlines():
            job, bundle, run, resumes = line.split()
            if run not in begun or self.last[bundle][1] == run:
                self.last[bundle] = job, run
            begun[run].append(job)
            by_job[job].append(run)
            self.counts["resumed from a checkpoint"] += resumes == "True"
        ends = {run for _, run in self.last.values()}
        self.counts["jobs of Slurm"] = len(ended)
        self.counts["bundles"] = len(self.last)
        self.counts["trainings begun"] = sum(map(len, begun.values()))
        self.counts["runs begun more than once"] = sum(len(jobs) > 1 for jobs in begun.values())
        print(*(f"{count:6} {name}" for name, count in self.counts.items()), sep="\n")
        wrong = [f"{len(begun)} runs were trained, not {runs}"] if len(begun) != runs else []
        # An interrupted job repeats the run that it was in; one that had trained its bundle to the
        # end may repeat all.
        return wrong + [
            f"trained again though no fault had stopped it: {run}, by the jobs {jobs}"
            for run, jobs in begun.items()
            for job in jobs[:-1]
            if job not in self.interrupted
            or not (by_job[job][-1] == run or by_job[job][-1] in ends)
        ]

    def unmeasured(self) -> set[str]:
        """The times that may be missing: a job that was stopped after its bundle was written has none."""
        return {
            f"results/benchmarks/train/sweep/{bundle}.tsv"
            for bundle, (job, _) in self.last.items()
            if job in self.interrupted
        }


def files(project: Project) -> set[str]:
    tops = [project.folder / "results", project.folder / "data"]
    found = (path for top in tops for path in top.rglob("*") if path.is_file())
    return {path.relative_to(project.folder).as_posix() for path in found}


def soak(remote: ClusterProject, local: Project, runs: int, **options: int) -> list[str]:
    """Run both, and print faults and counts; return a line for each error."""
    for copy in (remote, local):
        prepare(copy, runs)
    begun = time.monotonic()
    calls = Soak(remote, **options)
    calls.run()
    print(f"{runs} runs, {options}: {(time.monotonic() - begun) / 60:.1f} minutes", flush=True)
    wrong = calls.check(runs) + [f"still in the queue: {job}" for job in remote.queued()]
    local.snakemake(*TARGETS)
    differ = {name for name, _ in remote.checksums().items() ^ local.checksums().items()}
    found, expected = files(remote), files(local)
    differ |= found ^ (expected - (calls.unmeasured() - found))
    wrong += [f"not as on one machine: {name}" for name in sorted(differ)]
    print("\n".join(wrong) or "the same bytes as on one machine, and no other file")
    return wrong


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--runs", type=int, default=1000, help="a multiple of 10")
    parser.add_argument("--seed", type=int, default=0, help="of the faults")
    parser.add_argument("--every", type=float, default=30, help="seconds between faults, about")
    options = parser.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="soak-"))
    cluster = Cluster(folder / "slurm", nodes=6, cpus=1, memory=2500, port=27600)
    try:
        cluster.start()
        remote, local = project(folder / "remote", cluster), copy_sources(folder / "local")
        wrong = soak(remote, local, **vars(options))
    finally:
        cluster.stop()
    if wrong:
        sys.exit(f"{folder} is left for a look")
    shutil.rmtree(folder)


if __name__ == "__main__":
    main()
