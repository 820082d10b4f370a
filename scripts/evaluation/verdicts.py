"""Ours beside the published figure."""

from math import isfinite

from .errors import EvaluationError

ROUNDING = 1e-12  # 0.985 - 0.98 is a little more than 0.005 in float64


MARGIN = 0.01  # of an accuracy, 1 point; of any other figure its hundredth part


def verdict(
    ours: float,
    interval: tuple[float, float] | None,
    published: float,
    tolerance: float = 0.0,
    margin: float = MARGIN,
) -> str:
    """'reproduced', 'compatible', 'above' or 'below': where ours lies, seen from the published figure.

    Where the published figure lies in our interval, its ends included and each moved outwards by the
    tolerance (half a unit of the last published digit: 0.005 for "0.98"), it is reproduced if the
    whole interval is within the margin of it as well (equivalence: D. J. Schuirmann, J.
    Pharmacokinetics and Biopharmaceutics 15 (1987) 657-680); a wider interval would have agreed with
    much else, too: compatible. Otherwise above or below, which says where ours lies, not which is
    better: for a loss, below is the better one. The interval None stands for (ours, ours).
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
        near = published - margin - slack <= low and high <= published + margin + slack
        return "reproduced" if near else "compatible"
    return "above" if ours > published else "below"
