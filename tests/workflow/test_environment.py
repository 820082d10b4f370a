"""Odd environments: the workflow runs, or says in one line why it does not."""

import subprocess
import sys

import pytest
from harness import copy_sources

GENERATED = "data/raw/digits/train-images-idx3-ubyte.gz"


@pytest.mark.parametrize(
    "command",
    [
        "exec $RUN <&- >&- 2>&-",
        "$RUN 2>&1 | head -n 1; exec $RUN",
        # As cron does, and worse: no HOME, no terminal.
        "ulimit -n 64; umask 077; exec env -i PATH=/usr/bin:/bin TMPDIR=/nowhere setsid $RUN </dev/null",
    ],
)
def test_a_job_runs_without_what_a_shell_usually_has(fresh, command):
    run = f"{sys.executable} -m snakemake --cores 2 {GENERATED}"
    command = ["bash", "-c", command.replace("$RUN", run)]
    done = subprocess.run(command, cwd=fresh.folder, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert "Traceback" not in done.stdout + done.stderr
    assert (fresh.folder / GENERATED).exists()


def test_a_checkout_in_a_folder_whose_name_snakemake_reads_as_a_variable(tmp_path):
    project = copy_sources(tmp_path / "a{b}c")
    project.snakemake("--dry-run", "spiral_linear")
    project.folder = tmp_path
    done = project.snakemake("--dry-run", "--snakefile", "a{b}c/Snakefile", check=False)
    assert done.returncode == 1 and "Traceback" not in done.stdout
    assert f"{tmp_path}/a{{b}}c: Snakemake reads braces and <> in a path as" in done.stdout
