import numpy as np
import pytest

from evaluation import calibration


def test_by_hand():
    # bins (0.6, 0.8] and (0.8, 1]: two images said 0.7, one right; three said 0.9 and 1, all right
    found = calibration([0.7, 0.7, 0.9, 0.9, 1.0], [True, False, True, True, True], bins=5)
    assert found.counts.tolist() == [0, 0, 0, 2, 3]
    assert found.confidence[3:] == pytest.approx([0.7, 2.8 / 3])
    assert found.accuracy[3:].tolist() == [0.5, 1.0] and np.isnan(found.accuracy[:3]).all()
    assert found.error == pytest.approx((2 * 0.2 + 3 * (1 - 2.8 / 3)) / 5)


def test_a_perfectly_calibrated_network_has_no_error():
    rng = np.random.default_rng(0)
    confidence = rng.uniform(0.1, 1, 200_000)
    assert calibration(confidence, rng.random(200_000) < confidence).error < 0.005
    assert calibration(np.ones(10), np.zeros(10, bool)).error == 1


def test_edges_belong_to_the_bin_below():
    assert calibration([0.1, 0.2, 1.0, 0.0], [True] * 4).counts[[0, 1, 9]].tolist() == [2, 1, 1]
