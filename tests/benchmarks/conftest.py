import subprocess
import sys

import pytest


@pytest.fixture
def table_of(root, tmp_path):
    """What a program says of an experiment's folder: the rows of its table, by their first cell."""

    def rows(program, folder=tmp_path):
        command = [sys.executable, root / "benchmarks" / program, folder]
        said = subprocess.run(command, capture_output=True, text=True)
        assert said.returncode == 0, said.stderr
        cells = [line.split("|")[1:-1] for line in said.stdout.splitlines()[2:]]
        return {first.strip(): [cell.strip() for cell in rest] for first, *rest in cells}

    return rows


@pytest.fixture
def refusal_of(root, tmp_path):
    """The one line with which a program refuses an experiment's folder."""

    def message(program, folder=tmp_path):
        command = [sys.executable, root / "benchmarks" / program, folder]
        said = subprocess.run(command, capture_output=True, text=True)
        assert said.returncode and not said.stdout and "Traceback" not in said.stderr
        return said.stderr.splitlines()[-1]

    return message
