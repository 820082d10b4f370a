"""scripts/fetch.py: its options, the local mirror, and generated files."""

import hashlib
import json
import sys

import numpy as np
import pytest

import fetch as program
from datasets import DatasetError, read_idx, sklearn_digits

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
        run(
            {"sha256": SHA256},
            "--mirrors",
            "http://127.0.0.1:1/mnist/",
            "http://127.0.0.1:1/x?d",
            "--local-mirror",
            local_mirror,
            file="labels.gz",
        )
    for part in (
        f"{local_mirror}/mnist/labels.gz: no such file",
        "http://127.0.0.1:1/mnist/labels.gz: ",  # a mirror that ends in / is a folder
        "http://127.0.0.1:1/x?d: ",
        "<local_mirror>/mnist/labels.gz",
        "NN_LOCAL_MIRROR",
        "local_mirror in config.yaml",
    ):
        assert part in str(error.value)


@pytest.mark.parametrize("array", ["train_images", "train_labels", "test_images", "test_labels"])
def test_digits_are_written_as_idx(run, array):
    settings = {"generator": "sklearn_digits", "array": array}
    output = run(settings)
    assert np.array_equal(read_idx(output), sklearn_digits()[array])
    first = output.read_bytes()
    assert first.startswith(b"\x1f\x8b")
    output.unlink()
    assert run(settings).read_bytes() == first


def test_every_third_digit_is_for_the_test(run):
    all_images = sklearn_digits(test_size=1)
    all_images = np.concatenate([all_images["train_images"], all_images["test_images"]])
    thirds = [
        read_idx(run({"generator": "sklearn_digits_thirds", "array": f"{part}_images"}))
        for part in ("train", "test")
    ]
    assert [len(images) for images in thirds] == [1198, 599]
    assert np.array_equal(thirds[1], all_images[2::3])
    assert np.array_equal(thirds[0][[0, 1, 2]], all_images[[0, 1, 3]])


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"generator": "digits"}, "'digits' is unknown; known are sklearn_digits"),
        ({"generator": "sklearn_digits", "array": "x"}, "makes no 'x'; it makes train_images, "),
        ({"sha256": None}, "mnist/images.gz: sha256 is missing"),
    ],
)
def test_mistakes_in_the_settings(run, settings, message):
    with pytest.raises(DatasetError, match=message):
        run(settings)
