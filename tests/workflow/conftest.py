"""Projects for the tests of the workflow: as checked out, and with its workflow run."""

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
def finished(tmp_path_factory) -> Project:
    """A project whose workflow has run; only to be copied."""
    project = copy_sources(tmp_path_factory.mktemp("finished"))
    project.edit(small)
    project.snakemake()
    return project


@pytest.fixture
def built(finished, tmp_path) -> Project:
    """A copy of a project whose workflow has run."""
    shutil.copytree(finished.folder, tmp_path / "project")
    return Project(tmp_path / "project")
