"""Judge our figure against a published one."""

ROUNDING = 1e-12  # 0.985 - 0.98 is a little more than 0.005 in float64
MARGIN = 0.01  # one point of an accuracy, a hundredth of any other figure

Ends = tuple[float, float]


def verdict(
    ours: float,
    interval: Ends | None,
    published: float,
    tolerance: float = 0.0,
    margin: float = MARGIN,
    expected: Ends | None = None,
) -> str:
    """Return 'reproduced', 'compatible', 'above' or 'below': ours, seen from the published figure.

    ``interval`` is that of our mean (None: ours alone). ``expected`` is the range of a published figure
    if both systems are alike (`prediction_interval`; for a mean of many runs ``interval``, the
    default). The published figure agrees if it lies in ``expected``, with both ends moved outwards by
    the tolerance (half a unit of the last published digit: 0.005 for "0.98"). It is reproduced if all
    of ``interval`` is within the margin of it as well (equivalence: D. J. Schuirmann, J.
    Pharmacokinetics and Biopharmaceutics 15 (1987) 657-680), else compatible: ours is known too
    roughly, or is slightly off. Above and below do not say which is better: a loss is better below.
    """
    low, high = interval or (ours, ours)
    least, most = expected or (low, high)
    slack = tolerance + ROUNDING
    if least - slack <= published <= most + slack:
        near = published - margin - slack <= low and high <= published + margin + slack
        return "reproduced" if near else "compatible"
    return "above" if ours > published else "below"
