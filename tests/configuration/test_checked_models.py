"""Damaged and hostile model files: each is refused in one line, before anything is built."""

import io
import json
import struct
import zipfile

import numpy as np
import pytest

from components import streams
from configuration.checked_models import finished_model
from files.artifacts import ArtifactError
from files.models import Model, save_model
from inputs import Preparation
from nn import build_network

NETWORK = {"hidden": [5], "normalization": "batch", "loss": "softmax_cross_entropy"}
CONFIG = {
    "network": NETWORK,
    "preparation": [{"name": "pca", "components": 3}],
    "inputs": 3,
    "classes": ["cat", "dog"],
    "shape": [2, 2],
    "seed": 0,
    "status": "completed",
    "reason": None,
}


@pytest.fixture(scope="module")
def members(tmp_path_factory) -> dict[str, bytes]:
    """The files inside a good model, by name."""
    path = tmp_path_factory.mktemp("good") / "model.npz"
    images = np.random.default_rng(0).integers(0, 256, (20, 2, 2), np.uint8)
    preparation = Preparation.fit(CONFIG["preparation"], images, np.arange(20))
    save_model(path, Model(build_network(NETWORK, 3, 2, streams(0)), preparation, CONFIG))
    assert finished_model(path, "classify").config == CONFIG
    with zipfile.ZipFile(path) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def packed(members, **options) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", **options) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return file.getvalue()


def npy(array) -> bytes:
    file = io.BytesIO()
    np.lib.format.write_array(file, np.asarray(array))
    return file.getvalue()


def with_header(text: str, data: bytes = b"", version: int = 1) -> bytes:
    return b"\x93NUMPY" + bytes([version, 0]) + struct.pack("<H", len(text)) + text.encode() + data


def announcing(shape, descr="<f4") -> bytes:
    return with_header(repr({"descr": descr, "fortran_order": False, "shape": shape}), b"1234")


def refused(tmp_path, content: bytes) -> str:
    path = tmp_path / "model.npz"
    path.write_bytes(content)
    with pytest.raises(ArtifactError) as error:
        finished_model(path, "classify")
    message = str(error.value)
    assert message.startswith(f"{path}: ") and message.isprintable() and len(message) < 1000
    return message


@pytest.mark.parametrize("part", [0, 1, 30, 0.1, 0.5, 0.9, 0.999])
def test_a_truncated_model_is_refused(tmp_path, members, part):
    content = packed(members)
    refused(tmp_path, content[: int(part * len(content)) if isinstance(part, float) else part])


@pytest.mark.parametrize("seed", range(10))
def test_a_model_with_random_bytes_is_refused(tmp_path, members, seed):
    content, rng = bytearray(packed(members)), np.random.default_rng(seed)
    for place in rng.integers(0, len(content), 20):
        content[place] ^= rng.integers(1, 256)
    refused(tmp_path, bytes(content))


@pytest.mark.parametrize(
    "array",
    [
        1.0,
        np.float32(1),
        [],
        np.zeros(1, "f4"),
        np.zeros((1, 37), "f4"),
        np.zeros(37),
        np.zeros(37, "f2"),
        np.zeros(37, int),
        np.zeros(37, "U3"),
        np.zeros(37, "M8[s]"),
        np.full(37, np.nan, "f4"),
        np.full(37, np.inf, "f4"),
        np.zeros(36, "f4"),
        np.zeros(38, "f4"),
        np.zeros(37, [("a", "f4")]),
    ],
)
@pytest.mark.parametrize("name", ["parameters", "buffers/hidden1.norm.mean"])
def test_arrays_of_another_shape_or_type_are_refused(tmp_path, members, name, array):
    if name == "parameters" or np.shape(array) != (5,):
        refused(tmp_path, packed(members | {f"{name}.npy": npy(array)}))


@pytest.mark.parametrize(
    "content",
    [
        *(announcing(s) for s in [(10**15,), (10**5,) * 2, (-1,), (-2, -3), (2**70,), (0, 2**70)]),
        *(announcing(s) for s in [("a",), (1.5,), (1,) * 70, None]),
        announcing((2,), "|O"),
        announcing((2,), "nonsense"),
        announcing((), "<U1000000000"),
        with_header("(" * 4000),
        with_header("-" * 8000 + "1"),
        with_header("__import__('os').abort()"),
        with_header("{}", version=9),
        b"",
        b"garbage" * 10,
    ],
)
@pytest.mark.parametrize("name", ["parameters", "config"])
def test_a_header_that_does_not_fit_its_array_is_refused(tmp_path, members, name, content):
    refused(tmp_path, packed(members | {f"{name}.npy": content}))


def test_archives_that_numpy_does_not_write_are_refused(tmp_path, members):
    for method in (zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA):
        refused(tmp_path, packed(members, compression=method))
    for place, byte in ((8, 1), (10, 99), (27, 127), (45, 127)):  # encrypted, method, sizes, offset
        content = bytearray(packed(members))
        content[content.find(b"PK\x01\x02") + place] |= byte
        refused(tmp_path, bytes(content))


def test_a_model_that_lacks_an_array_is_refused(tmp_path, members):
    for name in members:
        refused(tmp_path, packed({k: v for k, v in members.items() if k != name}))


@pytest.mark.parametrize(
    "text",
    ["[1]", "1", "null", '"text"', '{"a":', "", "[" * 10**5, '{"a":' * 5000, '{"a": NaN}'],
)
@pytest.mark.parametrize("name", ["config", "made"])
def test_json_other_than_a_mapping_is_refused(tmp_path, members, name, text):
    refused(tmp_path, packed(members | {f"{name}.npy": npy(np.array(text))}))


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"network": None}, "network is null; expected a mapping"),
        ({"network": {}}, "network lacks the key 'loss'"),
        ({"network": {**NETWORK, "layers": 3}}, "unknown key 'layers'"),
        *(
            ({"network": {**NETWORK, "hidden": hidden}}, "")
            for hidden in ("100", None, [-5], [0], [1.5], [[8]], [9], [10**9], [10**30], [])
        ),
        ({"network": {**NETWORK, "bottleneck": 10**12}}, "weights"),
        ({"network": {**NETWORK, "activation": "swish\x1b[31m"}}, "allowed: identity"),
        ({"network": {**NETWORK, "activation": {"name": ["relu"]}}}, "unknown name"),
        ({"network": {**NETWORK, "activation": {"name": "elu", "alpha": "a"}}}, "alpha"),
        ({"network": {**NETWORK, "loss": None}}, "loss is null"),
        ({"network": {**NETWORK, "normalization": "none"}}, "parameters"),
        ({"network": {**NETWORK, "dropout": 2}}, "dropout is 2"),
        ({"network": {**NETWORK, "precision": "float64"}}, "parameters: float32"),
        ({"training": "text"}, "training is 'text'"),
        *(({"inputs": n}, "inputs") for n in ("3", 3.0, 0, 4, 10**12)),
        *(({"classes": c}, "") for c in (2, "ab", [], ["a"], [1, 2], [["a"]] * 2, ["a"] * 10**6)),
        *(({"shape": s}, "") for s in ("2x2", [], [-2, -2], [2, 3], [2.0, 2.0], [10**9] * 2)),
        *(({"seed": s}, "seed is") for s in (-1, "0", 2**70, None)),
        *(({"preparation": p}, "") for p in ("unit", None, [3], ["zca"], ["none"], [])),
        *(({"range": r}, "range") for r in (7, [1], ["a", "b"])),
        ({"picture": "a"}, "picture is 'a'"),
        ({"picture": {"bits": "x"}}, "bits"),
        ({"table": {}}, "table lacks the key"),
        ({"kernels": 1}, "kernels is 1"),
        ({"status": "done\x1b[2J"}, "allowed: completed"),
        ({"status": "diverged", "reason": "bad\nline\x1b[31m"}, "training diverged"),
        ({"status": "paused", "reason": {"a": 1}}, "reason"),
    ],
)
def test_a_config_that_no_training_writes_is_refused(tmp_path, members, change, said):
    config = npy(np.array(json.dumps(CONFIG | change)))
    assert said in refused(tmp_path, packed(members | {"config.npy": config}))


@pytest.mark.parametrize(
    ("name", "array"),
    [
        ("preparation/operations", np.array(["explode", "matmul"])),
        ("preparation/operations", np.array("matmul")),
        ("preparation/operations", np.array([1, 2])),
        ("preparation/inputs", np.array("a")),
        ("preparation/inputs", np.array([1, 2])),
        ("preparation/inputs", np.array(4)),
        ("preparation/steps", np.array([["pca"]])),
        ("preparation/operand_0", np.zeros((3, 3))),
        ("preparation/operand_0", np.array("a")),
        ("preparation/operand_0", np.array(3)),
        ("preparation/operand_1", np.zeros((4, 2))),
        ("preparation/operand_1", np.float64(1)),
        ("history", np.zeros(3)),
        ("history", np.zeros((2, 3))),
        ("losses", np.zeros((2, 2))),
    ],
)
def test_other_arrays_that_do_not_fit_are_refused(tmp_path, members, name, array):
    assert f"{name}.npy" in members
    refused(tmp_path, packed(members | {f"{name}.npy": npy(array)}))
