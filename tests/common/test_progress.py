"""The line of progress, from events as Snakemake's logger sends them."""

from common import progress
from common.artifacts import write_csv

import io
import json
import logging

import numpy as np
import pytest
from snakemake_interface_logger_plugins.common import LogEvent


def scores(accuracy, balanced=None, loss=0.1):
    """The metrics of a run on its validation part."""
    values = {"accuracy": accuracy, "balanced_accuracy": balanced or accuracy, "loss": loss}
    return {f"validation_{k}": None if accuracy is None else v for k, v in values.items()}


def record(**event):
    made = logging.LogRecord("snakemake", logging.INFO, "", 0, None, None, None)
    made.__dict__.update(event)
    return made


@pytest.fixture
def followed(tmp_path):
    """A run of two trainings and a validation of which all is done but one training."""
    follower = progress.Progress(lambda rule, w: int(rule == "train"), 20, 41, stream=io.StringIO())
    metrics = tmp_path / "bundle.json"
    metrics.write_text(json.dumps({"seed=0": scores(0.975, 0.5)}))
    wildcards = {"experiment": "digits", "bundle": "seed=0"}
    for job, rule in ((1, "train"), (3, "validate")):
        follower.emit(
            record(event=LogEvent.JOB_INFO, jobid=job, rule_name=rule, wildcards=wildcards,
                   output=[str(metrics)])
        )  # fmt: skip
        follower.emit(record(event=LogEvent.JOB_FINISHED, job_id=job))
    return follower


def test_jobs_runs_time_left_and_the_best_score_are_shown(followed):
    followed.emit(record(event=LogEvent.PROGRESS, done=2, total=3))
    assert followed.line(30.0) == (
        "2 of 3 jobs, 21 of 41 runs trained; about 15 s left; best validation of digits: accuracy 0.9750, "
        "balanced accuracy 0.5000 (seed=0)"
    )


def test_a_bundle_counts_its_runs_and_has_scores_of_each(followed, tmp_path):
    followed.runs_of = lambda rule, wildcards: 7 * (rule == "train")
    metrics = tmp_path / "bundle.json"
    found = {"a": 0.98, "b": 0.99, "diverged": None}
    metrics.write_text(json.dumps({run: scores(accuracy) for run, accuracy in found.items()}))
    wildcards = {"experiment": "digits", "bundle": "0110"}
    for job, rule in ((8, "train"), (9, "validate")):
        followed.emit(
            record(event=LogEvent.JOB_INFO, jobid=job, rule_name=rule, wildcards=wildcards,
                   output=[str(metrics)])
        )  # fmt: skip
        followed.emit(record(event=LogEvent.JOB_FINISHED, job_id=job))
    expected = "best validation of digits: accuracy 0.9900, balanced accuracy 0.9900 (b)"
    assert f"28 of 41 runs trained; {expected}" in followed.line(30.0)


def test_jobs_are_not_counted_before_snakemake_said_how_many_there_are(followed):
    assert followed.line(30.0).startswith("21 of 41 runs trained; best validation")


@pytest.mark.parametrize(
    ("metric", "expected"),
    [
        ("balanced_accuracy", "balanced accuracy 0.7000, accuracy 0.8000 (b)"),
        ("loss", "loss 0.0500, accuracy 0.7000, balanced accuracy 0.6000 (c)"),
    ],
)
def test_the_best_run_is_the_one_by_the_metric_of_its_experiment(tmp_path, metric, expected):
    follower = progress.Progress(
        lambda rule, wildcards: 0, 0, 3, {"digits": metric}.__getitem__, io.StringIO()
    )
    runs = {"a": (0.9, 0.5, 0.3), "b": (0.8, 0.7, 0.2), "c": (0.7, 0.6, 0.05)}
    for job, (run, values) in enumerate(runs.items()):  # each from a bundle of its own
        metrics = tmp_path / f"{run}.json"
        metrics.write_text(json.dumps({run: scores(*values), "lost": scores(None)}))
        about = {"wildcards": {"experiment": "digits"}, "output": [str(metrics)]}
        follower.emit(record(event=LogEvent.JOB_INFO, jobid=job, rule_name="validate", **about))
        follower.emit(record(event=LogEvent.JOB_FINISHED, job_id=job))
    assert follower.line(1.0).endswith(f"best validation of digits: {expected}")


def test_what_accuracies_hide_is_printed_with_the_summary_of_this_call(followed, tmp_path):
    summary = tmp_path / "summary.csv"
    rows = [
        {"experiment": "rare", "status": "completed", "warning": "predicts one class only"},
        {"experiment": "fine", "status": "completed", "warning": ""},
        {"experiment": "old", "status": "completed; earlier call (settings 0)", "warning": "bad"},
    ]
    write_csv(summary, list(rows[0]), rows)
    about = {"wildcards": {}, "output": [str(tmp_path / "summary.md"), str(summary)]}
    followed.emit(record(event=LogEvent.JOB_INFO, jobid=7, rule_name="summarize", **about))
    followed.emit(record(event=LogEvent.JOB_FINISHED, job_id=7))
    assert followed.stream.getvalue() == "warning: rare: predicts one class only\n"


def test_the_last_line_is_always_printed(followed):
    followed.emit(record(event=LogEvent.PROGRESS, done=2, total=3))
    assert followed.stream.getvalue() == ""  # too soon after the start
    followed.emit(record(event=LogEvent.PROGRESS, done=3, total=3))
    assert followed.stream.getvalue().startswith("3 of 3 jobs, 21 of 41 runs trained")


def test_of_a_job_that_failed_some_of_many_files_are_shown():
    failed = record(event=LogEvent.JOB_ERROR, rule_name="parse", input=["a.png"] * 4000)
    few = record(event=LogEvent.JOB_ERROR, rule_name="parse", input=["a.png"] * 6)
    for _ in range(2):  # for the screen, and for a file
        assert progress.shorten(failed) and progress.shorten(few)
    assert failed.input == ["a.png"] * 5 + ["... (4000 files)"]
    assert few.input == ["a.png"] * 6


def test_what_is_odd_about_data_is_told_once_it_was_parsed(followed, tmp_path):
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
def test_data_in_a_storage_are_told_nothing_of(followed, output):
    about = {"wildcards": {"dataset": "photos"}, "output": output}
    followed.emit(record(event=LogEvent.JOB_INFO, jobid=7, rule_name="parse", **about))
    followed.emit(record(event=LogEvent.JOB_FINISHED, job_id=7))
    assert followed.stream.getvalue() == ""


@pytest.mark.parametrize(
    ("seconds", "text"), [(40, "40 s"), (720, "12 min"), (5400, "90 min"), (12600, "3.5 h")]
)
def test_durations(seconds, text):
    assert progress.duration(seconds) == text


def test_a_long_training_tells_its_epoch(followed, tmp_path, monkeypatch):
    log = tmp_path / "hidden=8__seed=0.0123456789.log"
    wildcards = {"experiment": "digits", "bundle": "hidden=8__seed=0"}
    followed.emit(
        record(event=LogEvent.JOB_INFO, jobid=2, rule_name="train", wildcards=wildcards,
               output=["model.npz"], log=[str(log)])
    )  # fmt: skip
    assert followed.epoch() == ""  # not long yet
    monkeypatch.setattr(progress, "LONG", 0)
    assert followed.epoch() == ""  # nothing said yet
    log.write_text(
        "resumed at iteration 3\nepoch 1, iteration 9/90, loss 2\nepoch 2, iteration 18/90, loss 1\n"
    )
    told = "digits/hidden=8__seed=0: epoch 2, iteration 18/90"
    assert told in followed.line(30.0)
    log.write_text("run seed=0\nepoch 9, iteration 90/90\nrun seed=1\nepoch 1, iteration 9/90\n")
    assert followed.epoch() == "digits/seed=1: epoch 1, iteration 9/90"  # of a bundle
    followed.emit(record(event=LogEvent.JOB_FINISHED, job_id=2))
    assert followed.epoch() == ""
