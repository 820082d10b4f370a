"""Learning-rate schedules, as pure functions of the progress of a training.

Each entry of SCHEDULES makes a function (position, total, per_epoch) -> factor. The position counts
epochs since the end of the warm-up (2.5 in the middle of the third), total those from there to the
end. With per_epoch the factor changes only between epochs.
"""

import math
from collections.abc import Callable, Mapping, Sequence

from components.arguments import Count, NotNegative, Positive
from components.errors import SettingsError
from components.registry import lookup

Shape = Callable[[float, float, bool], float]


def constant() -> Shape:
    """Keep the same rate from start to end."""
    return lambda position, total, per_epoch: 1.0


def exponential(
    decay: Positive = 0.95, every: Count = 1, after_first_iteration: bool = False
) -> Shape:
    """Multiply the rate by decay^(epochs / every).

    `after_first_iteration` counts epochs like CS231n's assignment: decay^ceil(epochs / every).

    Args:
        decay: the factor per period
        every: the length of a period in epochs
        after_first_iteration: decay first after iteration 0, then one period apart
    """

    def factor(position, total, per_epoch):
        periods = position / every
        if after_first_iteration:
            return decay ** math.ceil(periods)
        return decay ** (math.floor(periods) if per_epoch else periods)

    return factor


def step(milestones: Sequence[float], factor: Positive = 0.1) -> Shape:
    """Multiply the rate by `factor` once more at each milestone.

    Args:
        milestones: epochs after the warm-up
        factor: the factor of each milestone
    """

    def product(position, total, per_epoch):
        done = math.floor(position) if per_epoch else position
        return factor ** sum(milestone <= done for milestone in milestones)

    return product


def cosine(final: NotNegative = 0.0) -> Shape:
    """Lower the rate along half a cosine to its share `final`, without restarts.

    Source: Loshchilov and Hutter, "SGDR: Stochastic Gradient Descent with Warm Restarts", 2017.

    Args:
        final: the share of the rate that is left at the end
    """

    def factor(position, total, per_epoch):
        done = (math.floor(position) if per_epoch else position) / total
        return final + (1 - final) * 0.5 * (1 + math.cos(math.pi * done))

    return factor


SCHEDULES = {"constant": constant, "exponential": exponential, "step": step, "cosine": cosine}


class Schedule:
    """The learning rate of each iteration: a linear warm-up (Goyal et al. 2017), then a shape.

    The warm-up, `warmup` epochs long, rises with every iteration and ends at the full rate.
    `iterations` is the length of the whole training.
    """

    def __init__(
        self,
        rate: float,
        schedule: str | Mapping,
        warmup: float,
        per_epoch: bool,
        iterations_per_epoch: int,
        iterations: int,
    ):
        shape, arguments = lookup(SCHEDULES, schedule, "schedule")
        self.rate, self.shape, self.per_epoch = rate, shape(**arguments), per_epoch
        self.iterations_per_epoch = iterations_per_epoch
        self.warmup = round(warmup * iterations_per_epoch)
        if not 0 <= self.warmup < max(iterations, 1):
            raise SettingsError(
                f"warmup: found {warmup} epochs, expected 0 <= warmup < the "
                f"{iterations / iterations_per_epoch:g} epochs of the training"
            )
        self.total = (iterations - self.warmup) / iterations_per_epoch

    def __call__(self, iteration: int) -> float:
        """Return the learning rate of iteration 0, 1, ..."""
        after = iteration - self.warmup
        if after < 0:
            return self.rate * (iteration + 1) / self.warmup
        position = after / self.iterations_per_epoch
        return self.rate * self.shape(position, self.total, self.per_epoch)
