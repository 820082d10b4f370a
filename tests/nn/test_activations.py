import numpy as np
import pytest

from nn import ACTIVATIONS
from nn.activations import Elu, LeakyRelu

Z = np.array([[-30.0, -3.0, -0.7, -1e-3, 1e-3, 0.4, 2.5, 30.0]])
PLAIN = {
    "identity": lambda z: z,
    "relu": lambda z: np.where(z > 0, z, 0),
    "leaky_relu": lambda z: np.where(z > 0, z, 0.01 * z),
    "elu": lambda z: np.where(z > 0, z, np.exp(np.minimum(z, 0)) - 1),
    "gelu": lambda z: 0.5 * z * (1 + np.tanh(np.sqrt(2 / np.pi) * (z + 0.044715 * z**3))),
    "silu": lambda z: z / (1 + np.exp(-z)),
    "sigmoid": lambda z: 1 / (1 + np.exp(-z)),
    "tanh": np.tanh,
    "softplus": lambda z: np.log(1 + np.exp(z)),
}


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_value_is_the_formula(name):
    found = ACTIVATIONS[name]().forward(Z.copy())
    np.testing.assert_allclose(found, PLAIN[name](Z), rtol=1e-12, atol=1e-15)


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_gradient(name, assert_gradients):
    assert_gradients(ACTIVATIONS[name](), Z[:, 1:-1].copy())


@pytest.mark.parametrize("layer", [LeakyRelu(0.2), Elu(0.5), Elu(2.0)])
def test_gradient_with_an_argument(layer, assert_gradients):
    assert_gradients(layer, Z[:, 1:-1].copy())


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("name", ACTIVATIONS)
def test_any_finite_input_gives_finite_values_and_no_warning(name, dtype):
    largest = np.finfo(dtype).max
    z = np.array([[-largest, -1e6, -100, 0, 100, 1e6, largest]], dtype)
    layer = ACTIVATIONS[name]()
    with np.errstate(all="raise", under="ignore"):
        h = layer.forward(z.copy(), training=True).copy()
        dz = layer.backward(np.ones_like(z))
    assert h.dtype == dz.dtype == dtype
    assert np.isfinite(h).all() and np.isfinite(dz).all()


@pytest.mark.parametrize("name", ["relu", "leaky_relu", "elu", "sigmoid", "tanh", "softplus"])
def test_monotone(name):
    z = np.linspace(-20, 20, 1001)[None]
    h = ACTIVATIONS[name]().forward(z.copy())
    assert (np.diff(h) >= 0).all()


def test_gelu_is_near_its_exact_form():
    from math import erf

    z = np.linspace(-6, 6, 200)[None]
    exact = z * 0.5 * (1 + np.array([[erf(v / np.sqrt(2)) for v in z[0]]]))
    assert np.abs(ACTIVATIONS["gelu"]().forward(z.copy()) - exact).max() < 5e-4


def test_blocks_do_not_change_gelu():
    gelu, rng = ACTIVATIONS["gelu"](), np.random.default_rng(0)
    z, dh = rng.standard_normal((2, 5, 2**16)).astype(np.float32)  # of blocks of two rows
    h, dz = gelu.forward(z.copy(), training=True), gelu.backward(dh.copy())
    for i in range(5):
        assert gelu.forward(z[i : i + 1].copy(), training=True).tobytes() == h[i].tobytes()
        assert gelu.backward(dh[i : i + 1].copy()).tobytes() == dz[i].tobytes()
