"""What the rules compute: patterns, options of commands, and which experiments lie on disk."""

from common.wiring import (
    any_of,
    finished_besides,
    flags,
    is_made_from,
    located,
    repeated_key,
)

import os
import re

import pytest


def test_a_pattern_matches_the_names_and_nothing_else():
    assert re.fullmatch(any_of(["a", "b"]), "b")
    assert not re.fullmatch(any_of(["a", "b"]), "ab")
    assert not any(re.fullmatch(any_of([]), text) for text in ("a", "$^"))


def test_files_become_options_and_a_name_without_files_is_left_out():
    items = [("start", "a b.npz"), ("models", ["1", "2"]), ("earlier", [])]
    assert flags(items) == "--start 'a b.npz' --models 1 2"
    assert flags([]) == ""


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


def test_what_was_made_from_other_things_or_older_ones_is_not_settled(tmp_path):
    record, source = tmp_path / ".made_from", tmp_path / "raw"
    assert not is_made_from(record, "abc", [])
    source.touch()
    record.write_text("abc\n")
    os.utime(source, (1, 1))
    assert is_made_from(record, "abc", [source, tmp_path / "none"])
    assert not is_made_from(record, "abd", [source])
    os.utime(source, (2e9, 2e9))
    os.utime(record, (1e9, 1e9))
    assert not is_made_from(record, "abc", [source])


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a: 1\nb: 2\na: 3\n", "the key 'a' is in line 1 and in line 3"),
        ("x:\n  y: {p: 1, q: 2, p: 3}\n", "the key 'p' is in line 2 and in line 2"),
        ("x:\n- a: 1\n  a: 2\n", "the key 'a' is in line 2 and in line 3"),
        ("a: {b: 1}\nc: {b: 1}\n", None),
        ("", None),
        ("[1, 1, [a, a]]", None),
    ],
)
def test_a_key_that_stands_twice_is_named_with_both_lines(tmp_path, text, message):
    path = tmp_path / "config.yaml"
    path.write_text(text)
    found = repeated_key([path])
    assert found is None if message is None else message in found and str(path) in found


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
