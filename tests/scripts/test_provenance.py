"""Figures and arrays of other programs: nothing is known of them, or they are damaged."""

from common.artifacts import ArtifactError

import json

import pytest
from PIL import Image, PngImagePlugin

from provenance import carried


@pytest.mark.parametrize("text", ["a cat", "{a cat}", "[1]", json.dumps({"program": "plot"})])
def test_what_another_program_wrote_into_a_figure_is_no_record(tmp_path, text):
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
