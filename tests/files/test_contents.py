"""What own data contain is read once, and again whenever a file's content may have changed."""

import json
import os

import pytest

from datasets.format import Format
from files import contents


@pytest.fixture
def data(tmp_path, monkeypatch):
    """Files of two classes, and a function that returns the findings and the number of reads."""
    monkeypatch.setattr(contents, "SETTLED_NS", -1)
    place = tmp_path / "photos"
    for kind in ("cats", "dogs"):
        (place / kind).mkdir(parents=True)
        for number in range(2):
            (place / kind / f"{number}.png").write_text(f"{kind} {number}")
    read = []

    def sizes(settings):
        read.append(settings)
        return {"train_size": 4}

    kind = Format(lambda *_: None, sizes=sizes, places={"pictures": "path"})

    def ask(code="a", **settings):
        found = contents.remembered(f"{tmp_path}/{{dataset}}", lambda: code)
        before = len(read)
        result = found("mine", {"path": str(place), **settings}, kind)
        assert result["train_size"] == 4
        return result["listing"], len(read) - before

    return ask, place


def test_unchanged_files_are_neither_hashed_nor_read_again(data, monkeypatch):
    ask, _ = data
    listing, _ = ask()
    monkeypatch.setattr(contents, "checksum", lambda path: pytest.fail("hashed again"))
    assert ask() == (listing, 0)


def test_settings_and_code_count(data):
    ask, _ = data
    listing, _ = ask()
    assert ask(size=3) == (listing, 1) and ask(size=3) == (listing, 0)
    assert ask(code="b", size=3) == (listing, 1)


def swap(place):
    (place / "cats").rename(place / "x")
    (place / "dogs").rename(place / "cats")
    (place / "x").rename(place / "dogs")


def older(place):
    """Another picture of the same size and time, put in the place of the old one."""
    file = place / "cats/0.png"
    stat = file.stat()
    (place / "new").write_text("dogs 0")
    (place / "new").rename(file)
    os.utime(file, ns=(stat.st_atime_ns, stat.st_mtime_ns))


def rewritten(place):
    """The same, in the same file."""
    file = place / "cats/0.png"
    stat = file.stat()
    file.write_text("dogs 9")
    os.utime(file, ns=(stat.st_atime_ns, stat.st_mtime_ns))


def linked(place):
    (place.parent / "other").write_text("dogs 0")
    (place / "cats/0.png").unlink()
    (place / "cats/0.png").symlink_to(place.parent / "other")


def added(place):
    (place / "cats/9.png").write_text("cats 9")


def removed(place):
    (place / "cats/1.png").unlink()


@pytest.mark.parametrize("change", [swap, older, rewritten, linked, added, removed])
def test_other_data_are_noticed(data, change):
    ask, place = data
    before, _ = ask()
    change(place)
    after, times = ask()
    assert after != before and times == 1


def test_a_touched_or_copied_file_is_the_same_data(data):
    ask, place = data
    before, _ = ask()
    (place / "cats/0.png").touch()
    assert ask() == (before, 0)


@pytest.mark.parametrize("damage", ["", "[]", "{", "{}"])
def test_a_damaged_cache_is_ignored(data, damage, tmp_path):
    ask, _ = data
    before, _ = ask()
    (tmp_path / "mine/contents.json").write_text(damage)
    assert ask() == (before, 1)
    assert json.loads((tmp_path / "mine/contents.json").read_text())["listing"] == before


def test_a_file_that_changed_just_now_is_hashed_again(data, monkeypatch):
    ask, place = data
    monkeypatch.setattr(contents, "SETTLED_NS", 10**11)
    before, _ = ask()
    (place / "cats/0.png").write_text("dogs 0")
    assert ask()[0] != before


def test_generated_data_leave_no_file(tmp_path):
    found = contents.remembered(f"{tmp_path}/{{dataset}}", lambda: "a")
    kind = Format(lambda *_: None, sizes=lambda settings: {"train_size": settings["points"]})
    assert found("spiral", {"points": 3}, kind) == {"train_size": 3}
    assert list(tmp_path.iterdir()) == []
