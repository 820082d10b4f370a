"""What the rules compute: patterns, options of commands, and which experiments lie on disk."""

import os
import re
import shlex
import subprocess
import time
from types import SimpleNamespace

import pytest
import yaml

from configuration.plans import located
from experiments import ConfigError
from files.finished import finished_besides
from running.checks import check_places, check_times
from running.commands import any_of, flags, nameable, raw_flag


def test_a_pattern_matches_the_names_and_nothing_else():
    assert re.fullmatch(any_of(["a", "b"]), "b")
    assert not re.fullmatch(any_of(["a", "b"]), "ab")
    assert not any(re.fullmatch(any_of([]), text) for text in ("a", "$^"))


def test_files_become_options_and_a_name_without_files_is_left_out():
    options = {"start": "a b.npz", "until_epoch": ["1", "2"], "earlier": []}
    assert flags(**options) == "--start 'a b.npz' --until-epoch 1 2"
    assert flags() == ""


def test_files_that_snakemake_cannot_name_are_not_inputs():
    plain = ["a b.png", "-x.png", "$HOME.png", "é.png", "a=b,c%#*?[].png", "'\".png"]
    odd = ["{shot}.png", "<b>.png", "new\nline.png", "caf\udce9.png"]
    assert nameable([*plain, *odd]) == plain


def test_raw_data_outside_the_inputs_are_named_by_their_paths(tmp_path):
    places = {"pictures": str(tmp_path), "train_table": "{a}.csv", "test_table": "b.csv"}
    flag = raw_flag(places, {"test_table": "storage/b.csv"})
    assert shlex.split(flag) == [
        "--raw", f"pictures={tmp_path}", "train_table={a}.csv", "test_table=storage/b.csv",
    ]  # fmt: skip


def test_a_folder_instead_of_a_file_is_refused(tmp_path):
    (tmp_path / "train").mkdir()
    places = {"pictures": str(tmp_path), "train_images": str(tmp_path / "train")}
    plan = SimpleNamespace(
        config={"local_mirror": None}, datasets={"mine": {}}, raw=lambda name: places
    )
    with pytest.raises(
        ConfigError, match="^config: datasets.mine: .*/train: is a folder, expected a"
    ):
        check_places(plan)
    del places["train_images"]
    check_places(plan)


def test_a_missing_local_mirror_is_refused_except_in_a_remote_job(monkeypatch, tmp_path):
    monkeypatch.delenv("NN_LOCAL_MIRROR", raising=False)
    plan = SimpleNamespace(config={"local_mirror": "/no/mirror"}, datasets={})
    with pytest.raises(
        ConfigError, match="config: local_mirror is '/no/mirror', which is not a folder"
    ):
        check_places(plan)
    check_places(plan, here=False)  # a job on another machine
    monkeypatch.setenv("NN_LOCAL_MIRROR", "/no/mirror")
    plan.config["local_mirror"] = str(tmp_path)
    check_places(plan)  # the config is the stronger one
    plan.config["local_mirror"] = None
    with pytest.raises(ConfigError, match="NN_LOCAL_MIRROR is '/no/mirror'"):
        check_places(plan)


def test_timestamps_in_the_future_are_refused_with_a_remedy(tmp_path):
    """The command keeps the order of all files, by which outdated ones are found."""
    results = tmp_path / "re sults"
    ages = {"old": -5000, "plan.json": -9, "new": 20, "future": 800_000, "later": 800_001}
    (results / "a").mkdir(parents=True)
    for name, age in ages.items():
        (results / "a" / name).touch()
        os.utime(results / "a" / name, (time.time() + age,) * 2)
    check_times("x", (results / "a" / name for name in ("old", "new", "missing")))
    with pytest.raises(
        ConfigError, match="sults: some files have timestamps up to 9.3 days in"
    ) as error:
        check_times(str(results), results.rglob("*"))
    subprocess.run(str(error.value).split("`")[1], shell=True, check=True)
    check_times(str(results), results.rglob("*"))
    assert sorted(ages, key=lambda name: (results / "a" / name).stat().st_mtime) == list(ages)


def test_finished_experiments_are_those_with_their_tables(tmp_path):
    for name, files in {
        "asked": ["runs.csv", "selection.json"],
        "b": ["runs.csv", "selection.json"],
        "asked_too": ["runs.csv", "selection.json"],
        "a": ["runs.csv", "selection.json"],
        "begun": ["selection.json"],
        "half": ["runs.csv"],
    }.items():
        (tmp_path / name).mkdir()
        for file in files:
            (tmp_path / name / file).touch()
    names = (name for name in ("asked", "asked_too"))  # read once
    assert finished_besides(names, tmp_path) == [tmp_path / "a", tmp_path / "b"]
    assert finished_besides([], tmp_path / "none") == []


def test_paths_are_relative_to_the_config_that_names_them(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "a").mkdir()
    first, second = tmp_path / "a/one.yaml", tmp_path / "two.yaml"
    first.write_text("datasets: {x: {path: data}, y: {path: y}}")
    second.write_text("datasets: {x: {path: other}}")
    config = {"datasets": {"x": {"path": "data"}, "y": {"path": "/abs"}, "z": {"path": "z"}}}
    found = located(config, [second, first])["datasets"]
    assert found == {"x": {"path": "a/data"}, "y": {"path": "/abs"}, "z": {"path": "z"}}
    assert config["datasets"]["x"] == {"path": "data"}


def test_a_path_with_backslashes_is_refused_unless_it_exists(tmp_path):
    source = tmp_path / "one.yaml"
    config = {"datasets": {"x": {"path": "my\\data"}}}
    source.write_text(yaml.safe_dump(config))
    with pytest.raises(
        ConfigError, match=r"^config: datasets\.x\.path is .*; separate folders by /$"
    ):
        located(config, [source])
    (tmp_path / "my\\data").mkdir()
    assert os.path.isdir(located(config, [source])["datasets"]["x"]["path"])


@pytest.mark.parametrize("datasets", [[], "text", 7, None, [{"x": 1}], {"x": 1}])
def test_invalid_datasets_are_left_to_the_plan(tmp_path, datasets):
    (tmp_path / "one.yaml").write_text(yaml.safe_dump({"datasets": datasets}))
    assert located({"datasets": datasets}, [tmp_path / "one.yaml"]) == {"datasets": datasets}
    usual = {"datasets": {"x": {"path": "data"}}}
    assert located(usual, [tmp_path / "one.yaml"]) == usual
