"""Exported networks: the results of onnxruntime, and the contents of the files.

The package onnxruntime, and those that write the files, are in requirements/export.txt; the tests that
need them are skipped without.
"""

import json
import math
import sys

import numpy as np
import pytest

import cli
import export
from components import streams
from components.errors import UserError
from components.groups import prefixed
from files.models import Model, load_model, save_model
from inputs import Examples, Preparation, fill_values
from inputs.preparation import OPERATIONS
from nn import ACTIVATIONS, NETWORK_DEFAULTS, NORMALIZATIONS, build_network, predict
from nn.layers import Layer
from nn.stack import DenseStack

ROWS = 40
TOLERANCE = {"float32": 1e-5, "float64": 1e-12}
NETWORKS = {
    "linear": {"hidden": []},
    "no_bias": {"bias": "none"},
    "hidden_bias": {"bias": "hidden", "bias_initializer": "as_input"},
    "bottleneck": {"bottleneck": 2},
    "bottleneck_layer_norm": {"bottleneck": 2, "normalization": "layer"},
    "dropout": {"dropout": 0.5, "input_dropout": 0.2},
    "residual": {"hidden": [6, 6, 5, 5], "residual": True},
    "residual_input": {"hidden": [16, 16], "residual": True, "activation": "identity"},
    "output_sigmoid": {"output_activation": "sigmoid", "loss": "squared_error"},
    "slope": {"activation": {"name": "leaky_relu", "slope": 0.3}},
    "steep": {"activation": {"name": "leaky_relu", "slope": 1.7}},
    "alpha": {"activation": {"name": "elu", "alpha": 0.7}},
    **{f"{name}_plain": {"activation": name} for name in ACTIVATIONS},
    **{
        f"{name}_{normalization}": {
            "activation": name,
            "normalization": normalization,
            "residual": True,
            "hidden": [6, 6, 5],
            "dropout": 0.1,
        }
        for name in ACTIVATIONS
        for normalization in NORMALIZATIONS
    },
}
PREPARATIONS = {
    "none": [],
    "unit": ["unit"],
    "range": [{"name": "range", "low": -1.0, "high": 1.0}],
    "binarize": [{"name": "binarize", "threshold": 100}],
    "unit_binarize_mean": ["unit", {"name": "binarize", "threshold": 0.3}, "mean_image"],
    "standardize": ["standardize"],
    "channel": [{"name": "standardize", "per": "channel"}],
    "pca": [{"name": "pca", "components": 5}],
    "unit_pca_range": [
        "unit",
        {"name": "pca", "exponent": 0},
        {"name": "range", "low": 0.0, "high": 1.0},
    ],
    "zca": ["unit", "zca"],
}


def make_model(
    network=None, preparation=("unit",), precision="float32", shape=(4, 4), scale=1.0, **changes
) -> tuple[Model, np.ndarray]:
    """A model with random parameters and running statistics, and uint8 images (ROWS, *shape)."""
    rng = np.random.default_rng(0)
    images = rng.integers(0, 256, (ROWS, *shape)).astype(np.uint8)
    fitted = Preparation.fit(preparation, images, np.arange(ROWS))
    settings = {**NETWORK_DEFAULTS, "hidden": [6, 5], "precision": precision, **(network or {})}
    built = build_network(settings, fitted.inputs, 3, streams(0))
    for _, value, _, kind in built.named_parameters():
        spread = scale / math.sqrt(len(value)) if kind == "weight" else 0.5
        value[...] = rng.normal(float(kind == "norm"), spread, value.shape)
    for name, buffer in built.buffers.items():
        low = 0.2 if name.endswith("variance") else -1.0
        buffer[...] = rng.uniform(low, 2.0, buffer.shape)
    config = {
        "network": settings,
        "preparation": list(preparation),
        "inputs": fitted.inputs,
        "classes": ["cat", "dog", "Käfer"],
        "shape": list(shape),
        "seed": 0,
        "status": "completed",
        "reason": None,
        **changes,
    }
    return Model(built, fitted, config), images


def our_scores(model: Model, images: np.ndarray) -> np.ndarray:
    """Scores (n, classes) as the project computes them."""
    rows, dtype = np.arange(len(images)), model.network.dtype
    return predict(model.network, Examples(images, rows * 0, rows, model.preparation, dtype))


@pytest.fixture
def session():
    """What runs an ONNX file: its content to an onnxruntime session of one thread."""
    pytest.importorskip("onnx")
    onnxruntime = pytest.importorskip("onnxruntime")

    def start(content):
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        return onnxruntime.InferenceSession(content, options, ["CPUExecutionProvider"])

    return start


@pytest.fixture
def their_scores(session):
    """Compute the scores of images with the exported model."""

    def scores(model, images):
        table = model.config.get("dtype") == "float64"
        fed = {"images": images.astype(np.float64 if table else np.float32)}
        return session(export.as_onnx(model)).run(["scores"], fed)[0]

    return scores


@pytest.fixture
def write_model(tmp_path):
    """Write a model as `make_model` makes them."""

    def write(**settings):
        path = tmp_path / "model.npz"
        save_model(path, make_model(**settings)[0])
        return path

    return write


@pytest.fixture
def run(monkeypatch, capsys):
    """Run the program: (exit code, standard output, standard error)."""

    def run(*arguments):
        monkeypatch.setattr(sys, "argv", ["export.py", *map(str, arguments)])
        with pytest.raises(SystemExit) as exit:
            cli.run(export.main)
        return exit.value.code or 0, *capsys.readouterr()

    return run


def one_line_error(result):
    code, out, err = result
    assert code == 1 and out == "" and err.startswith("error: ") and err.count("\n") == 1
    return err


def all_classes(base):
    for kind in base.__subclasses__():
        yield kind
        yield from all_classes(kind)


def test_every_layer_and_operation_can_be_exported():
    """Needs no package: this test names the missing part of a new layer."""
    assert set(ACTIVATIONS.values()) <= set(export.LAYERS)
    assert set(NORMALIZATIONS.values()) <= set(export.LAYERS)
    used = {k for k in all_classes(Layer) if k.__module__.startswith("nn.")}
    used -= {DenseStack}  # it trains, but no model has it
    assert {k for k in used if "forward" in vars(k)} <= set(export.LAYERS)
    assert set(OPERATIONS) == set(export.OPERATIONS)


@pytest.mark.parametrize("precision", TOLERANCE)
@pytest.mark.parametrize("name", NETWORKS)
def test_onnxruntime_computes_the_same_scores(name, precision, their_scores):
    model, images = make_model(NETWORKS[name], precision=precision)
    expected, tolerance = our_scores(model, images), TOLERANCE[precision]
    scores = their_scores(model, images)
    assert scores.dtype == precision and expected.std() > 0.01
    np.testing.assert_allclose(scores, expected, tolerance, tolerance)


@pytest.mark.parametrize("precision", TOLERANCE)
@pytest.mark.parametrize("name", PREPARATIONS)
def test_the_preparation_is_in_the_graph(name, precision, their_scores):
    model, images = make_model(None, PREPARATIONS[name], precision, (3, 3, 3))
    expected, tolerance = our_scores(model, images), TOLERANCE[precision]
    np.testing.assert_allclose(their_scores(model, images), expected, tolerance, tolerance)


@pytest.mark.parametrize("precision", TOLERANCE)
@pytest.mark.parametrize("steps", [[], ["standardize"], ["pca"], ["standardize", "zca"]])
@pytest.mark.parametrize("holes", [False, True])
def test_a_table_keeps_its_digits_and_gets_its_missing_values(
    steps, precision, holes, session, their_scores
):
    """Milliseconds since 1970 that differ by seconds, ids, and a column of small numbers."""
    rng = np.random.default_rng(4)
    spreads, means = [60_000, 300, 1], [1.7e12 * bool(steps), 1e8 * bool(steps), 0]
    table = rng.uniform(size=(ROWS, 3)) * (spreads if steps else 1) + means
    fill = None
    if holes:
        table[rng.random(table.shape) < 0.2] = np.nan
        fill, _ = fill_values(table, np.arange(ROWS), "median")
    model, _ = make_model(precision=precision, shape=(3,), dtype="float64", preparation=steps)
    model.preparation = Preparation.fit(steps, table, np.arange(ROWS), fill)
    expected, tolerance = our_scores(model, table), TOLERANCE[precision]
    assert np.ptp(expected, axis=0).min() > 0.1  # the rows differ
    np.testing.assert_allclose(their_scores(model, table), expected, 10 * tolerance, 10 * tolerance)
    (images,) = session(export.as_onnx(model)).get_inputs()
    assert images.type == "tensor(double)"


@pytest.mark.parametrize("precision", TOLERANCE)
@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_large_values_overflow_nowhere(activation, precision, their_scores):
    model, images = make_model({"activation": activation}, precision=precision, scale=1000.0)
    expected, scores = our_scores(model, images), their_scores(model, images)
    assert np.isfinite(scores).all()
    tolerance = TOLERANCE[precision]
    np.testing.assert_allclose(scores, expected, tolerance, tolerance * np.abs(expected).max())


@pytest.mark.parametrize("shape", [(2,), (13,), (5, 3), (2, 3, 3)])
@pytest.mark.parametrize("rows", [1, ROWS])
def test_examples_of_any_shape_and_number(shape, rows, their_scores):
    model, images = make_model(preparation=["standardize"], shape=shape)
    expected = our_scores(model, images[:rows])
    scores = their_scores(model, images[:rows])
    np.testing.assert_allclose(scores, expected, 1e-5, 1e-5)


def test_only_softmax_networks_export_probabilities(session):
    loss = {"name": "softmax_cross_entropy", "label_smoothing": 0.1}
    for settings in ({}, {"loss": loss}, {"precision": "float64"}):
        model, images = make_model(settings)
        exported = session(export.as_onnx(model))
        probabilities = exported.run(["probabilities"], {"images": images.astype(np.float32)})[0]
        np.testing.assert_allclose(probabilities, model.predict(images), 1e-5, 1e-6)
    other = session(export.as_onnx(make_model({"loss": "multiclass_hinge"})[0]))
    assert [output.name for output in other.get_outputs()] == ["scores"]


def test_the_file_contains_shapes_classes_and_settings(session, run, write_model, tmp_path):
    path, file = write_model(preparation=["unit", "pca"]), tmp_path / "new" / "model.onnx"
    assert run(path, "--onnx", file) == (0, "", "")
    exported = session(file.read_bytes())
    (images,), outputs = exported.get_inputs(), exported.get_outputs()
    assert (images.name, images.shape, images.type) == ("images", ["N", 4, 4], "tensor(float)")
    assert [(o.name, o.shape) for o in outputs] == [
        ("scores", ["N", 3]),
        ("probabilities", ["N", 3]),
    ]
    metadata = {k: json.loads(v) for k, v in exported.get_modelmeta().custom_metadata_map.items()}
    assert metadata["settings"] == load_model(path).config
    assert metadata["classes"] == ["cat", "dog", "Käfer"] and metadata["shape"] == [4, 4]


def test_the_same_model_gives_the_same_bytes(run, write_model, tmp_path):
    for package in ("onnx", "safetensors"):
        pytest.importorskip(package)
    path = write_model(network={"normalization": "batch", "residual": True})
    for name in ("a", "b"):
        files = ["--onnx", tmp_path / f"{name}.onnx", "--safetensors", tmp_path / f"{name}.st"]
        assert run(path, *files)[0] == 0
    for kind in ("onnx", "st"):
        one, two = ((tmp_path / f"{name}.{kind}").read_bytes() for name in ("a", "b"))
        assert one == two
    assert len(list(tmp_path.iterdir())) == 5  # nothing temporary is left


@pytest.mark.parametrize("precision", TOLERANCE)
def test_safetensors_has_all_arrays_and_settings(precision, run, write_model, tmp_path):
    safetensors = pytest.importorskip("safetensors")
    steps = ["unit", {"name": "pca", "components": 5}]
    path = write_model(network={"normalization": "batch"}, preparation=steps, precision=precision)
    file = tmp_path / "model.safetensors"
    assert run(path, "--safetensors", file) == (0, "", "")
    with safetensors.safe_open(file, "numpy") as opened:
        metadata = {name: json.loads(text) for name, text in opened.metadata().items()}
        arrays = {name: opened.get_tensor(name) for name in opened.keys()}  # noqa: SIM118
    model = load_model(path)
    expected = {name: value for name, value, _, _ in model.network.named_parameters()}
    expected |= prefixed("buffers/", model.network.buffers)
    for i, (_, operand) in enumerate(model.preparation.operations):
        expected[f"preparation/operand_{i}"] = operand
    assert set(arrays) == set(expected)
    for name, array in expected.items():
        assert arrays[name].dtype == array.dtype and arrays[name].shape == array.shape
        assert arrays[name].tobytes() == array.tobytes()
    assert metadata["settings"] == model.config and metadata["shape"] == [4, 4]
    assert metadata["classes"] == ["cat", "dog", "Käfer"]
    assert metadata["operations"] == [name for name, _ in model.preparation.operations]


def test_unfinished_models_are_refused(run, write_model, tmp_path):
    text, array, other = (tmp_path / name for name in ("text.txt", "a.npy", "other.npz"))
    text.write_text("not a model")
    np.save(array, np.zeros(3))
    np.savez(other, a=np.zeros(3))
    target = ["--onnx", tmp_path / "out.onnx"]
    assert "gone.npz: no such file" in one_line_error(run(tmp_path / "gone.npz", *target))
    for wrong in (text, array, other):
        assert f"{wrong.name}: not a model file" in one_line_error(run(wrong, *target))
    diverged = write_model(status="diverged", reason="the loss became nan")
    assert "diverged" in (message := one_line_error(run(diverged, *target)))
    assert "the loss became nan" in message
    assert "paused" in one_line_error(run(write_model(status="paused"), *target))
    assert not target[1].exists()


def test_models_without_a_network(run, tmp_path):
    model, _ = make_model(status="failed", reason="no memory")
    save_model(tmp_path / "model.npz", Model(None, model.preparation, model.config))
    result = run(tmp_path / "model.npz", "--onnx", tmp_path / "out.onnx")
    assert "failed cannot be exported: 'no memory'" in one_line_error(result)


@pytest.mark.parametrize(
    "option, package, module",
    [("--onnx", "onnx", "onnx"), ("--safetensors", "safetensors", "safetensors.numpy")],
)
def test_a_missing_package_is_named(option, package, module, run, write_model, monkeypatch):
    monkeypatch.setitem(sys.modules, module, None)
    path = write_model()
    message = one_line_error(run(path, option, path.with_name("out")))
    assert package in message and "requirements/export.txt" in message
    assert not path.with_name("out").exists()


def test_missing_or_repeated_output_files_are_refused(run, write_model):
    path = write_model()
    before = path.read_bytes()
    for arguments in ([], ["--onnx", path], ["--onnx", "x", "--safetensors", "x"]):
        code, _, err = run(path, *arguments)
        assert code == 2 and "with different files" in err
    assert path.read_bytes() == before


def test_unknown_layers_and_operations_are_refused():
    pytest.importorskip("onnx")

    class Swish(ACTIVATIONS["silu"]):
        """A relative of a class that is known."""

    model, _ = make_model({"hidden": [16], "residual": True})
    residual = model.network.layers[0]
    (index,) = [i for i, inner in enumerate(residual.body) if inner.name == "hidden1.activation"]
    residual.body[index] = Swish()
    residual.body[index].name = "hidden1.activation"
    with pytest.raises(UserError, match="hidden1.activation: .* a Swish"):
        export.as_onnx(model)

    model, _ = make_model()
    model.preparation.operations = [("power", np.array(2.0))]
    with pytest.raises(UserError, match="operation power"):
        export.as_onnx(model)


def test_nothing_is_written_unless_all_can_be(run, write_model, monkeypatch, tmp_path):
    pytest.importorskip("onnx")
    monkeypatch.setitem(sys.modules, "safetensors.numpy", None)
    path, graph = write_model(), tmp_path / "model.onnx"
    one_line_error(run(path, "--onnx", graph, "--safetensors", tmp_path / "model.safetensors"))
    assert not graph.exists()


def test_a_table_model_names_its_inputs_in_their_order():
    model = make_model()[0]
    assert "inputs" not in export.metadata(model)
    model.config["table"] = {"inputs": ["age", "colour=red"]}
    assert json.loads(export.metadata(model)["inputs"]) == ["age", "colour=red"]
