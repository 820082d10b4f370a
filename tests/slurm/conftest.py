"""A one-machine Slurm for the whole session, and projects that run on it."""

import os
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

import pytest
from harness import Project, copy_sources

sys.path.append(str(Path(__file__).parent))

from cluster import Cluster, is_installed

HERE = Path(__file__).parent
COMMAND = "profiles/slurm/run.py"


def pytest_collection_modifyitems(items):
    """Skip the tests of this folder unless they are asked for and Slurm is there."""
    reason = None
    if not os.environ.get("NN_TEST_SLURM"):
        reason = "asked for by NN_TEST_SLURM=1"
    elif not is_installed():
        reason = "Slurm is not installed: python tests/slurm/cluster.py install"
    elif os.environ.get("PYTEST_XDIST_WORKER"):
        reason = "there is one cluster: pytest -n 0"
    for item in items:
        if HERE in item.path.parents:
            item.add_marker(pytest.mark.slurm)
            if reason:
                item.add_marker(pytest.mark.skip(reason=reason))


@pytest.fixture(scope="session")
def cluster():
    """Six nodes of one processor."""
    folder = Path(tempfile.mkdtemp(prefix="slurm-"))
    cluster = Cluster(folder, nodes=6, cpus=1, memory=2500, port=27500)
    try:
        cluster.start()
        yield cluster
    finally:
        cluster.stop()
        shutil.rmtree(folder)


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

    def on_cluster(self, *arguments: str) -> str:
        """Run the workflow on the cluster; return what it printed."""
        process = self.start(*arguments)
        output, _ = process.communicate()
        assert process.returncode == 0, output
        return output

    def queued(self) -> list[str]:
        """The states of this project's jobs in the queue."""
        jobs = self.cluster.run("squeue", "-h", "-o", "%T|%Z").split()
        return [job.partition("|")[0] for job in jobs if job.endswith(f"|{self.folder}")]

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


@pytest.fixture
def remote(tmp_path, cluster) -> ClusterProject:
    """A project to run on the cluster."""
    (tmp_path / "remote").mkdir()
    return project(tmp_path / "remote", cluster)


@pytest.fixture
def local(tmp_path) -> Project:
    """A project to run on this machine, to compare with."""
    (tmp_path / "local").mkdir()
    return copy_sources(tmp_path / "local")
