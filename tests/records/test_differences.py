"""Where two builds differ, and why."""

from common import artifacts

import json
import shutil

import numpy as np
import pytest
from PIL import Image

from figures import loss_history, write_figure
from records import made
from records.differences import differing, explained, first_difference

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


def test_in_a_bundle_the_run_is_named_as_well(finished, tmp_path):
    bundle, copy = finished("plain").bundle(), tmp_path / "bundle.npz"
    shutil.copy(bundle, copy)
    flip(copy, "seed=1/parameters", 4 * (3 * 4 + 1))
    told = first_difference(bundle, copy)
    assert told.startswith("seed=1 ") and "weight [3, 1]" in told
    arrays = artifacts.load_arrays(bundle)
    arrays["seed=0/made"] = np.array('{"code": "another"}')
    artifacts.save_arrays(copy, arrays)
    assert first_difference(bundle, copy).startswith("seed=0/made.code: ")


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
    """Return a function that writes a model in two folders, this one and `again`, with what it carries."""
    monkeypatch.chdir(tmp_path)

    def build(value=0.0, kernel="OpenBLAS 0.3 Haswell", code="c" * 64):
        for folder, w, k, c in (
            (".", 0.0, "OpenBLAS 0.3 Haswell", "c" * 64),
            ("again", value, kernel, code),
        ):
            about = {"config": {"kernels": [k]}, "made": {"code": c}}
            texts = {name: np.array(json.dumps(text)) for name, text in about.items()}
            artifacts.save_arrays(f"{folder}/{MODEL}", {"w": np.full((2, 2), w), **texts})
            artifacts.write_json(f"{folder}/{METRICS}", {"accuracy": w})
        return tmp_path / "again"

    return build


def test_two_builds_with_the_same_bytes_agree(builds):
    assert differing([MODEL, METRICS], builds()) == []


def test_files_that_differ_are_in_the_order_of_the_stages(builds):
    folder = builds(1.0)
    names = ["results/experiments/e/test.json", "results/experiments/e/runs/r/model.npz"]
    for name in names:
        artifacts.write_text(folder / name, "")
    assert differing([METRICS, *names, MODEL], folder) == [names[1], names[0], METRICS, MODEL]
    assert explained(names[0], folder, None) == "it is missing here"


@pytest.mark.parametrize(
    ("other", "said"),
    [
        ({"kernel": "OpenBLAS 0.3 Zen"}, "OpenBLAS 0.3 Haswell then, OpenBLAS 0.3 Zen now"),
        ({"code": "d" * 64}, "digest cccccccc then, dddddddd now"),
        ({}, "the cause is not known"),
    ],
)
def test_the_likely_cause_is_what_models_carry(builds, other, said):
    text = explained(MODEL, builds(1.0, **other), None)
    assert text.startswith("w [0, 0]: 0.0 here, 1.0 again") or "config.kernels" in text
    assert said in text


def test_a_file_that_was_changed_after_it_was_made_is_reported_as_such(builds):
    folder = builds()
    recorded = made.file_digest(METRICS)
    artifacts.write_json(METRICS, {"accuracy": 0.9})
    text = explained(METRICS, folder, recorded)
    assert text.startswith("accuracy: 0.9 here, 0.0 again") and "changed after it was made" in text
