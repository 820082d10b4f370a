"""Small tables, a small CIFAR-10 archive in the original form, and a web server that may misbehave."""

import csv
import hashlib
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import numpy as np
import pytest
from published import NAMES, archived, python2_pickle


@pytest.fixture
def table(tmp_path):
    def write(*rows, name="table.csv", encoding="utf-8", **form):
        path = tmp_path / name
        with open(path, "w", newline="", encoding=encoding) as file:
            csv.writer(file, **form).writerows(rows)
        return str(path)

    return write


@pytest.fixture
def text(tmp_path):
    def write(content, name="table.csv"):
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return str(path)

    return write


class CifarArchive:
    """The members of a small archive, to be changed by a test and then written."""

    def __init__(self, folder, rows=4):
        rng = np.random.default_rng(0)
        self.path = folder / "cifar-10-python.tar.gz"
        self.order = [f"data_batch_{number}" for number in (4, 3, 2, 5, 1)]
        self.order.insert(1, "test_batch")
        self.batches = {
            name: {
                b"batch_label": b"a batch",
                b"labels": rng.integers(0, 10, rows).tolist(),
                b"data": rng.integers(0, 256, (rows, 3072), dtype=np.uint8),
                b"filenames": [b"picture.png"] * rows,
            }
            for name in self.order
        }
        meta = {b"num_cases_per_batch": rows, b"label_names": NAMES, b"num_vis": 3072}
        self.members = {"readme.html": b"<html></html>", "batches.meta": python2_pickle(meta)}

    def write(self):
        members = {name: python2_pickle(batch) for name, batch in self.batches.items()}
        members |= self.members
        self.md5 = {name: hashlib.md5(content).hexdigest() for name, content in members.items()}
        self.path.write_bytes(archived(members, "w:gz"))
        return self.path


@pytest.fixture
def cifar(tmp_path) -> CifarArchive:
    return CifarArchive(tmp_path)


class Handler(BaseHTTPRequestHandler):
    """Answers each path with its function in `server.ways`, of this handler and the first byte wanted."""

    def do_GET(self):
        asked = self.headers.get("Range")
        self.server.requests.append((self.path, asked))
        self.server.authorized.append(self.headers.get("Authorization"))
        way = self.server.ways.get(self.path.partition("?")[0].strip("/"))
        try:
            if way is None:
                self.send_error(404)
            else:
                way(self, int(asked.removeprefix("bytes=").rstrip("-")) if asked else 0)
        except OSError:
            self.server.left.set()  # the client has gone

    def head(self, start, first=None, **headers):
        size = len(self.server.content)
        self.send_response(206 if start else 200)
        if start:
            first = start if first is None else first
            self.send_header("Content-Range", f"bytes {first}-{size - 1}/{size}")
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()

    def log_message(self, *_):
        pass


def good(handler, start):
    """Send the CONTENT of the test module from byte `start` on."""
    content = handler.server.content[start:]
    if not content:
        handler.send_error(416)
        return
    handler.head(start, Content_Length=len(content))
    handler.wfile.write(content)


@pytest.fixture
def server(monkeypatch, request):
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        server.requests, server.authorized, server.left = [], [], threading.Event()
        server.ways, server.content = {"good": good}, request.module.CONTENT
        server.url = f"http://127.0.0.1:{server.server_port}"
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        yield server
        server.left.set()
        server.shutdown()


@pytest.fixture
def mirrors(server):
    """Return a function that adds mirrors (name=way) and returns their addresses; None is a good one."""

    def mirrors(**ways):
        server.ways |= {name: way or good for name, way in ways.items()}
        return [f"{server.url}/{name}" for name in ways]

    return mirrors
