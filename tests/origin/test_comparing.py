"""Manifests are read or refused, and the first difference of two files is named."""

import shutil

import numpy as np
import pytest

from files import artifacts
from origin.comparing import first_difference, listed

SUM = 64 * "a"


@pytest.fixture
def model(finished):
    return finished("plain").folder / "runs/seed=0/model.npz"


def changed(model, place, **arrays):
    """A copy of a model with other arrays."""
    artifacts.save_arrays(place, artifacts.load_arrays(model) | arrays)
    return place


def test_a_manifest_is_read(tmp_path):
    (tmp_path / "m").write_text(f"{SUM}  a b.npz\n{64 * 'b'}  results/\u2028.csv\n")
    assert listed(tmp_path / "m") == {"a b.npz": SUM, "results/\u2028.csv": 64 * "b"}


@pytest.mark.parametrize(
    "content",
    [None, b"", b"\n", f"{SUM}  a".encode(), f"{SUM}  a\n{SUM[:9]}".encode(), f"{SUM} a\n".encode(),
     f"{SUM}  a\n\n".encode(), f"{SUM[1:]}  a\n".encode(), b"\xff\xfe\n"],
)  # fmt: skip
def test_a_manifest_that_is_missing_empty_or_truncated_is_refused(tmp_path, content):
    if content is not None:
        (tmp_path / "m").write_bytes(content)
    with pytest.raises(artifacts.ArtifactError, match="m: missing, empty or truncated, expected"):
        listed(tmp_path / "m")


def test_the_first_array_that_differs_is_named_with_its_first_value(model, tmp_path):
    parameters = artifacts.load_arrays(model)["parameters"].copy()
    parameters[[13, 20]] = [np.nan, -0.0]
    one = changed(model, tmp_path / "a.npz", parameters=parameters)
    parameters = parameters.copy()
    parameters[[14, 20]] = [1.5, 0.0]  # one NaN is the other, but 0 is not -0
    said = first_difference(one, changed(model, tmp_path / "b.npz", parameters=parameters))
    count = f"2 of {parameters.size} values differ"
    assert said.startswith(f"array parameters: {count}, at position 14 ")
    assert said.endswith(" here, 1.5 in the second build")


def test_a_text_in_an_archive_is_shown_from_its_first_difference(model, tmp_path):
    made = str(artifacts.load_arrays(model)["made"])
    code = made.split('"code": "')[1][:64]
    other = changed(model, tmp_path / "b.npz", made=np.array(made.replace(code, "another")))
    said = first_difference(model, other)
    assert said.startswith("array made, line 1: ") and code[:20] in said and "another" in said


def test_missing_arrays_and_other_shapes_are_named(tmp_path):
    paths = [tmp_path / f"{name}.npz" for name in "abcd"]
    for path, content in zip(
        paths,
        ({"x": np.zeros(2)}, {}, {"x": np.zeros((2, 1))}, {"x": np.zeros(2, "f4")}),
        strict=True,
    ):
        artifacts.save_arrays(path, content | {"w": np.empty((0, 3))})
    assert first_difference(paths[0], paths[1]) == "array x: only here"
    assert first_difference(paths[1], paths[0]) == "array x: only in the second build"
    assert (
        first_difference(*paths[::2])
        == "array x: float64 (2,) here, float64 (2, 1) in the second build"
    )
    assert (
        first_difference(*paths[::3])
        == "array x: float64 (2,) here, float32 (2,) in the second build"
    )


def test_a_damaged_archive_is_named_with_the_array(model, tmp_path):
    content = bytearray(model.read_bytes())
    content[content.index(b"parameters.npy") + 200] ^= 1
    (tmp_path / "model.npz").write_bytes(content)
    said = first_difference(tmp_path / "model.npz", model)
    assert "damaged" in said and "parameters.npy" in said


def test_the_same_arrays_in_another_order_are_reported_as_such(model, tmp_path):
    np.savez(tmp_path / "b.npz", **dict(reversed(artifacts.load_arrays(model).items())))
    assert "the same arrays" in first_difference(model, tmp_path / "b.npz")


X30 = "x" * 30


@pytest.mark.parametrize(
    ("one", "two", "said"),
    [
        (b"a,b\n1,2\n", b"a,b\n1,3\n", "line 2: '1,2' here, '1,3' in the second build"),
        (b"a\nb\n", b"a\n", "line 2: 'b' here, '' in the second build"),
        (b"a", b"a\nb", "1 line here, 2 in the second build"),
        (b"x" * 100 + b"1\n", b"x" * 100 + b"2\n", f"line 1: '{X30}1' here, '{X30}2' in the second build"),
        (b"\xff\x00ab", b"\xff\x00ac", "4 bytes here, 4 in the second build"),
        (b"\xff\x00ab", b"\xff\x00", "4 bytes here, 2 in the second build"),
    ],
)  # fmt: skip
def test_the_first_different_line_or_the_size_of_other_files_is_named(tmp_path, one, two, said):
    for name, content in (("a.csv", one), ("b.csv", two)):
        (tmp_path / name).write_bytes(content)
    assert first_difference(tmp_path / "a.csv", tmp_path / "b.csv") == said


def test_an_empty_archive_is_damaged(model, tmp_path):
    shutil.copy(model, tmp_path / "a.npz")
    (tmp_path / "b.npz").touch()
    assert "damaged" in first_difference(tmp_path / "a.npz", tmp_path / "b.npz")
