"""The progress of a run of the workflow, in one line instead of a block for each job.

Installed by the Snakefile when jobs are about to start: it listens to the events of Snakemake's own
logger, hides the blocks of single jobs from the screen (the log file in .snakemake/log keeps them)
and prints how many runs are done, how many are left, an estimate of the time that this takes, and
the best validation score so far. On a terminal the line is rewritten; in a pipe a new one is
printed every few seconds. Where a training takes long, its epoch stands in the line, from its log.
"""

import json
import logging
import math
import sys
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import snakemake
from snakemake_interface_logger_plugins.common import LogEvent

from .calls import say
from .prepared import notes_of

HIDDEN = {LogEvent.JOB_INFO, LogEvent.JOB_STARTED, LogEvent.JOB_FINISHED, LogEvent.PROGRESS}
TRAINING = ("train", "train_rung", "refit")
PARSING = ("parse", "parse_without_test")
SECONDS_BETWEEN_LINES = {True: 0.5, False: 5.0}  # on a terminal, in a pipe
INTERRUPTED = "interrupted"  # how the log of a training ends that a signal stopped, see train.py
MOST_FILES = 5  # that are shown of the input of a job that failed
LONG = 20  # seconds after which a training tells its epoch


class Progress(logging.Handler):
    """Counts finished jobs and prints the state of the whole run.

    Args:
        unfinished: returns the rules of unfinished jobs by job id; asked for each line, since
            checkpoints add jobs.
        stream: where the line goes.
    """

    def __init__(self, unfinished: Callable[[], dict[int, str]], stream=sys.stderr):
        super().__init__()
        self.unfinished, self.stream = unfinished, stream
        self.jobs: dict[int, tuple[str, dict, list]] = {}
        self.training: dict[int, tuple[float, Path]] = {}  # since when, and the log
        self.done: dict[int, str] = {}
        self.best: dict[str, tuple[float, str]] = {}
        self.started = self.printed = time.monotonic()
        self.terminal = stream.isatty()

    def emit(self, record: logging.LogRecord) -> None:
        """Take in one event of Snakemake's logger."""
        event = getattr(record, "event", None)
        if event == LogEvent.JOB_INFO:
            self.jobs[record.jobid] = (record.rule_name, record.wildcards, record.output)
            if record.rule_name in TRAINING and getattr(record, "log", None):
                self.training[record.jobid] = time.monotonic(), Path(str(record.log[0]))
        elif event == LogEvent.JOB_FINISHED and record.job_id in self.jobs:
            rule, wildcards, output = self.jobs.pop(record.job_id)
            self.training.pop(record.job_id, None)
            self.done[record.job_id] = rule
            if rule == "validate":
                self.score(wildcards, output)
            elif rule in PARSING:
                self.warn(wildcards, notes_of_data(output))
            elif rule == "prepare":
                self.warn(wildcards, notes_of_split(output))
        elif event == LogEvent.PROGRESS:
            last = record.done >= record.total
            if last or time.monotonic() - self.printed > SECONDS_BETWEEN_LINES[self.terminal]:
                self.print_line(last)

    def score(self, wildcards: dict, output: list[str]) -> None:
        """Remember the best validation accuracy of each experiment."""
        metrics = Path(str(output[0]))
        if not metrics.exists():  # it is in a storage, and not here any more
            return
        accuracy = json.loads(metrics.read_text())["validation_accuracy"]
        experiment = wildcards["experiment"]
        if accuracy is not None and accuracy > self.best.get(experiment, (-1.0, ""))[0]:
            self.best[experiment] = accuracy, wildcards["run"]

    def warn(self, wildcards: dict, notes: list[str]) -> None:
        """Print what a reader of scores should know of a dataset, above the line."""
        before = "\r\033[K" * self.terminal
        for note in notes:
            self.stream.write(f"{before}warning: {wildcards['dataset']}: {note}\n")
        self.stream.flush()

    def line(self, unfinished: dict[int, str], seconds: float) -> str:
        """Describe the state after so many seconds; Snakemake may not know yet of the last jobs."""
        left = [rule for job, rule in unfinished.items() if job not in self.done]
        jobs, jobs_left = len(self.done), len(left)
        runs = sum(rule in TRAINING for rule in self.done.values())
        runs_left = sum(rule in TRAINING for rule in left)
        parts = [f"{runs} of {runs + runs_left} runs, {jobs} of {jobs + jobs_left} jobs"]
        # Runs take the time; other jobs count where all runs are done, or there are none.
        left, done = (runs_left, runs) if runs_left else (jobs_left, jobs)
        if done and left:
            parts.append(f"about {duration(seconds / done * left)} left")
        if epoch := self.epoch():
            parts.append(epoch)
        for experiment, (accuracy, run) in list(self.best.items())[-1:]:
            parts.append(f"best validation of {experiment} {accuracy:.4f} ({run})")
        return "; ".join(parts)

    def epoch(self) -> str:
        """How far the training is that runs longest, by the last line of its log; if it is long."""
        since, log = min([*self.training.values()], default=(math.inf, Path()))
        if time.monotonic() - since < LONG or not log.exists():
            return ""
        lines = log.read_text(errors="replace").splitlines()
        told = [line for line in lines if line.startswith("epoch ")]
        return (
            f"{log.parent.name}/{log.stem}: {', '.join(told[-1].split(', ')[:2])}" if told else ""
        )

    def watch(self) -> None:
        """Print a line now and then where no job has ended for long."""
        while True:
            time.sleep(LONG)
            if time.monotonic() - self.printed >= LONG and self.epoch():
                with suppress(
                    RuntimeError
                ):  # the jobs change while they are counted: the next time
                    self.print_line(False)

    def print_line(self, last: bool) -> None:
        """Print the state; on a terminal over the line before."""
        self.printed = time.monotonic()
        text = self.line(self.unfinished(), self.printed - self.started)
        if self.terminal:
            self.stream.write(f"\r\033[K{text[:150]}" + "\n" * last)
        else:
            self.stream.write(text + "\n")
        self.stream.flush()


def notes_of_data(output: list[str]) -> list[str]:
    """Read the notes that parsing left; none of data in a storage, whose files have no path."""
    info = next((path for path in map(Path, map(str, output)) if path.name == ".info.json"), None)
    return json.loads(info.read_text())["notes"] if info and info.exists() else []


def notes_of_split(output: list[str]) -> list[str]:
    """Read the notes that a split and preparation left."""
    path = Path(str(output[0]))
    return notes_of(path) if path.exists() else []


def duration(seconds: float) -> str:
    """Write a duration for people: ``40 s``, ``12 min``, ``3.5 h``."""
    if seconds < 100:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 6000 else f"{seconds / 3600:.1f} h"


def is_of_a_job(record: logging.LogRecord) -> bool:
    """Is this one of the messages that Snakemake prints for every job that goes well?"""
    plain = record.levelno <= logging.INFO and record.module == "job_scheduler"
    return getattr(record, "event", None) in HIDDEN or (plain and not hasattr(record, "event"))


def shorten(record: logging.LogRecord) -> bool:
    """Of a job that failed show some of its many files, not every picture of a folder.

    Of a training that a signal interrupted show the last line of the log, not all its epochs.
    """
    if getattr(record, "event", None) != LogEvent.JOB_ERROR:
        return True
    if len(record.input) > MOST_FILES + 1:
        record.input = [*record.input[:MOST_FILES], f"... ({len(record.input)} files)"]
    if record.rule_name in TRAINING:
        log = Path(str(record.log[0]))
        last = log.read_text(errors="replace").splitlines()[-1:] if log.exists() else []
        if last and last[0].startswith(INTERRUPTED):
            record.log, record.shellcmd, record.aux = [], None, {"reason": last[0]}
    return True


def begin(workflow) -> None:
    """Show progress, and keep the pace of large sweeps; to be called before jobs run."""
    if not snakemake.__version__.startswith("9.27"):  # whose inner parts are as they are used here
        say(f"With Snakemake {snakemake.__version__} progress and pace are as it has them.")
        return
    # In Snakemake 9.27 every finished job adds one look a second at all that waits, for ever.
    # --max-jobs-per-timespan changes the rate, but cannot be off; without a cluster none is needed.
    if workflow.local_exec:
        workflow.scheduler.job_rate_limiter = None
    # With --printshellcmds or --verbose Snakemake's own blocks; a --logger has the screen for itself.
    output, dag = workflow.output_settings, workflow.dag
    if not (output.printshellcmds or output.verbose or output.log_handler_settings):
        install(lambda: {dag.jobid(job): job.rule.name for job in dag.needrun_jobs()})


def install(unfinished: Callable[[], dict[int, str]]) -> None:
    """Show progress in place of Snakemake's block for every job on the screen."""
    from snakemake.logging import logger

    for handler in logger.handlers:
        if isinstance(handler, logging.StreamHandler) and not isinstance(
            handler, logging.FileHandler
        ):
            handler.addFilter(lambda record: not is_of_a_job(record))
            handler.addFilter(shorten)
    progress = Progress(unfinished)
    logger.addHandler(progress)
    threading.Thread(target=progress.watch, daemon=True).start()
