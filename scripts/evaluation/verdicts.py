"""Ours beside the published figure."""

from math import isfinite

from .errors import EvaluationError

ROUNDING = 1e-12  # 0.985 - 0.98 is a little more than 0.005 in float64


MARGIN = 0.01  # of an accuracy, 1 point; of any other figure its hundredth part

Ends = tuple[float, float]


def verdict(
    ours: float,
    interval: Ends | None,
    published: float,
    tolerance: float = 0.0,
    margin: float = MARGIN,
    expected: Ends | None = None,
) -> str:
    """Return 'reproduced', 'compatible', 'above' or 'below': where ours lies, seen from the published one.

    ``interval`` is that of our mean, ``expected`` where a figure that was found as the published one
    lies if both systems are alike (`prediction_interval`; a mean of many runs has `interval` itself,
    the default). A published figure in ``expected``, its ends included and each moved outwards by the
    tolerance (half a unit of the last published digit: 0.005 for "0.98"), could have come out of ours.
    It is reproduced if all of ``interval`` is within the margin of it as well (equivalence: D. J.
    Schuirmann, J. Pharmacokinetics and Biopharmaceutics 15 (1987) 657-680); otherwise ours is known too
    roughly, or is a little off, and it is compatible. Above and below say where ours lies, not which
    is better: for a loss, below is the better one. The interval None stands for (ours, ours).
    """
    low, high = interval or (ours, ours)
    least, most = expected or (low, high)
    if not all(isfinite(value) for value in (ours, low, high, least, most, published)):
        raise EvaluationError(
            f"a verdict needs finite figures, not ours {ours}, intervals {interval} and {expected}, "
            f"published {published}"
        )
    inside = (
        low - ROUNDING <= ours <= high + ROUNDING and least - ROUNDING <= ours <= most + ROUNDING
    )
    if not inside or tolerance < 0:
        raise EvaluationError(
            f"a verdict needs ours within its intervals and a tolerance of 0 or more, "
            f"not {ours} in {interval} and {expected}, and {tolerance}"
        )
    slack = tolerance + ROUNDING
    if least - slack <= published <= most + slack:
        near = published - margin - slack <= low and high <= published + margin + slack
        return "reproduced" if near else "compatible"
    return "above" if ours > published else "below"
