"""scripts/fetch.py: its options and the local mirror."""

import hashlib
import json
import logging
import sys

import pytest

import fetch as program
from components.addresses import shown
from datasets import DatasetError

CONTENT = b"raw bytes"
SHA256 = hashlib.sha256(CONTENT).hexdigest()


@pytest.fixture
def run(tmp_path, monkeypatch):
    monkeypatch.delenv("NN_LOCAL_MIRROR", raising=False)

    def run(settings, *options, file="images.gz"):
        output = tmp_path / "raw" / "mnist" / file
        arguments = ["--dataset", "mnist", "--file", file, "--output", str(output)]
        arguments += ["--settings", json.dumps(settings), *map(str, options)]
        monkeypatch.setattr(sys, "argv", ["fetch.py", *arguments])
        program.main()
        return output

    return run


@pytest.fixture
def local_mirror(tmp_path):
    folder = tmp_path / "mirror"
    (folder / "mnist").mkdir(parents=True)
    (folder / "mnist" / "images.gz").write_bytes(CONTENT)
    return folder


def test_local_mirror_by_option_or_environment(run, local_mirror, monkeypatch):
    output = run({"sha256": SHA256}, "--mirrors", "--local-mirror", local_mirror)
    assert output.read_bytes() == CONTENT
    output.unlink()
    monkeypatch.setenv("NN_LOCAL_MIRROR", str(local_mirror))
    assert run({"sha256": SHA256}).read_bytes() == CONTENT
    output.unlink()
    with pytest.raises(DatasetError, match="nowhere"):  # the option is the stronger one
        run({"sha256": SHA256}, "--local-mirror", local_mirror / "nowhere")


def test_the_advice_names_the_place_and_the_keys(run, local_mirror):
    with pytest.raises(DatasetError) as error:
        mirrors = "http://127.0.0.1:1/mnist/", "http://127.0.0.1:1/x?d"
        options = "--mirrors", *mirrors, "--local-mirror", local_mirror
        run({"sha256": SHA256}, *options, file="labels.gz")
    for part in (
        f"{local_mirror}/mnist/labels.gz: no such file",
        "http://127.0.0.1:1/mnist/labels.gz: ",  # a mirror that ends in / is a folder
        "http://127.0.0.1:1/x: ",
        "<local_mirror>/mnist/labels.gz",
        "NN_LOCAL_MIRROR",
        "local_mirror in config.yaml",
    ):
        assert part in str(error.value)


def test_a_checksum_is_required(run):
    with pytest.raises(DatasetError, match="mnist/images.gz: sha256 is missing"):
        run({"sha256": None})


@pytest.mark.parametrize("by", ["option", "environment"])
@pytest.mark.parametrize(
    "address",
    [
        "http://user:secret@127.0.0.1:1/x?X-Amz-Signature=secret",  # no answer
        "http://user:secret@127.0.0.1:1/dir/",
        "http://secret@[::1/x?secret",
        "http://user:secret@.example/x?secret",
        "http://user:sec/secret@127.0.0.1/x",
        "http://user:7#secret@127.0.0.1/x",
        "htp://user:secret@127.0.0.1/x?secret",
        "user:secret@127.0.0.1/x?secret",
        "secret",
    ],
)
def test_no_message_has_a_password_or_a_signature(run, monkeypatch, caplog, capfd, by, address):
    caplog.set_level("DEBUG")
    if by == "environment":
        monkeypatch.setenv(f"NN_MIRRORS_{SHA256}", json.dumps([address]))
    with pytest.raises(DatasetError) as error:
        run({"sha256": SHA256}, "--mirrors", address if by == "option" else shown(address))
    texts = [str(error.value), *(r.getMessage() for r in caplog.records if r.name[:7] != "urllib3")]
    assert "could not be fetched" in texts[0] and len(texts) > 1
    assert "secret" not in "".join(texts) + "".join(capfd.readouterr())


@pytest.mark.parametrize(
    ("given", "used"),
    [
        (["http://h/x", "http://h/y"], ["http://a:b@h/x?1", "http://h/x?2", "http://h/y"]),
        (["http://h/y", "http://h/x"], ["http://h/y", "http://a:b@h/x?1", "http://h/x?2"]),
        (["http://h/z", "http://h/z/"], ["http://h/z", "http://h/z/images.gz"]),
        (["http://other@h/x"], ["http://other@h/x"]),  # by hand, with a password of its own
        ([], []),
    ],
)
def test_a_command_uses_the_mirrors_that_it_names(run, monkeypatch, given, used):
    """With the secrets of this very file, in their order, and of no other file of the same name."""
    tried = []
    monkeypatch.setattr(program, "fetch", lambda urls, *_, **__: tried.append(urls))
    monkeypatch.setenv("NN_MIRRORS", "x")
    secret = ["http://a:b@h/x?1", "http://no@h/no", "http://h/x?2"]
    monkeypatch.setenv(f"NN_MIRRORS_{SHA256}", json.dumps(secret))
    run({"sha256": SHA256}, "--mirrors", *given)
    run({"sha256": "0" * 64}, "--mirrors", *given)
    assert tried[0] == used
    assert [url.removesuffix("images.gz") for url in tried[1]] == given


def test_warnings_of_urllib3_are_not_shown_as_they_quote_addresses(run, capfd):
    with pytest.raises(DatasetError):
        run({"sha256": SHA256})
    assert not logging.getLogger("urllib3.connectionpool").isEnabledFor(logging.WARNING)
