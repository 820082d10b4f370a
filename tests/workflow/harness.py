"""Real runs of the workflow on a copy of the project with a small config."""

import copy
import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import threading
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import yaml

TABLES = "results/summary.csv"  # all but figures, which take most of the time
ROOT = Path(__file__).resolve().parents[2]
SOURCES = ("Snakefile", "config.yaml", "workflow", "scripts", "profiles")
# Besides logs and timings. The manifest lists only the experiments of the last run.
VOLATILE = (
    "results/logs",
    "results/benchmarks",
    "results/MANIFEST.sha256",
)
DIGEST = re.compile("[0-9a-f]{10}")
# What stages are made from, as the config says it: no results.
NOTES = ("/plan.json", "/final/runs.json", "/final/evaluation.json", "/contents.json")
# Appended to origin/code_digest.py, which no digest covers: the disturbed program keeps its digest.
UNDISTURBED = """
_undisturbed = _known
_known = lambda module: _undisturbed(Path({original!r}) if module.name == {name!r} else module)
"""


# Importing Snakemake takes more CPU time than planning: this process imports it once, and forks.
STARTER = """
import json, os, sys
from snakemake.cli import get_argument_parser, main

get_argument_parser()  # imports the plugins
for request in sys.stdin:
    folder, arguments, environment, output = json.loads(request)
    if child := os.fork():
        print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), flush=True)
        continue
    os.chdir(folder)
    os.environ.clear()
    os.environ.update(environment)
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    os.dup2(os.open(output, os.O_WRONLY), 1)
    os.dup2(1, 2)
    sys.argv = ["snakemake", *arguments]
    sys.exit(main())
"""


@cache
def starter(thread: int) -> subprocess.Popen:
    """Return the process that runs Snakemake for a thread of the tests."""
    command = [sys.executable, "-c", STARTER]
    return subprocess.Popen(command, text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE)


@dataclass
class Project:
    """A copy of the project in a folder of its own."""

    folder: Path

    def snakemake(self, *arguments: str, check: bool = True, **environment: str):
        """Run the workflow; return the finished process with its output, both streams together.

        Variables that count when Python starts, such as PYTHONOPTIMIZE, come too late.
        """
        command = ["--cores", "2", *map(str, arguments)]
        process = starter(threading.get_ident())
        with tempfile.NamedTemporaryFile("r") as output:
            request = [str(self.folder), command, {**os.environ, **environment}, output.name]
            print(json.dumps(request), file=process.stdin, flush=True)
            code = int(process.stdout.readline())
            done = subprocess.CompletedProcess(command, code, output.read())
        assert not check or code == 0, done.stdout
        return done

    def snakemake_by(self, interpreter: str, *arguments: str, **environment: str) -> str:
        """Run the workflow with a shell script in the place of the interpreter; return its output.

        The script starts ``$PYTHON "$@"`` in its own way.
        """
        script = self.folder / "python"
        script.write_text(f'#!/bin/sh\nPYTHON="{sys.executable}"\n{interpreter}\n')
        script.chmod(0o755)
        launch = (
            "import sys; sys.executable = sys.argv.pop(1); from snakemake.cli import main; main()"
        )
        done = subprocess.run(
            [sys.executable, "-c", launch, script, "--cores", "2", *arguments], cwd=self.folder,
            text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
            env={**os.environ, **environment},
        )  # fmt: skip
        script.unlink()
        assert done.returncode == 0, done.stdout
        return done.stdout

    def jobs(self, *arguments: str) -> list[str]:
        """Run the workflow; return its jobs, as ``train tiny learning_rate=0.1__seed=0``, sorted.

        Digests in the names of files are left out.
        """
        output = self.snakemake("--printshellcmds", *arguments).stdout
        jobs = []
        for block in re.split(r"\n(?=\[|(?:local)?rule |(?:local)?checkpoint )", output):
            if found := re.search(r"^(?:local)?(?:rule|checkpoint) (\w+):", block, re.MULTILINE):
                wildcards = re.search(r"^    wildcards: (.*)$", block, re.MULTILINE)
                values = re.split(r", (?=\w+=)", wildcards[1]) if wildcards else []
                values = [value.partition("=")[2] for value in values]
                jobs.append(" ".join([found[1], *(v for v in values if not DIGEST.fullmatch(v))]))
        # The manifest is made again after any other job.
        if set(jobs) - {"all", "manifest"}:
            jobs = [job for job in jobs if job != "manifest"]
        return sorted(jobs)

    def one(self, pattern: str) -> Path:
        """The one file that matches a pattern; digests in names are stars."""
        (found,) = self.folder.glob(pattern)
        return found

    def edit(self, change) -> None:
        """Change the config by a function of it."""
        path = self.folder / "config.yaml"
        config = yaml.safe_load(path.read_text())
        change(config)
        path.write_text(yaml.safe_dump(config, sort_keys=False))

    def checksums(self) -> dict[str, str]:
        """SHA-256 of every file in results/, except logs, timings and notes."""
        files = sorted(p for p in (self.folder / "results").rglob("*") if p.is_file())
        names = {path.relative_to(self.folder).as_posix(): path for path in files}
        return {
            name: hashlib.sha256(path.read_bytes()).hexdigest()
            for name, path in names.items()
            if not name.startswith(VOLATILE) and not name.endswith(NOTES)
        }


def disturb(program: Path, text: str) -> None:
    """Put faults into a program that its digest does not see: results carry the digest of their code."""
    original = program.parents[2] / f"{program.parents[1].name}-{program.name}"
    shutil.copy(program, original)
    with open(program.parent / "origin/code_digest.py", "a") as file:
        file.write(UNDISTURBED.format(original=str(original), name=program.name))
    program.write_text(text)


def small(config: dict) -> None:
    """Two small experiments on the digits: a sweep with a refit, and a single network."""
    tiny = {
        "dataset": "digits",
        "split": {"validation": 237},
        "network": {"hidden": [8]},
        "training": {"learning_rate": 0.1, "epochs": 1, "l2": 0.001},
        "sweep": {"grid": {"training.learning_rate": [0.1, 0.2]}},
        "refit": {"training.epochs": 2},
    }
    single = {key: copy.deepcopy(tiny[key]) for key in ("dataset", "split", "network", "training")}
    config["experiments"] = {"tiny": tiny, "single": single}
    config["targets"] = ["tiny", "single"]
    config["bundle_seconds"] = 1e-9  # a job for each run


def halve(config: dict) -> None:
    """A sweep of four with halving, one of which diverges."""
    small(config)
    tiny = config["experiments"]["tiny"]
    tiny["training"] = {"learning_rate": 0.1, "epochs": 5}
    tiny["sweep"] = {"grid": {"training.learning_rate": [1.0e-6, 0.1, 0.2, 1.0e20]}}
    tiny["halving"] = {"factor": 2, "min_epochs": 1}
    del tiny["refit"]
    config["targets"] = ["tiny"]


def copy_sources(folder: Path) -> Project:
    """Copy the project with its compiled modules, which Python takes by the sources' time and size."""
    folder.mkdir(parents=True, exist_ok=True)
    for name in SOURCES:
        source = ROOT / name
        if source.is_dir():
            shutil.copytree(source, folder / name)
        else:
            shutil.copy(source, folder / name)
    return Project(folder)
