"""Figures and arrays of other programs: nothing is known of them, or they are damaged."""

import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, PngImagePlugin

from files.artifacts import ArtifactError
from origin.record import code_of
from provenance import carried, main, of_record


@pytest.mark.parametrize("text", ["a cat", "{a cat}", "[1]", json.dumps({"program": "plot"})])
def test_metadata_of_another_program_is_not_a_record(tmp_path, text):
    described = PngImagePlugin.PngInfo()
    described.add_text("Description", text)
    Image.new("L", (2, 2)).save(tmp_path / "a.png", pnginfo=described)
    Image.new("L", (2, 2)).save(tmp_path / "b.png", "JPEG")
    (tmp_path / "a.svg").write_text(f"<svg><dc:description>{text}</dc:description></svg>")
    for name in ("a.png", "b.png", "a.svg"):
        assert carried(tmp_path / name) == ({}, {})


@pytest.mark.parametrize("name", ["a.png", "a.svg", "a.npz"])
def test_a_file_that_cannot_be_read_is_named(tmp_path, name):
    (tmp_path / name).write_bytes(b"\xff\xfe of no kind")
    with pytest.raises(ArtifactError, match=f"{name}: damaged"):
        carried(tmp_path / name)


@pytest.mark.parametrize("made", ["{}", '{"code": "another"}'])
def test_a_model_of_another_program_has_no_record(tmp_path, made):
    np.savez(tmp_path / "a.npz", config=np.array(json.dumps(CONFIG)), made=np.array(made))
    assert carried(tmp_path / "a.npz") == ({}, {})
    np.savez(tmp_path / "a.npz", made=np.array(made))
    assert carried(tmp_path / "a.npz") == ({}, {})


@pytest.mark.parametrize(
    ("config", "made"), [("{}", "{}"), (..., "[1]"), (..., ""), ("[1]", "{}"), ('"text"', "{}")]
)
def test_a_damaged_model_is_refused(tmp_path, config, made):
    config = json.dumps(CONFIG) if config is ... else config
    np.savez(tmp_path / "a.npz", config=np.array(config), made=np.array(made))
    with pytest.raises(ArtifactError, match="a.npz: not a model file, or damaged"):
        carried(tmp_path / "a.npz")


@pytest.mark.parametrize(("code", "same"), [("", True), (" portable", True), ("0", False)])
def test_code_is_compared_without_the_suffix_for_portable_kernels(root, code, same):
    code = code_of(root / "scripts/plot.py") + code
    record = {"program": "plot", "data": {}, "code": code, "figure": "f", "experiment": "e"}
    lines = of_record(record, {}, Path("results"))
    assert ("the same as here" in lines[0]) is same
    assert lines[-1] == "again      snakemake --cores 1 results/experiments/e/figures/f.png"


CONFIG = {
    "network": {"loss": "squared_error"},
    "preparation": ["unit"],
    "inputs": 4,
    "classes": ["a", "b"],
    "shape": [2, 2],
    "seed": 0,
    "status": "completed",
}
RECORD = {
    "program": "train",
    "settings": "0",
    "data": {"images": "1", "labels": "2"},
    "code": "3",
    "split": {"validation": 5},
}


@pytest.mark.parametrize(
    "record",
    [
        {"data": "text"},
        {"data": {"images": "1"}},
        {"data": {"images": None, "labels": "2"}, "split": None},
        {"split": {}},
        {"program": "\0"},
    ],
)
def test_an_incomplete_record_of_a_model_is_one_line(tmp_path, record):
    results, path = tmp_path / "results", tmp_path / "net.npz"
    info = results / "datasets/digits/0123456789/info.json"
    info.parent.mkdir(parents=True)
    info.write_text('{"splits": {"train": {"images_sha256": "1", "labels_sha256": "2"}}}')
    lines = of_record(RECORD, CONFIG, results)
    assert "known as   results/datasets/digits/0123456789" in lines
    np.savez(path, made=json.dumps(RECORD | record), config=json.dumps(CONFIG))
    command = ["provenance.py", str(path), "--results", str(results)]
    with pytest.MonkeyPatch.context() as patch, pytest.raises(ArtifactError) as error:
        patch.setattr("sys.argv", command)
        main()
    assert str(error.value).startswith(f"{path}: its record is incomplete")
    assert "\n" not in str(error.value)
    info.write_text("{}")
    with pytest.raises(ArtifactError, match="info.json: damaged"):
        of_record(RECORD, CONFIG, results)
