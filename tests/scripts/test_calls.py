"""Wrong command lines of programs, and the complete message of each."""

import importlib
import shlex
from pathlib import Path

import numpy as np
import pytest
import yaml

import cli
from datasets.formats import FORMATS

SCRIPTS = Path(cli.__file__).parents[1]
CALLS = yaml.safe_load(Path(__file__).with_name("calls.yaml").read_text(encoding="utf-8"))


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A folder for running programs, with wrong files in it."""
    monkeypatch.chdir(tmp_path)
    for name, text in {
        "text.npz": "no archive",
        "bad.json": "{",
        "list.yaml": "- a\n",
        "tab.yaml": "targets:\n\t- a\n",
        "small.yaml": "targets: [digits]\n"
        "datasets: {points: {format: spiral, classes: [a, b]}}\n"
        "experiments: {digits: {dataset: points, training: {epochs: 1}}}\n",
        "gap.csv": "a,b,kind\n1,2,x\n3,,y\n",
    }.items():
        (tmp_path / name).write_text(text)
    images = np.array([[1.0, 2.0], [3.0, np.nan]])
    np.savez(tmp_path / "nan.npz", x_train=images, y_train=np.array([0, 1]))


@pytest.mark.parametrize("mistake", CALLS, ids=lambda mistake: mistake["call"])
def test_each_wrong_command_line_has_the_message_of_the_table(folder, monkeypatch, capsys, mistake):
    name, *arguments = shlex.split(mistake["call"])
    monkeypatch.setattr("sys.argv", [f"{name}.py", *arguments])
    with pytest.raises(SystemExit) as ended:
        cli.run(importlib.import_module(name).main)
    said = capsys.readouterr().err.splitlines()
    assert said[-1] == mistake["said"].replace("<formats>", ", ".join(FORMATS))
    assert ended.value.code == (1 if mistake["said"].startswith("error") else 2)
    assert ended.value.code == 2 or len(said) == 1  # after the usage


@pytest.mark.parametrize("name", sorted(path.stem for path in SCRIPTS.glob("*.py")))
def test_a_program_refuses_an_unknown_option_in_one_line(monkeypatch, capsys, name):
    monkeypatch.setattr("sys.argv", [f"{name}.py", "--no-such-option"])
    with pytest.raises(SystemExit) as ended:
        cli.run(importlib.import_module(name).main)
    assert ended.value.code == 2
    assert capsys.readouterr().err.splitlines()[-1].startswith(f"{name}.py: error: ")
