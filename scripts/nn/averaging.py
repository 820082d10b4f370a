"""The average of a network's parameters over the steps of a training."""

import numpy as np

from .blocks import blocks, scratch_of
from .workers import ALONE, Workers


class MovingAverage:
    """a += (1 - d) (p - a): exponential moving average of the parameters (Polyak, Juditsky 1992).

    It starts at the initial parameters. So that they are soon forgotten, d is at most
    (1 + t) / (10 + t) after t steps (as in TensorFlow's ExponentialMovingAverage).
    """

    def __init__(self, parameters: np.ndarray, decay: float, workers: Workers = ALONE):
        self.decay, self.steps, self.value = decay, 0, parameters.copy()
        self.workers, self._scratch = workers, scratch_of(workers, parameters)
        self._blocks = [(parameters[s], self.value[s]) for s in blocks(0, parameters.size)]

    def state(self) -> dict[str, np.ndarray]:
        """Copies of everything that the next update depends on."""
        return {"value": self.value.copy(), "steps": np.array(self.steps)}

    def restore(self, state: dict[str, np.ndarray]) -> None:
        """Go on as the average whose `state()` this is."""
        self.value[...] = state["value"]
        self.steps = int(state["steps"])

    def update(self) -> None:
        self.steps += 1
        decay = min(self.decay, (1 + self.steps) / (10 + self.steps))

        def update(number: int, worker: int) -> None:
            parameters, average = self._blocks[number]
            scratch = self._scratch[worker][: len(parameters)]
            np.subtract(parameters, average, out=scratch)
            scratch *= 1 - decay
            average += scratch

        self.workers.run(update, len(self._blocks))
