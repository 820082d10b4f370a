"""The average of a network over the steps of a training."""

import numpy as np

from components.groups import group, prefixed

from .blocks import blocks
from .workers import ALONE, Workers


class MovingAverage:
    """a += (1 - d) (p - a): exponential moving average of the parameters (Polyak, Juditsky 1992).

    It starts from the initial parameters. To forget them quickly, d is at most (1 + t) / (10 + t)
    after t steps (as in TensorFlow's ExponentialMovingAverage). The running statistics of batch
    normalization are averaged in the same way, because they have to match the parameters.
    """

    def __init__(self, network, decay: float, workers: Workers = ALONE):
        self.network, self.decay, self.steps = network, decay, 0
        self.value = network.parameters.copy()
        self.tracked = network.buffers
        self.buffers = {name: buffer.copy() for name, buffer in network.buffers.items()}
        self.workers = workers
        self._blocks = list(blocks(0, self.value.size))

    def state(self) -> dict[str, np.ndarray]:
        """Return copies of everything that the next update depends on."""
        buffers = {name: buffer.copy() for name, buffer in self.buffers.items()}
        state = {"value": self.value.copy(), "steps": np.array(self.steps)}
        return state | prefixed("buffers.", buffers)

    def restore(self, state: dict[str, np.ndarray]) -> None:
        """Continue from what `state()` returned."""
        self.value[...] = state["value"]
        self.steps = int(state["steps"])
        for name, buffer in group(state, "buffers.").items():
            self.buffers[name][...] = buffer

    def update(self) -> None:
        """Move the average towards the network's current parameters and statistics."""
        self.steps += 1
        decay = min(self.decay, (1 + self.steps) / (10 + self.steps))

        def update(number: int, worker: int) -> None:
            average = self.value[self._blocks[number]]
            difference = self.network.parameters[self._blocks[number]] - average
            difference *= 1 - decay
            average += difference

        self.workers.run(update, len(self._blocks))
        for name, average in self.buffers.items():
            average += (1 - decay) * (self.tracked[name] - average)

    def put_into(self, network) -> None:
        """Overwrite the network's parameters and statistics with the average."""
        network.parameters[...] = self.value
        for name, average in self.buffers.items():
            network.buffers[name][...] = average
