"""A one-machine Slurm for the whole session, and projects that run on it."""

import os
import shutil
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from harness import Project, copy_sources

sys.path.append(str(Path(__file__).parent))

from cluster import Cluster, is_installed
from projects import ClusterProject, project

HERE = Path(__file__).parent


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
    """Seven nodes of one processor."""
    folder = Path(tempfile.mkdtemp(prefix="slurm-"))
    # Six trainings hold a node each, and the executor uses none again that has failed.
    cluster = Cluster(folder, nodes=7, cpus=1, memory=2500, port=27500)
    try:
        cluster.start()
        yield cluster
    finally:
        cluster.stop()
        shutil.rmtree(folder)


@pytest.fixture
def remote(tmp_path, cluster) -> Iterator[ClusterProject]:
    """A project to run on the cluster, whose nodes are all up."""
    cluster.start()
    yield project(tmp_path / "remote", cluster)
    cluster.start()
    cluster.cancel()


@pytest.fixture
def local(tmp_path) -> Project:
    """A project to run on this machine, to compare with."""
    return copy_sources(tmp_path / "local")
