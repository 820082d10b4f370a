"""One call of Snakemake at a time in a folder, also after one that was killed.

A call holds a lock that the kernel releases with the process, however that ends. So what a killed call
left is told from what is in use: Snakemake's own lock, which nobody holds, and jobs that live on.
"""

import fcntl
import os
import sys
import time
from contextlib import suppress
from pathlib import Path
from typing import IO

import psutil
from snakemake.exceptions import WorkflowError

LOCK = Path(".snakemake/call")
SNAKEMAKES_LOCKS = Path(".snakemake/locks")
MARK = "NN_CALL"  # an environment variable of a call's jobs
THIS = f"{os.getpid()}-{time.time_ns()}"  # and what it says
PATIENCE = 20  # seconds that a job has to write its checkpoint

_lock: IO | None = None  # of this process, as long as it lives


def say(text: str) -> None:
    """Print a line beside Snakemake's own."""
    print(text, file=sys.stderr)


def remove_stale_locks() -> None:
    """Remove Snakemake's locks where no call lives, and say so.

    To be called before Snakemake looks at them, in dry runs as well. Where the folder cannot be written
    to, or its file system has no locks, all stays as it is.
    """
    stale = list(SNAKEMAKES_LOCKS.glob("*.lock"))
    with suppress(OSError):
        if stale:
            with _held():
                for lock in stale:
                    lock.unlink(missing_ok=True)
            say("A call of snakemake was killed in this folder: its lock is removed.")


def begin() -> None:
    """Take this folder's lock for a call that runs jobs, and stop those that an earlier one left.

    Raises WorkflowError where another call has it.
    """
    global _lock
    until = time.monotonic() + 2
    while True:
        try:
            _lock = _held()
            break
        except BlockingIOError:  # a dry run may have it, for a moment
            if time.monotonic() > until:
                owner = LOCK.read_text().strip()
                raise WorkflowError(
                    f"another call of snakemake works in this folder (process {owner}): wait until it "
                    "has ended, or stop it; `snakemake --dry-run` works beside it"
                ) from None
            time.sleep(0.1)
        except OSError:
            return  # there are no locks here: Snakemake's own has to do
    _lock.truncate(0)
    _lock.write(str(os.getpid()))
    _lock.flush()
    os.environ[MARK] = THIS
    if orphans := end_orphans():
        say(f"{orphans} processes of an earlier call still ran: they are stopped, and go on here.")


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


def _held() -> IO:
    LOCK.parent.mkdir(exist_ok=True)
    file = LOCK.open("a+")  # who has it open has the lock
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        file.close()
        raise
    return file


def _is_orphan(process: psutil.Process) -> bool:
    try:
        return process.environ().get(MARK, THIS) != THIS and process.cwd() == os.getcwd()
    except psutil.Error:  # it has ended, or belongs to somebody else
        return False
