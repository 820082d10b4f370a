"""End runs of two experiments in all ways, at random moments: every later run works.

    python tests/workflow/ends.py [--sequences 50] [--seed 0] [--folder FOLDER]

After each sequence one run without a fault must leave the bytes of a clean build. A sequence that fails
keeps its folder, and its name in the output repeats it.
"""

import argparse
import os
import random
import shutil
import signal
import subprocess
import tempfile
import time
from pathlib import Path

from harness import ROOT, Project, copy_sources, small
from test_kills import kill, start

TARGETS = (["tiny"], ["single"], ["tiny", "single"], ["results/experiments/tiny/selection.json"])
WITHIN = 300  # seconds that a run may take after its end
ENDS = {
    "Ctrl-C": ("all", signal.SIGINT),
    "SIGTERM to snakemake": ("snakemake", signal.SIGTERM),
    "SIGTERM to all": ("all", signal.SIGTERM),
    "SIGHUP to snakemake": ("snakemake", signal.SIGHUP),
    "SIGHUP to all": ("all", signal.SIGHUP),
    "kill -9 of snakemake": ("snakemake", signal.SIGKILL),
    "kill -9 of all": ("all", signal.SIGKILL),
    "kill -9 of a job": ("one job", signal.SIGKILL),
    "SIGTERM to a job": ("one job", signal.SIGTERM),
    "stop": ("all", signal.SIGSTOP),
    "exception": ("", 0),
    "full disk": ("", 0),
}
FAULTS = {"exception": "RuntimeError('a fault')", "full disk": "OSError(28, 'no space left', path)"}
FAULT = """
_atomic = atomic

@contextmanager
def atomic(path):
    with _atomic(path) as temporary:
        yield temporary
        if os.path.basename(path).startswith({prefix!r}):
            raise {error}
"""


def longer(config: dict) -> None:
    """Two experiments of trainings that take about a second."""
    small(config)
    for experiment in config["experiments"].values():
        experiment["training"] |= {"epochs": 300}
    config["experiments"]["tiny"]["refit"] = {"training.epochs": 400}


def faulty(project: Project, end: str, rng: random.Random) -> Path | None:
    """Let the jobs that write one kind of file fail; return the disturbed module."""
    if end not in FAULTS:
        return None
    module = project.folder / "scripts/files/artifacts.py"
    names = (
        "seed=",
        "learning_rate=",
        "selection",
        "runs",
        "histories",
        "test",
        "summary",
        "report",
    )
    fault = FAULT.format(prefix=rng.choice(names), error=FAULTS[end])
    module.write_text(module.read_text() + fault)
    return module


def one_run(project: Project, end: str, rng: random.Random, seconds: float) -> str:
    """Run the workflow until it ends in one of the ways; return what is wrong, or nothing.

    A complete build takes ``seconds``.
    """
    module = faulty(project, end, rng)
    process = start(project, *rng.choice(TARGETS))
    victim, number = ENDS[end]
    ended = False
    try:
        process.wait(rng.uniform(0.1, 0.8) * seconds)
    except subprocess.TimeoutExpired:
        if victim:
            kill(process, victim, number, rng)
            ended = True
        if number == signal.SIGSTOP:
            time.sleep(1)
            os.killpg(process.pid, signal.SIGCONT)
    try:
        output, _ = process.communicate(timeout=WITHIN)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        return f"does not end: {process.communicate()[0]}"
    if module:
        shutil.copy(ROOT / "scripts/files/artifacts.py", module)
    fails = bool(module) or (ended and number != signal.SIGSTOP)
    if "--unlock" in output or (not module and "Traceback" in output):
        return output
    return output if process.returncode and not fails else ""


def sequence(clean: dict[str, str], folder: Path, seed: str, seconds: float) -> str:
    """Run one sequence in a folder; return what is wrong, or nothing."""
    rng, project = random.Random(seed), copy_sources(folder)
    project.edit(longer)
    for end in rng.choices(list(ENDS), k=rng.randint(2, 4)):
        print(f"  {end}", end="", flush=True)
        if wrong := one_run(project, end, rng, seconds):
            return f"{end}: {wrong}"
        target = rng.choice(TARGETS)
        if rng.random() < 0.3 and (done := project.snakemake(*target, check=False)).returncode:
            return f"after {end}, {target}: {done.stdout}"
    done, found = project.snakemake(check=False), project.checksums()
    differing = sorted(n for n in found | clean if found.get(n) != clean.get(n))
    return done.stdout if done.returncode else ", ".join(differing)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sequences", type=int, default=50)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--folder", type=Path, default=Path(tempfile.gettempdir()) / "ends")
    options = parser.parse_args()
    shutil.rmtree(options.folder, ignore_errors=True)
    project = copy_sources(options.folder / "clean")
    project.edit(longer)
    started = time.monotonic()
    project.snakemake()
    seconds = time.monotonic() - started
    clean, held = project.checksums(), 0
    for number in range(options.seed, options.seed + options.sequences):
        folder = options.folder / str(number)
        print(f"sequence {number}:", end="", flush=True)
        wrong = sequence(clean, folder, f"{number}", seconds)
        held += not wrong
        print(f"\n{wrong}" if wrong else "  held", flush=True)
        if not wrong:
            shutil.rmtree(folder)
    print(f"{held} of {options.sequences} held")


if __name__ == "__main__":
    main()
