"""Projects for the tests of the workflow: as checked out, and with its workflow run."""

import fcntl
import os
import shutil

import pytest
from harness import Project, copy_sources, small


@pytest.fixture
def fresh(tmp_path) -> Project:
    """The project as checked out, with the small config."""
    project = copy_sources(tmp_path)
    project.edit(small)
    return project


@pytest.fixture(scope="session")
def build_once(tmp_path_factory):
    """build_once(name, change, target, ...): a project with a changed config, built once for all."""
    shared = tmp_path_factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        shared = shared.parent

    def build(name: str, change, *targets: str) -> Project:
        folder = shared / f"project-{name}"
        with open(shared / f"{name}.lock", "w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            done = shared / f"{name}.done"
            if not done.exists():
                project = copy_sources(folder)
                project.edit(change)
                done.write_text(project.snakemake(*targets).stdout)
        return Project(folder)

    return build


@pytest.fixture(scope="session")
def finished(build_once) -> Project:
    """A project whose workflow has run; only to be copied."""
    return build_once("small", small)


@pytest.fixture
def built(finished, tmp_path) -> Project:
    """A copy of a project whose workflow has run."""
    shutil.copytree(finished.folder, tmp_path / "project")
    return Project(tmp_path / "project")
