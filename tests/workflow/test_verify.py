"""scripts/verify.py builds again what is finished, and finds every byte that differs."""

from common.schema import config_schema

import os
import signal
import subprocess
import sys
import time

import psutil
import pytest
import yaml
from harness import ROOT, Project, copy_sources

from experiments import Plan
from records.scratch import config_of
from verify import VerifyError, check_raw, main

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
    folder, before = built.folder, state(built).keys()
    flip(folder / MODEL)
    for name, old, new in (
        (f"{TINY}/runs.csv", "completed", "finished!"),
        (f"{SINGLE}/test.json", '"images": ', '"images": 1'),
    ):
        text = (folder / name).read_text()
        assert old in text
        (folder / name).write_text(text.replace(old, new, 1))
    flip(folder / f"{SINGLE}/figures/samples.png")
    done = built.snakemake("verify", check=False, TMPDIR=str(folder.parent))
    assert done.returncode == 1
    found = [
        line.split(" differs: ")[0] for line in done.stdout.splitlines() if " differs: " in line
    ]
    changed = [f"{TINY}/runs.csv", f"{SINGLE}/test.json", f"{SINGLE}/figures/samples.png", MODEL]
    assert sorted(found) == sorted(changed)
    assert done.stdout.count("because it was changed after it was made") == 4
    assert state(built).keys() == before
    assert "row 1, column status: 'finished!' here, 'completed' again" in done.stdout
    assert not scratch(built)


@pytest.mark.exhaustive
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])  # a terminal that is closed
def test_one_that_is_stopped_leaves_no_folder_and_no_job(built, number):
    command = [sys.executable, "scripts/verify.py", "--cores", "2"]
    environment = {**os.environ, "TMPDIR": str(built.folder.parent)}
    process = subprocess.Popen(command, cwd=built.folder, env=environment)
    until = time.monotonic() + 60
    while not (found := scratch(built)) or not (found[0] / "results").exists():
        assert time.monotonic() < until and process.poll() is None
        time.sleep(0.1)
    process.send_signal(number)
    assert process.wait(60) == 128 + number
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
    assert "no experiment is finished here" in refused(built)


def test_no_cores_are_refused(capsys, monkeypatch):
    monkeypatch.setattr(sys, "argv", ["verify.py", "--cores", "0"])
    with pytest.raises(SystemExit):
        main()
    assert "'0' is no whole number, 1 or more" in capsys.readouterr().err


def test_raw_data_that_are_missing_are_named(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    content = yaml.safe_load((ROOT / "config.yaml").read_text())
    with pytest.raises(VerifyError, match="data/raw/mnist/.*: missing"):
        check_raw(Plan(content, config_schema()), ["mnist_modular"])


def test_a_project_of_own_data_alone_needs_no_folder_of_raw_files(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "table.csv").write_text("a,label\n" + "1,x\n2,y\n" * 20)
    table = {"format": "csv", "path": "table.csv", "label": "label", "test": 0.2}
    split, training = {"validation": 8}, {"epochs": 2}
    experiment = {"dataset": "table", "split": split, "training": training}
    content = {"targets": ["e"], "datasets": {"table": table}, "experiments": {"e": experiment}}
    (tmp_path / "config.yaml").write_text(yaml.safe_dump(content))
    config = config_of([])
    plan = Plan(config, config_schema())
    check_raw(plan, ["e"])
    assert config["local_mirror"] is None and list(plan.experiments) == ["e"]


@pytest.mark.exhaustive
def test_results_are_compared_with_a_list_of_checksums(built):
    def publish(config):
        config["experiments"]["single"]["published"] = {
            "system": "a system", "source": "a paper", "validation_accuracy": 0.5,
        }  # fmt: skip

    built.edit(publish)
    assert "is not that of single; call `snakemake published`" in refused(
        built, "--write", "published.sha256"
    )
    built.snakemake("published")
    done = verify(built, "--write", "published.sha256")
    assert done.returncode == 0, done.stderr
    assert done.stdout.endswith("artifacts of single\n")
    check = ["sha256sum", "--check", "--strict", "--quiet", "published.sha256"]
    assert subprocess.run(check, cwd=built.folder).returncode == 0
    done = verify(built, "--against", "published.sha256")
    assert done.returncode == 0 and "artifacts agree with published.sha256" in done.stdout
    listed = (built.folder / "published.sha256").read_text()
    assert MODEL not in listed and "results/datasets/" not in listed  # they depend on the code
    flip(built.folder / SCORES)
    (built.folder / f"{SINGLE}/test.json").unlink()
    done = verify(built, "--against", "published.sha256")
    assert done.returncode == 1 and f"{SCORES} differs\n" in done.stdout
    assert f"1 are not here, as {SINGLE}/test.json" in done.stdout
    assert "there: made with numpy " in done.stdout and "here: made with numpy " in done.stdout
    assert "is not as it was made" in refused(built, "--write", "published.sha256")


def published() -> dict[str, str]:
    """The checksums that the repository has, by file."""
    lines = (ROOT / "published.sha256").read_text().splitlines()
    pairs = (line.split("  ") for line in lines if not line.startswith("#"))
    return {path: sha256 for sha256, path in pairs}


def test_the_published_experiments_are_listed():
    plan = Plan(yaml.safe_load((ROOT / "config.yaml").read_text()), config_schema())
    listed = {path.split("/")[2] for path in published() if path.startswith("results/experiments/")}
    assert listed == {experiment.name for experiment in plan.published}
    assert "portable" in (ROOT / "published.sha256").read_text().partition("\nresults/")[0]


def test_on_this_processor_the_spiral_has_the_published_bytes(tmp_path):
    """Where it fails after an edit, the edit changed numbers: see CONTRIBUTING.md."""
    wanted = {path: sha256 for path, sha256 in published().items() if "/spiral_linear/" in path}
    project = copy_sources(tmp_path)
    project.snakemake(*wanted, NN_PORTABLE="1")
    found = project.checksums()
    assert {path: found[path] for path in wanted} == wanted
