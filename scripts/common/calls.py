"""One call of Snakemake at a time in a folder, also after one that was killed.

A call holds a lock that the kernel releases with the process, however that ends. So what a killed call
left is told from what is in use: Snakemake's own lock, which nobody holds, and jobs that live on.
"""

import fcntl
import gc
import os
import platform
import sys
import time
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from typing import IO, Any

import psutil
from snakemake.exceptions import WorkflowError

from . import groups

ALIVE = Path(".snakemake/alive")  # shared by all calls in a folder, dry runs too
LOCK = Path(".snakemake/call")  # of the one that runs jobs
UNRECORDED = Path(
    ".snakemake/unrecorded"
)  # as old as the first job whose files are not recorded yet
SNAKEMAKES_LOCKS = Path(".snakemake/locks")
MARK = "NN_CALL"  # an environment variable of a call's jobs
THIS = f"{os.getpid()}-{time.time_ns()}"  # and what it says
PATIENCE = 20  # seconds that a job has to write its checkpoint

# Of this process, as long as it lives.
_reading: IO | None = None
_lock: IO | None = None


def say(text: str) -> None:
    """Print a line beside Snakemake's own."""
    print(text, file=sys.stderr)


def enter(workflow: Any) -> None:
    """What comes first in each call, of which the main one is the user's."""
    # Looking for garbage among the jobs of a sweep, again and again, is a fifth of a large workflow's time.
    gc.freeze()
    gc.set_threshold(100_000)
    groups.install()
    if workflow.enable_cache:
        drop_benchmarks(workflow.rules)
    if workflow.is_main_process:
        remove_stale_locks()


def drop_benchmarks(rules: Iterable[Any]) -> None:
    """Leave out the benchmark files of all rules, for Snakemake's cache takes none that has one.

    Snakemake 9.27 has no way to be without one in some calls.
    """
    for rule in rules:
        rule._benchmark = None


def remove_stale_locks() -> None:
    """Remove Snakemake's locks where no call lives, and say so.

    To be called before Snakemake looks at them, in dry runs as well. Where the folder cannot be written
    to, its file system has no locks, or the last call was on another machine, all stays as it is.
    """
    global _reading
    with suppress(OSError):
        ALIVE.parent.mkdir(exist_ok=True)
        _reading = ALIVE.open("a+")
        with suppress(BlockingIOError):  # another call has it, and is alive
            fcntl.flock(_reading, fcntl.LOCK_EX | fcntl.LOCK_NB)
            stale = list(SNAKEMAKES_LOCKS.glob("*.lock"))
            if stale and (not LOCK.exists() or LOCK.read_text().startswith(f"{platform.node()} ")):
                for lock in stale:
                    lock.unlink(missing_ok=True)
                say("A call of snakemake was killed in this folder: its lock is removed.")
        fcntl.flock(_reading, fcntl.LOCK_SH)


def begin() -> None:
    """Take this folder's lock for a call that runs jobs, and stop those that an earlier one left.

    Raises WorkflowError where another call has it.
    """
    global _lock
    until = time.monotonic() + 2
    while True:
        try:
            _lock = held()
            break
        except BlockingIOError:  # it may be about to end
            if time.monotonic() > until:
                host, owner = LOCK.read_text().split()
                raise WorkflowError(
                    f"another call of snakemake works in this folder (process {owner} of {host}): wait "
                    "until it has ended, or stop it; `snakemake --dry-run` works beside it"
                ) from None
            time.sleep(0.1)
        except OSError:
            return  # there are no locks here: Snakemake's own has to do
    os.environ[MARK] = THIS
    if not UNRECORDED.exists():  # of a call that was killed it stays
        UNRECORDED.touch()
    if end_orphans():
        say("Jobs of an earlier call still ran: they are stopped, and go on here.")


def end_orphans() -> int:
    """Stop jobs in this folder that outlived their call; return how many there were.

    Trainings leave a checkpoint, which the next job of the same run goes on from: two would write the
    same files, and the older could be one of settings that are no longer those of the config.
    """
    ours = {os.getpid(), *(parent.pid for parent in psutil.Process().parents())}
    orphans = [p for p in psutil.process_iter() if p.pid not in ours and _is_orphan(p)]
    for process in orphans:
        process.terminate()
    for process in psutil.wait_procs(orphans, PATIENCE)[1]:
        process.kill()
    return len(orphans)


def held() -> IO:
    """This folder's lock, as a file that has it until it is closed, and says whose it is.

    Raises BlockingIOError where another call has it, OSError where there are no locks.
    """
    LOCK.parent.mkdir(exist_ok=True)
    file = LOCK.open("a+")
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        file.close()
        raise
    file.truncate(0)
    file.write(f"{platform.node()} {os.getpid()}")
    file.flush()
    return file


def _is_orphan(process: psutil.Process) -> bool:
    try:
        return process.environ().get(MARK, THIS) != THIS and process.cwd() == os.getcwd()
    except psutil.Error:  # it has ended, or belongs to somebody else
        return False
