"""Compare analytic gradients with central differences, (L(p + h) - L(p - h)) / 2h."""

import math
from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from components.errors import SettingsError

from .layers import walk
from .network import Network
from .objective import penalize

STEPS = (1e-5, 1e-6)
TOLERANCE = 1e-5
ELEMENTS = 5000  # networks with more parameters are checked along random directions


class Row(NamedTuple):
    """The check of one parameter array: its worst element, or its derivative along a direction."""

    name: str
    analytic: float
    numeric: float
    error: float  # the relative difference of the two
    excess: float  # the part of the error that rounding does not explain
    ok: bool


def check_gradients(
    network: Network,
    loss,
    x: np.ndarray,
    targets: np.ndarray,
    l2: float = 0.0,
    tolerance: float = TOLERANCE,
    elements: int = ELEMENTS,
    seed: int = 0,
) -> list[Row]:
    """Check the gradient of the mean loss (+ 1/2 l2 |W|^2) of one float64 batch, in training mode.

    In a network of up to `elements` parameters every number is checked. In a larger one each layer's
    weight, bias, scale or shift is checked by its derivative along a random direction v: g.v against
    (L(p + hv) - L(p - hv)) / 2h. That takes two forward passes, whatever the size (`check_grads` of
    HIPS/autograd does so for a whole function).

    Dropout masks are frozen: the generators that draw them are rewound before every forward pass.
    If a step crosses the kink of a ReLU or a hinge, the central difference is wrong, not the
    gradient. So a ten times smaller step is tried too, and one-sided differences for a unit exactly
    on its kink. The quotient nearest to the gradient counts; a wrong gradient is near none of them.

    Restores the network. Raises SettingsError for a network that is not float64.
    """
    if network.dtype != np.float64:
        raise SettingsError(
            f"gradient check: the network is {network.dtype}, too coarse for differences; "
            "build it with precision: float64"
        )
    rng = np.random.default_rng(seed)
    generators = [layer.rng for layer in walk(network.layers) if hasattr(layer, "rng")]
    frozen = [generator.bit_generator.state for generator in generators]
    buffers = {name: buffer.copy() for name, buffer in network.buffers.items()}

    def objective() -> float:
        for generator, state in zip(generators, frozen, strict=True):
            generator.bit_generator.state = state
        losses = loss(network.forward(x, training=True), targets)
        weights = network.parameters[network.decayed]
        return math.fsum(losses) / len(x) + 0.5 * l2 * float(weights @ weights)

    value = objective()
    network.backward(loss.gradient(1 / len(x)))
    penalize(network, l2)
    floor = 1e-9 * max(1.0, abs(value))  # the rounding error of a quotient

    def compare(parameter, direction, analytic, typical, steps=STEPS):
        def quotients(step):
            before = parameter.copy()
            parameter[...] = before + step * direction
            above = objective()
            parameter[...] = before - step * direction
            below = objective()
            parameter[...] = before
            return (above - below) / (2 * step), (above - value) / step, (value - below) / step

        found = [quotient for step in steps for quotient in quotients(step)]
        numeric = min(found, key=lambda quotient: abs(quotient - analytic))
        difference = abs(numeric - analytic)
        size = max(abs(analytic), abs(numeric), typical, 1e-300)
        return analytic, numeric, difference / size, max(0.0, difference - floor) / size

    rows = []
    for name, parameter, gradient, _ in network.named_parameters():
        gradient = gradient.copy()
        if network.parameters.size <= elements:
            worst = _worst_element(parameter, gradient, compare)
        else:
            direction = rng.standard_normal(parameter.shape)
            direction /= np.linalg.norm(direction)
            analytic = float(np.vdot(gradient, direction))
            typical = np.linalg.norm(gradient) / math.sqrt(parameter.size)
            worst = compare(parameter, direction, analytic, typical)
        rows.append(Row(name, *worst, worst[3] <= tolerance))

    for generator, state in zip(generators, frozen, strict=True):
        generator.bit_generator.state = state
    for name, buffer in buffers.items():
        network.buffers[name][...] = buffer
    return rows


def _worst_element(parameter: np.ndarray, gradient: np.ndarray, compare: Callable) -> tuple:
    """Compare each number of a parameter; return what `compare` found for the worst."""
    worst = None
    for index in np.ndindex(parameter.shape):
        element, analytic = parameter[(*index, ...)], gradient[index].item()  # a view, no copy
        check = compare(element, 1.0, analytic, 0.0, STEPS[:1])
        # The smaller step can only bring the two nearer, which matters for the worst alone.
        if worst is None or check[3] or _badness(check) > _badness(worst):
            check = compare(element, 1.0, analytic, 0.0)
            worst = max(worst or check, check, key=_badness)
    return worst


def _badness(check: tuple) -> tuple[float, float]:
    """Return the key by which checks are compared: the excess, then the difference."""
    analytic, numeric, _, excess = check
    return excess, abs(numeric - analytic)
