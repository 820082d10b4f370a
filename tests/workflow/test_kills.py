"""After any kill, the same plain command continues and ends with the same bytes.

A sample in the suite; `pytest -m exhaustive tests/workflow/test_kills.py` kills a hundred times.
NN_KILLS_SEED repeats a series: a failure prints it.
"""

import os
import random
import signal
import subprocess
import sys
import time

import psutil
import pytest
from harness import Project, copy_sources, small

SIGNALS = (signal.SIGKILL, signal.SIGTERM, signal.SIGINT)
VICTIMS = ("snakemake", "one job", "all")


def long_enough(config: dict) -> None:
    """A sweep with a refit and one with halving, of trainings that take about a second."""
    small(config)
    tiny = config["experiments"]["tiny"]
    tiny["training"] = {"learning_rate": 0.1, "epochs": 400, "optimizer": "adam", "batch_size": 64}
    halved = {**tiny, "halving": {"factor": 2, "min_epochs": 100}}
    tiny["refit"] = {"training.epochs": 600}
    del halved["refit"]
    halved["sweep"] = {"grid": {"training.learning_rate": [0.001, 0.01, 0.1, 0.2]}}
    config["experiments"] = {"tiny": tiny, "halved": halved}
    config["targets"] = ["tiny", "halved"]


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory) -> dict[str, str]:
    project = copy_sources(tmp_path_factory.mktemp("undisturbed"))
    project.edit(long_enough)
    project.snakemake()
    return project.checksums()


def start(project: Project, *targets: str) -> subprocess.Popen:
    return subprocess.Popen(
        [sys.executable, "-m", "snakemake", "--cores", "2", *targets], cwd=project.folder,
        start_new_session=True, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
    )  # fmt: skip


def until_trained(project: Project, process: subprocess.Popen, experiment: str) -> None:
    """Wait until a training of an experiment has written its second epoch."""
    logs = project.folder / f"results/logs/train/{experiment}"
    while not any("epoch 2," in log.read_text() for log in logs.glob("*.log")):
        assert process.poll() is None, process.communicate()[0]
        time.sleep(0.1)


def kill(process: subprocess.Popen, victim: str, number: signal.Signals, rng: random.Random):
    """Send a signal to Snakemake, to one program of a job, or to all of them."""
    if victim == "all":
        os.killpg(process.pid, number)
    elif victim == "snakemake":
        process.send_signal(number)
    else:
        jobs = [p for p in psutil.Process(process.pid).children(recursive=True) if is_program(p)]
        if jobs:
            rng.choice(jobs).send_signal(number)


def is_program(process: psutil.Process) -> bool:
    try:
        return any(part.endswith(".py") for part in process.cmdline()[1:2])
    except psutil.Error:
        return False


def killed_until_done(project: Project, rng: random.Random, most: int) -> list[str]:
    """Run Snakemake until it finishes, killing something in each of the first runs."""
    kills: list[str] = []
    for _ in range(most + 5):
        process = start(project)
        if len(kills) < most:
            try:
                process.wait(rng.uniform(2.0, 12.0))
            except subprocess.TimeoutExpired:
                victim, number = rng.choice(VICTIMS), rng.choice(SIGNALS)
                kills.append(f"{number.name} to {victim}")
                kill(process, victim, number, rng)
                if number != signal.SIGKILL and victim == "snakemake":
                    time.sleep(rng.uniform(0, 1))
                    process.kill()  # it would wait for its jobs
        output, _ = process.communicate(timeout=1800)
        if process.returncode == 0:
            return kills
        if output.startswith(
            "Using workflow specific profile"
        ):  # else Snakemake was still imported
            assert "--unlock" not in output and "Traceback" not in output, f"{kills}\n{output}"
    pytest.fail(f"not finished after {kills}:\n{output}")


def test_ctrl_c_while_the_workflow_is_read_ends_it_without_a_traceback(tmp_path):
    project = copy_sources(tmp_path)
    rules = project.folder / "workflow/rules/inputs.smk"
    wait = "import time\n\nprint('reading', flush=True)\ntime.sleep(60)\n"
    rules.write_text(wait + rules.read_text())
    process = start(project)
    while "reading" not in (line := process.stdout.readline()):
        assert line, "it ended"
    process.send_signal(signal.SIGINT)
    output, _ = process.communicate(timeout=600)
    assert process.returncode == 130 and "Traceback" not in output


@pytest.mark.parametrize("send", [os.kill, os.killpg], ids=["alone", "group"])
def test_sigterm_ends_a_run_in_order(send, built):
    """The training writes its checkpoint, though Snakemake 9.27 itself would wait until it ends."""
    built.edit(lambda config: config["experiments"]["single"]["training"].update(epochs=100_000))
    process = start(built, "single")
    until_trained(built, process, "single")
    send(process.pid, signal.SIGTERM)
    output, _ = process.communicate(timeout=60)
    assert process.returncode == 1 and "Traceback" not in output
    assert "the same command continues" in output
    log = max(built.folder.glob("results/logs/train/single/*"), key=lambda p: p.stat().st_mtime)
    until = time.monotonic() + 20
    while (
        "interrupted at epoch" not in log.read_text()
    ):  # a shell that is killed ends before its job
        assert time.monotonic() < until
        time.sleep(0.1)


@pytest.mark.exhaustive
@pytest.mark.parametrize("kills", [2, 100], ids="{} kills".format)
def test_killed_at_random_moments(kills, undisturbed, tmp_path):
    seed = int(os.environ.get("NN_KILLS_SEED", random.randrange(10**6)))
    rng, done = random.Random(seed), 0
    print(f"NN_KILLS_SEED={seed}")
    while done < kills:
        project = copy_sources(tmp_path / str(done))
        project.edit(long_enough)
        made = killed_until_done(project, rng, min(5, kills - done))
        print(", ".join(made) or "none", flush=True)
        found = project.checksums()
        differing = {n for n in found | undisturbed if found.get(n) != undisturbed.get(n)}
        assert not differing, f"NN_KILLS_SEED={seed}, {made}: {sorted(differing)}"
        done += max(len(made), 1)


def test_a_second_run_is_refused_while_dry_runs_work(fresh):
    fresh.edit(long_enough)
    first = start(fresh)
    try:
        while not (fresh.folder / ".snakemake/call").is_file():
            assert first.poll() is None, first.communicate()[0]
            time.sleep(0.1)
        dry = fresh.snakemake("--dry-run")
        second = fresh.snakemake(check=False)
        assert first.poll() is None, "too short for this test"
    finally:
        os.killpg(first.pid, signal.SIGKILL)
        first.communicate()
    assert dry.returncode == 0
    assert second.returncode == 1 and "Traceback" not in second.stdout
    assert (
        f"another run of snakemake is working in this folder (process {first.pid} of "
        in second.stdout
    )
    fresh.snakemake("results/experiments/tiny/selection.json")  # after kill -9, the same command


@pytest.mark.exhaustive
def test_an_interrupted_training_does_not_disturb_another_experiment(fresh):
    """It was finished before, with fewer epochs: its selection is removed, and comes back later."""
    fresh.snakemake("single")
    fresh.edit(lambda config: config["experiments"]["single"]["training"].update(epochs=100_000))
    process = start(fresh, "single")
    until_trained(fresh, process, "single")
    os.killpg(process.pid, signal.SIGINT)
    assert process.wait(600) != 0
    fresh.snakemake("tiny")  # ends with exit code 0
    manifest = (fresh.folder / "results/MANIFEST.sha256").read_text()
    assert "results/experiments/tiny/" in manifest and "/single/" not in manifest
