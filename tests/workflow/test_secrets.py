"""Passwords and signatures of mirrors reach the mirror, and no screen, log, command or result."""

import hashlib
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from datasets import sklearn_digits, write_idx


@pytest.fixture
def mirror(tmp_path):
    """A server of four raw files that wants a password and a signature; with their checksums."""
    sums = {}
    for role, array in sklearn_digits().items():
        write_idx(tmp_path / f"{role}.gz", array)
        sums[role] = hashlib.sha256((tmp_path / f"{role}.gz").read_bytes()).hexdigest()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            name, _, query = self.path[1:].partition("?")
            wanted = ("Basic dXNlcjpodW50ZXI0Mg==", "X-Amz-Signature=hunter42")  # user:hunter42
            if (self.headers.get("Authorization"), query) != wanted:
                self.send_error(403)
                return
            content = (tmp_path / name).read_bytes()
            self.send_response(200)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_):
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        yield server.server_port, sums
        server.shutdown()


def test_nothing_but_the_config_has_a_secret(fresh, mirror):
    port, sums = mirror

    def change(config):
        digits = config["datasets"]["digits"] | {"generator": None}
        for role, entry in digits["files"].items():
            where = f"{role}.gz?X-Amz-Signature=hunter42"
            entry |= {"file": f"{role}.gz", "sha256": sums[role]}
            entry["mirrors"] = [
                f"http://user:hunter42@127.0.0.1:1/{where}",  # no answer
                f"http://user:hunter42@127.0.0.1:{port}/{where}",
            ]
        config["datasets"]["digits"] = digits
        del config["experiments"]["tiny"]
        config["targets"] = ["single"]

    fresh.edit(change)
    said = [fresh.snakemake("-p", "--until", "parse", NO_PROXY="127.0.0.1").stdout]
    assert f"downloading from http://127.0.0.1:{port}/test_labels.gz" in said[0]
    assert f"--mirrors http://127.0.0.1:1/test_labels.gz http://127.0.0.1:{port}/test" in said[0]
    raw = "data/raw/digits/test_labels.gz"
    (fresh.folder / raw).unlink()
    fresh.edit(lambda c: c["datasets"]["digits"]["files"]["test_labels"]["mirrors"].pop())
    said.append(fresh.snakemake("-p", raw, check=False).stdout)
    assert "test_labels.gz could not be fetched" in said[-1]

    def misspell(config):
        files = config["datasets"]["digits"]["files"]
        files["test_labels"]["mirrors"] = files["test_labels"]["mirrors"][0]

    fresh.edit(misspell)
    said.append(fresh.snakemake(raw, check=False).stdout)
    assert "mirrors is 'http://127.0.0.1:1/" in said[-1]
    assert "hunter42" not in "".join(said)
    places = (p for p in fresh.folder.rglob("*") if p.is_file() and p.name != "config.yaml")
    assert [str(path) for path in places if b"hunter42" in path.read_bytes()] == []


def test_the_mirrors_of_many_datasets_do_not_fill_the_environment(fresh):
    """Linux starts no process with a variable of 128 KiB; the user's own variable is not read."""

    def change(config):
        for number in range(60):
            address = f"https://u:hunter42@host/{number:03}{'x' * 4000}"
            images = {"file": "images.gz", "sha256": f"{number:064}", "mirrors": [address]}
            files = {"train_images": images, "train_labels": {**images, "file": "labels.gz"}}
            settings = {"format": "idx", "test_size": 0, "files": files}
            config["datasets"][f"many{number}"] = config["datasets"]["digits"] | {
                "generator": None, **settings
            }  # fmt: skip

    fresh.edit(change)
    raw = "data/raw/digits/train-labels-idx1-ubyte.gz"
    fresh.snakemake(raw, NN_MIRRORS="x")
    assert (fresh.folder / raw).exists()
