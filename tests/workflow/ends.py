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

from harness import ROOT, TABLES, Project, copy_sources, disturb, small
from test_kills import kill, start

ASKED = [f"results/experiments/{name}/selection.json" for name in ("tiny", "single")] + [TABLES]
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
ERRORS = {"exception": "RuntimeError('a fault')", "full disk": "OSError(28, 'No space left')"}
PROGRAMS = ("parse", "train_bundle", "validate", "select_best", "collect", "evaluate", "summarize")


def longer(config: dict) -> None:
    """Two experiments of trainings that take about a second."""
    small(config)
    del config["bundle_seconds"]
    for experiment in config["experiments"].values():
        experiment["training"] |= {"epochs": 300}
    config["experiments"]["tiny"]["refit"] = {"training.epochs": 400}


def faulty(project: Project, end: str, rng: random.Random) -> None:
    """Let a program fail after it has written its files."""
    program = project.folder / f"scripts/{rng.choice(PROGRAMS)}.py"
    text = program.read_text()
    fault = f"def fails():\n    main()\n    raise {ERRORS[end]}\n\n\nif __name__"
    disturb(program, text.replace("if __name__", fault).replace("run(main)", "run(fails)"))


def mend(project: Project) -> None:
    for name in (*(f"{program}.py" for program in PROGRAMS), "origin/code_digest.py"):
        shutil.copy(ROOT / "scripts" / name, project.folder / "scripts" / name)


def one_run(project: Project, end: str, rng: random.Random, seconds: float) -> str:
    """Run the workflow until it ends in one of the ways; return the error, or nothing.

    A complete build takes ``seconds``.
    """
    if end in ERRORS:
        faulty(project, end, rng)
    process = start(project, rng.choice(ASKED))
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
    mend(project)
    fails = end in ERRORS or (ended and number != signal.SIGSTOP)
    if "--unlock" in output or (end not in ERRORS and "Traceback" in output):
        return output
    return output if process.returncode and not fails else ""


def sequence(clean: dict[str, str], folder: Path, seed: str, seconds: float) -> str:
    """Run one sequence in a folder; return the error, or nothing."""
    rng, project = random.Random(seed), copy_sources(folder)
    project.edit(longer)
    for end in rng.choices(list(ENDS), k=rng.randint(2, 4)):
        print(f"  {end}", end="", flush=True)
        if wrong := one_run(project, end, rng, seconds):
            return f"{end}: {wrong}"
        target = rng.choice(ASKED)
        if rng.random() < 0.3 and (done := project.snakemake(target, check=False)).returncode:
            return f"after {end}, {target}: {done.stdout}"
    done, found = project.snakemake(TABLES, check=False), project.checksums()
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
    project.snakemake(TABLES)
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
