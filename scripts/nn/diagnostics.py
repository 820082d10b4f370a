"""Layer statistics during training: activation scales, dead units, gradients, weight snapshots."""

import math
from collections.abc import Mapping

import numpy as np

from .layers import Residual
from .network import Network

ROWS = 500  # examples that are measured


class Diagnostics:
    """Statistics of the layers at every evaluation, as arrays (evaluations, layers) in `state()`.

    `activation` is the standard deviation of each hidden layer's output, and `dead` the share of its
    units with the same output for all examples (a ReLU at 0, a sigmoid at 1). `gradient` is the root
    mean square of each weight matrix's gradient in the last batch. For networks of two inputs, which
    can be drawn, `parameters` holds copies (copies, parameters) made at evaluations 1, 2, 4, 8, ...,
    at the iterations `copied`; none if the network has running statistics, which would be missing.
    """

    def __init__(self, network: Network):
        _, first, _, _ = next(network.named_parameters())
        self.copies = first.shape[0] == 2 and not network.buffers
        names = ("iteration", "activation", "dead", "gradient", "copied", "parameters")
        self.rows: dict[str, list] = {name: [] for name in names}

    def measure(self, network: Network, x: np.ndarray, iteration: int) -> None:
        """Measure a network on the prepared examples x (n, inputs)."""
        rows, scales, dead = self.rows, [], []
        for layer in network.layers:
            x = layer.forward(x, training=False)
            ends = isinstance(layer, Residual) or layer.name.endswith("activation")
            if layer.name.startswith("hidden") and ends:
                scales.append(float(x.std()))
                dead.append(float(np.mean(np.ptp(x, axis=0) == 0)))
        gradients = [g for _, _, g, kind in network.named_parameters() if kind == "weight"]
        rows["iteration"].append(iteration)
        rows["activation"].append(scales)
        rows["dead"].append(dead)
        rows["gradient"].append([math.sqrt(np.vdot(g, g) / g.size) for g in gradients])
        if self.copies and len(rows["iteration"]).bit_count() == 1:
            rows["copied"].append(iteration)
            rows["parameters"].append(network.parameters.copy())

    def state(self) -> dict[str, np.ndarray]:
        return {name: np.array(row) for name, row in self.rows.items()}

    def restore(self, state: Mapping[str, np.ndarray]) -> None:
        for name, row in self.rows.items():
            row[:] = state[name] if name == "parameters" else state[name].tolist()
