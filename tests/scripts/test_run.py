"""run.py: an experiment with other values is a new experiment, and nothing else changes."""

import os
import sys
from pathlib import Path

import pytest
import yaml

import run
from files import artifacts  # noqa: F401 - first, as every program does

BASE = """
targets: [points]
datasets: {spiral: {format: spiral, classes: [a, b]}}
experiments:
  points: &points
    dataset: spiral
    network: {hidden: [8]}
    training: {optimizer: momentum, learning_rate: 1e-1, epochs: 3}
    published: {system: a, source: b, training_accuracy: 0.5}
  swept:
    <<: *points
    halving: {factor: 2, min_epochs: 1}
    sweep:
      - grid: {training.learning_rate: [0.1, 0.2], network.hidden: [[4], [8]]}
      - random: {samples: 3, values: {training.learning_rate: {uniform: [0.1, 1]}}}
"""


@pytest.fixture
def called(tmp_path, monkeypatch, capsys):
    """called(argument, ...): the command run, the settings of the new experiment, the output."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "config.yaml").write_text(BASE)
    (tmp_path / "Snakefile").touch()
    started = []
    monkeypatch.setattr(os, "execv", lambda program, command: started.append(command))

    def called(*arguments):
        monkeypatch.setattr(sys, "argv", ["run.py", *arguments])
        run.main()
        python, module, *command = started.pop()
        assert (python, module) == (sys.executable, "-m")
        content = yaml.safe_load(Path(command[-1]).read_text())["experiments"]
        assert list(content) == [command[1]]
        return command, content[command[1]], capsys.readouterr().out

    return called


def test_a_value_makes_an_experiment_that_differs_only_in_it(called):
    before = Path("config.yaml").read_bytes()
    command, settings, said = called("points", "--set", "training.learning_rate=0.05")
    name = "points__learning_rate_0_05"
    file = f"config/overrides/{name}.yaml"
    assert command == ["snakemake", name, "--cores", "all", "--configfile", file]
    assert settings == {
        "dataset": "spiral",
        "network": {"hidden": [8]},
        "training": {"optimizer": "momentum", "learning_rate": 0.05, "epochs": 3},
    }  # without the published figure, which is not one of these settings
    assert said.startswith(f"new experiment {name}: points with training.learning_rate=0.05\n")
    assert "points and its results stay unchanged" in said
    assert f"copy its lines from {file} to `experiments:` in config.yaml" in said
    assert Path("config.yaml").read_bytes() == before


def test_the_same_command_makes_the_same_experiment(called):
    arguments = ("points", "--set", "seeds=2")
    assert called(*arguments) == called(*arguments)


def test_options_of_snakemake_and_files_are_passed_on(called):
    Path("mine.yaml").write_text("experiments: {points: {seeds: 4}}\n")
    arguments = ("points", "--configfile", "mine.yaml", "--set", "training.l2=0", "--", "-n", "-c1")
    command, settings, _ = called(*arguments)
    assert command[2:7] == ["--cores", "all", "-n", "-c1", "--configfile"]
    assert command[7] == "mine.yaml" and settings["seeds"] == 4


def test_in_a_folder_without_snakefile_that_of_the_programs_is_named(called, tmp_path):
    (tmp_path / "Snakefile").unlink()
    given = ("points", "--set", "training.l2=0")
    command, *_ = called(*given)
    assert command[4] == "--snakefile"
    assert Path(command[5]).samefile(Path(run.__file__).parents[1] / "Snakefile")
    command, *_ = called(*given, "--", "--snakefile", "x")
    assert command[4:6] == ["--snakefile", "x"] and command[6] == "--configfile"


def test_values_are_yaml_and_components_keep_their_names(called):
    given = [
        "training.optimizer.momentum=0.8",
        "network.hidden=[4, 2]",
        "refit=",
        "description=a b",
    ]
    _, settings, _ = called("points", *(f"--set={each}" for each in given))
    assert settings["training"]["optimizer"] == {"name": "momentum", "momentum": 0.8}
    assert settings["network"]["hidden"] == [4, 2]
    assert settings["refit"] is None and settings["description"] == "a b"


def test_a_swept_value_that_is_set_is_no_longer_swept(called):
    _, settings, said = called("swept", "--set", "training.learning_rate=0.3")
    assert settings["sweep"] == [{"grid": {"network.hidden": [[4], [8]]}}]
    assert settings["training"]["learning_rate"] == 0.3 and "halving" in settings
    assert "(training.learning_rate no longer swept)" in said
    given = ["training.learning_rate=0.3", "network.hidden=[4]"]
    _, settings, _ = called("swept", *(f"--set={each}" for each in given))
    assert not {"sweep", "halving"} & settings.keys()  # there is nothing to choose from


def test_keys_of_a_sweep_and_a_refit_have_dots(called):
    given = ["sweep.grid.training.l2=[0, 0.1]", "refit.training.epochs=9"]
    _, settings, _ = called("points", *(f"--set={each}" for each in given))
    assert settings["sweep"] == {"grid": {"training.l2": [0, 0.1]}}
    assert settings["refit"] == {"training.epochs": 9}


@pytest.mark.parametrize(
    ("given", "name"),
    [
        (["training.learning_rate=1e-3"], "points__learning_rate_1e_3"),
        (["a.b=-5"], "points__b_minus_5"),
        (["network.hidden=[64, 32]", "seeds=5"], "points__hidden_64_32__seeds_5"),
        (["training.optimizer={name: adam}"], "points__optimizer_name_adam"),
    ],
)
def test_names_come_from_the_values(given, name):
    assert run.name_of("points", given) == name


def test_a_long_name_is_cut_and_stays_its_own():
    names = {run.name_of("p" * 100, [f"a={'1' * 100}{last}"]) for last in "12"}
    assert len(names) == 2 and max(map(len, names)) <= 100


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ("point --set a=1", "no experiment point; did you mean 'points'?"),
        ("points --set a", "--set a: expected KEY=VALUE, such as training.learning_rate=0.05"),
        (
            "points --set a..b=1",
            "--set a..b=1: expected KEY=VALUE, such as training.learning_rate=0.05",
        ),
        ("points --set seeds=[1", "--set seeds=[1: not YAML, "),
        ("points --set seeds=1 --name swept", "the config has an experiment swept already"),
        ("points --set training.l3=1", "points__l3_1.training has the unknown key 'l3'; known: "),
        (
            "points --set training.epochs=010",
            "--set training.epochs=010: 010 is read as the number 8; write 8",
        ),
        ("points --set training.epochs=x", "training.epochs is 'x'; expected a whole number"),
    ],
)
def test_a_mistake_has_the_message_of_a_config_file_and_leaves_no_file(
    called, refused, arguments, message
):
    assert message in refused(called, *arguments.split())
    assert not list(Path("config").rglob("*.yaml"))


def test_a_file_with_other_settings_is_not_overwritten(called, refused):
    """Whether by another call, or by hand."""
    path = Path("config/overrides/mine.yaml")
    message = f"error: {path} has other settings; choose another --name, or delete the file\n"
    called("points", "--name", "mine", "--set", "seeds=2")
    for change in ("", "    description: by hand\n"):
        path.write_text(before := path.read_text() + change)
        value = 2 if change else 3
        assert refused(called, "points", "--name", "mine", f"--set=seeds={value}") == message
        assert path.read_text() == before
