"""What the screen shows of a run of the workflow: a line of progress instead of a block for each job,
and at the end what came out.

It counts the public events of Snakemake's logger. The log file in .snakemake/log keeps the blocks. On a
terminal the line is rewritten; in a pipe a new one is printed every few seconds.
"""

import json
import logging
import os
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psutil
from snakemake.common import NOTHING_TO_BE_DONE_MSG
from snakemake_interface_logger_plugins.common import LogEvent

from evaluation import METRICS, in_words
from files import artifacts
from files.finished import EARLIER
from files.prepared import notes_of

from .outcome import WIDTH

HIDDEN = {LogEvent.JOB_INFO, LogEvent.JOB_STARTED, LogEvent.JOB_FINISHED, LogEvent.PROGRESS}
HIDDEN |= {LogEvent.RESOURCES_INFO, LogEvent.RUN_INFO}
# The modules of Snakemake whose plain messages say what the line of progress says, or how it works.
PLAIN = ("api", "dag", "job_scheduler", "jobs", "logging", "workflow")
TRAINING = ("train", "train_rung", "refit")
SECONDS_BETWEEN_LINES = {True: 0.5, False: 5.0}  # on a terminal, in a pipe
INTERRUPTED = "interrupted"  # how the log of a training ends that a signal stopped, see train.py
MOST_FILES = 5  # inputs of a failed job that are listed
MOST_FAILED = 10  # failed jobs that are listed at the end
LONG = 20  # seconds after which the epoch of a training is shown


class Progress(logging.Handler):
    """Counts jobs and runs, and prints what came out of a run of `snakemake`.

    Args:
        runs_of: returns how many runs a job adds to the trained ones, by rule and wildcards.
        outcome: returns the results as lines for the screen.
        metric_of: returns the metric that an experiment is selected by.
        lines: are lines of progress printed? Else only the end.
    """

    def __init__(
        self,
        runs_of: Callable[[str, dict], int],
        outcome: Callable[[], str] = str,
        metric_of: Callable[[str], str] = lambda experiment: "accuracy",
        lines: bool = True,
        stream=sys.stderr,
    ):
        super().__init__()
        self.runs_of, self.outcome, self.metric_of, self.lines = runs_of, outcome, metric_of, lines
        self.stream, self.terminal = stream, stream.isatty()
        self.jobs: dict[int, tuple[float, logging.LogRecord]] = {}  # those that run, since when
        self.failed: dict[int, str] = {}  # jobs, and where their logs are
        self.trained = self.runs = 0
        self.done = self.total = 0  # jobs
        # Of a single run, by experiment, the newest last: how good it is, and its score in words.
        self.best: dict[str, tuple[float, str]] = {}
        self.started = self.printed = time.monotonic()
        self.logs: list[str] = []  # of Snakemake

    def start(self, trained: int, runs: int, logs: list[str]) -> None:
        """Announce the jobs, and follow them.

        Args:
            trained: how many runs were trained before.
            runs: how many there are in all.
            logs: Snakemake's own log files.
        """
        self.trained, self.runs, self.logs = trained, runs, [*map(os.path.relpath, logs)]
        self.started = self.printed = time.monotonic()
        if self.lines:
            left = f"{runs - trained} of {runs} runs to train"
            self.write(f"{self.total} jobs, {left if runs > trained else 'no run to train'}\n")
            threading.Thread(target=self.watch, daemon=True).start()

    def emit(self, record: logging.LogRecord) -> None:
        """Take in one event."""
        event = getattr(record, "event", None)
        if event == LogEvent.RUN_INFO:
            self.total = getattr(record, "stats", {}).get("total", 0)
        elif event == LogEvent.JOB_INFO:
            self.jobs[record.jobid] = time.monotonic(), record
        elif event == LogEvent.JOB_ERROR:
            _, job = self.jobs.pop(record.jobid, (0, record))
            words = [record.rule_name, *getattr(job, "wildcards", {}).values()]
            logs = ", ".join(map(str, getattr(job, "log", ())))
            self.failed[record.jobid] = " ".join(map(str, words)) + f" (log: {logs})" * bool(logs)
        elif event == LogEvent.JOB_FINISHED and record.job_id in self.jobs:
            self.failed.pop(record.job_id, None)  # by another attempt
            self.finish(self.jobs.pop(record.job_id)[1])
        elif event == LogEvent.PROGRESS:
            self.done, self.total = record.done, record.total
            last = record.done >= record.total
            if last or time.monotonic() - self.printed > SECONDS_BETWEEN_LINES[self.terminal]:
                self.print_line(last)
        elif event is None and record.msg == NOTHING_TO_BE_DONE_MSG:  # and no hook is called
            self.write(f"{text}\n" if (text := self.outcome()) else "")

    def end(self, success: bool) -> None:
        """Print what came out, or what failed, and how long it took."""
        if success:
            text = [self.outcome()]
        else:
            failed = list(self.failed.values())
            text = [f"failed: {job}" for job in failed[:MOST_FAILED]]
            text += [f"... and {len(failed) - MOST_FAILED} more"] * (len(failed) > MOST_FAILED)
            text.append(
                f"{self.done} of {self.total} jobs are finished"
                f"{f', {len(failed)} failed' if failed else ''}; the same command continues with the rest"
            )
        seconds = time.time() - psutil.Process().create_time()
        text.append(f"took {duration(seconds)}; complete log: {', '.join(self.logs)}")
        self.write("\n".join(filter(None, text)) + "\n")

    def finish(self, job: logging.LogRecord) -> None:
        """Count the runs of a job, and print what a reader of scores should know of its data."""
        added = self.runs_of(job.rule_name, job.wildcards)
        self.trained = min(self.trained + added, self.runs)  # some may be trained again
        outputs = [path for path in map(Path, map(str, job.output)) if path.exists()]
        if job.rule_name == "validate" and outputs:
            name = job.wildcards["experiment"]
            before = [self.best.pop(name)] if name in self.best else []
            found = self.scored(name, json.loads(outputs[0].read_text()))
            if before or found:
                self.best[name] = max([*before, *found])
        if job.rule_name == "summarize":
            self.warn(next((path for path in outputs if path.name == "summary.csv"), None))
        notes = [note for path in outputs for note in notes_in(path, job.rule_name)]
        for note in notes:
            self.write(f"warning: {job.wildcards['dataset']}: {note}\n")

    def scored(self, experiment: str, metrics: dict[str, dict]) -> list[tuple[float, str]]:
        """Return how good each run with a score is, more is better, and its score in words."""
        metric = self.metric_of(experiment)
        sign = -1 if METRICS[metric].better == "lower" else 1
        name = "" if metric == "accuracy" else f" ({in_words(metric)})"
        scores = [each[f"validation_{metric}"] for each in metrics.values()]
        return [(sign * score, f"{score:.4f}{name}") for score in scores if score is not None]

    def warn(self, summary: Path | None) -> None:
        """Print what the accuracies of this call's experiments hide."""
        for row in artifacts.read_csv(summary) if summary else ():
            if row["warning"] and EARLIER not in row["status"]:
                self.write(f"warning: {row['experiment']}: {row['warning']}\n")

    def line(self, seconds: float) -> str:
        """Describe the state after so many seconds."""
        jobs = f"{self.done} of {self.total} jobs, " if self.total else ""
        parts = [f"{jobs}{self.trained} of {self.runs} runs trained"]
        if self.done and self.done == self.total:
            return parts[0]  # what came out follows
        if 0 < self.done < self.total:
            parts.append(f"about {duration(seconds / self.done * (self.total - self.done))} left")
        if epoch := self.epoch():
            parts.append(epoch)
        else:
            for name, (_, score) in list(self.best.items())[-1:]:
                parts.append(f"{name}: best single run so far {score}")
        return "; ".join(parts)

    def epoch(self) -> str:
        """Return the epoch of the training that runs longest, from its log; empty unless it is long."""
        training = [job for job in list(self.jobs.values()) if job[1].rule_name in TRAINING]
        since, job = min(training, default=(0, None), key=lambda job: job[0])
        if not job or time.monotonic() - since < LONG:
            return ""
        log = Path(str(job.log[0]))
        lines = log.read_text(errors="replace").splitlines() if log.exists() else []
        last = next((line for line in reversed(lines) if line.startswith("epoch ")), "")
        runs = (line.removeprefix("run ") for line in reversed(lines) if line.startswith("run "))
        place = f"{job.wildcards['experiment']}/{next(runs, job.wildcards['bundle'])}"
        return f"{place}: {', '.join(last.split(', ')[:2])}" if last else ""

    def watch(self) -> None:
        """Print a line now and then while no job ends."""
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
        self.write(text + "\n" * (last or not self.terminal))

    def write(self, text: str) -> None:
        self.stream.write("\r\033[K" * self.terminal + text)
        self.stream.flush()


def notes_in(path: Path, rule: str) -> list[str]:
    """Return the notes that parsing, or a split and its preparation, left in a file."""
    if rule.startswith("parse") and path.name == "info.json":
        return json.loads(path.read_text())["notes"]
    return notes_of(path) if rule == "prepare" else []


def duration(seconds: float) -> str:
    """Write a duration for people: ``40 s``, ``12 min``, ``3.5 h``."""
    if seconds < 100:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 6000 else f"{seconds / 3600:.1f} h"


class Short(logging.Filter):
    """Hides what Snakemake says of itself, and with ``jobs`` also what it prints for each job."""

    def __init__(self, jobs: bool):
        super().__init__()
        self.jobs, self.runs = jobs, False

    def filter(self, record: logging.LogRecord) -> bool:
        event = getattr(record, "event", None)
        if (
            event == LogEvent.WORKFLOW_STARTED
        ):  # before it are the answers of --list-rules and others
            self.runs = self.jobs
            return False
        if event is None and record.levelno <= logging.INFO and record.module == "api":
            return False
        return not self.runs or shorten(record)


def shorten(record: logging.LogRecord) -> bool:
    """Hide what Snakemake prints for every successful job, and shorten the block of a failed one.

    It lists the first few inputs; for a training stopped by a signal, the last line of its log.
    """
    event = getattr(record, "event", None)
    if event != LogEvent.JOB_ERROR:
        plain = event is None and record.levelno <= logging.INFO and record.module in PLAIN
        return event not in HIDDEN and (not plain or record.msg == NOTHING_TO_BE_DONE_MSG)
    if len(record.input) > MOST_FILES + 1:
        record.input = [*record.input[:MOST_FILES], f"... ({len(record.input)} files)"]
    if record.rule_name in TRAINING:
        log = Path(str(record.log[0]))
        last = log.read_text(errors="replace").splitlines()[-1:] if log.exists() else []
        if last and last[0].startswith(INTERRUPTED):
            record.log, record.shellcmd, record.aux = [], None, {"reason": last[0]}
    return True


def begin(
    output: Any,
    runs_of: Callable[[str, dict], int],
    outcome: Callable[[], str],
    metric_of: Callable[[str], str],
) -> Progress | None:
    """Show progress and what came out instead of a block for every job; None where nothing is shown.

    `output` has Snakemake's settings: --printshellcmds and --verbose show the blocks, too, and a --logger
    has the screen for itself, as has --quiet.
    """
    quiet = {each.name for each in output.quiet or ()}
    if output.log_handler_settings or "ALL" in quiet:
        return None
    blocks = output.printshellcmds or output.verbose or output.dryrun
    logger = logging.getLogger("snakemake.logging")
    for handler in logger.handlers * (not output.verbose):
        is_file = isinstance(handler, logging.FileHandler)
        if isinstance(handler, logging.StreamHandler) and not is_file:
            handler.addFilter(Short(jobs=not blocks))
    if output.dryrun:
        return None
    progress = Progress(runs_of, outcome, metric_of, lines=not blocks and "PROGRESS" not in quiet)
    logger.addHandler(progress)
    return progress
