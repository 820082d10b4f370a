"""Lock a folder for one run of `snakemake`, and stop jobs that a killed run left behind.

The kernel releases the lock when its process ends, also by a kill, so a killed run blocks nothing.
"""

import fcntl
import os
import platform
import signal
import sys
import threading
import time
from contextlib import suppress
from pathlib import Path
from types import FrameType
from typing import IO

import psutil

LOCK = Path(".snakemake/call")
MARK = "NN_CALL"  # an environment variable of all jobs
THIS = f"{os.getpid()}-{time.time_ns()}"  # its value in this run
PATIENCE = 20  # seconds that a job has to write its checkpoint

stopped = threading.Event()  # by Ctrl-C or SIGTERM
_lock: IO | None = None  # held as long as this process lives


def say(text: str) -> None:
    """Print a line on the stream of Snakemake's own messages."""
    print(text, file=sys.stderr)


def end_quietly() -> None:
    """Make Ctrl-C end this process and its jobs without a traceback, also while it reads the workflow."""

    def end(number: int, frame: FrameType | None) -> None:
        stopped.set()
        sys.exit(128 + number)

    main = threading.current_thread() is threading.main_thread()  # only this one gets signals
    if main and signal.getsignal(signal.SIGINT) is signal.default_int_handler:
        signal.signal(signal.SIGINT, end)


def end_on_sigterm() -> None:
    """Make SIGTERM end this run and its jobs, as Ctrl-C does; call this once the scheduler exists.

    Snakemake 9.27's own handler can wait forever, for a lock that its own thread holds.
    """

    def end(number: int, frame: FrameType | None) -> None:
        stopped.set()
        for process in psutil.Process().children(recursive=True):
            with suppress(psutil.Error):  # it has ended
                if not process.children():  # a shell waits for its program, which ends in order
                    process.terminate()
        sys.exit(128 + number)

    if threading.current_thread() is threading.main_thread():
        signal.signal(signal.SIGTERM, end)


def end_timers() -> None:
    """Cancel the timers of 1 s that Snakemake 9.27's scheduler leaves, so that its process ends now."""
    for thread in threading.enumerate():
        if isinstance(thread, threading.Timer):
            thread.cancel()


def begin() -> None:
    """Lock this folder, and stop jobs of an earlier run; exit with a message if another run works here."""
    global _lock
    try:
        LOCK.parent.mkdir(exist_ok=True)
        file = _lock or LOCK.open("a+")
        _wait_for(file)
        file.truncate(0)
        file.write(f"process {os.getpid()} of {platform.node()}")
        file.flush()
    except OSError as error:
        return say(f"warning: {LOCK}: {error.strerror}; cannot stop a second run of snakemake here")
    _lock = file
    os.environ[MARK] = THIS
    if end_orphans():
        say("Stopped jobs that an earlier run left behind; this run resumes them.")


def _wait_for(file: IO) -> None:
    """Lock a file, waiting up to 2 s for a run that is just ending."""
    for _ in range(20):
        try:
            return fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            time.sleep(0.1)
    sys.exit(
        f"error: another run of snakemake is working in this folder ({LOCK.read_text()}): wait until it "
        "ends, or stop it; `snakemake --dry-run` works meanwhile"
    )


def end_orphans() -> int:
    """Stop jobs in this folder that outlived their run, which write the same files; return their number."""
    ours = {os.getpid(), *(parent.pid for parent in psutil.Process().parents())}
    others = [process for process in psutil.process_iter() if process.pid not in ours]
    orphans = [process for process in others if _is_orphan(process)]
    for process in orphans:
        process.terminate()
    for process in psutil.wait_procs(orphans, PATIENCE)[1]:
        process.kill()
    return len(orphans)


def _is_orphan(process: psutil.Process) -> bool:
    try:
        return process.environ().get(MARK, THIS) != THIS and process.cwd() == os.getcwd()
    except psutil.Error:  # it has ended, or belongs to another user
        return False
