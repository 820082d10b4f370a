"""Fetching, against a real web server on this machine."""

import hashlib
import logging
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from datasets import DatasetError, downloading
from datasets.fetching import fetch

CONTENT = bytes(range(256)) * 2000
SHA256 = hashlib.sha256(CONTENT).hexdigest()


def sends(most=None, first=None, wait=0, **headers):
    """Return a mirror that sends at most this many bytes, then waits, and may send wrong headers."""

    def way(handler, start):
        content = CONTENT[start:]
        handler.head(start, first, Content_Length=len(content), **headers)
        handler.wfile.write(content[:most])
        handler.server.left.wait(wait)

    return way


def answers(content):
    """A mirror that ignores ranges."""

    def way(handler, start):
        handler.head(0, Content_Length=len(content))
        handler.wfile.write(content)

    return way


@pytest.fixture(autouse=True)
def ways(server):
    server.ways |= {
        "wrong": answers(b"<html>log in first</html>"),
        "norange": answers(CONTENT),
        "breaks": sends(most=100_000),
        "stalls": sends(most=100_000, wait=5),
        "encoded": sends(Content_Encoding="gzip"),
        "lies": sends(first=0),
    }


@pytest.fixture
def destination(tmp_path):
    return tmp_path / "raw" / "images.gz"


def part_of(destination):
    return destination.with_name("images.gz.part")


def leave_part(destination, content):
    destination.parent.mkdir()
    part_of(destination).write_bytes(content)


def files_beside(destination):
    return sorted(path.name for path in destination.parent.iterdir())


def test_a_good_mirror(server, destination):
    url = f"{server.url}/good"
    assert fetch([url, f"{server.url}/unused"], SHA256, destination) == url
    assert destination.read_bytes() == CONTENT
    assert files_beside(destination) == ["images.gz"]
    assert server.requests == [("/good", None)]


def test_a_mirror_gets_the_password_and_the_signature_that_nobody_else_sees(
    server, destination, caplog
):
    caplog.set_level("INFO")
    port = server.server_port
    source = fetch([f"http://user:secret@127.0.0.1:{port}/good?sig=secret"], SHA256, destination)
    assert server.requests == [("/good?sig=secret", None)]
    assert server.authorized == ["Basic dXNlcjpzZWNyZXQ="]  # base64 of user:secret
    assert source == f"{server.url}/good" and source in caplog.text
    assert "secret" not in caplog.text


@pytest.mark.parametrize("bad", ["wrong", "missing", "breaks"])
def test_a_bad_mirror_gives_way_to_the_next(server, destination, bad):
    assert fetch([f"{server.url}/{bad}", f"{server.url}/good"], SHA256, destination)
    assert destination.read_bytes() == CONTENT
    assert files_beside(destination) == ["images.gz"]
    assert server.requests[0] == (f"/{bad}", None)


def test_a_host_that_does_not_answer_gives_way_to_the_next(server, destination):
    assert fetch(["http://127.0.0.1:1/x", f"{server.url}/good"], SHA256, destination)


def test_a_part_is_continued(server, destination):
    leave_part(destination, CONTENT[:300_000])
    fetch([f"{server.url}/good"], SHA256, destination)
    assert server.requests == [("/good", "bytes=300000-")]
    assert destination.read_bytes() == CONTENT
    assert files_beside(destination) == ["images.gz"]


def test_a_broken_connection_is_continued_by_the_next_mirror(server, destination):
    fetch([f"{server.url}/breaks", f"{server.url}/good"], SHA256, destination)
    assert server.requests[0] == ("/breaks", None)
    assert server.requests[-1] == ("/good", "bytes=300000-")
    assert destination.read_bytes() == CONTENT


def test_a_broken_connection_is_continued_by_the_same_mirror_and_the_next_run(server, destination):
    with pytest.raises(DatasetError, match="300000 bytes are kept in .*images.gz.part"):
        fetch([f"{server.url}/breaks"], SHA256, destination)
    ranges = [None, "bytes=100000-", "bytes=200000-"]
    assert server.requests == [("/breaks", asked) for asked in ranges]
    assert part_of(destination).read_bytes() == CONTENT[:300_000]
    assert not destination.exists()
    fetch([f"{server.url}/breaks"], SHA256, destination)
    assert destination.read_bytes() == CONTENT


@pytest.mark.parametrize("what", ["norange", "lies"])
def test_a_server_that_does_not_continue_starts_over(server, destination, what):
    leave_part(destination, CONTENT[:300_000])
    fetch([f"{server.url}/{what}"], SHA256, destination)
    assert server.requests[0] == (f"/{what}", "bytes=300000-")
    assert destination.read_bytes() == CONTENT


@pytest.mark.parametrize("part", [b"junk" * 1000, CONTENT + b"too long"], ids=["junk", "longer"])
def test_a_spoilt_part_is_dropped_and_the_same_mirror_asked_again(server, destination, part):
    leave_part(destination, part)
    fetch([f"{server.url}/good"], SHA256, destination)
    assert server.requests == [("/good", f"bytes={len(part)}-"), ("/good", None)]
    assert destination.read_bytes() == CONTENT


def test_a_complete_part_needs_no_server(destination):
    leave_part(destination, CONTENT)
    fetch([], SHA256, destination)
    assert destination.read_bytes() == CONTENT


def test_an_existing_file_is_not_fetched_again(destination):
    destination.parent.mkdir()
    destination.write_bytes(CONTENT)
    assert fetch([], SHA256, destination) == str(destination)


def test_compressed_bytes_are_kept_unchanged(server, destination):
    """Some servers send a .gz file with Content-Encoding: gzip, for the client to unpack."""
    fetch([f"{server.url}/encoded"], SHA256, destination)
    assert destination.read_bytes() == CONTENT


def test_a_stalled_mirror_gives_way_to_the_next(server, destination, monkeypatch):
    monkeypatch.setattr(downloading, "TIMEOUT", (1, 0.1))
    start = time.monotonic()
    fetch([f"{server.url}/stalls", f"{server.url}/good"], SHA256, destination)
    assert time.monotonic() - start < 3
    assert destination.read_bytes() == CONTENT


def test_when_all_fail_one_message_says_why(server, destination, tmp_path):
    absent = tmp_path / "mirror" / "images.gz"
    with pytest.raises(DatasetError) as error:
        fetch(
            [f"{server.url}/wrong", f"{server.url}/missing", "http://127.0.0.1:1/x"],
            SHA256,
            destination,
            local_candidates=[absent],
            advice="Check the network.",
        )
    lines = str(error.value).splitlines()
    assert lines[0] == "images.gz could not be fetched:"
    assert lines[1] == f"  {absent}: no such file"
    assert f"{server.url}/wrong: sha256 is " in lines[2] and SHA256 in lines[2]
    assert lines[3] == f"  {server.url}/missing: HTTP 404 Not Found"
    assert "http://127.0.0.1:1/x" in lines[4] and "refused" in lines[4]
    assert lines[5] == "Check the network." and len(lines) == 6
    assert files_beside(destination) == []


def test_a_local_copy_comes_first(server, destination, tmp_path):
    copy = tmp_path / "copy.gz"
    copy.write_bytes(CONTENT)
    source = fetch([f"{server.url}/good"], SHA256, destination, local_candidates=[copy])
    assert source == str(copy) and server.requests == []
    assert destination.read_bytes() == CONTENT
    assert files_beside(destination) == ["images.gz"]


def test_a_wrong_local_copy_is_reported_and_skipped(server, destination, tmp_path, caplog):
    copy = tmp_path / "copy.gz"
    copy.write_bytes(CONTENT[:-1])
    with caplog.at_level(logging.INFO):
        fetch([f"{server.url}/good"], SHA256, destination, local_candidates=[copy, tmp_path])
    assert f"{copy}: sha256 is {hashlib.sha256(CONTENT[:-1]).hexdigest()}" in caplog.text
    assert f"{tmp_path}: Is a directory" in caplog.text
    assert destination.read_bytes() == CONTENT


def test_a_repacked_archive_is_accepted_by_its_members(cifar, destination):
    archive = cifar.write()
    md5 = {name: cifar.md5[name] for name in ("test_batch", "data_batch_1")}
    fetch([], SHA256, destination, local_candidates=[archive], members_md5=md5)
    assert destination.read_bytes() == archive.read_bytes()


@pytest.mark.parametrize(
    ("members", "message"),
    [
        ({"test_batch": "0" * 32}, "wrong md5 of its members test_batch"),
        ({"data_batch_6": "0" * 32}, "lacks the members data_batch_6"),
    ],
)
def test_an_archive_with_other_members_is_refused(cifar, destination, members, message):
    with pytest.raises(DatasetError, match=message):
        fetch([], SHA256, destination, local_candidates=[cifar.write()], members_md5=members)
    assert files_beside(destination) == []


def test_progress_is_drawn_only_in_a_terminal(server, destination, capsys, monkeypatch):
    fetch([f"{server.url}/good"], SHA256, destination)
    assert capsys.readouterr().err == ""
    destination.unlink()
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    fetch([f"{server.url}/good"], SHA256, destination, size=len(CONTENT))
    assert "images.gz: 100%" in capsys.readouterr().err


def test_a_thread_other_than_the_main_one_can_fetch(server, destination):
    with ThreadPoolExecutor(1) as pool:
        pool.submit(fetch, [f"{server.url}/good"], SHA256, destination).result()
    assert destination.read_bytes() == CONTENT


def test_two_fetches_at_the_same_moment_do_not_spoil_the_file(server, mirrors, destination):
    """The second has opened the part before the first renames it, and writes afterwards."""
    opened, renamed = threading.Event(), threading.Event()

    def late(handler, start):
        handler.head(start, Content_Length=len(CONTENT) - start)
        time.sleep(0.2)  # the client opens the part
        opened.set()
        renamed.wait(5)
        handler.wfile.write(CONTENT[start:])

    leave_part(destination, CONTENT[:300_000])
    urls = mirrors(late=late, good=None)
    with ThreadPoolExecutor(1) as pool:
        second = pool.submit(fetch, urls[:1], SHA256, destination)
        assert opened.wait(5)
        fetch(urls[1:], SHA256, destination)
        renamed.set()
        assert isinstance(second.exception(), DatasetError)  # its part is gone
    assert destination.read_bytes() == CONTENT
