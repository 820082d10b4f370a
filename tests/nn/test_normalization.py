import numpy as np
import pytest

from nn.normalization import EPSILON, BatchNorm, LayerNorm


@pytest.fixture
def x():
    return np.random.default_rng(0).normal(3, 2, (6, 4))


@pytest.mark.parametrize("kind", [BatchNorm, LayerNorm])
def test_gradients(kind, x, assert_gradients):
    layer = kind(4, np.float64)
    layer.scale.value[...] = [1, -2, 0.5, 3]
    layer.shift.value[...] = [0, 1, 2, 3]
    assert_gradients(layer, x, rtol=1e-5)


def test_batch_norm_in_training_normalizes_units(x):
    y = BatchNorm(4, np.float64).forward(x.copy(), training=True)
    np.testing.assert_allclose(y.mean(axis=0), 0, atol=1e-12)
    np.testing.assert_allclose(y.var(axis=0), x.var(axis=0) / (x.var(axis=0) + EPSILON))


def test_batch_norm_in_evaluation_uses_running_statistics(x):
    layer = BatchNorm(4, np.float64)
    layer.forward(x.copy(), training=True)
    mean, variance = 0.1 * x.mean(axis=0), 0.9 + 0.1 * x.var(axis=0, ddof=1)
    np.testing.assert_allclose(layer.buffers["mean"], mean)
    np.testing.assert_allclose(layer.buffers["variance"], variance)
    before = {name: buffer.copy() for name, buffer in layer.buffers.items()}
    one = layer.forward(x[:1].copy())
    np.testing.assert_allclose(one, (x[:1] - mean) / np.sqrt(variance + EPSILON))
    for name, buffer in layer.buffers.items():
        np.testing.assert_array_equal(buffer, before[name])


def test_batch_norm_of_a_single_row_is_finite():
    layer = BatchNorm(3)
    y = layer.forward(np.ones((1, 3), np.float32), training=True)
    np.testing.assert_array_equal(y, 0)
    assert np.isfinite(layer.backward(np.ones((1, 3), np.float32))).all()


def test_layer_norm_normalizes_rows_and_knows_no_training(x):
    layer = LayerNorm(4, np.float64)
    y = layer.forward(x.copy(), training=True).copy()
    np.testing.assert_allclose(y.mean(axis=1), 0, atol=1e-12)
    np.testing.assert_allclose(y.var(axis=1), 1, rtol=1e-4)
    np.testing.assert_array_equal(layer.forward(x.copy(), training=False), y)


@pytest.mark.parametrize("kind", [BatchNorm, LayerNorm])
def test_float32_stays_float32(kind):
    layer = kind(3)
    assert layer.forward(np.ones((2, 3), np.float32), True).dtype == np.float32
    assert layer.backward(np.ones((2, 3), np.float32)).dtype == np.float32


def test_one_row_does_not_change_the_running_statistics(x):
    layer = BatchNorm(4, np.float64)
    layer.forward(x.copy(), training=True)
    before = {name: array.copy() for name, array in layer.buffers.items()}
    layer.forward(x[:1].copy(), training=True)
    for name, array in layer.buffers.items():
        np.testing.assert_array_equal(array, before[name])
