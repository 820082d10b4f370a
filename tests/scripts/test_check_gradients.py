"""The table that the gradient check prints: its errors are those of its numbers."""

import pytest

import check_gradients

NETWORK = {"hidden": [7], "activation": "tanh", "loss": "softmax_cross_entropy"}
SETTINGS = {"network": NETWORK, "l2": 0.1, "inputs": 4, "classes": 3}


def test_the_printed_error_follows_from_the_printed_numbers():
    lines = check_gradients.table(check_gradients.check(SETTINGS)).splitlines()[1:]
    assert len(lines) == 4
    for line in lines:
        analytic, numeric, difference, error = map(float, line.split()[1:5])
        assert analytic != numeric and 0 < difference < 1e-9
        assert difference == pytest.approx(abs(analytic - numeric), rel=0.06)  # two digits of it
        assert error == pytest.approx(difference / max(abs(analytic), abs(numeric)), rel=0.1)
        assert line.endswith("  ok")
