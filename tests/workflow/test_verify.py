"""scripts/verify.py rebuilds finished experiments, and finds every byte that differs."""

import os
import signal
import subprocess
import sys
import time

import numpy as np
import psutil
import pytest
import yaml
from harness import ROOT, Project, copy_sources

from configuration.schema import config_schema
from experiments.plan import Plan
from files import artifacts

TINY, SINGLE = "results/experiments/tiny", "results/experiments/single"
MODEL = f"{SINGLE}/final/seed=0/model.npz"
SCORES = f"{SINGLE}/test_predictions.npz"


def verify(project: Project, *arguments, **environment):
    command = [sys.executable, "scripts/verify.py", "--cores", "2", *arguments]
    return subprocess.run(
        command, cwd=project.folder, text=True, capture_output=True,
        env={**os.environ, "TMPDIR": str(project.folder.parent), **environment},
    )  # fmt: skip


def state(project: Project) -> dict:
    files = (project.folder / "results").rglob("*")
    return {path: (path.stat().st_mtime_ns, path.stat().st_size) for path in files}


def scratch(project: Project) -> list:
    return list(project.folder.parent.glob("verify-*"))


def flip(path, place: int = -300) -> None:
    """Flip one bit of a file."""
    content = bytearray(path.read_bytes())
    content[place] ^= 1
    path.write_bytes(content)


@pytest.mark.exhaustive
def test_every_changed_artifact_is_found(built):
    """One bit of a model, a value of a table, of JSON and of a picture; as the target `verify`."""
    folder = built.folder
    arrays = artifacts.load_arrays(folder / MODEL)
    arrays["parameters"].view(np.uint8)[40] ^= 1
    artifacts.save_arrays(folder / MODEL, arrays)
    for name, old, new in (
        (f"{TINY}/runs.csv", "completed", "finished!"),
        (f"{SINGLE}/test.json", '"images": ', '"images": 1'),
    ):
        text = (folder / name).read_text()
        assert old in text
        (folder / name).write_text(text.replace(old, new, 1))
    flip(folder / f"{SINGLE}/figures/samples.png")
    (folder / f"{TINY}/mine.csv").touch()
    before = state(built).keys()
    done = built.snakemake("verify", check=False, TMPDIR=str(folder.parent))
    assert done.returncode == 1
    found = [
        line.split(" differs: ")[0] for line in done.stdout.splitlines() if " differs: " in line
    ]
    changed = [f"{TINY}/runs.csv", f"{SINGLE}/test.json", f"{SINGLE}/figures/samples.png", MODEL]
    changed.append(f"{TINY}/mine.csv")
    assert sorted(found) == sorted(changed)
    assert state(built).keys() == before
    assert "finished!" in done.stdout and "array parameters" in done.stdout
    assert not scratch(built)


@pytest.mark.exhaustive
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])  # a terminal that is closed
def test_a_stopped_verify_leaves_no_folder_and_no_job(built, number):
    command = [sys.executable, "scripts/verify.py", "--cores", "2"]
    environment = {**os.environ, "TMPDIR": str(built.folder.parent)}
    process = subprocess.Popen(command, cwd=built.folder, env=environment)
    until = time.monotonic() + 600
    while not (found := scratch(built)) or not (found[0] / "results").exists():
        assert time.monotonic() < until and process.poll() is None
        time.sleep(0.1)
    process.send_signal(number)
    assert process.wait(600) == 128 + number
    assert not scratch(built)
    assert not [p for p in psutil.process_iter() if _cwd(p).startswith(str(found[0]))]


def _cwd(process: psutil.Process) -> str:
    try:
        return process.cwd()
    except psutil.Error:
        return ""


def refused(project: Project, *arguments) -> str:
    done = verify(project, *arguments)
    assert done.returncode == 1 and done.stdout == "", done.stdout
    assert done.stderr.startswith("error: ") and done.stderr.count("\n") == 1, done.stderr
    return done.stderr


def test_results_that_cannot_be_verified_are_refused_in_one_line(built):
    def slower(config):
        config["experiments"]["tiny"]["training"]["epochs"] = 3

    config = (built.folder / "config.yaml").read_text()
    built.edit(slower)
    assert f"{TINY} was built with another config" in refused(built)
    (built.folder / "config.yaml").write_text("experiments: [\n")
    assert "config.yaml, line" in refused(built)
    (built.folder / "config.yaml").write_text(config)
    (built.folder / "results").rename(built.folder / "elsewhere")
    assert "no experiment is finished" in refused(built)


def test_the_list_of_published_checksums_is_made_as_documented(built):
    """It has the tables and predictions of experiments, and nothing with a digest of code."""
    text = (ROOT / "CONTRIBUTING.md").read_text()
    (command,) = (part for part in text.split("```") if "> checksums.new" in part)
    command = command.removeprefix("sh\n").partition("published\n")[2]
    (built.folder / "tests").mkdir(exist_ok=True)
    (built.folder / "tests/published.sha256").write_text("# made with a computer\n")
    subprocess.run(["sh", "-ec", command], cwd=built.folder, check=True)
    first, *lines = (built.folder / "tests/published.sha256").read_text().splitlines()
    assert first == "# made with a computer"
    names = {line.partition("/single/")[2] for line in lines if "/single/" in line}
    tables = {"histories.csv", "runs.csv", "selection.json", "test.json"}
    tables |= {"test_predictions.csv", "test_predictions.npz"}
    assert names == tables
    check = ["sha256sum", "--check", "--strict", "--quiet", "tests/published.sha256"]
    assert subprocess.run(check, cwd=built.folder).returncode == 0
    flip(built.folder / SCORES)
    assert subprocess.run(check, cwd=built.folder, capture_output=True).returncode == 1


def published() -> dict[str, str]:
    """The checksums that the repository has, by file."""
    lines = (ROOT / "tests/published.sha256").read_text().splitlines()
    pairs = (line.split("  ") for line in lines if not line.startswith("#"))
    return {path: sha256 for sha256, path in pairs}


def test_the_published_experiments_are_listed():
    plan = Plan(yaml.safe_load((ROOT / "config.yaml").read_text()), config_schema())
    listed = {path.split("/")[2] for path in published() if path.startswith("results/experiments/")}
    assert listed == {experiment.name for experiment in plan.published}
    assert "portable" in (ROOT / "tests/published.sha256").read_text().partition("\nresults/")[0]


def test_on_this_processor_the_spiral_has_the_published_bytes(tmp_path):
    """If it fails after an edit, the edit changed numbers: see CONTRIBUTING.md."""
    wanted = {path: sha256 for path, sha256 in published().items() if "/spiral_linear/" in path}
    project = copy_sources(tmp_path)
    project.snakemake(*wanted, NN_PORTABLE="1")
    found = project.checksums()
    assert {path: found[path] for path in wanted} == wanted
