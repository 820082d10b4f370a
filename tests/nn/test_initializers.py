import numpy as np
import pytest

from nn import INITIALIZERS

FAN_IN, FAN_OUT = 300, 200
EXPECTED_STD = {
    "he_normal": np.sqrt(2 / FAN_IN),
    "he_uniform": np.sqrt(2 / FAN_IN),
    "glorot_normal": np.sqrt(2 / (FAN_IN + FAN_OUT)),
    "glorot_uniform": np.sqrt(2 / (FAN_IN + FAN_OUT)),
    "lecun_normal": np.sqrt(1 / FAN_IN),
    "normal": 0.01,
    "uniform": 0.5 / np.sqrt(12),
    "zeros": 0,
}
ARGUMENTS = {"uniform": {"low": 0.5, "high": 1.0}}


@pytest.mark.parametrize("name", INITIALIZERS)
def test_shape_and_standard_deviation(name):
    initializer = INITIALIZERS[name](**ARGUMENTS.get(name, {}))
    weights = initializer(np.random.default_rng(0), FAN_IN, FAN_OUT)
    assert weights.shape == (FAN_IN, FAN_OUT) and weights.dtype == np.float64
    assert weights.std() == pytest.approx(EXPECTED_STD[name], rel=0.02)
    mean = 0.75 if name == "uniform" else 0
    assert weights.mean() == pytest.approx(mean, abs=0.003)


def test_uniform_keeps_its_bounds():
    weights = INITIALIZERS["uniform"](-1, 3)(np.random.default_rng(0), 50, 50)
    assert weights.min() >= -1 and weights.max() < 3
