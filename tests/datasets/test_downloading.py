"""Mirrors that are slow, have no end, or say what nobody can read; a real web server on this machine."""

import hashlib
import logging
import os
import signal
import subprocess
import sys
import time

import pytest

from datasets import DatasetError, downloading
from datasets.fetching import fetch

CONTENT = bytes(range(256)) * 200
SHA256 = hashlib.sha256(CONTENT).hexdigest()
SIZE = len(CONTENT)


def trickles(rate, pieces=50):
    """Return a mirror that sends this number of bytes, and of pieces, per second."""

    def way(handler, start):
        handler.head(start, Content_Length=SIZE - start)
        for first in range(start, SIZE, rate // pieces):
            handler.wfile.write(CONTENT[first : first + rate // pieces])
            time.sleep(1 / pieces)

    return way


def endless(handler, start):
    """The content, and then zeros for ever; no length is given."""
    handler.head(start)
    handler.wfile.write(CONTENT[start:])
    while True:
        handler.wfile.write(bytes(1 << 16))


def chunked(handler, start):
    handler.protocol_version = "HTTP/1.1"
    handler.head(start, Transfer_Encoding="chunked", Connection="close")
    for first in range(start, SIZE, 5000):
        piece = CONTENT[first : first + 5000]
        handler.wfile.write(b"%x\r\n%b\r\n" % (len(piece), piece))
    handler.wfile.write(b"0\r\n\r\n")


def login_page(handler, start):
    handler.head(0, Content_Length=21)
    handler.wfile.write(b"<html>log in</html>\r\n")


def says(**headers):
    """A mirror with other headers than it should have."""

    def way(handler, start):
        handler.send_response(206 if start else 200)
        for name, value in headers.items():
            handler.send_header(name.replace("_", "-"), value)
        handler.end_headers()
        handler.wfile.write(CONTENT[start:])

    return way


@pytest.fixture
def destination(tmp_path):
    return tmp_path / "images.gz"


@pytest.fixture
def half(destination):
    """A part with the first half of the file."""
    part = destination.with_name("images.gz.part")
    part.write_bytes(CONTENT[: SIZE // 2])
    return part


@pytest.fixture
def impatient(monkeypatch):
    """Below 30 kB/s over 0.3 s a mirror is slow."""
    monkeypatch.setattr(downloading, "WINDOW", 0.3)
    monkeypatch.setattr(downloading, "SPEED", 30_000)


# ---------------------------------------------------------------------- slow mirrors


def test_the_minimum_speed_is_below_that_of_cifar_10s_host():
    assert downloading.SPEED < 50_000 / 2
    assert downloading.WINDOW == 60


def test_the_next_mirror_resumes_the_download_of_a_slow_one(
    server, mirrors, destination, impatient
):
    urls = mirrors(slow=trickles(1000), good=None)
    start = time.monotonic()
    assert fetch(urls, SHA256, destination) == urls[1]
    assert time.monotonic() - start < 3  # the whole file would take 51 s
    assert destination.read_bytes() == CONTENT
    (_, first), (path, asked) = server.requests
    assert first is None and path == "/good"
    assert 0 < int(asked.removeprefix("bytes=").rstrip("-")) < 2000


def test_the_fastest_of_slow_mirrors_continues(server, mirrors, destination, impatient, caplog):
    """As with a slow line: the file arrives all the same."""
    urls = mirrors(slow=trickles(2000), faster=trickles(25_000), middle=trickles(6000))
    with caplog.at_level(logging.INFO):
        assert fetch(urls, SHA256, destination) == urls[1]
    assert destination.read_bytes() == CONTENT
    assert [path for path, _ in server.requests] == ["/slow", "/faster", "/middle", "/faster"]
    assert "/slow: sent " in caplog.text and "bytes in 0.3 s, expected at least 9000" in caplog.text


def test_a_slow_mirror_is_tried_again_when_the_others_fail(mirrors, destination, impatient):
    urls = mirrors(slow=trickles(25_000), broken=says(Content_Length="x"))
    fetch(urls, SHA256, destination)
    assert destination.read_bytes() == CONTENT


def test_the_only_mirror_may_be_slow(server, mirrors, destination, impatient):
    fetch(mirrors(slow=trickles(25_000)), SHA256, destination)
    assert destination.read_bytes() == CONTENT
    assert [path for path, _ in server.requests] == ["/slow", "/slow"]


def dribbles(start_of_answer):
    """A mirror that sends the rest of its headers, chunk's length or body a byte at a time for ever."""

    def way(handler, start):
        handler.wfile.write(start_of_answer)
        while True:
            handler.wfile.write(b"0")
            handler.wfile.flush()
            time.sleep(0.05)

    return way


OK = b"HTTP/1.1 200 OK\r\n"
HEADERS = dribbles(OK + b"X-Long: ")
CHUNK = dribbles(OK + b"Transfer-Encoding: chunked\r\n\r\n")
BODY = dribbles(OK + b"Content-Length: %d\r\n\r\n" % SIZE)


@pytest.mark.parametrize("way", [HEADERS, CHUNK, BODY], ids=["headers", "chunk", "body"])
def test_a_mirror_that_dribbles_is_left_for_the_next_one(mirrors, destination, impatient, way):
    urls = mirrors(dribbles=way, good=None)
    start = time.monotonic()
    assert fetch(urls, SHA256, destination) == urls[1]
    assert destination.read_bytes() == CONTENT
    assert time.monotonic() - start < 3


def test_a_mirror_that_starts_fast_and_then_dribbles_is_left(mirrors, destination, impatient):
    def way(handler, start):
        handler.head(start, Content_Length=SIZE - start)
        handler.wfile.write(CONTENT[:20_000])
        for byte in CONTENT[20_000:20_100]:
            time.sleep(0.05)
            handler.wfile.write(bytes([byte]))

    urls = mirrors(way=way, good=None)
    start = time.monotonic()
    assert fetch(urls, SHA256, destination) == urls[1]
    assert destination.read_bytes() == CONTENT
    assert time.monotonic() - start < 3


@pytest.mark.parametrize("way", [HEADERS, CHUNK], ids=["headers", "chunk"])
def test_a_mirror_that_sends_none_of_the_file_is_tried_twice(
    server, mirrors, destination, impatient, way
):
    with pytest.raises(DatasetError, match="sent 0 bytes in 0.3 s, expected at least 1$") as error:
        fetch(mirrors(dribbles=way), SHA256, destination)
    assert len(server.requests) == 2
    assert str(error.value).count("dribbles: ") == 1
    assert list(destination.parent.iterdir()) == []


def test_redirects_without_an_end_fail_only_that_mirror(server, mirrors, destination):
    def redirects(handler, start):
        handler.send_response(302)
        handler.send_header("Location", f"{server.url}/redirects?token=secret")
        handler.send_header("Content-Length", "0")
        handler.end_headers()

    urls = mirrors(redirects=redirects, good=None)
    with pytest.raises(DatasetError, match="redirects: Exceeded 30 redirects") as error:
        fetch(urls[:1], SHA256, destination)
    assert "secret" not in str(error.value)
    assert fetch(urls, SHA256, destination) == urls[1]


def test_the_timer_and_the_handler_of_the_caller_are_restored(mirrors, destination, impatient):
    def handler(*_):
        pass

    before = signal.signal(signal.SIGALRM, handler)
    timer = signal.setitimer(signal.ITIMER_REAL, 1000, 7)
    try:
        fetch(mirrors(dribbles=HEADERS, good=None), SHA256, destination)
        left, interval = signal.getitimer(signal.ITIMER_REAL)
        assert signal.getsignal(signal.SIGALRM) is handler
        assert 990 < left <= 1000 and interval == 7
    finally:
        signal.setitimer(signal.ITIMER_REAL, *timer)
        signal.signal(signal.SIGALRM, before)


def test_control_characters_and_secrets_of_a_mirror_are_not_shown(mirrors, destination, caplog):
    def way(handler, start):
        reason = b"\x1b[31mgone\rto https://user:secret@host/file?sig=secret"
        handler.wfile.write(b"HTTP/1.1 404 " + reason + b"\r\nContent-Length: 0\r\n\r\n")

    with caplog.at_level(logging.INFO), pytest.raises(DatasetError) as error:
        fetch(mirrors(coloured=way), SHA256, destination)
    for text in (caplog.text, str(error.value)):
        assert r"HTTP 404 \x1b[31mgone\rto https://host/file" in text
        assert "\x1b" not in text and "\r" not in text and "secret" not in text


# ---------------------------------------------------------------------- files on disk


def test_received_bytes_survive_a_killed_process(server, mirrors, destination, root):
    def stalls(handler, start):
        handler.head(start, Content_Length=SIZE - start)
        handler.wfile.write(CONTENT[:10_000])
        handler.server.left.wait(10)

    (url,) = mirrors(stalls=stalls)
    code = "import sys; from datasets.fetching import fetch; fetch(sys.argv[1:2], *sys.argv[2:])"
    command = [sys.executable, "-c", code, url, SHA256, str(destination)]
    process = subprocess.Popen(command, cwd=root / "scripts")
    part, end = destination.with_name("images.gz.part"), time.monotonic() + 10
    try:
        while not (part.exists() and part.stat().st_size) and time.monotonic() < end:
            time.sleep(0.02)
        time.sleep(0.1)
    finally:
        os.kill(process.pid, signal.SIGKILL)
        process.wait()
        server.left.set()
    assert part.read_bytes() == CONTENT[:10_000]
    fetch(mirrors(good=None), SHA256, destination)
    assert server.requests[1:] == [("/good", "bytes=10000-")]
    assert destination.read_bytes() == CONTENT


def test_a_body_in_chunks(server, mirrors, destination, half):
    fetch(mirrors(chunked=chunked), SHA256, destination)
    assert server.requests == [("/chunked", f"bytes={SIZE // 2}-")]
    assert destination.read_bytes() == CONTENT


# ---------------------------------------------------------------------- bodies without an end


def test_a_body_without_an_end_stops_at_the_declared_size(server, mirrors, destination):
    fetch(mirrors(endless=endless), SHA256, destination, size=SIZE)
    assert destination.read_bytes() == CONTENT
    assert server.left.wait(5)


def test_a_body_without_an_end_stops_at_a_cap(server, mirrors, destination, monkeypatch):
    monkeypatch.setattr(downloading, "LARGEST", 10**6)
    with pytest.raises(DatasetError, match="sent 1000000 bytes and did not end .*declare the size"):
        fetch(mirrors(endless=endless), SHA256, destination)
    assert server.left.wait(5)
    assert list(destination.parent.iterdir()) == []
    with pytest.raises(DatasetError, match=f"has {SIZE} bytes, expected at most 1000"):
        monkeypatch.setattr(downloading, "LARGEST", 1000)
        fetch(mirrors(good=None), SHA256, destination)


def test_a_file_of_another_size_is_refused_and_the_part_is_kept(mirrors, destination, half):
    urls = mirrors(login=login_page, good=None)
    with pytest.raises(DatasetError, match=f"login: has 21 bytes, expected {SIZE}"):
        fetch(urls[:1], SHA256, destination, size=SIZE)
    assert half.read_bytes() == CONTENT[: SIZE // 2]
    fetch(urls, SHA256, destination, size=SIZE)
    assert destination.read_bytes() == CONTENT


def test_a_complete_part_with_a_wrong_checksum_is_dropped(server, mirrors, destination, half):
    half.write_bytes(bytes(SIZE))
    fetch(mirrors(good=None), SHA256, destination, size=SIZE)
    assert server.requests == [("/good", f"bytes={SIZE}-"), ("/good", None)]
    assert destination.read_bytes() == CONTENT


# ---------------------------------------------------------------------- headers and messages


@pytest.mark.parametrize("length", ["ten", "-5", "1e9", "", "9" * 5000, "10, 20"])
def test_an_unreadable_length_fails_at_most_that_mirror(mirrors, destination, length):
    fetch(mirrors(bad=says(Content_Length=length), good=None), SHA256, destination)
    assert destination.read_bytes() == CONTENT


@pytest.mark.parametrize("text", ["", "bytes", "bytes x-y/z", "5-9/10", "bytes -1-5/6", None])
def test_after_an_unreadable_range_the_mirror_is_asked_for_the_complete_file(
    server, mirrors, destination, half, text
):
    headers = {} if text is None else {"Content_Range": text}
    fetch(mirrors(bad=says(**headers)), SHA256, destination)
    assert server.requests == [("/bad", f"bytes={SIZE // 2}-"), ("/bad", None)]
    assert destination.read_bytes() == CONTENT


@pytest.mark.parametrize("size", [SIZE, None])
def test_a_body_that_ends_too_early_is_resumed(server, mirrors, destination, size):
    """Without a length, only the declared size shows it."""

    def breaks(handler, start):
        length = {} if size else {"Content_Length": SIZE - start}
        handler.head(start, **length)
        handler.wfile.write(CONTENT[start : start + 20_000])

    fetch(mirrors(breaks=breaks), SHA256, destination, size=size)
    assert [asked for _, asked in server.requests] == [None, "bytes=20000-", "bytes=40000-"]
    assert destination.read_bytes() == CONTENT


def test_a_wrong_checksum_is_shown_for_each_mirror_and_is_not_the_networks_fault(
    mirrors, destination
):
    expected = "0" * 64
    urls = mirrors(one=None, login=login_page)
    sums = [SHA256, hashlib.sha256(b"<html>log in</html>\r\n").hexdigest()]
    with pytest.raises(DatasetError) as error:
        fetch(urls, expected, destination, advice="Check the network.")
    lines = str(error.value).splitlines()
    for line, url, found in zip(lines[1:], urls, sums, strict=False):
        assert line.startswith(f"  {url}: sha256 is {found}, expected {expected}")
    assert "network" not in str(error.value)
    assert "No address has the file that config.yaml expects" in lines[3]
