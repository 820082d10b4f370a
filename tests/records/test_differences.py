"""Where two builds differ, and why."""

from common import artifacts

import copy
import shutil

import numpy as np
import pytest
from PIL import Image

from figures import loss_history, write_figure
from records import made
from records.differences import differing, first_difference

MODEL, METRICS = "results/model.npz", "results/metrics.json"


@pytest.fixture
def model(finished):
    return finished("plain").folder / "runs/seed=0/model.npz"


def flip(path, name: str, index) -> None:
    """Change one bit of an array of an archive, and write it as it should be."""
    arrays = artifacts.load_arrays(path)
    arrays[name].view(np.uint8)[index] ^= 1
    artifacts.save_arrays(path, arrays)


def test_of_two_models_the_first_value_of_the_first_tensor_is_told(model, tmp_path):
    shutil.copy(model, tmp_path / "model.npz")
    flip(tmp_path / "model.npz", "parameters", 4 * (3 * 4 + 1))  # row 3, column 1 of 64 x 4
    told = first_difference(model, tmp_path / "model.npz")
    assert "weight" in told and "[3, 1]" in told and "(1 of 256 values differ)" in told


def test_a_model_that_only_tells_of_other_code_says_so(model, tmp_path):
    arrays = artifacts.load_arrays(model)
    arrays["made"] = np.array('{"code": "another"}')
    artifacts.save_arrays(tmp_path / "model.npz", arrays)
    assert first_difference(model, tmp_path / "model.npz").startswith("made.code: ")


def test_a_model_of_which_one_bit_was_flipped_names_the_array(model, tmp_path):
    content = bytearray(model.read_bytes())
    content[content.index(b"parameters.npy") + 200] ^= 1
    (tmp_path / "model.npz").write_bytes(content)
    told = first_difference(tmp_path / "model.npz", model)
    assert "damaged" in told and "parameters.npy" in told


@pytest.mark.parametrize(
    ("name", "one", "two", "told"),
    [
        ("a.csv", "a,b\n1,2\n", "a,b\n1,3\n", "row 1, column b: '2' here, '3' again"),
        ("a.csv", "a,b\n1,2\n", "a,b\n", "2 rows here, 1 again"),
        ("a.json", '{"a": [1, {"b": 2}]}', '{"a": [1, {"b": 3}]}', "a[1].b: 2 here, 3 again"),
        ("a.json", '{"a": 1}', "{}", "a is only here"),
        ("a.json", '{"a": 1', '{"a": 1}', "at byte 7"),
        ("a.md", "one\ntwo\n", "one\n2\n", "line 2: 'two' here, '2' again"),
        ("a.gz", "\x00ab", "\x00ac", "line 1: '\\x00ab' here, '\\x00ac' again"),
    ],
)
def test_of_texts_the_place_and_both_values_are_told(tmp_path, name, one, two, told):
    paths = tmp_path / "here" / name, tmp_path / "again" / name
    for path, text in zip(paths, (one, two), strict=True):
        artifacts.write_text(path, text)
    assert first_difference(*paths) == told


def test_of_pictures_the_pixel_or_the_metadata(tmp_path):
    one, two, three = (tmp_path / f"{name}.png" for name in "abc")
    write_figure(loss_history([1.0, 0.5]), one, description="one")
    write_figure(loss_history([1.0, 0.5]), two, description="two")
    assert first_difference(one, two) == "metadata.Description: 'one' here, 'two' again"
    with Image.open(one) as image:
        pixels = np.array(image)
    pixels[7, 5, 0] ^= 1
    Image.fromarray(pixels).save(three)
    assert first_difference(one, three).startswith("pixel [7, 5, 0]: ")


@pytest.fixture
def builds(tmp_path, monkeypatch):
    """Two builds, here and in the folder again, of a model and what was made from it."""
    monkeypatch.chdir(tmp_path)
    for folder in (tmp_path, tmp_path / "again"):
        artifacts.save_arrays(folder / MODEL, {"w": np.zeros((2, 2))})
        artifacts.write_json(folder / METRICS, {"accuracy": 0.5})
    kernel = {"blas": "OpenBLAS 0.3 Haswell", "numpy": "X86_V3", "portable": "false"}
    entry = {
        "inputs": [],
        "settings": {"seed": 0},
        "code": "c" * 64,
        "sha256": made.file_digest(MODEL),
    }
    table = {**entry, "inputs": [MODEL], "sha256": made.file_digest(METRICS)}
    place = {"packages": {"numpy": "2.4.6"}, "libc": "glibc 2.36", "kernel": kernel}
    before = {
        "artifacts": {MODEL: entry, METRICS: table},
        "not_compared": {"environments": {"e": place}, "made_in": {MODEL: "e", METRICS: "e"}},
    }
    return before, copy.deepcopy(before), tmp_path / "again"


def test_two_builds_with_the_same_bytes_agree(builds):
    assert differing(*builds) == {}


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (
            lambda e, p: p["kernel"].update(blas="OpenBLAS 0.3 Zen"),
            "OpenBLAS 0.3 Zen, numpy X86_V3 now",
        ),
        (lambda e, p: p["packages"].update(numpy="2.5.0"), "numpy 2.4.6 then, 2.5.0 now"),
        (lambda e, p: p.update(libc="glibc 2.41"), "glibc 2.36 then, glibc 2.41 now"),
        (lambda e, p: e.update(code="d" * 64), "code cccccccc then, dddddddd now"),
        (lambda e, p: e.update(settings={"seed": 1}), "another config"),
        (lambda e, p: None, "the cause is not known: same config, code, versions and kernel"),
    ],
)
def test_the_likely_cause_is_told_once_of_what_all_else_is_made_from(builds, change, told):
    before, after, again = builds
    artifacts.save_arrays(again / MODEL, {"w": np.eye(2)})
    artifacts.write_json(again / METRICS, {"accuracy": 0.6})
    for path, entry in after["artifacts"].items():
        entry["sha256"] = made.file_digest(again / path)
    change(after["artifacts"][MODEL], after["not_compared"]["environments"]["e"])
    texts = differing(before, after, again)
    assert texts.keys() == {MODEL, METRICS} and texts[METRICS] == ""
    assert texts[MODEL].startswith("w [0, 0]: ") and told in texts[MODEL]


def test_a_file_that_was_changed_after_it_was_made_is_told_as_such(builds):
    before, after, again = builds
    artifacts.write_json(METRICS, {"accuracy": 0.9})
    (text,) = differing(before, after, again).values()
    assert text.startswith("accuracy: 0.9 here, 0.5 again") and "changed after it was made" in text
