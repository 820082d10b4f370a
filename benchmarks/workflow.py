"""Time the workflow itself: a sweep of N trivial runs, from a dry run to a run with nothing to do.

    python benchmarks/workflow.py --runs 1000 5000

Copies the project into a temporary folder with one experiment: a linear classifier on the digits, one
epoch per run. Its sweep is a grid of learning rates and L2 penalties, as square as N allows (5000 = 50 x
100), because a list of thousands of rates would measure how fast YAML is read. Three invocations of
Snakemake are timed by wall clock: a dry run in the fresh folder, the complete workflow with figures and
report, and one that finds everything finished.

The bare workflow has two jobs per run, to train and to validate, and a last job after all of them. Each
starts Python, imports numpy and writes an empty file: three rules, no configuration, the same profile.
This project trains short runs together, so it has fewer jobs.

The CPU time of all processes distinguishes a slow workflow from a busy machine. PYTHONDONTWRITEBYTECODE
is removed from the environment: with it, every job would compile the modules of scripts/ again (25 ms).
"""

import argparse
import csv
import math
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import yaml

ROOT = Path(__file__).resolve().parent.parent
SOURCES = ("Snakefile", "config.yaml", "workflow", "scripts", "profiles")
TIMES = ("seconds_per_run", "noop_seconds", "dry_run_seconds")
COLUMNS = ("runs", *TIMES, *(f"bare_{name}" for name in TIMES))
BARE = """
EMPTY = "{python} -c 'import numpy, pathlib, sys; [pathlib.Path(f).touch() for f in sys.argv[1:]]'"
rule all:
    input: [f"runs/{{i}}/metrics" for i in range({runs})]
    output: "all"
    shell: EMPTY + " {{output}}"
rule validate:
    input: "runs/{{run}}/model"
    output: "runs/{{run}}/metrics"
    shell: EMPTY + " {{output}}"
rule train:
    output: "runs/{{run}}/model"
    shell: EMPTY + " {{output}}"
"""


def copy_project(folder: Path, name: str, settings: dict, **more: dict) -> None:
    """Copy the workflow, with a config of one experiment, and other keys of the config if given."""
    for source in SOURCES:
        if (ROOT / source).is_dir():
            ignored = shutil.ignore_patterns("__pycache__")
            shutil.copytree(ROOT / source, folder / source, ignore=ignored)
        else:
            shutil.copy(ROOT / source, folder / source)
    config = yaml.safe_load((ROOT / "config.yaml").read_text())
    config |= {"experiments": {name: settings}, "targets": [name], **more}
    (folder / "config.yaml").write_text(yaml.safe_dump(config, sort_keys=False))


def trivial(runs: int) -> dict:
    """Return the settings of an experiment with this number of runs."""
    rows = next(rows for rows in range(math.isqrt(runs), 0, -1) if runs % rows == 0)
    rates = [round(0.001 * (i + 1), 4) for i in range(rows)]
    penalties = [round(0.0001 * (i + 1), 4) for i in range(runs // rows)]
    return {
        "dataset": "digits",
        "split": {"validation": 237},
        "network": {"hidden": []},
        "training": {"epochs": 1, "batch_size": 100},
        "sweep": {"grid": {"training.learning_rate": rates, "training.l2": penalties}},
    }


def call(folder: Path, *arguments: str) -> tuple[float, float, str]:
    """Run Snakemake; return wall-clock seconds, CPU seconds and its output."""
    return timed(folder, [sys.executable, "-m", "snakemake", *arguments])


def timed(folder: Path, command: list[str]) -> tuple[float, float, str]:
    """Run a command; return wall-clock seconds, CPU seconds and its output."""
    environment = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}
    cpu, start = cpu_of_children(), time.monotonic()
    done = subprocess.run(
        command, cwd=folder, env=environment, text=True,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
    )  # fmt: skip
    seconds = time.monotonic() - start
    if done.returncode:
        sys.exit(f"{' '.join(command)} failed in {folder}:\n{done.stdout[-3000:]}")
    return seconds, cpu_of_children() - cpu, done.stdout


def cpu_of_children() -> float:
    times = os.times()
    return times.children_user + times.children_system


def copy_bare(folder: Path, runs: int) -> None:
    """Write the bare workflow for this number of runs."""
    text = BARE.format(python=sys.executable, runs=runs)
    (folder / "Snakefile").write_text(text)
    shutil.copytree(ROOT / "profiles", folder / "profiles")


def measure(folder: Path, runs: int, cores: int) -> dict[str, float]:
    """Time the three invocations for a workflow with this number of runs."""
    dry, _, plan = call(folder, "--dry-run", "--quiet", "rules")
    whole, cpu, _ = call(folder, "--cores", str(cores))
    noop, _, output = call(folder, "--cores", str(cores))
    if "Nothing to be done" not in output:
        sys.exit(f"the last invocation found work to do:\n{output[-3000:]}")
    return {
        "jobs": int(re.search(r"^total +(\d+)", plan, re.MULTILINE)[1]),
        "seconds_per_run": whole / runs,
        "noop_seconds": noop,
        "dry_run_seconds": dry,
        "cpu_seconds_per_run": cpu / runs,
    }


def compare(runs: int, cores: int) -> dict[str, float]:
    """Time this workflow and the bare one, one after the other."""
    with tempfile.TemporaryDirectory(prefix="workflow-") as name:
        ours, bare = Path(name, "ours"), Path(name, "bare")
        for folder in (ours, bare):
            folder.mkdir()
        copy_project(ours, "trivial", trivial(runs))
        row = {"runs": runs}
        row |= measure(ours, runs, cores)
        with open(ours / "results/experiments/trivial/runs.csv") as table:
            if (built := sum(1 for _ in table) - 1) != runs:
                sys.exit(f"{built} runs were built, not {runs}")
        copy_bare(bare, runs)
        found = measure(bare, runs, cores)
    return row | {f"bare_{name}": value for name, value in found.items()}


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "--runs", type=int, nargs="+", default=[1000], help="how many, one row each"
    )
    parser.add_argument("--cores", type=int, default=2)
    parser.add_argument("--csv", type=Path, help=f"write a table: {','.join(COLUMNS)}")
    options = parser.parse_args()
    rows = []
    print(f"load average before: {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores")
    for runs in options.runs:
        row = compare(runs, options.cores)
        rows.append(row)
        print(f"{runs} runs, {row['jobs']} jobs: ours, bare, ours / bare")
        for name in (*TIMES, "cpu_seconds_per_run"):
            ours, bare = row[name], row[f"bare_{name}"]
            print(
                f"  {name.replace('_', ' '):20} {ours:8.3f} {bare:8.3f} {ours / bare:6.2f}",
                flush=True,
            )
    if options.csv:
        with open(options.csv, "w", newline="") as file:
            writer = csv.DictWriter(file, COLUMNS, extrasaction="ignore", lineterminator="\n")
            writer.writeheader()
            for row in rows:
                writer.writerow({k: v if k == "runs" else f"{v:.4g}" for k, v in row.items()})


if __name__ == "__main__":
    main()
