import numpy as np
import pytest

from components import SettingsError
from nn.initializers import normal
from nn.layers import Buffer, Dense, Dropout, Residual, walk


def dense(inputs, units, bias="zeros", dtype=np.float64):
    return Dense(inputs, units, normal(1.0), np.random.default_rng(0), bias, dtype)


@pytest.mark.parametrize("bias", ["zeros", "as_input", None])
def test_dense_gradients(bias, assert_gradients):
    assert_gradients(dense(3, 4, bias), np.random.default_rng(2).standard_normal((5, 3)))


def test_dense_is_x_w_plus_b():
    layer = dense(2, 2)
    layer.weight.value[...] = [[1, 2], [3, 4]]
    layer.bias.value[...] = [10, 20]
    # [1, 1] W = [1 + 3, 2 + 4]
    np.testing.assert_array_equal(layer.forward(np.array([[1.0, 1.0]])), [[14, 26]])


def test_bias_as_input_is_the_last_row_of_one_drawn_matrix():
    drawn = normal(1.0)(np.random.default_rng(0), 4, 2)
    layer = dense(3, 2, "as_input")
    np.testing.assert_array_equal(layer.weight.value, drawn[:3])
    np.testing.assert_array_equal(layer.bias.value, drawn[3])


def test_first_layer_computes_no_input_gradient():
    layer = dense(3, 2)
    layer.input_gradient = False
    layer.forward(np.ones((4, 3)), True)
    assert layer.backward(np.ones((4, 2))) is None
    np.testing.assert_array_equal(layer.bias.gradient, [4, 4])


def test_buffer_serves_a_short_batch_from_the_same_memory():
    buffer = Buffer()
    whole = buffer((8, 3), np.float32)
    short = buffer((5, 3), np.float32)
    assert short.shape == (5, 3) and short.base is buffer.array
    assert np.shares_memory(buffer((8, 3), np.float32), whole)
    assert buffer((9, 3), np.float32).shape == (9, 3)


def test_dropout_keeps_the_expectation_and_the_type():
    layer = Dropout(0.3, np.random.default_rng(0))
    x = np.ones((400, 500), np.float32)
    y = layer.forward(x, training=True)
    assert y.dtype == np.float32
    assert y.mean() == pytest.approx(1, abs=0.01)  # 6 standard errors
    assert np.mean(y == 0) == pytest.approx(0.3, abs=0.01)
    assert set(np.unique(y)) == {np.float32(0), np.float32(layer.scale)}
    # the scale is that of the probability realized, not of the one asked for
    assert layer.scale * (layer.threshold / 65536) == pytest.approx(1, abs=1e-15)
    assert (x == 1).all()


def test_dropout_passes_the_gradient_of_what_it_kept():
    layer = Dropout(0.5, np.random.default_rng(0))
    y = layer.forward(np.ones((6, 7)), training=True).copy()
    np.testing.assert_array_equal(layer.backward(np.ones((6, 7))), y)


def test_dropout_does_nothing_in_evaluation():
    layer = Dropout(0.5, np.random.default_rng(0))
    x = np.ones((2, 2))
    assert layer.forward(x) is x
    np.testing.assert_array_equal(layer.backward(np.ones((2, 2))), np.ones((2, 2)))


def test_dropout_probability_zero_keeps_everything():
    x = np.ones((50, 50))
    np.testing.assert_array_equal(Dropout(0.0, np.random.default_rng(0)).forward(x, True), x)


@pytest.mark.parametrize("probability", [-0.1, 1.0])
def test_dropout_refuses_a_probability(probability):
    with pytest.raises(SettingsError, match="probability"):
        Dropout(probability, np.random.default_rng(0))


def test_residual_gradients(assert_gradients):
    layer = Residual([dense(3, 5), dense(5, 3)])
    assert_gradients(layer, np.random.default_rng(3).standard_normal((4, 3)))


def test_residual_adds_its_input():
    body = dense(3, 3)
    x = np.random.default_rng(0).standard_normal((4, 3))
    np.testing.assert_allclose(Residual([body]).forward(x), x + body.forward(x))


def test_walk_enters_bodies_in_order():
    inner, outer = dense(2, 2), dense(2, 2)
    block = Residual([inner])
    assert list(walk([block, outer])) == [block, inner, outer]
