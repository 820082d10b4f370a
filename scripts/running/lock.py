"""One run of `snakemake` at a time in a folder, also after one that was killed.

A run holds a lock that the kernel releases with the process, however that ends. So a killed run blocks
nothing, and the jobs it left behind are recognized.
"""

import fcntl
import os
import platform
import signal
import sys
import threading
import time
from pathlib import Path
from typing import IO

import psutil
from snakemake.exceptions import WorkflowError

LOCK = Path(".snakemake/call")  # of the run that starts jobs
MARK = "NN_CALL"  # an environment variable of a run's jobs
THIS = f"{os.getpid()}-{time.time_ns()}"  # its value in this run
PATIENCE = 20  # seconds that a job has to write its checkpoint

_lock: IO | None = None  # held as long as this process lives


def say(text: str) -> None:
    """Print a line on the stream of Snakemake's own messages."""
    print(text, file=sys.stderr)


def end_quietly() -> None:
    """Have Ctrl-C end this process without a traceback, also while it reads the workflow.

    Snakemake's scheduler takes a SystemExit like a KeyboardInterrupt: it stops the jobs.
    """
    main = threading.current_thread() is threading.main_thread()  # which gets the signals
    if main and signal.getsignal(signal.SIGINT) is signal.default_int_handler:
        signal.signal(signal.SIGINT, lambda number, frame: sys.exit(128 + number))


def begin() -> None:
    """Take this folder's lock, and stop jobs that an earlier run left behind.

    Raises WorkflowError if another run holds the lock.
    """
    global _lock
    until = time.monotonic() + 2
    try:
        LOCK.parent.mkdir(exist_ok=True)
        file = _lock or LOCK.open("a+")
        while not _locked(file):
            if time.monotonic() > until:
                host, owner = LOCK.read_text().split()
                raise WorkflowError(
                    f"another call of snakemake works in this folder (process {owner} of {host}): wait "
                    "until it has ended, or stop it; `snakemake --dry-run` works beside it"
                )
            time.sleep(0.1)
        file.truncate(0)
        file.write(f"{platform.node()} {os.getpid()}")
        file.flush()
    except OSError as error:
        return say(
            f"warning: {LOCK}: {error.strerror}; nothing stops a second run of snakemake here"
        )
    _lock = file
    os.environ[MARK] = THIS
    if end_orphans():
        say("Jobs of an earlier call still ran: they are stopped, and go on here.")


def _locked(file: IO) -> bool:
    """Lock a file, and say whether that was possible; another run may hold it, and be about to end."""
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def end_orphans() -> int:
    """Stop jobs in this folder that outlived their run; return how many there were.

    Trainings leave a checkpoint from which the next job of the same run resumes. Two jobs would write
    the same files, and the older one may have settings that the config no longer has.
    """
    ours = {os.getpid(), *(parent.pid for parent in psutil.Process().parents())}
    orphans = [p for p in psutil.process_iter() if p.pid not in ours and _is_orphan(p)]
    for process in orphans:
        process.terminate()
    for process in psutil.wait_procs(orphans, PATIENCE)[1]:
        process.kill()
    return len(orphans)


def _is_orphan(process: psutil.Process) -> bool:
    try:
        return process.environ().get(MARK, THIS) != THIS and process.cwd() == os.getcwd()
    except psutil.Error:  # it has ended, or belongs to somebody else
        return False
