"""Ours beside the published figure."""

from math import isfinite

from .errors import EvaluationError

ROUNDING = 1e-12  # 0.985 - 0.98 is a little more than 0.005 in float64


def verdict(
    ours: float, interval: tuple[float, float] | None, published: float, tolerance: float = 0.0
) -> str:
    """'reproduced', 'above' or 'below', where ours lies as seen from the published figure.

    reproduced: the published figure lies in our interval, its ends included and each moved
    outwards by the tolerance (half a unit of the last published digit: 0.005 for "0.98"). The
    interval is that of the mean over seeds (mean_interval); with a single run the Wilson
    interval of its accuracy; None stands for (ours, ours). Otherwise above or below, which says
    where ours lies, not which is better: for a loss, below is the better one.
    """
    low, high = interval or (ours, ours)
    if not all(isfinite(value) for value in (ours, low, high, published)):
        raise EvaluationError(
            f"a verdict needs finite figures, not ours {ours}, interval {interval}, "
            f"published {published}"
        )
    if not low - ROUNDING <= ours <= high + ROUNDING or tolerance < 0:
        raise EvaluationError(
            f"a verdict needs ours within its interval and a tolerance of 0 or more, "
            f"not {ours} in {interval} and {tolerance}"
        )
    slack = tolerance + ROUNDING
    if low - slack <= published <= high + slack:
        return "reproduced"
    return "above" if ours > published else "below"
