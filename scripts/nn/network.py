"""The network: a chain of layers whose parameters are one flat vector, its gradients another."""

import copy
from collections.abc import Iterable, Iterator, Mapping

import numpy as np

from components.errors import SettingsError
from components.groups import prefixed
from components.registry import lookup

from .activations import ACTIVATIONS
from .initializers import INITIALIZERS, INPUT_INITIALIZERS, Initializer
from .layers import Buffer, Dense, Dropout, Layer, Residual, Share, SharedBuffer, walk
from .losses import LOSSES
from .normalization import NORMALIZATIONS
from .settings import NETWORK_CHOICES, NETWORK_DEFAULTS, complete, make


class Network:
    """Layers in a chain.

    `parameters` and `gradients` are flat vectors, and layers hold views of them: an optimizer is a
    few vector operations, a checkpoint one array. The weights come first, in the slice `decayed`,
    followed by biases and norm parameters, which no penalty touches.
    """

    def __init__(self, layers: list[Layer], dtype=np.float32, parameters: np.ndarray | None = None):
        """Take over the layers, and the vector `parameters` if the layers already hold views of it."""
        self.layers, self.dtype = layers, np.dtype(dtype)
        for number, layer in enumerate(walk(layers)):
            layer.name = layer.name or f"layer{number}"
        self._named = [
            (f"{layer.name}.{key}", parameter)
            for layer in walk(layers)
            for key, parameter in layer.parameters.items()
        ]
        self._weights_first = sorted((p for _, p in self._named), key=lambda p: p.kind != "weight")
        self.decayed = slice(0, sum(p.value.size for _, p in self._named if p.kind == "weight"))
        size = sum(p.value.size for _, p in self._named)
        parameters = np.empty(size, dtype) if parameters is None else parameters
        self.move(parameters, np.zeros(parameters.shape, dtype))  # no memory until it is written
        self.buffers = {
            f"{layer.name}.{key}": buffer
            for layer in walk(layers)
            for key, buffer in layer.buffers.items()
        }
        check_buffers(layers)
        self._learning = self._layers_that_learn()

    def move(self, parameters: np.ndarray, gradients: np.ndarray) -> None:
        """Move into these vectors, or in a stack, matrices (networks, size); old gradients are lost."""
        self.parameters, self.gradients = parameters, gradients
        start = 0
        for parameter in self._weights_first:
            stop = start + parameter.value.size
            shape = parameters.shape[:-1] + parameter.value.shape
            value, gradient = parameters[..., start:stop], gradients[..., start:stop]
            parameter.move(value.reshape(shape), gradient.reshape(shape))
            start = stop

    def forward(self, x: np.ndarray, training: bool = False) -> np.ndarray:
        """Return the scores (n, outputs) of inputs (n, inputs) in the network's dtype: a reused buffer."""
        for layer in self.layers:
            x = layer.forward(x, training)
        return x

    def backward(self, dscores: np.ndarray) -> None:
        """Write the gradients, given dL/dscores (n, outputs), which may be overwritten."""
        for layer in self._learning:
            dscores = layer.backward(dscores)

    def named_parameters(self) -> Iterator[tuple[str, np.ndarray, np.ndarray, str]]:
        """Yield (name, value, gradient, kind) in the order of the layers; kind: weight, bias or norm."""
        for name, parameter in self._named:
            yield name, parameter.value, parameter.gradient, parameter.kind

    def first_weights(self) -> list[np.ndarray]:
        """Return the weights of the first layer that has any: one matrix, or two with a bottleneck."""
        named = [
            (name.partition(".")[0], parameter.value)
            for name, parameter in self._named
            if parameter.kind == "weight"
        ]
        return [value for layer, value in named if layer == named[0][0]]

    def operations(self) -> int:
        """Return the floating-point operations per example of a training step's matrix products.

        A dense layer has three products of two operations per weight: y = x W, dW = x.T dy and,
        except in the first layer that learns, dx = dy W.T.
        """
        return sum(
            2 * layer.weight.value.size * (2 + layer.input_gradient)
            for layer in walk(self.layers)
            if isinstance(layer, Dense)
        )

    def state(self) -> dict[str, np.ndarray]:
        """Return copies of the parameters and of the layers' buffers."""
        buffers = {name: buffer.copy() for name, buffer in self.buffers.items()}
        return {"parameters": self.parameters.copy(), **prefixed("buffers.", buffers)}

    def restore(self, state: Mapping[str, np.ndarray]) -> None:
        """Restore what `state()` returned."""
        self.parameters[...] = state["parameters"]
        for name, buffer in self.buffers.items():
            buffer[...] = state[f"buffers.{name}"]

    def replica(self, share: Share | None = None) -> "Network":
        """Return a network for another thread: the same parameters, its own gradients and buffers.

        With a share of a batch, its layers use that part of this network's buffers.
        """
        arrays = [a for _, p in self._named for a in (p.value, p.gradient)]
        layers = copy.deepcopy(self.layers, {id(array): array for array in arrays})
        if share is not None:
            for mine, layer in zip(walk(self.layers), walk(layers), strict=True):
                for name, buffer in vars(mine).items():
                    if isinstance(buffer, Buffer):
                        setattr(layer, name, SharedBuffer(buffer, share))
        return Network(layers, self.dtype, self.parameters)

    def _layers_that_learn(self) -> list[Layer]:
        """Return the layers of the backward pass, which ends at the first layer with parameters."""
        first = next(i for i, layer in enumerate(self.layers) if any(_parameters(layer)))
        layer = self.layers[first]
        layer.input_gradient = False
        while layer.body:
            layer = layer.body[0]
            layer.input_gradient = False
        return self.layers[first:][::-1]


def check_buffers(layers: Iterable[Layer]) -> None:
    """Raise a SettingsError if a layer would overwrite an output that another still needs."""
    keeper = None
    for layer in layers:
        if keeper is not None and layer.overwrites_input:
            raise SettingsError(
                f"network: {layer.name} works in place on the output that {keeper.name} needs for its "
                "backward pass; put a layer with a buffer of its own (Dense, Dropout) between them"
            )
        if not layer.passes_on:
            keeper = layer if layer.keeps_output else None
        check_buffers(layer.body)


def _parameters(layer: Layer) -> Iterator:
    return (p for inner in walk([layer]) for p in inner.parameters.values())


def _input_initializer(settings: Mapping, pictures: tuple | None) -> Initializer | None:
    """Return the initializer of the first layer if the settings name one."""
    if settings["input_initializer"] is None:
        return None
    if not settings["hidden"] or pictures is None:
        raise SettingsError(
            "network.input_initializer: needs a hidden layer, and inputs that are pictures"
        )
    constructor, arguments = lookup(
        INPUT_INITIALIZERS, settings["input_initializer"], "input_initializer"
    )
    return constructor(*pictures, **arguments)


def build_network(
    settings: Mapping,
    inputs: int,
    outputs: int,
    streams: Mapping[str, np.random.Generator],
    pictures: tuple | None = None,
) -> Network:
    """Build the network that `settings` describe; NETWORK_DEFAULTS fill in missing keys.

    `pictures` are the arguments of an `input_initializer` that describe the inputs, see
    `initializers.local`. Raises SettingsError for an unknown key or name, or an impossible value.
    """
    settings = complete(settings, NETWORK_DEFAULTS, NETWORK_CHOICES, "network")
    dtype, rng = np.dtype(settings["precision"]), streams["init"]
    bias_of = {
        "hidden": settings["bias_initializer"] if settings["bias"] != "none" else None,
        "output": settings["bias_initializer"] if settings["bias"] == "all" else None,
    }
    if settings["normalization"] != "none":
        bias_of["hidden"] = None  # the shift of the normalization replaces it
    hidden_initializer = make(INITIALIZERS, settings["initializer"], "initializer")
    output_initializer = hidden_initializer
    if settings["output_initializer"] is not None:
        output_initializer = make(INITIALIZERS, settings["output_initializer"], "initializer")
    input_initializer = _input_initializer(settings, pictures) or hidden_initializer

    def named(name: str, layer: Layer) -> Layer:
        layer.name = name
        return layer

    def hidden_layers(
        name: str, inputs: int, units: int, initializer: Initializer
    ) -> Iterator[Layer]:
        if settings["bottleneck"] is not None:  # W = U V through few linear units
            narrow = Dense(inputs, settings["bottleneck"], initializer, rng, None, dtype)
            yield named(f"{name}.bottleneck", narrow)
            inputs, initializer = settings["bottleneck"], hidden_initializer
        dense = Dense(inputs, units, initializer, rng, bias_of["hidden"], dtype)
        yield named(f"{name}.dense", dense)
        if settings["normalization"] != "none":
            yield named(f"{name}.norm", NORMALIZATIONS[settings["normalization"]](units, dtype))
        yield named(f"{name}.activation", make(ACTIVATIONS, settings["activation"], "activation"))
        if settings["dropout"]:
            yield named(f"{name}.dropout", Dropout(settings["dropout"], streams["dropout"]))

    layers: list[Layer] = []
    if settings["input_dropout"]:
        layers.append(
            named("input.dropout", Dropout(settings["input_dropout"], streams["dropout"]))
        )
    for number, units in enumerate(settings["hidden"], start=1):
        initializer = input_initializer if number == 1 else hidden_initializer
        body = list(hidden_layers(f"hidden{number}", inputs, units, initializer))
        if settings["residual"] and units == inputs:
            body = [named(f"hidden{number}", Residual(body))]
        layers += body
        inputs = units
    output = Dense(inputs, outputs, output_initializer, rng, bias_of["output"], dtype)
    layers.append(named("output.dense", output))
    activation = make(ACTIVATIONS, settings["output_activation"], "output_activation")
    layers.append(named("output.activation", activation))
    return Network(layers, dtype)


def build_loss(component: str | Mapping):
    """Build the loss of this name and these arguments."""
    return make(LOSSES, component, "loss")
