import numpy as np
import pytest

from components import SettingsError, streams
from nn import INITIALIZERS, INPUT_INITIALIZERS, build_network

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


def filters(shape, axes=None, inputs=None, units=400, **settings):
    rng = np.random.default_rng(0)
    return INPUT_INITIALIZERS["local"](shape, axes, **settings)(
        rng, inputs or np.prod(shape), units
    )


@pytest.mark.parametrize("channels", [(), (3,)])
def test_local_filters_see_a_window_and_have_the_norm_of_he(channels):
    weights = filters((20, 30, *channels), sigma=2)
    np.testing.assert_allclose((weights**2).sum(axis=0), 2)
    power = (weights**2).reshape(20, 30, -1, 400).sum(axis=2) / 2
    y, x = np.arange(20)[:, None, None], np.arange(30)[:, None]
    down, right = (power * y).sum(axis=(0, 1)), (power * x).sum(axis=(0, 1))
    spread = (power * ((y - down) ** 2 + (x - right) ** 2)).sum(axis=(0, 1))
    inside = (np.abs(down - 9.5) < 4) & (np.abs(right - 14.5) < 9)
    # The square of the window is a Gaussian of variance sigma^2 / 2 on either axis, 4 in all.
    assert spread[inside].mean() == pytest.approx(4, rel=0.15)
    edges = np.histogram(down, bins=[-0.5, 4.5, 9.5, 14.5, 19.5])[0]
    assert edges.min() > 60  # of 100: the windows are everywhere


def test_every_pixel_is_as_often_in_the_middle_of_a_local_filter():
    """As those at the edges are: a centre is anywhere in the picture, not only between its pixels."""
    brightest = np.abs(filters((3, 4), units=6000, sigma=0.1)).argmax(axis=0)
    counts = np.bincount(brightest, minlength=12)
    assert np.abs(counts - 500).max() < 5 * np.sqrt(500)


def test_local_filters_on_coordinates_are_the_filters_on_pixels():
    """x W of coordinates x = (image) axes is (image) F, for axes that are a whole basis."""
    rng = np.random.default_rng(1)
    axes, _ = np.linalg.qr(rng.standard_normal((48, 48)))
    images = rng.standard_normal((5, 48))
    expected = images @ filters((4, 4, 3))
    np.testing.assert_allclose(images @ axes @ filters((4, 4, 3), axes), expected, atol=1e-12)
    fewer = filters((4, 4, 3), axes[:, :7], inputs=7)
    np.testing.assert_allclose((fewer**2).sum(axis=0), 2)


@pytest.mark.parametrize("bottleneck", [None, 5])
def test_only_the_first_layer_starts_as_local_filters(bottleneck):
    settings = {"hidden": [9, 8], "bottleneck": bottleneck}
    plain, local = (
        build_network({**settings, "input_initializer": first}, 16, 3, streams(0), ((4, 4), None))
        for first in (None, {"name": "local", "sigma": 1})
    )
    names = [name for name, *_ in plain.named_parameters() if name.endswith("weight")]
    arrays = {name: value for name, value, _, _ in local.named_parameters()}
    np.testing.assert_allclose((arrays[names[0]] ** 2).sum(axis=0), 2, rtol=1e-5)
    for name in names[1:]:
        fan_in = len(arrays[name])
        assert arrays[name].std() == pytest.approx(np.sqrt(2 / fan_in), rel=0.4)


@pytest.mark.parametrize(
    ("shape", "inputs", "said"),
    [
        ((64,), 64, r"needs images .* found examples of shape \(64,\); set it to null"),
        ((8, 8), 65, "makes the weights of 64 inputs, found 65; bias_initializer as_input"),
    ],
)
def test_local_filters_report_unsuitable_inputs(shape, inputs, said):
    with pytest.raises(SettingsError, match=said):
        filters(shape, inputs=inputs)


@pytest.mark.parametrize(("hidden", "pictures"), [([], ((4, 4), None)), ([5], None)])
def test_local_filters_need_a_hidden_layer_and_pictures(hidden, pictures):
    settings = {"hidden": hidden, "input_initializer": "local"}
    with pytest.raises(SettingsError, match="needs a hidden layer, and inputs that are pictures"):
        build_network(settings, 16, 3, streams(0), pictures)
