"""Show a run of the workflow as one line of progress, not a block per job, and its results at the end.

On a terminal the line is rewritten; in a pipe a new one is printed every few seconds.
"""

import json
import logging
import os
import sys
import threading
import time
from collections.abc import Callable
from itertools import dropwhile
from pathlib import Path
from typing import IO, Any

import psutil
from snakemake.common import NOTHING_TO_BE_DONE_MSG
from snakemake_interface_logger_plugins.common import LogEvent

from files.finished import LEFT_OUT
from files.prepared import notes_of

from .lock import stopped
from .outcome import WIDTH

HIDDEN = {LogEvent.JOB_INFO, LogEvent.JOB_STARTED, LogEvent.JOB_FINISHED, LogEvent.PROGRESS}
HIDDEN |= {LogEvent.RESOURCES_INFO, LogEvent.RUN_INFO}
# Snakemake's modules whose plain messages repeat the line of progress or describe internals.
PLAIN = ("api", "dag", "job_scheduler", "jobs", "logging", "workflow")
TRAINING = ("train", "train_rung", "refit")
SECONDS_BETWEEN_LINES = {True: 0.5, False: 5.0}  # on a terminal, in a pipe
INTERRUPTED = "interrupted"  # starts the last log line of a training that a signal stopped
STOPPED = "KeyboardInterrupt"  # the same of a program that Ctrl-C stopped during its imports
MOST_FILES = 5  # listed inputs of a failed job
MOST_FAILED = 10  # failed jobs listed at the end
LONG = 20  # seconds until the epoch of a training is shown


class Progress(logging.Handler):
    """Counts jobs and runs, and prints the results of a run of `snakemake`.

    ``runs_of`` returns how many runs a job trains, by its rule and wildcards, ``outcome`` the results as
    text. Without ``lines`` only the end is printed.
    """

    def __init__(
        self,
        runs_of: Callable[[str, dict], int],
        outcome: Callable[[], str] = str,
        lines: bool = True,
        stream: IO = sys.stderr,
    ):
        super().__init__()
        self.runs_of, self.outcome, self.lines = runs_of, outcome, lines
        self.stream = stream or open(os.devnull, "w")  # noqa: SIM115
        self.terminal = self.stream.isatty()
        self.jobs: dict[int, tuple[float, logging.LogRecord]] = {}  # running, and since when
        self.failed: dict[int, str] = {}  # jobs and their logs
        self.trained = self.runs = 0
        self.done = self.total = 0  # jobs
        self.started = self.printed = time.monotonic()
        self.logs: list[str] = []  # Snakemake's own

    def start(self, trained: int, runs: int, logs: list[str]) -> None:
        """Announce the jobs and the ``runs``, ``trained`` of them before; follow long trainings."""
        self.trained, self.runs = trained, runs
        self.logs = [os.path.relpath(log) for log in logs]
        self.started = self.printed = time.monotonic()
        if self.lines:
            jobs = "1 job" if self.total == 1 else f"{self.total} jobs"
            left = f"{runs - trained} of {runs} runs" if runs > trained else "no run"
            self.write(f"{jobs}, {left} to train\n")
            threading.Thread(target=self.watch, daemon=True).start()

    def emit(self, record: logging.LogRecord) -> None:
        event = getattr(record, "event", None)
        if event == LogEvent.RUN_INFO:
            self.total = getattr(record, "stats", {}).get("total", 0)
        elif event == LogEvent.JOB_INFO:
            self.jobs[record.jobid] = time.monotonic(), record
        elif event == LogEvent.JOB_ERROR and not stopped.is_set():
            _, job = self.jobs.pop(record.jobid, (0, record))
            self.failed[record.jobid] = description(job)
        elif event == LogEvent.JOB_FINISHED and record.job_id in self.jobs:
            self.failed.pop(record.job_id, None)  # by another attempt
            self.finish(self.jobs.pop(record.job_id)[1])
        elif event == LogEvent.PROGRESS:
            self.done, self.total = record.done, record.total
            last = record.done >= record.total
            if last or time.monotonic() - self.printed > SECONDS_BETWEEN_LINES[self.terminal]:
                self.print_line(last)
        elif event is None and record.msg == NOTHING_TO_BE_DONE_MSG:  # no hook is called then
            text = self.outcome()
            if text:
                self.write(f"{text}\n")

    def end(self, success: bool) -> None:
        """Print the results or the failed jobs, and the duration."""
        if success:
            text = [self.outcome()]
        else:
            failed = list(self.failed.values())
            text = [f"failed: {job}" for job in failed[:MOST_FAILED]]
            if len(failed) > MOST_FAILED:
                text.append(f"... and {len(failed) - MOST_FAILED} more")
            done = "interrupted: " if stopped.is_set() else ""
            done += f"{self.done} of {self.total} jobs are finished"
            if failed:
                done += f", {len(failed)} failed"
            text.append(f"{done}; the same command continues with the rest")
        seconds = time.time() - psutil.Process().create_time()
        text.append(f"took {duration(seconds)}; complete log: {', '.join(self.logs)}")
        self.write("\n".join(filter(None, text)) + "\n")

    def finish(self, job: logging.LogRecord) -> None:
        """Count the runs of a finished job, and print its notes on data and experiments left out."""
        added = self.runs_of(job.rule_name, job.wildcards)
        self.trained = min(self.trained + added, self.runs)  # some may be trained again
        for path in filter(Path.exists, map(Path, map(str, job.output))):
            for note in notes_in(path, job.rule_name):
                self.write(f"warning: {job.wildcards['dataset']}: {note}\n")
        if job.rule_name in ("summarize", "report"):
            for line in lines_of(job):
                if line.startswith(LEFT_OUT):
                    self.write(f"warning: {line}\n")

    def line(self, seconds: float) -> str:
        """Describe the state, after this number of seconds."""
        jobs = f"{self.done} of {self.total} jobs, " if self.total else ""
        parts = [f"{jobs}{self.trained} of {self.runs} runs trained"]
        if self.done and self.done == self.total:
            return parts[0]  # the results follow
        if 0 < self.done < self.total:
            parts.append(f"about {duration(seconds / self.done * (self.total - self.done))} left")
        parts.append(self.epoch())
        return "; ".join(filter(None, parts))

    def epoch(self) -> str:
        """Return the epoch of the oldest running training, from its log; empty if it started just now."""
        training = [job for job in list(self.jobs.values()) if job[1].rule_name in TRAINING]
        since, job = min(training, default=(0, None), key=lambda job: job[0])
        if not job or time.monotonic() - since < LONG:
            return ""
        newest = reversed(lines_of(job))
        lines = [*dropwhile(lambda line: not line.startswith("epoch "), newest)]
        last = next(iter(lines), "")
        runs = (line.removeprefix("run ") for line in lines if line.startswith("run "))
        bundle = job.wildcards.get("refit") or job.wildcards["bundle"]
        place = f"{job.wildcards['experiment']}/{next(runs, bundle)}"
        return f"{place}: {', '.join(last.split(', ')[:2])}" if last else ""

    def watch(self) -> None:
        """Print a line now and then while a long training runs and no job ends."""
        while True:
            time.sleep(LONG)
            if time.monotonic() - self.printed >= LONG and self.epoch():
                self.print_line(False)

    def print_line(self, last: bool) -> None:
        if not self.lines:
            return
        self.printed = time.monotonic()
        text = self.line(self.printed - self.started)
        text = text if len(text) <= WIDTH else f"{text[: WIDTH - 3]}..."
        self.write(text if self.terminal and not last else f"{text}\n")

    def write(self, text: str) -> None:
        self.stream.write(f"\r\033[K{text}" if self.terminal else text)
        self.stream.flush()


def description(job: logging.LogRecord) -> str:
    """Return the rule of a job, its wildcards and its log."""
    words = [job.rule_name, *getattr(job, "wildcards", {}).values()]
    logs = ", ".join(map(str, getattr(job, "log", ())))
    if logs:
        words.append(f"(log: {logs})")
    return " ".join(map(str, words))


def lines_of(job: logging.LogRecord) -> list[str]:
    log = Path(str(next(iter(getattr(job, "log", ())), "")))
    return log.read_text(errors="replace").splitlines() if log.is_file() else []


def notes_in(path: Path, rule: str) -> list[str]:
    """Return the notes about the data in an output of parsing or preparation."""
    if rule.startswith("parse") and path.name == "info.json":
        return json.loads(path.read_text())["notes"]
    return notes_of(path) if rule == "prepare" else []


def duration(seconds: float) -> str:
    """Return a duration as text: ``40 s``, ``12 min``, ``3.5 h``."""
    if seconds < 100:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 6000 else f"{seconds / 3600:.1f} h"


class Short(logging.Filter):
    """Hides Snakemake's banner, and with ``jobs`` also its blocks for each job."""

    def __init__(self, jobs: bool):
        super().__init__()
        self.jobs, self.runs = jobs, False

    def filter(self, record: logging.LogRecord) -> bool:
        event = getattr(record, "event", None)
        if event == LogEvent.WORKFLOW_STARTED:  # answers of --list-rules and the like come before
            self.runs = self.jobs
            return False
        if event is None and record.levelno <= logging.INFO and record.module == "api":
            return False
        # After Ctrl-C all jobs fail, some with odd errors: numpy's import turns it into an ImportError.
        return not self.runs or (not stopped.is_set() and shorten(record))


def shorten(record: logging.LogRecord) -> bool:
    """Hide the blocks of successful jobs, and shorten those of failed and of stopped ones."""
    event = getattr(record, "event", None)
    if event != LogEvent.JOB_ERROR:
        plain = event is None and record.levelno <= logging.INFO and record.module in PLAIN
        return event not in HIDDEN and (not plain or record.msg == NOTHING_TO_BE_DONE_MSG)
    if len(record.input) > MOST_FILES + 1:
        record.input = [*record.input[:MOST_FILES], f"... ({len(record.input)} files)"]
    last = lines_of(record)[-1:]
    if last and last[0].startswith((INTERRUPTED, STOPPED)):
        reason = last[0].replace(STOPPED, INTERRUPTED)
        record.log, record.shellcmd, record.aux = [], None, {"reason": reason}
    return True


def begin(output: Any, runs_of: Callable, outcome: Callable[[], str]) -> Progress | None:
    """Attach a Progress to Snakemake's logger, by its output settings; None if nothing is to be shown."""
    quiet = {each.name for each in output.quiet or ()}
    if output.log_handler_settings or "ALL" in quiet:
        return None
    blocks = output.printshellcmds or output.verbose or output.dryrun
    logger = logging.getLogger("snakemake.logging")
    for handler in logger.handlers:
        is_file = isinstance(handler, logging.FileHandler)
        if isinstance(handler, logging.StreamHandler) and not is_file and not output.verbose:
            handler.addFilter(Short(jobs=not blocks))
    if output.dryrun:
        return None
    progress = Progress(runs_of, outcome, lines=not blocks and "PROGRESS" not in quiet)
    logger.addHandler(progress)
    return progress
