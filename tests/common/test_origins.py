"""Copies of raw files on this machine, and the local mirror."""

from common.origins import copies

import hashlib

import pytest

from experiments import ConfigError


@pytest.fixture(autouse=True)
def no_mirror(monkeypatch):
    monkeypatch.delenv("NN_LOCAL_MIRROR", raising=False)


def put(path, content):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return hashlib.sha256(content).hexdigest()


def test_the_local_mirror_comes_first_and_then_what_was_downloaded(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    mirror = tmp_path / "mirror"
    there = put(mirror / "mine" / "a.gz", b"a")
    put(tmp_path / "data/raw/mine/a.gz", b"another")
    here = put(tmp_path / "data/raw/mine/b.gz", b"b")
    find = copies({"local_mirror": str(mirror)}, here=True)
    assert find("mine", "a.gz") == (f"{mirror}/mine/a.gz", there)
    assert find("mine", "b.gz") == ("data/raw/mine/b.gz", here)
    assert find("mine", "c.gz") is None
    monkeypatch.setenv("NN_LOCAL_MIRROR", str(mirror))
    assert copies({"local_mirror": None}, here=True)("mine", "a.gz")[1] == there


def test_a_mirror_that_is_no_folder_is_refused_where_files_are_fetched(monkeypatch):
    with pytest.raises(ConfigError, match="config: local_mirror is '/no/mirror', which is no "):
        copies({"local_mirror": "/no/mirror"}, here=True)
    copies({"local_mirror": "/no/mirror"}, here=False)  # a job on another machine
    monkeypatch.setenv("NN_LOCAL_MIRROR", "/no/mirror")
    copies({"local_mirror": "/tmp"}, here=True)  # the config is the stronger one
    with pytest.raises(ConfigError, match="NN_LOCAL_MIRROR is '/no/mirror'"):
        copies({}, here=True)


def test_a_mirror_of_another_type_is_left_to_the_schema():
    copies({"local_mirror": 5}, here=True)
