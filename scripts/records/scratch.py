"""A second build of experiments, in a folder of its own: from the same raw data, config and code."""

from common import PORTABLE, artifacts
from common.code import digest as code_of
from common.configfiles import content_of, default_config
from common.contents import remembered
from common.schema import config_schema
from common.wiring import PATHS, located

import os
import re
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from shutil import rmtree
from typing import Any

import yaml
from snakemake.exceptions import WorkflowError
from snakemake.utils import update_config

from experiments import Plan, files

ROOT = Path(__file__).resolve().parents[2]
PATIENCE = 30  # seconds that jobs have to end
PROGRESS = re.compile(r"\d+ of \d+ jobs, ")


class ScratchError(ValueError):
    """A second build that is not possible, or failed: the message says why."""

    user_error = True


def plan_of(config: dict[str, Any]) -> Plan:
    """Return the plan of a config, with the names that the workflow gives its files."""

    def code(program: str) -> str:
        portable = PORTABLE or plan.config["portable"]
        return code_of(ROOT / f"scripts/{program}.py") + (" portable" if portable else "")

    sizes = remembered(files.DATASET, lambda: code_of(ROOT / "scripts/parse.py"))
    plan = Plan(config, config_schema(), sizes, code=code)
    return plan


def config_of(configfiles: Iterable[str]) -> dict[str, Any]:
    """Read the config as the workflow does in this folder; raise an error where it cannot be read.

    Paths of data are absolute, and raw files are taken from data/raw of this folder.
    """
    try:
        sources = [default_config(os.path.relpath(ROOT)), *configfiles]
    except WorkflowError as error:
        raise ScratchError(str(error)) from None
    config: dict[str, Any] = {}
    for source in sources:
        update_config(config, content_of(source))
    config = located(config, reversed(sources))
    for settings in config["datasets"].values():
        settings |= {key: os.path.abspath(settings[key]) for key in PATHS if settings.get(key)}
    raw = os.path.abspath("data/raw")  # not there where all data are the user's own
    return {**config, "local_mirror": raw if os.path.isdir(raw) else None}


@contextmanager
def scratch_folder(keep: bool = False) -> Iterator[Path]:
    """A temporary folder, removed at the end, also of a process that is stopped; ``keep`` leaves it."""
    folder = Path(tempfile.mkdtemp(prefix="verify-"))
    try:
        yield folder
    finally:
        if not keep:
            rmtree(folder, ignore_errors=True)


def build(folder: Path, config: dict[str, Any], targets: Iterable[str], cores: int) -> None:
    """Call the workflow in a folder, and show its progress; raise a ScratchError where it fails."""
    Path(folder, "data/raw").mkdir(parents=True, exist_ok=True)  # where it looks for raw files, too
    artifacts.write_text(folder / "config.yaml", yaml.safe_dump(config, sort_keys=False))
    command = [sys.executable, "-m", "snakemake", "--snakefile", ROOT / "Snakefile"]
    command += ["--cores", str(cores), "--nocolor", *targets]
    environment = {name: value for name, value in os.environ.items() if name != "NN_LOCAL_MIRROR"}
    process = subprocess.Popen(
        command, cwd=folder, env=environment, start_new_session=True, text=True,
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
    )  # fmt: skip
    said = []
    try:
        for line in process.stdout:
            said = [*said[-40:], line]
            if PROGRESS.match(line):
                print(line, end="", file=sys.stderr, flush=True)
        if process.wait():
            raise ScratchError(f"the second build failed; Snakemake's last words:\n{''.join(said)}")
    finally:
        end(process)


def end(process: subprocess.Popen) -> None:
    """End a call of the workflow with all its jobs, if it is still there."""
    if process.poll() is not None:
        return
    os.killpg(process.pid, signal.SIGTERM)
    try:
        process.communicate(timeout=PATIENCE)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
