"""Run the workflow on Slurm, or continue it after it stopped, with the same command.

    python profiles/slurm/run.py [what to build, options of snakemake]

This is `snakemake --profile profiles/slurm`, with two additions: jobs that a killed Snakemake left in the
queue are cancelled before anything is submitted; and a second run in the same folder is refused while the
first one lives, on this machine or on another that shares the file system.
"""

import fcntl
import os
import signal
import subprocess
import sys
import time
from importlib.util import find_spec
from pathlib import Path

import yaml

PROFILE = Path(__file__).resolve().parent
# Locked while a run lives; contains "running" until it ends normally.
STATE = Path(".snakemake/slurm")
CANCELLED_WITHIN = 120  # seconds
RELEASED_WITHIN = 10  # seconds


def left_behind(prefix: str) -> list[str]:
    """Return the jobs of this folder that wait, run or end, by the prefix of their names.

    If squeue fails, slurmctld may be restarting; continuing without an answer would train twice.
    """
    squeue = ["squeue", "--me", "-h", "-o", "%i|%j|%Z"]
    while (asked := subprocess.run(squeue, stdout=subprocess.PIPE, text=True)).returncode:
        print("Slurm does not answer: asking again, until it does or Ctrl-C", flush=True)
        time.sleep(5)
    fields = (line.split("|", 2) for line in asked.stdout.splitlines())
    here = os.getcwd()
    return [job for job, name, folder in fields if name.startswith(prefix + "_") and folder == here]


def cancel(prefix: str) -> None:
    """Cancel the jobs that a killed Snakemake left behind, and wait until they are gone."""
    jobs = left_behind(prefix)
    if jobs:
        print(f"cancelling {len(jobs)} jobs of a run that was killed: {' '.join(jobs)}", flush=True)
        subprocess.run(["scancel", "--full", *jobs])  # the loop below sees jobs that it missed
    end = time.monotonic() + CANCELLED_WITHIN
    while remaining := left_behind(prefix):
        if time.monotonic() > end:
            sys.exit(f"error: not gone {CANCELLED_WITHIN} s after scancel: {' '.join(remaining)}")
        time.sleep(1)


def locked(state: int) -> bool:
    """Lock a file, waiting a moment for a killed run to release it; return whether that succeeded."""
    end = time.monotonic() + RELEASED_WITHIN
    while True:
        try:
            fcntl.flock(state, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return True
        except OSError:
            if time.monotonic() > end:
                return False
            time.sleep(0.2)


def wait_for(process: subprocess.Popen) -> int:
    """Return the exit code of Snakemake; leave Ctrl-C and SIGTERM to it."""
    signal.signal(signal.SIGTERM, lambda number, frame: process.send_signal(number))
    while True:
        try:
            return process.wait()
        except KeyboardInterrupt:
            continue


def main() -> int:
    arguments = sys.argv[1:]
    if arguments in (["-h"], ["--help"]):
        print(__doc__)
        return 0
    if not find_spec("snakemake_executor_plugin_slurm"):
        sys.exit("error: Slurm's plugin is missing: run `pip install -r requirements/slurm.txt`")
    snakemake = [sys.executable, "-m", "snakemake", "--profile", str(PROFILE)]
    if {"-n", "--dry-run", "--dryrun"} & set(arguments):
        return subprocess.run([*snakemake, *arguments]).returncode

    STATE.parent.mkdir(exist_ok=True)
    state = os.open(STATE, os.O_RDWR | os.O_CREAT)
    os.set_inheritable(state, True)  # if only this program is killed, Snakemake holds the lock
    if not locked(state):
        sys.exit(f"error: {os.getcwd()}: a run is active here (it holds {STATE}); wait, or stop it")
    if os.read(state, 1):
        cancel(yaml.safe_load((PROFILE / "config.yaml").read_text())["slurm-jobname-prefix"])
    os.pwrite(state, b"running\n", 0)
    os.fsync(state)
    returncode = wait_for(subprocess.Popen([*snakemake, *arguments], close_fds=False))
    if returncode >= 0:
        os.ftruncate(state, 0)
    return abs(returncode)


if __name__ == "__main__":
    sys.exit(main())
