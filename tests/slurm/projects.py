"""Copies of the project that run on the one-machine Slurm."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from cluster import Cluster, descendants
from harness import Project, copy_sources

HERE = Path(__file__).resolve().parent
COMMAND = "profiles/slurm/run.py"


@dataclass
class ClusterProject(Project):
    """A copy of the project that can be run on the cluster, too."""

    cluster: Cluster

    def start(self, *arguments: str, output=subprocess.PIPE) -> subprocess.Popen:
        """Start the workflow on the cluster."""
        return subprocess.Popen(
            [sys.executable, COMMAND, "--workflow-profile", HERE / "profile", *arguments],
            cwd=self.folder, env={**os.environ, **self.cluster.environment}, text=True,
            stdout=output, stderr=subprocess.STDOUT,
        )  # fmt: skip

    @contextmanager
    def running(self, *arguments: str) -> Iterator[subprocess.Popen]:
        """The workflow on the cluster, for a block that may stop it; its output is in `log`."""
        with open(self.folder / "run.log", "w") as output:
            process = self.start(*arguments, output=output)
        try:
            yield process
        except BaseException:
            print(self.log())
            raise
        finally:
            if process.poll() is None:
                for pid in descendants(process.pid):
                    with suppress(ProcessLookupError):
                        os.kill(pid, signal.SIGKILL)
            process.wait()

    def log(self) -> str:
        return (self.folder / "run.log").read_text()

    def on_cluster(self, *arguments: str) -> str:
        """Run the workflow on the cluster; return its output."""
        process = self.start(*arguments)
        output, _ = process.communicate()
        assert process.returncode == 0, output
        return output

    def queued(self) -> list[str]:
        """The states of this project's jobs in the queue."""
        jobs = self.cluster.run("squeue", "-h", "-o", "%T|%Z").split()
        return [job.partition("|")[0] for job in jobs if job.endswith(f"|{self.folder}")]

    def states(self) -> dict[str, str]:
        """The states in which this project's jobs ended, by their numbers."""
        return {job["JobId"]: job["JobState"] for job in self.ended()}

    def ended(self) -> list[dict[str, str]]:
        """What Slurm recorded of this project's jobs: JobState, TimeLimit, Tres, ..."""
        lines = (self.cluster.folder / "jobs.txt").read_text().splitlines()
        jobs = [dict(word.partition("=")[::2] for word in line.split()) for line in lines]
        return [job for job in jobs if job["WorkDir"] == str(self.folder)]


def project(folder: Path, cluster: Cluster) -> ClusterProject:
    copy_sources(folder)
    command = folder / COMMAND  # the same, with a Snakemake that looks at its jobs more often
    quick = f'[sys.executable, "{HERE / "impatient.py"}", '
    text = command.read_text()
    assert '[sys.executable, "-m", "snakemake", ' in text
    command.write_text(text.replace('[sys.executable, "-m", "snakemake", ', quick))
    return ClusterProject(folder, cluster)
