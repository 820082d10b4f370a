import numpy as np
import pytest

from evaluation import mean_interval, prediction_interval, verdict, wilson_interval


@pytest.mark.parametrize(
    ("published", "expected"),
    [
        (0.95, "above"),
        (0.96, "reproduced"),
        (0.97, "reproduced"),
        (0.98, "reproduced"),
        (1, "below"),
    ],
)
def test_the_published_figure_against_our_interval(published, expected):
    assert verdict(0.97, (0.96, 0.98), published, margin=0.02) == expected


def test_a_rounded_figure_has_half_a_unit_of_tolerance():
    assert verdict(0.986, (0.985, 0.987), 0.98) == "above"
    assert verdict(0.986, (0.985, 0.987), 0.98, tolerance=0.005) == "reproduced"
    assert verdict(0.987, (0.986, 0.988), 0.98, tolerance=0.005) == "above"


def test_without_an_interval_only_the_tolerance_counts():
    assert verdict(0.9747, None, 0.9747) == "reproduced"
    assert verdict(0.9748, None, 0.9747) == "above"
    assert verdict(0.9746, None, 0.9747, tolerance=0.0001) == "reproduced"


def test_a_wide_interval_is_compatible_not_reproduced():
    assert verdict(0.876, (0.833, 0.919), 0.88) == "compatible"
    assert verdict(0.876, (0.871, 0.881), 0.88) == "reproduced"
    assert verdict(0.876, (0.866, 0.886), 0.88) == "compatible"  # 0.866 is more than 0.01 away
    assert verdict(0.876, (0.866, 0.886), 0.88, margin=0.02) == "reproduced"
    assert verdict(210_000, (206_000, 214_000), 210_000, margin=2_100) == "compatible"


def test_a_single_run_against_its_wilson_interval():
    assert verdict(0.9460, wilson_interval(9460, 10000), 0.945) == "reproduced"
    assert verdict(0.9460, wilson_interval(9460, 10000), 0.94) == "above"


def test_the_published_mean_of_three_seeds():
    scores = [0.973, 0.975, 0.974]
    assert verdict(0.974, mean_interval(scores), 0.9747) == "reproduced"


def test_the_published_run_and_our_mean_are_judged_separately():
    # in `expected` and the mean near; in it and the mean too far, or too uncertain; outside of it
    assert verdict(0.97, (0.968, 0.972), 0.974, expected=(0.96, 0.98)) == "reproduced"
    assert verdict(0.97, (0.968, 0.972), 0.98, expected=(0.96, 0.98)) == "compatible"
    assert verdict(0.97, (0.96, 0.98), 0.968, expected=(0.95, 0.99)) == "compatible"
    assert verdict(0.97, (0.968, 0.972), 0.981, expected=(0.96, 0.98)) == "below"
    assert verdict(0.97, (0.968, 0.972), 0.985, 0.005, expected=(0.96, 0.98)) == "compatible"


@pytest.mark.parametrize(("seeds", "before"), [(3, 0.164), (10, 0.512)])
def test_a_perfect_reproduction_is_seldom_called_above_or_below(seeds, before):
    """By the interval of our mean P(|T| > t / sqrt(n + 1)), n - 1 degrees; by that of a single run 5 %."""
    rng = np.random.default_rng(0)
    wrong = {"mean": 0, "single": 0}
    for *values, published in rng.normal(0.9, 0.01, (3000, seeds + 1)):
        for name, expected in (("mean", None), ("single", prediction_interval(values))):
            found = verdict(np.mean(values), mean_interval(values), published, expected=expected)
            wrong[name] += found in ("above", "below")
    assert wrong["mean"] / 3000 == pytest.approx(before, abs=0.028)  # 3 standard errors
    assert wrong["single"] / 3000 == pytest.approx(0.05, abs=0.012)
