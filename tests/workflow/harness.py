"""Real runs of the workflow on a copy of the project with a small config."""

import copy
import hashlib
import os
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import yaml

ROOT = Path(__file__).resolve().parents[2]
SOURCES = ("Snakefile", "config.yaml", "workflow", "scripts", "profiles")
# Beside logs and timings: gradient checks by the code that trains, of which a test that edits
# that code leaves two. Their tables are in results/gradient_checks. What tells of all files tells of
# those, too, and of the environment.
VOLATILE = (
    "results/logs",
    "results/benchmarks",
    "results/.gradients_checked",
    "results/provenance.json",
    "results/MANIFEST.sha256",
)
# Appended to common/code.py, which is in no digest: the code of a program that was disturbed is as before.
UNDISTURBED = """
_undisturbed = _parsed
_parsed = lambda module: _undisturbed(Path({original!r}) if module.name == {name!r} else module)
"""


@dataclass
class Project:
    """A copy of the project in a folder of its own."""

    folder: Path

    def snakemake(self, *arguments: str, check: bool = True, **environment: str):
        """Run the workflow; return the finished process with its output, both streams together."""
        command = [sys.executable, "-m", "snakemake", "--cores", "2", *arguments]
        done = subprocess.run(
            command, cwd=self.folder, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
            env={**os.environ, **environment},
        )  # fmt: skip
        assert not check or done.returncode == 0, done.stdout
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
        """Run the workflow; return its jobs, as ``train tiny learning_rate=0.1__seed=0``, sorted."""
        output = self.snakemake("--printshellcmds", *arguments).stdout
        jobs = []
        for block in re.split(r"\n(?=\[|(?:local)?rule |(?:local)?checkpoint )", output):
            if found := re.search(r"^(?:local)?(?:rule|checkpoint) (\w+):", block, re.MULTILINE):
                wildcards = re.search(r"^    wildcards: (.*)$", block, re.MULTILINE)
                values = re.split(r", (?=\w+=)", wildcards[1]) if wildcards else []
                jobs.append(" ".join([found[1], *(v.partition("=")[2] for v in values)]))
        return sorted(jobs)

    def edit(self, change) -> None:
        """Change the config by a function of it."""
        path = self.folder / "config.yaml"
        config = yaml.safe_load(path.read_text())
        change(config)
        path.write_text(yaml.safe_dump(config, sort_keys=False))

    def checksums(self) -> dict[str, str]:
        """SHA-256 of every file in results/, but for logs and timings."""
        files = sorted(p for p in (self.folder / "results").rglob("*") if p.is_file())
        names = {path.relative_to(self.folder).as_posix(): path for path in files}
        return {
            name: hashlib.sha256(path.read_bytes()).hexdigest()
            for name, path in names.items()
            if not name.startswith(VOLATILE) and not name.endswith("/contents.json")
        }


def disturb(program: Path, text: str) -> None:
    """Put faults into a program that its digest does not see: results carry the digest of their code."""
    original = program.parents[2] / f"{program.parents[1].name}-{program.name}"
    shutil.copy(program, original)
    with open(program.parent / "common/code.py", "a") as file:
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


def copy_sources(folder: Path) -> Project:
    ignored = shutil.ignore_patterns("__pycache__")
    folder.mkdir(parents=True, exist_ok=True)
    for name in SOURCES:
        source = ROOT / name
        if source.is_dir():
            shutil.copytree(source, folder / name, ignore=ignored)
        else:
            shutil.copy(source, folder / name)
    return Project(folder)
