"""What the screen shows of a run, from events as Snakemake's logger sends them."""

import io
import json
import logging
from threading import Event
from types import SimpleNamespace

import numpy as np
import pytest
from snakemake.settings.enums import Quietness
from snakemake_interface_logger_plugins.common import LogEvent

from running import progress


def record(**event):
    made = logging.LogRecord("snakemake", logging.INFO, "", 0, None, None, None)
    made.__dict__.update(event)
    return made


def plain(module, text, level=logging.INFO):
    """A message without an event."""
    return logging.LogRecord("snakemake", level, f"/snakemake/{module}.py", 0, text, None, None)


@pytest.fixture
def followed():
    """A run of two trainings and a validation; one training is not done."""
    follower = progress.Progress(lambda rule, w: int(rule == "train"), stream=io.StringIO())
    follower.trained, follower.runs = 20, 41
    wildcards = {"experiment": "digits", "bundle": "seed=0"}
    for job, rule in ((1, "train"), (3, "validate")):
        about = {"rule_name": rule, "wildcards": wildcards, "output": []}
        follower.emit(record(event=LogEvent.JOB_INFO, jobid=job, **about))
        follower.emit(record(event=LogEvent.JOB_FINISHED, job_id=job))
    return follower


def test_jobs_runs_and_time_left_are_shown(followed):
    followed.emit(record(event=LogEvent.PROGRESS, done=2, total=3))
    assert followed.line(30.0) == "2 of 3 jobs, 21 of 41 runs trained; about 15 s left"


def test_a_bundle_counts_its_runs(followed):
    followed.runs_of = lambda rule, wildcards: 7 * (rule == "train")
    wildcards = {"experiment": "digits", "bundle": "0110"}
    about = {"rule_name": "train", "wildcards": wildcards, "output": []}
    followed.emit(record(event=LogEvent.JOB_INFO, jobid=8, **about))
    followed.emit(record(event=LogEvent.JOB_FINISHED, job_id=8))
    assert followed.line(30.0) == "28 of 41 runs trained"


def test_jobs_are_not_counted_before_their_number_is_known(followed):
    assert followed.line(30.0) == "21 of 41 runs trained"


def test_the_last_line_is_always_printed(followed):
    followed.emit(record(event=LogEvent.PROGRESS, done=2, total=3))
    assert followed.stream.getvalue() == ""  # too soon after the start
    followed.emit(record(event=LogEvent.PROGRESS, done=3, total=3))
    assert followed.stream.getvalue() == "3 of 3 jobs, 21 of 41 runs trained\n"


@pytest.mark.parametrize("terminal", [False, True])
def test_a_line_of_progress_has_at_most_a_hundred_characters(followed, terminal):
    followed.terminal, followed.epoch = terminal, lambda: "x" * 100
    followed.done, followed.total = 2, 3
    followed.print_line(last=False)
    start, end = ("\r\033[K", "") if terminal else ("", "\n")
    text = followed.stream.getvalue().removeprefix(start).removesuffix(end)
    assert len(text) == 100 and text.endswith("x...")


@pytest.mark.parametrize(
    ("trained", "text"), [(20, "21 of 41 runs to train"), (41, "no run to train")]
)
def test_the_jobs_are_announced(followed, trained, text):
    followed.emit(record(event=LogEvent.RUN_INFO, stats={"train": 3, "total": 5}))
    followed.start(trained, 41, [])
    assert followed.stream.getvalue() == f"5 jobs, {text}\n"


def ended(followed, success):
    """The last lines, without the seconds."""
    followed.logs = ["a.log"]
    followed.end(success)
    *lines, last = followed.stream.getvalue().splitlines()
    assert last.startswith("took ") and last.endswith("; complete log: a.log")
    return lines


def test_a_run_ends_with_its_results(followed):
    followed.outcome = lambda: "the table"
    assert ended(followed, True) == ["the table"]


def test_a_run_without_results_ends_with_its_duration(followed):
    assert ended(followed, True) == []


def test_the_results_are_shown_if_there_is_nothing_to_do(followed):
    followed.outcome = lambda: "the table"
    followed.emit(plain("workflow", progress.NOTHING_TO_BE_DONE_MSG))
    assert followed.stream.getvalue() == "the table\n"


def failure(followed, job, **about):
    wildcards = {"dataset": f"d{job}"}
    followed.emit(
        record(event=LogEvent.JOB_INFO, jobid=job, rule_name="parse", wildcards=wildcards,
               output=[], log=[f"{job}.log"])
    )  # fmt: skip
    followed.emit(record(event=LogEvent.JOB_ERROR, jobid=job, rule_name="parse", **about))


def test_the_end_of_a_run_that_failed_names_the_jobs(followed):
    followed.outcome = lambda: "a table of an earlier run"
    followed.emit(record(event=LogEvent.PROGRESS, done=2, total=9))
    for job in (7, 8):
        failure(followed, job)
    followed.emit(
        record(event=LogEvent.JOB_INFO, jobid=8, rule_name="parse", wildcards={}, output=[])
    )
    followed.emit(record(event=LogEvent.JOB_FINISHED, job_id=8))  # by another attempt
    assert ended(followed, False) == [
        "failed: parse d7 (log: 7.log)",
        "2 of 9 jobs are finished, 1 failed; the same command continues with the rest",
    ]


def test_only_the_first_of_many_failed_jobs_are_named(followed):
    for job in range(12):
        failure(followed, job)
    lines = ended(followed, False)
    assert len(lines) == 12 and lines[10] == "... and 2 more"


def test_without_lines_of_progress_the_end_is_printed(followed):
    followed.lines, followed.outcome = False, lambda: "the table"
    followed.emit(record(event=LogEvent.PROGRESS, done=3, total=3))
    assert ended(followed, True) == ["the table"]


def shown(short, *records):
    """The messages that a filter lets pass."""
    return [r.msg for r in records if short.filter(r)]


STARTED = record(event=LogEvent.WORKFLOW_STARTED)


def test_the_screen_has_warnings_and_answers_but_no_banner_and_no_jobs():
    assert shown(
        progress.Short(jobs=True),
        plain("workflow", "a name of --list-rules"),
        plain("api", "Assuming unrestricted shared filesystem usage."),
        STARTED,
        plain("workflow", "Building a graph"),
        record(event=LogEvent.RUN_INFO, msg="Job stats"),
        record(event=LogEvent.RESOURCES_INFO, msg="Provided cores: 2"),
        record(event=LogEvent.JOB_INFO, msg="rule train"),
        plain("jobs", "Jobs will be updated after completion."),
        plain("job_scheduler", "Terminating processes", logging.WARNING),
        plain("__init__", "Job 3 has been submitted"),  # by a cluster's executor
        plain("workflow", progress.NOTHING_TO_BE_DONE_MSG),
        plain("logging", "Complete log(s): a.log"),
    ) == [
        "a name of --list-rules",
        "Terminating processes",
        "Job 3 has been submitted",
        progress.NOTHING_TO_BE_DONE_MSG,
    ]


def test_a_dry_run_shows_its_jobs_and_no_banner():
    assert shown(
        progress.Short(jobs=False),
        plain("api", "Assuming unrestricted shared filesystem usage."),
        STARTED,
        record(event=LogEvent.JOB_INFO, msg="rule train"),
        plain("workflow", "This was a dry-run"),
    ) == ["rule train", "This was a dry-run"]


def settings(**given):
    known = {"quiet": None, "log_handler_settings": {}, "printshellcmds": False, "verbose": False}
    return SimpleNamespace(**{**known, "dryrun": False, **given})


@pytest.mark.parametrize(
    ("given", "lines"),
    [
        ({}, True),
        ({"printshellcmds": True}, False),
        ({"verbose": True}, False),
        ({"quiet": {Quietness.PROGRESS, Quietness.RULES}}, False),
        ({"quiet": {Quietness.HOST}}, True),
        ({"quiet": {Quietness.ALL}}, None),
        ({"dryrun": True}, None),
        ({"log_handler_settings": {"rich": 1}}, None),
    ],
)
def test_options_of_snakemake_decide_what_is_shown(given, lines):
    logger = logging.getLogger("snakemake.logging")
    found = progress.begin(settings(**given), lambda rule, wildcards: 0, str)
    logger.removeHandler(found)
    assert getattr(found, "lines", None) == lines


def test_only_the_first_files_of_a_failed_job_are_shown():
    failed = record(event=LogEvent.JOB_ERROR, rule_name="parse", input=["a.png"] * 4000)
    few = record(event=LogEvent.JOB_ERROR, rule_name="parse", input=["a.png"] * 6)
    for _ in range(2):  # for the screen, and for a file
        assert progress.shorten(failed) and progress.shorten(few)
    assert failed.input == ["a.png"] * 5 + ["... (4000 files)"]
    assert few.input == ["a.png"] * 6


@pytest.mark.parametrize(
    ("last", "reason"),
    [
        ("interrupted at epoch 3; the same command continues from there",) * 2,
        ("KeyboardInterrupt", "interrupted"),  # by Ctrl-C while a program imports its modules
    ],
)
def test_a_stopped_job_shows_no_log(tmp_path, last, reason):
    log = tmp_path / "job.log"
    log.write_text(f"Traceback (most recent call last):\n{last}\n")
    stopped = {"rule_name": "validate", "input": [], "log": [log], "shellcmd": "python"}
    stopped = record(event=LogEvent.JOB_ERROR, aux={}, **stopped)
    assert progress.shorten(stopped)
    assert (stopped.log, stopped.shellcmd, stopped.aux) == ([], None, {"reason": reason})


def test_after_ctrl_c_no_errors_of_jobs_are_shown(followed, monkeypatch):
    short, error = progress.Short(jobs=True), {"event": LogEvent.JOB_ERROR, "rule_name": "train"}
    short.filter(record(event=LogEvent.WORKFLOW_STARTED))
    assert short.filter(record(**error, input=[]))
    monkeypatch.setattr(progress, "stopped", Event())
    progress.stopped.set()
    assert not short.filter(record(**error, input=[]))
    followed.emit(record(**error, input=[], jobid=3))
    followed.end(success=False)
    lines = followed.stream.getvalue().splitlines()
    assert lines[0].startswith("interrupted: 0 of ")
    assert lines[0].endswith(" jobs are finished; the same command continues with the rest")


def test_warnings_about_data_are_printed_after_parsing(followed, tmp_path):
    info = tmp_path / "info.json"
    info.write_text(json.dumps({"notes": ["1 of 5 pictures is blank", "no test"]}))
    about = {"wildcards": {"dataset": "photos"}, "output": ["train_images.npy", str(info), "x"]}
    followed.emit(record(event=LogEvent.JOB_INFO, jobid=7, rule_name="parse", **about))
    assert followed.stream.getvalue() == ""
    followed.emit(record(event=LogEvent.JOB_FINISHED, job_id=7))
    assert followed.stream.getvalue() == (
        "warning: photos: 1 of 5 pictures is blank\nwarning: photos: no test\n"
    )


def test_the_notes_of_a_split_are_printed_once_it_was_prepared(followed, tmp_path):
    for number, notes in enumerate(["[\"no example of 'b'\"]", None]):
        path = tmp_path / f"{number}.npz"
        np.savez(path, training=np.arange(2), **({"notes": np.array(notes)} if notes else {}))
        about = {"wildcards": {"dataset": "photos"}, "output": [str(path)]}
        followed.emit(record(event=LogEvent.JOB_INFO, jobid=7, rule_name="prepare", **about))
        followed.emit(record(event=LogEvent.JOB_FINISHED, job_id=7))
    assert followed.stream.getvalue() == "warning: photos: no example of 'b'\n"


@pytest.mark.parametrize(
    "output", [["storage object (not an on-disk path)"] * 2, ["gone/info.json"]]
)
def test_no_warnings_are_printed_about_data_in_a_storage(followed, output):
    about = {"wildcards": {"dataset": "photos"}, "output": output}
    followed.emit(record(event=LogEvent.JOB_INFO, jobid=7, rule_name="parse", **about))
    followed.emit(record(event=LogEvent.JOB_FINISHED, job_id=7))
    assert followed.stream.getvalue() == ""


@pytest.mark.parametrize(
    ("seconds", "text"), [(40, "40 s"), (720, "12 min"), (5400, "90 min"), (12600, "3.5 h")]
)
def test_durations(seconds, text):
    assert progress.duration(seconds) == text


@pytest.mark.parametrize(("rule", "wildcard"), [("train", "bundle"), ("refit", "refit")])
def test_a_long_training_shows_its_epoch(followed, tmp_path, monkeypatch, rule, wildcard):
    log = tmp_path / "hidden=8__seed=0.0123456789.log"
    wildcards = {"experiment": "digits", wildcard: "hidden=8__seed=0"}
    followed.emit(
        record(event=LogEvent.JOB_INFO, jobid=2, rule_name=rule, wildcards=wildcards,
               output=["model.npz"], log=[str(log)])
    )  # fmt: skip
    assert followed.epoch() == ""  # not long yet
    monkeypatch.setattr(progress, "LONG", 0)
    assert followed.epoch() == ""  # nothing said yet
    log.write_text(
        "resumed at iteration 3\nepoch 1, iteration 9/90, loss 2\nepoch 2, iteration 18/90, loss 1\n"
    )
    expected = "digits/hidden=8__seed=0: epoch 2, iteration 18/90"
    assert expected in followed.line(30.0)
    log.write_text("run seed=0\nepoch 9, iteration 90/90\nrun seed=1\nepoch 1, iteration 9/90\n")
    assert followed.epoch() == "digits/seed=1: epoch 1, iteration 9/90"  # of a bundle
    log.write_text("run seed=0\nepoch 9, iteration 90/90\nrun seed=1\ndiverged: the loss\n")
    assert followed.epoch() == "digits/seed=0: epoch 9, iteration 90/90"
    followed.emit(record(event=LogEvent.JOB_FINISHED, job_id=2))
    assert followed.epoch() == ""
