"""What every test may ask for."""

import os
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture(scope="session")
def root() -> Path:
    """The project's folder."""
    return ROOT


@pytest.fixture(scope="session")
def shared_datasets() -> Path:
    """The folder of the real MNIST and CIFAR-10 files; the test is skipped where there is none."""
    folder = Path(os.environ.get("NN_DATASETS", ROOT.parent / "shared" / "datasets"))
    if not folder.is_dir():
        pytest.skip(f"no real data in {folder} (set NN_DATASETS to a folder with mnist/, cifar10/)")
    return folder
