"""The progress of a run of the workflow, in one line instead of a block for each job.

It counts the public events of Snakemake's logger. The log file in .snakemake/log keeps the blocks. On a
terminal the line is rewritten; in a pipe a new one is printed every few seconds.
"""

import json
import logging
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from snakemake_interface_logger_plugins.common import LogEvent

from evaluation import METRICS, in_words

from . import artifacts
from .prepared import notes_of
from .results import EARLIER

HIDDEN = {LogEvent.JOB_INFO, LogEvent.JOB_STARTED, LogEvent.JOB_FINISHED, LogEvent.PROGRESS}
TRAINING = ("train", "train_rung", "refit")
SECONDS_BETWEEN_LINES = {True: 0.5, False: 5.0}  # on a terminal, in a pipe
INTERRUPTED = "interrupted"  # how the log of a training ends that a signal stopped, see train.py
MOST_FILES = 5  # inputs of a failed job that are listed
LONG = 20  # seconds after which the epoch of a training is shown


class Progress(logging.Handler):
    """Counts jobs and runs.

    Args:
        runs_of: returns how many runs a job adds to the trained ones, by rule and wildcards.
        trained: how many runs were trained before.
        runs: how many there are in all.
        metric_of: returns the metric that an experiment is selected by.
    """

    def __init__(
        self,
        runs_of: Callable[[str, dict], int],
        trained: int,
        runs: int,
        metric_of: Callable[[str], str] = lambda experiment: "accuracy",
        stream=sys.stderr,
    ):
        super().__init__()
        self.runs_of, self.metric_of = runs_of, metric_of
        self.stream, self.terminal = stream, stream.isatty()
        self.jobs: dict[int, tuple[float, logging.LogRecord]] = {}  # those that run, since when
        self.trained, self.runs = trained, runs
        self.done = self.total = 0  # jobs; known when the first has ended
        # By experiment, the newest last: how good the best run is, its name, and its scores in words.
        self.best: dict[str, tuple[float, str, str]] = {}
        self.started = self.printed = time.monotonic()

    def emit(self, record: logging.LogRecord) -> None:
        """Take in one event."""
        event = getattr(record, "event", None)
        if event == LogEvent.JOB_INFO:
            self.jobs[record.jobid] = time.monotonic(), record
        elif event == LogEvent.JOB_FINISHED and record.job_id in self.jobs:
            self.finish(self.jobs.pop(record.job_id)[1])
        elif event == LogEvent.PROGRESS:
            self.done, self.total = record.done, record.total
            last = record.done >= record.total
            if last or time.monotonic() - self.printed > SECONDS_BETWEEN_LINES[self.terminal]:
                self.print_line(last)

    def finish(self, job: logging.LogRecord) -> None:
        """Count the runs of a job, and print what a reader of scores should know of its data."""
        self.trained += self.runs_of(job.rule_name, job.wildcards)
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

    def scored(self, experiment: str, metrics: dict[str, dict]) -> list[tuple[float, str, str]]:
        """Return the runs that have a score: more is better, the run's name, and its scores in words."""
        metric = self.metric_of(experiment)
        sign = -1 if METRICS[metric].better == "lower" else 1
        shown = dict.fromkeys([metric, "accuracy", "balanced_accuracy"])
        found = []
        for run, each in metrics.items():
            if each[f"validation_{metric}"] is not None:
                values = (f"{in_words(name)} {each[f'validation_{name}']:.4f}" for name in shown)
                found.append((sign * each[f"validation_{metric}"], run, ", ".join(values)))
        return found

    def warn(self, summary: Path | None) -> None:
        """Print what the accuracies of this call's experiments hide."""
        for row in artifacts.read_csv(summary) if summary else ():
            if row["warning"] and EARLIER not in row["status"]:
                self.write(f"warning: {row['experiment']}: {row['warning']}\n")

    def line(self, seconds: float) -> str:
        """Describe the state after so many seconds."""
        jobs = f"{self.done} of {self.total} jobs, " if self.total else ""
        parts = [f"{jobs}{self.trained} of {self.runs} runs trained"]
        if 0 < self.done < self.total:
            parts.append(f"about {duration(seconds / self.done * (self.total - self.done))} left")
        if epoch := self.epoch():
            parts.append(epoch)
        for name, (_, run, scores) in list(self.best.items())[-1:]:
            parts.append(f"best validation of {name}: {scores} ({run})")
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
        self.printed = time.monotonic()
        text = self.line(self.printed - self.started)
        self.write(text[:150] + "\n" * last if self.terminal else f"{text}\n")

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


def shorten(record: logging.LogRecord) -> bool:
    """Hide what Snakemake prints for every successful job, and shorten the block of a failed one.

    It lists the first few inputs; for a training stopped by a signal, the last line of its log.
    """
    event = getattr(record, "event", None)
    if event != LogEvent.JOB_ERROR:
        plain = record.levelno <= logging.INFO and record.module == "job_scheduler"
        return not (event in HIDDEN or (plain and event is None))
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
    trained: int,
    runs: int,
    metric_of: Callable[[str], str],
) -> None:
    """Show progress instead of a block for every job; to be called before jobs run.

    `output` has Snakemake's settings: --printshellcmds and --verbose show the blocks, and a --logger has
    the screen for itself.
    """
    if output.printshellcmds or output.verbose or output.log_handler_settings:
        return
    logger = logging.getLogger("snakemake.logging")
    for handler in logger.handlers:
        if isinstance(handler, logging.StreamHandler) and not isinstance(
            handler, logging.FileHandler
        ):
            handler.addFilter(shorten)
    progress = Progress(runs_of, trained, runs, metric_of)
    logger.addHandler(progress)
    threading.Thread(target=progress.watch, daemon=True).start()
