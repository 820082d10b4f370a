"""What becomes of the layers during training: their scales, units that died, the weights now and then."""

import math
from collections.abc import Mapping

import numpy as np

from .layers import Residual
from .network import Network

ROWS = 500  # examples that are looked at


class Record:
    """Measured at every evaluation, as arrays (evaluations, layers) in `state()`.

    Of each hidden layer `activation`, the standard deviation of what it gives, and `dead`, the share
    of its units that give the same for all examples (a ReLU that is 0, a sigmoid that is 1); of each
    weight matrix `gradient`, the root mean square of its gradient in the last batch. Of a network of two
    inputs `parameters` has copies (copies, parameters) at the evaluations 1, 2, 4, 8, ..., made at the
    iterations `copied`: what it sees can be drawn. None with running statistics, which belong to them.
    """

    def __init__(self, network: Network):
        _, first, _, _ = next(network.named_parameters())
        self.copies = first.shape[0] == 2 and not network.buffers
        self.rows: dict[str, list] = {
            "iteration": [], "activation": [], "dead": [], "gradient": [], "copied": [],
            "parameters": [],
        }  # fmt: skip

    def take(self, network: Network, x: np.ndarray, iteration: int) -> None:
        """Look at a network as it is, by the prepared examples x (n, inputs)."""
        rows, scales, dead = self.rows, [], []
        hidden = [layer for layer in network.layers if layer.name.startswith("hidden")]
        for layer in network.layers:
            x = layer.forward(x, training=False)
            if layer in hidden and (
                isinstance(layer, Residual) or layer.name.endswith("activation")
            ):
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
