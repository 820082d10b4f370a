"""Runs that one job trains: a run's bytes do not depend on its bundle, and no finished run is repeated."""

import json
import signal
import subprocess
import sys
from pathlib import Path

import pytest

import take
import train
from experiments import layout
from experiments.bundles import divided, runs_in
from files import artifacts
from files.bundles import Bundle
from files.models import load_model
from nn.stack import Stack


@pytest.fixture
def taken(run_program, tmp_path):
    """taken(bundle, runs): the bytes of the model.npz of each run, taken out of a bundle."""

    def taken(bundle, runs) -> dict[str, bytes]:
        pairs = [f"{run}={tmp_path}/taken/{run}/model.npz" for run in runs]
        run_program(take, "--bundle", bundle, "--runs", pairs)
        return {run: (tmp_path / f"taken/{run}/model.npz").read_bytes() for run in runs}

    return taken


@pytest.fixture
def alone(mixed, tmp_path):
    """alone(run): the bytes of a run that scripts/train.py trains."""

    def alone(run, *options) -> bytes:
        mixed.train(run, tmp_path / "alone/model.npz", *options)
        return (tmp_path / "alone/model.npz").read_bytes()

    return alone


@pytest.mark.parametrize("most", [0.5, 2, 5, 100])
def test_the_bytes_of_a_run_do_not_depend_on_its_bundle(mixed, taken, alone, tmp_path, most):
    runs = dict.fromkeys(mixed.experiment.runs, 1.0)
    for bundle, names in list(divided(runs, most).items())[:3]:
        output = tmp_path / f"{bundle}.npz"
        mixed.train_bundle(output, bundle=bundle)
        with Bundle(output) as made:
            assert made.runs == names
        found = taken(output, names)
        for name in names[:: max(1, len(names) // 4)]:
            assert found[name] == alone(name), name
    assert not list(tmp_path.glob(".*"))  # the parts are gone


def test_the_same_bundle_has_the_same_bytes(mixed, tmp_path):
    for name in ("one", "two"):
        mixed.train_bundle(tmp_path / f"{name}.npz", bundle="bundle=1")
    assert (tmp_path / "one.npz").read_bytes() == (tmp_path / "two.npz").read_bytes()


def test_a_run_that_diverges_or_cannot_be_built_stops_no_other(mixed, taken, tmp_path, capsys):
    sweep = {"grid": {"network.activation": ["none_such", "relu"]}}
    settings = {**mixed.experiment.settings["training"], "learning_rate": 1e30}
    mixed.train_bundle(tmp_path / "b.npz", sweep=sweep, seeds=1, training=settings)
    names = ["activation=none_such__seed=0", "activation=relu__seed=0"]
    taken(tmp_path / "b.npz", names)
    models = [load_model(tmp_path / f"taken/{name}/model.npz") for name in names]
    assert [model.config["status"] for model in models] == ["failed", "diverged"]
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == f"run {names[0]}" and lines[1].startswith("failed: ")
    assert lines[2] == f"run {names[1]}"


def test_a_bundle_of_one_run_has_the_log_of_that_run(mixed, tmp_path, capsys):
    name = next(iter(mixed.experiment.runs))
    mixed.train_bundle(tmp_path / "b.npz", bundle=name)
    together = capsys.readouterr().out
    mixed.train(name, tmp_path / "model.npz")
    assert together == capsys.readouterr().out


def test_rungs_of_halving_are_the_training_in_one_go(mixed, taken, alone, tmp_path):
    names = runs_in("bundle=0", mixed.experiment.runs)[:3]
    artifacts.write_json(tmp_path / "promoted.json", {"runs": names})
    first, last = tmp_path / "0.npz", tmp_path / "end.npz"
    mixed.train_bundle(first, "--until-epoch", 1, bundle="bundle=0")
    promoted = ["--promoted", tmp_path / "promoted.json", "--start", first]
    mixed.train_bundle(last, *promoted, bundle="bundle=0")
    with Bundle(last) as made:
        assert made.runs == names
    for name, content in taken(last, names).items():
        assert content == alone(name)


def test_a_refit_is_the_training_of_the_selected_settings_with_every_seed(
    mixed, taken, run_program, tmp_path
):
    run = next(iter(mixed.experiment.runs.values()))
    selected = {"split": run.settings["split"], **run.trained}
    refits = [mixed.experiment.refit(run.settings, seed) for seed in (0, 1)]
    prepared = mixed.path(layout.prepared(mixed.experiment, refits[0].prepared))
    given = ["--refit", json.dumps(selected), "--prepared", prepared]
    mixed.train_bundle(tmp_path / "refits.npz", *given)
    found = taken(tmp_path / "refits.npz", ["seed=0", "seed=1"])
    for refit in refits:
        run_program(
            train,
            *("--settings", json.dumps(refit.trained), "--prepared", prepared),
            *(*mixed.data(), "--output", tmp_path / "alone/model.npz"),
        )
        assert found[refit.name] == (tmp_path / "alone/model.npz").read_bytes()


# A process that ends itself: in the second epoch of the third run, or before the bundle is written.
ENDING = """
import os, signal, sys
import cli
import train, train_bundle
train.Checkpoint.seconds = 0
reported, trained = train.report, []
def report(row, trainer):
    reported(row, trainer)
    trained.append(row["epoch"])
    if {moment!r} == "within" and row["epoch"] == 2 and trained.count(2) == 3:
        os.kill(os.getpid(), {number})
train.report = report
if {moment!r} == "between":
    train_bundle.join = lambda *given: os.kill(os.getpid(), {number})
cli.run(train_bundle.main)
"""


@pytest.fixture
def ended(mixed, root):
    """ended(output, number, moment): train a bundle until it sends itself a signal; exit code and log."""

    def ended(output, number, moment, built=mixed, bundle="bundle=1") -> tuple[int, str]:
        found = []

        def run(program, *arguments):
            code = ENDING.format(number=int(number), moment=moment)
            command = [sys.executable, "-c", code, *map(str, arguments)]
            result = subprocess.run(command, cwd=root / "scripts", capture_output=True, text=True)
            found.append((result.returncode, result.stdout))

        built.train_bundle(output, bundle=bundle, run=run)
        return found[0]

    return ended


def finished_models(output: Path) -> list[Path]:
    """Return the models of the finished runs of a bundle that was stopped."""
    files = output.with_name(f".{output.stem}.parts").glob("*.npz")
    return [path for path in files if "checkpoint" not in path.name]


def runs_in_log(log: str) -> list[str]:
    return [line.removeprefix("run ") for line in log.splitlines() if line.startswith("run ")]


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT])
@pytest.mark.parametrize("moment", ["within", "between"])
def test_a_bundle_that_is_stopped_repeats_no_finished_run(
    mixed, ended, tmp_path, capsys, number, moment
):
    mixed.train_bundle(tmp_path / "whole.npz", bundle="bundle=1")
    names = runs_in_log(capsys.readouterr().out)
    code, log = ended(tmp_path / "cut.npz", number, moment)
    begun = runs_in_log(log)
    finished = begun[:-1] if moment == "within" else begun
    assert begun == (names[: len(begun)] if moment == "within" else names)
    assert not (tmp_path / "cut.npz").exists()
    assert len(finished_models(tmp_path / "cut.npz")) == len(finished) > 1
    if number == signal.SIGKILL:
        assert code == -number
    else:
        assert code == 128 + number
        expected = f"interrupted: {len(finished)} of {len(names)} runs are finished"
        assert log.splitlines()[-1] == expected
    mixed.train_bundle(tmp_path / "cut.npz", bundle="bundle=1")
    log = capsys.readouterr().out
    assert runs_in_log(log) == names[len(finished) :]
    assert ("resumed at iteration" in log) == (moment == "within")
    assert (tmp_path / "cut.npz").read_bytes() == (tmp_path / "whole.npz").read_bytes()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["cut.npz", "whole.npz"]


def test_networks_of_one_shape_train_together_with_the_bytes_and_the_log_of_each_alone(
    swept, taken, tmp_path, capsys, monkeypatch
):
    sizes, step = [], Stack.step
    monkeypatch.setattr(
        Stack, "step", lambda stack, group: (sizes.append(len(group)), step(stack, group))
    )
    swept.train_bundle(tmp_path / "b.npz")
    lines: dict[str, list[str]] = {}
    for line in capsys.readouterr().out.splitlines():
        if line.startswith("run "):
            of_run = lines.setdefault(line.removeprefix("run "), [])
        else:
            of_run.append(line)
    assert set(sizes) == {4, 2}  # then two have diverged
    assert [*lines] != [*swept.experiment.runs]  # as stacks
    for name, content in taken(tmp_path / "b.npz", swept.experiment.runs).items():
        swept.train(name, tmp_path / "alone/model.npz")
        assert content == (tmp_path / "alone/model.npz").read_bytes(), name
        assert lines[name] == capsys.readouterr().out.splitlines()


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT])
def test_runs_that_are_stopped_together_continue_from_their_own_checkpoints(
    swept, ended, tmp_path, capsys, number
):
    swept.train_bundle(tmp_path / "whole.npz")
    capsys.readouterr()
    code, log = ended(tmp_path / "cut.npz", number, "within", swept, "bundle=")
    assert code == (-number if number == signal.SIGKILL else 128 + number)
    if number != signal.SIGKILL:
        assert log.count("interrupted at epoch 2;") == 2
        assert log.splitlines()[-1] == "interrupted: 6 of 12 runs are finished"
    assert len(finished_models(tmp_path / "cut.npz")) == 6  # a stack, and two that diverged
    swept.train_bundle(tmp_path / "cut.npz")
    log = capsys.readouterr().out
    assert len(set(runs_in_log(log))) == 6
    assert log.count("resumed at iteration") == 2
    assert (tmp_path / "cut.npz").read_bytes() == (tmp_path / "whole.npz").read_bytes()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["cut.npz", "whole.npz"]


@pytest.mark.parametrize("what", ["settings", "code", "end"])
def test_finished_runs_of_another_bundle_are_ignored(mixed, ended, tmp_path, capsys, what):
    ended(tmp_path / "cut.npz", signal.SIGKILL, "between")
    training = {**mixed.experiment.settings["training"], "l2": 0.01}
    changes = {"training": training} if what == "settings" else {}
    options = {"code": ["--code", "another"], "end": ["--until-epoch", 2]}.get(what, [])
    mixed.train_bundle(tmp_path / "cut.npz", *options, bundle="bundle=1", **changes)
    assert runs_in_log(capsys.readouterr().out) != []
    mixed.train_bundle(tmp_path / "whole.npz", *options, bundle="bundle=1", **changes)
    assert (tmp_path / "cut.npz").read_bytes() == (tmp_path / "whole.npz").read_bytes()
    assert not list(tmp_path.glob(".*"))


def test_a_bundle_without_runs_or_their_data_is_refused(mixed, refused, tmp_path):
    output = tmp_path / "b.npz"
    message = refused(lambda: mixed.train_bundle(output, bundle="seed=7"))
    assert message == "error: seed=7: no run of mixed is in this bundle\n"
    name = next(iter(mixed.experiment.runs))
    other = tmp_path / "other.npz"
    message = refused(lambda: mixed.train_bundle(output, "--prepared", other, bundle=name))
    key = mixed.experiment.run(name).prepared
    assert message == f"error: {name}: no prepared data, expected a file {key}.npz\n"


def test_a_run_missing_in_the_previous_bundle_is_refused(mixed, refused, tmp_path):
    one, two = list(mixed.experiment.runs)[:2]
    mixed.train_bundle(tmp_path / "0.npz", "--until-epoch", 1, bundle=one)
    start = ["--start", tmp_path / "0.npz"]
    message = refused(lambda: mixed.train_bundle(tmp_path / "1.npz", *start, bundle=two))
    assert message == f"error: {tmp_path / '0.npz'}: has no run {two}\n"


def test_take_refuses_a_run_that_no_bundle_has(finished, run_program, refused, tmp_path):
    plain = finished("plain")
    pair = f"seed=9={tmp_path}/model.npz"
    message = refused(run_program, take, "--bundle", plain.bundle(), "--runs", pair)
    assert message == f"error: {pair}: expected RUN=FILE of a run in {plain.bundle()}\n"
    assert list(tmp_path.iterdir()) == []
