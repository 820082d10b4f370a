"""Export a trained network for other programs: export.py MODEL --onnx FILE --safetensors FILE.

Needs model.npz and the packages in requirements/export.txt; the same model gives the same bytes.

--onnx writes a graph of standard operators, with the input preparation. Its input `images` is float32
(N, *shape of an example), raw values (8-bit pixels: 0 to 255). Its outputs are `scores` (N, classes)
and, for networks trained with softmax_cross_entropy, `probabilities`; float64 networks compute in
float64. A model trained on float64 values, such as a table, takes float64 `images` in the order of
`inputs` in info.json, scales them in float64, and fills missing values (NaN).

--safetensors writes the arrays by name: parameters (hidden1.dense.weight), running statistics
(buffers/hidden1.norm.mean), operands of the input preparation (preparation/operand_0).

The metadata of both are JSON texts: `settings` (the config in model.npz), `classes`, `shape`, and
`operations`, the steps of the preparation in their order. For a table, `inputs` names the inputs in
their order (`age`, `colour=red`).
"""

import importlib
import json
from dataclasses import dataclass
from functools import partialmethod
from pathlib import Path

import numpy as np

import cli
from components.errors import UserError
from components.groups import prefixed
from configuration.checked_models import finished_model
from files import artifacts
from files.models import Model
from nn.activations import Elu, Gelu, Identity, LeakyRelu, Relu, Sigmoid, Silu, Softplus, Tanh
from nn.layers import Dense, Dropout, Layer, Residual
from nn.normalization import EPSILON, BatchNorm, LayerNorm

# The oldest operators that suffice, in the file format of their time (2020): more runtimes read them.
OPSET, IR_VERSION = 13, 7


def required(package: str):
    """Import a package that only exports need; raise a UserError if it is missing."""
    try:
        return importlib.import_module(package)
    except ImportError as error:
        raise UserError(f"{error}; do: pip install -r requirements/export.txt") from None


def metadata(model: Model) -> dict[str, str]:
    """Return the metadata of a model, JSON texts by name."""
    texts = {"settings": model.config, **{key: model.config[key] for key in ("classes", "shape")}}
    if "table" in model.config:
        texts["inputs"] = model.config["table"]["inputs"]
    texts["operations"] = [name for name, _ in model.preparation.operations]
    return {name: json.dumps(value, sort_keys=True) for name, value in texts.items()}


class Graph:
    """Nodes and constants of an ONNX graph under construction; new constants have its dtype."""

    def __init__(self, dtype: np.dtype):
        self.onnx, self.dtype, self.nodes, self.tensors = required("onnx"), dtype, [], []

    @property
    def type(self) -> int:
        return self.onnx.helper.np_dtype_to_tensor_dtype(self.dtype)

    def constant(self, value: float | np.ndarray, name: str | None = None) -> "Value":
        """Add a constant."""
        name = name or f"constant_{len(self.tensors)}"
        self.tensors.append(self.onnx.numpy_helper.from_array(np.asarray(value, self.dtype), name))
        return Value(self, name)


@dataclass
class Value:
    """A named value in a graph: z("Min", 0) and z + 1 add a node and return its output, a Value."""

    graph: Graph
    name: str

    def __call__(self, operator: str, *others, output: str | None = None, **attributes) -> "Value":
        graph = self.graph
        used = [v.name if isinstance(v, Value) else graph.constant(v).name for v in (self, *others)]
        output = output or f"{operator}_{len(graph.nodes)}"
        graph.nodes.append(graph.onnx.helper.make_node(operator, used, [output], **attributes))
        return Value(graph, output)

    def rounded(self, dtype: np.dtype) -> "Value":
        """Cast to the network's dtype, which later nodes compute in."""
        if self.graph.dtype == dtype:
            return self
        self.graph.dtype = dtype
        return self("Cast", to=self.graph.type)

    __add__, __sub__ = partialmethod(__call__, "Add"), partialmethod(__call__, "Sub")
    __mul__, __truediv__ = partialmethod(__call__, "Mul"), partialmethod(__call__, "Div")


def normalized(layer: BatchNorm | LayerNorm, x: Value, own: dict[str, Value]) -> Value:
    """Normalize with the running statistics, or with those of each row if there are none."""
    centred = x - (own.get("mean") or x("ReduceMean", axes=[1], keepdims=1))
    variance = own.get("variance") or (centred * centred)("ReduceMean", axes=[1], keepdims=1)
    return centred / (variance + EPSILON)("Sqrt") * own["scale"] + own["shift"]


# The output of a layer; `own` holds its parameters and running statistics in the graph. ONNX's own
# LeakyRelu, Elu, Softplus and normalizations are not used: their slope or epsilon is a float32
# attribute, and onnxruntime supports the first three only for float32.
LAYERS = {
    Dense: lambda layer, x, own: x("Gemm", *own.values()),
    Dropout: lambda layer, x, own: x,  # only active in training
    Residual: lambda layer, x, own: x + chain(layer.body, x),
    BatchNorm: normalized,
    LayerNorm: normalized,
    Identity: lambda layer, z, own: z,
    Relu: lambda layer, z, own: z("Relu"),
    LeakyRelu: lambda layer, z, own: z("Relu") + z("Min", 0) * layer.slope,
    Elu: lambda layer, z, own: z("Relu") + (z("Min", 0)("Exp") - 1) * layer.alpha,
    # z (1 + tanh(u)) / 2 = z sigmoid(2 u)
    Gelu: lambda g, z, own: z * (z * (z * z * (2 * g.scale * g.cubic) + 2 * g.scale))("Sigmoid"),
    Silu: lambda layer, z, own: z * z("Sigmoid"),
    Sigmoid: lambda layer, z, own: z("Sigmoid"),
    Tanh: lambda layer, z, own: z("Tanh"),
    Softplus: lambda layer, z, own: z("Relu") + (z("Abs")("Neg")("Exp") + 1)("Log"),
}
OPERATIONS = {
    "fill": lambda x, values: x("IsNaN")("Where", values, x),
    "subtract": lambda x, values: x - values,
    "multiply": lambda x, values: x * values,
    "add": lambda x, values: x + values,
    "greater": lambda x, values: x("Greater", values)("Cast", to=x.graph.type),  # true, false: 1, 0
    "matmul": lambda x, values: x("MatMul", values),
}


def chain(layers: list[Layer], x: Value) -> Value:
    """Return the output of layers for x; raise a UserError for a class that is not in LAYERS."""
    for layer in layers:
        if type(layer) not in LAYERS:  # a subclass may compute something else
            raise UserError(f"{layer.name}: export.py cannot write a {type(layer).__name__} yet")
        arrays = {key: p.value for key, p in layer.parameters.items()} | layer.buffers
        own = {key: x.graph.constant(a, f"{layer.name}.{key}") for key, a in arrays.items()}
        x = LAYERS[type(layer)](layer, x, own)
    return x


def as_onnx(model: Model) -> bytes:
    """Return an ONNX file; raise a UserError for a layer or operation that cannot be written."""
    dtype, config = model.network.dtype, model.config
    raw = np.dtype(np.float64 if config.get("dtype") == "float64" else np.float32)
    graph = Graph(max(raw, dtype, key=lambda dtype: dtype.itemsize))
    x = Value(graph, "images")("Cast", to=graph.type)("Flatten", axis=1)
    for name, operand in model.preparation.operations:
        if name not in OPERATIONS:
            raise UserError(f"preparation: export.py cannot write the operation {name} yet")
        if name == "matmul":
            x = x.rounded(dtype)
        x = OPERATIONS[name](x, operand)
    x = x.rounded(dtype)
    outputs = [chain(model.network.layers, x)("Identity", output="scores")]
    if model.gives_probabilities:
        outputs.append(outputs[0]("Softmax", output="probabilities", axis=1))
    onnx, value = graph.onnx, graph.onnx.helper.make_tensor_value_info
    raw_type = onnx.helper.np_dtype_to_tensor_dtype(raw)
    inputs = [value("images", raw_type, ["N", *config["shape"]])]
    outputs = [value(v.name, graph.type, ["N", len(config["classes"])]) for v in outputs]
    content = onnx.helper.make_graph(graph.nodes, "network", inputs, outputs, graph.tensors)
    opset = onnx.helper.make_opsetid("", OPSET)
    whole = onnx.helper.make_model(content, opset_imports=[opset], ir_version=IR_VERSION)
    onnx.helper.set_model_props(whole, metadata(model))
    onnx.checker.check_model(whole, full_check=True)
    return whole.SerializeToString(deterministic=True)


def as_safetensors(model: Model) -> bytes:
    """Return a safetensors file; its arrays keep the dtypes of model.npz."""
    operands = {f"operand_{i}": o for i, (_, o) in enumerate(model.preparation.operations)}
    arrays = {name: value for name, value, _, _ in model.network.named_parameters()}
    arrays |= prefixed("buffers/", model.network.buffers)
    arrays |= prefixed("preparation/", operands)
    content = required("safetensors.numpy").save(arrays)
    # The header is rewritten because the package orders the metadata differently in each run.
    start = 8 + int.from_bytes(content[:8], "little")
    header = json.dumps({"__metadata__": metadata(model), **json.loads(content[8:start])}).encode()
    header += b" " * (-len(header) % 8)
    return len(header).to_bytes(8, "little") + header + content[start:]


def main() -> None:
    parser = cli.parser(__doc__)
    parser.add_argument("model", type=Path, metavar="MODEL", help="a model.npz")
    parser.add_argument("--onnx", type=Path, metavar="FILE", help="write a graph that computes")
    parser.add_argument("--safetensors", type=Path, metavar="FILE", help="write the arrays by name")
    options = parser.parse_args()
    if len({options.model, options.onnx, options.safetensors}) < 3:  # no file, or one twice
        parser.error("expected --onnx, --safetensors, or both, with different files")
    model = finished_model(options.model, "be exported")
    contents = {}  # all are made before one is written
    if options.onnx:
        contents[options.onnx] = as_onnx(model)
    if options.safetensors:
        contents[options.safetensors] = as_safetensors(model)
    for path, content in contents.items():
        with artifacts.atomic(path) as temporary:
            temporary.write_bytes(content)


if __name__ == "__main__":
    cli.run(main)
