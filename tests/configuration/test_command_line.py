"""Mistakes among the arguments of `snakemake`: one sentence each, before it reads a config file."""

import pytest

from configuration.command_line import default_config, refuse


def test_a_config_value_without_a_name():
    with pytest.raises(SystemExit) as ended:
        refuse(["--config", "portable=true", "small"])
    assert ended.value.code == (
        "error: --config small: expected NAME=VALUE; put targets before --config"
    )


def test_config_of_an_experiment_is_answered_with_run_py():
    with pytest.raises(SystemExit) as ended:
        refuse(["-n", "--config", "portable=true", "digits_mlp.training.l2=0.1"])
    assert ended.value.code == (
        "error: --config digits_mlp.training.l2=0.1: --config sets keys of the top level only; for a value "
        "of an experiment run `scripts/run.py EXPERIMENT --set training.learning_rate=0.05`"
    )


def test_a_missing_config_file(tmp_path):
    path = tmp_path / "none.yaml"
    with pytest.raises(SystemExit) as ended:
        refuse(["--configfile", str(path)])
    assert ended.value.code == (
        f"error: {path}: No such file or directory; expected a config file in YAML or JSON; "
        "put targets before --configfile"
    )


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ("--configfile a.yaml --configfile b.yaml", "--configfile a.yaml b.yaml"),
        ("--configfile a.yaml -n --configfile=b.yaml", "--configfile a.yaml b.yaml"),
        ("--configfiles=a.yaml --cores 4 --configfile b.yaml c.yaml", "--configfile a.yaml b.yaml c.yaml"),
        ("--configf a.yaml --configfi b.yaml", "--configfile a.yaml b.yaml"),
        ("--configfile a.yaml --configfile a.yaml", "--configfile a.yaml a.yaml"),
        ("-C a=1 --config b=2", "--config a=1 b=2"),
        ("-Ca=1 -C b=2", "--config a=1 b=2"),
    ],
)  # fmt: skip
def test_a_flag_given_twice_is_refused(arguments, said):
    flag = said.split()[0]
    with pytest.raises(SystemExit) as ended:
        refuse(arguments.split())
    assert ended.value.code == (
        f"error: two {flag} flags: Snakemake uses only the last; write {said}"
    )


@pytest.mark.parametrize(
    "arguments",
    [
        "",
        "--configfile a b -C portable=1",
        "--config portable=1 --configfiles=a",
        "-c 1 -n --cores 2",
    ],
)
def test_each_flag_once_is_right(tmp_path, monkeypatch, arguments):
    monkeypatch.chdir(tmp_path)
    for name in "ab":
        (tmp_path / name).write_text("x: 1")
    refuse(arguments.split())
    assert default_config("x") == "x/config.yaml"
