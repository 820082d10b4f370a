"""Time the workflow itself: a sweep of N trivial runs, from a dry run to a call with nothing to do.

Copies the project into a temporary folder, with one experiment: a grid of N learning rates of a
linear classifier on the digits, one epoch each. What is left is what the workflow costs: starting
two programs a run (train, validate), their files, and Snakemake. Three calls are timed by the
clock, one after the other: a dry run in the fresh folder, the whole workflow with its figures and
report, and a call that finds everything finished. Nothing is touched into place.

The CPU time beside it, of all processes together, tells a slow workflow from a busy machine.
PYTHONDONTWRITEBYTECODE is taken out of the environment: with it, every job would compile the
modules of scripts/ again (25 ms).
"""

import argparse
import csv
import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import yaml

ROOT = Path(__file__).resolve().parent.parent
SOURCES = ("Snakefile", "config.yaml", "workflow", "scripts", "profiles")
COLUMNS = ("runs", "seconds_per_run", "noop_seconds", "dry_run_seconds")


def copy_project(folder: Path, runs: int) -> None:
    """Copy what the workflow is made of, with a config of one experiment of so many runs."""
    for name in SOURCES:
        if (ROOT / name).is_dir():
            ignored = shutil.ignore_patterns("__pycache__")
            shutil.copytree(ROOT / name, folder / name, ignore=ignored)
        else:
            shutil.copy(ROOT / name, folder / name)
    config = yaml.safe_load((ROOT / "config.yaml").read_text())
    rates = [round(0.0001 * (i + 1), 4) for i in range(runs)]
    config["experiments"] = {
        "trivial": {
            "dataset": "digits",
            "split": {"validation": 237},
            "network": {"hidden": []},
            "training": {"epochs": 1, "batch_size": 100},
            "sweep": {"grid": {"training.learning_rate": rates}},
        }
    }
    config["targets"] = ["trivial"]
    (folder / "config.yaml").write_text(yaml.safe_dump(config, sort_keys=False))


def call(folder: Path, *arguments: str) -> tuple[float, float, str]:
    """Call Snakemake; return the seconds by the clock, those of CPU, and what it wrote."""
    command = [sys.executable, "-m", "snakemake", *arguments]
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


def measure(runs: int, cores: int) -> dict[str, float]:
    """Time the three calls for a workflow of so many runs."""
    with tempfile.TemporaryDirectory(prefix="workflow-") as name:
        folder = Path(name)
        copy_project(folder, runs)
        dry, _, _ = call(folder, "--dry-run", "--quiet")
        whole, cpu, _ = call(folder, "--cores", str(cores))
        built = len(list(folder.glob("results/experiments/trivial/runs/*/metrics.json")))
        if built != runs:
            sys.exit(f"{built} runs were built, not {runs}")
        noop, _, output = call(folder, "--cores", str(cores))
        if "Nothing to be done" not in output:
            sys.exit(f"the second call was not without work:\n{output[-3000:]}")
    return {
        "runs": runs,
        "seconds_per_run": whole / runs,
        "noop_seconds": noop,
        "dry_run_seconds": dry,
        "cpu_seconds_per_run": cpu / runs,
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument(
        "--runs", type=int, nargs="+", default=[1000], help="how many, one row each"
    )
    parser.add_argument("--cores", type=int, default=2)
    parser.add_argument("--csv", type=Path, help=f"write a table: {','.join(COLUMNS)}")
    options = parser.parse_args()
    rows = []
    print(f"load average before: {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores")
    print(f"{'runs':>6}  {'s a run':>8}  {'CPU s a run':>11}  {'no-op s':>8}  {'dry run s':>9}")
    for runs in options.runs:
        row = measure(runs, options.cores)
        rows.append(row)
        print(
            f"{row['runs']:6d}  {row['seconds_per_run']:8.3f}  {row['cpu_seconds_per_run']:11.3f}  "
            f"{row['noop_seconds']:8.2f}  {row['dry_run_seconds']:9.2f}",
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
