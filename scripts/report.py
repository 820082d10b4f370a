"""Make Snakemake's own report of what was built: one HTML file that needs no network.

Snakemake makes it by a call of its own (`--report`), which reads the workflow's records and runs no
job. As a rule it is rebuilt when something it shows changed, and not after a dry run.
"""

import argparse
import json
import subprocess
import sys
import tempfile
from pathlib import Path

import artifacts


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("targets", nargs="+", help="what to report on: names of experiments")
    parser.add_argument("--snakefile", required=True, type=Path)
    parser.add_argument("--config", required=True, type=json.loads, help="JSON: the whole config")
    parser.add_argument("--output", required=True, type=Path)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, artifacts.atomic(options.output) as temporary:
        config = Path(folder) / "config.json"
        artifacts.write_json(config, options.config)
        snakemake = [sys.executable, "-m", "snakemake", "--snakefile", options.snakefile]
        report = ["--report", temporary, "--configfile", config, "--nolock"]
        return subprocess.run([*snakemake, *options.targets, *report]).returncode


if __name__ == "__main__":
    artifacts.cli(main)
