"""Every step of a preparation against hand-worked arrays and the properties it promises."""

import numpy as np
import pytest

from components.errors import SettingsError
from inputs import training_rows
from inputs.preparation import Preparation


@pytest.fixture
def images():
    rng = np.random.default_rng(3)
    light = rng.integers(0, 200, (60, 1, 1, 1))  # makes the pixels of an image correlated
    return (light + rng.integers(0, 56, (60, 2, 3, 3))).astype(np.uint8)


def fit(components, images, rows=None):
    return Preparation.fit(components, images, np.arange(len(images)) if rows is None else rows)


def test_identity_is_the_pixels_as_float32(images):
    prepared = fit(["identity"], images).transform(images)
    assert prepared.dtype == np.float32
    np.testing.assert_array_equal(prepared, images.reshape(60, 18))


def test_unit_divides_by_the_highest_training_value():
    images = np.array([[[40, 10]], [[20, 200]], [[255, 0]]], np.uint8)
    prepared = fit(["unit"], images, [0, 1]).transform(images)
    np.testing.assert_allclose(prepared, [[0.2, 0.05], [0.1, 1.0], [1.275, 0.0]], rtol=1e-6)


def test_unit_of_signed_data_starts_at_the_lowest_training_value():
    values = np.array([[-1.0, 3.0], [0.0, 1.0]])
    np.testing.assert_allclose(fit(["unit"], values).transform(values), [[0, 1], [0.25, 0.5]])


def test_range_maps_the_ends_of_the_pixels():
    images = np.array([[[0, 255, 51]]], np.uint8)
    prepared = fit([{"name": "range", "low": 0.01, "high": 0.99}], images).transform(images)
    np.testing.assert_allclose(prepared, [[0.01, 0.99, 0.206]], rtol=1e-6)


def test_binarize_is_strictly_above_the_threshold():
    images = np.array([[[98, 99, 100, 255]]], np.uint8)
    prepared = fit([{"name": "binarize", "threshold": 99}], images).transform(images)
    np.testing.assert_array_equal(prepared, [[0, 0, 1, 1]])


def test_mean_image_subtracts_the_training_mean():
    images = np.array([[[10, 0]], [[20, 1]], [[99, 99]]], np.uint8)
    prepared = fit(["mean_image"], images, [0, 1]).transform(images)
    np.testing.assert_array_equal(prepared, [[-5, -0.5], [5, 0.5], [84, 98.5]])


def test_standardize_by_hand():
    # Feature 0: 1, 3 -> mean 2, deviation 1. Feature 1 never varies on the training rows.
    images = np.array([[[1, 7]], [[3, 7]], [[6, 9]]], np.uint8)
    prepared = fit(["standardize"], images, [0, 1]).transform(images)
    np.testing.assert_array_equal(prepared, [[-1, 0], [1, 0], [4, 0]])


def test_a_constant_feature_becomes_zero_despite_rounding():
    values = np.full((1001, 2), 0.1)
    values[::2, 1] = 0.3
    assert np.var(values[:, 0]) > 0  # the mean of many 0.1 is not exactly 0.1
    prepared = fit(["standardize"], values).transform(values, np.empty((1001, 2)))
    np.testing.assert_array_equal(prepared[:, 0], 0)
    assert prepared[:, 1].std() == pytest.approx(1, abs=1e-6)


@pytest.mark.parametrize("rows", [7, 1000])
def test_standardize_per_channel_has_unit_moments(images, rows, monkeypatch):
    monkeypatch.setattr(training_rows, "BLOCK_ROWS", rows)
    scaled = fit([{"name": "standardize", "per": "channel"}], images)
    channels = scaled.transform(images).reshape(-1, 3)
    np.testing.assert_allclose(channels.mean(axis=0), 0, atol=1e-5)
    np.testing.assert_allclose(channels.std(axis=0), 1, rtol=1e-5)
    expected = (images[4, 1, 2, 1] - images[..., 1].mean()) / images[..., 1].std()
    assert scaled.transform(images)[4].reshape(2, 3, 3)[1, 2, 1] == pytest.approx(expected, 1e-4)


def test_standardize_per_channel_of_grey_images_takes_all_pixels(images):
    grey = images[..., 0]
    prepared = fit([{"name": "standardize", "per": "channel"}], grey).transform(grey)
    np.testing.assert_allclose(
        prepared, ((grey - grey.mean()) / grey.std()).reshape(60, -1), atol=1e-5
    )


@pytest.mark.parametrize("rows", [7, 1000])
def test_pca_decorrelates_and_whitens_the_training_rows(images, rows, monkeypatch):
    monkeypatch.setattr(training_rows, "BLOCK_ROWS", rows)
    spread = np.cov(images.reshape(60, -1), rowvar=False, bias=True)
    largest = np.linalg.eigvalsh(spread)[:-5:-1]
    for exponent in (0, 0.5, 1):  # variances in the ratio of eigenvalue^(1 - exponent), of mean 1
        step = {"name": "pca", "components": 4, "exponent": exponent}
        found = fit([step], images).transform(images)
        variances = largest ** (1 - exponent)
        np.testing.assert_allclose(
            np.cov(found, rowvar=False, bias=True), np.diag(variances / variances.mean()), atol=1e-4
        )
        np.testing.assert_allclose(found.mean(axis=0), 0, atol=1e-5)


@pytest.mark.parametrize(
    ("exponent", "along"),
    [
        (1, [[2**0.5, 0], [-(2**0.5), 0], [0, 2**0.5]]),
        (0, [[1.788854, 0], [-1.788854, 0], [0, 0.894427]]),
    ],
)
def test_pca_by_hand(exponent, along):
    # Variance 9 along (1, 1) / sqrt 2 and 2.25 along (1, -1) / sqrt 2, mean (3, 3). The coordinates
    # are sqrt 18, -sqrt 18 and 1.5 sqrt 2. With 1 they are divided by 3 and 1.5; with 0 both by
    # sqrt 5.625, the root of the mean variance.
    values = np.array([[6.0, 6.0], [0.0, 0.0], [4.5, 1.5], [1.5, 4.5]])
    prepared = fit([{"name": "pca", "exponent": exponent}], values).transform(values[:3])
    np.testing.assert_allclose(np.abs(prepared), np.abs(along), atol=1e-6)
    assert prepared[0, 0] > 0 > prepared[1, 0]


def test_the_largest_entry_of_every_axis_is_positive(images):
    axes = dict(fit(["pca"], images).operations)["matmul"]
    assert (axes.max(axis=0) == np.abs(axes).max(axis=0)).all()


def test_the_floor_is_a_fraction_of_the_largest_eigenvalue():
    values = np.array([[10.0, 0.0], [-10.0, 0.0], [0.0, 1.0], [0.0, -1.0]])  # variances 50, 0.5
    prepared = fit([{"name": "pca", "floor": 0.04}], values).transform(values)
    # The second one counts as 0.04 * 50 = 2.
    np.testing.assert_allclose(prepared.var(axis=0), [1, 0.5 / 2], rtol=1e-5)


def test_whitening_survives_features_without_variance():
    values = np.zeros((4, 3))
    values[:, 1] = [1, 2, 3, 4]
    for step in ("pca", "zca"):
        assert np.isfinite(fit([step], values).transform(values)).all()


@pytest.mark.parametrize("step", ["pca", {"name": "pca", "components": 18, "exponent": 0.5}, "zca"])
@pytest.mark.parametrize("rows", [2, 5, 12, 60])
def test_axes_without_variance_in_the_training_rows_are_left_out(images, step, rows):
    training = np.arange(rows)
    values = images.reshape(60, -1).astype(float)
    values[:, [3, 7]] = 5, 9  # constant features
    values[:, 11] = 2 * values[:, 4] - values[:, 5]  # a redundant one
    prepared = fit([step], values, training)
    rank = min(rows - 1, 18 - 3)
    if step != "zca":
        assert prepared.inputs == rank
        white = prepared.transform(values[training], np.empty((rows, rank)))
        assert (white**2).mean() == pytest.approx(1, rel=1e-3)  # every axis has variance
    # Whatever is orthogonal to the training rows changes nothing, so that other rows are not stretched.
    centred = values[training] - values[training].mean(axis=0)
    span = np.linalg.svd(centred)[2][:rank]
    outside = np.random.default_rng(0).standard_normal((60, 18)) * 100
    outside -= outside @ span.T @ span
    x, moved = (
        prepared.transform(v, np.empty((60, prepared.inputs))) for v in (values, values + outside)
    )
    np.testing.assert_allclose(moved, x, atol=1e-2)
    assert np.abs(outside).max() > 50


def test_the_rank_is_that_of_numpy(images):
    # An axis of a relative variance of 1e-12 is one, an axis of 1e-17 is rounding.
    values = images.reshape(60, -1).astype(float)[:, :4]
    values[:, 2] *= 1e-6
    values[:, 3] *= 1e-9
    covariance = np.cov(values, rowvar=False, bias=True)
    assert fit(["pca"], values).inputs == 3 == np.linalg.matrix_rank(covariance, hermitian=True)


def test_components_of_null_are_all(images):
    found = [fit([step], images) for step in ({"name": "pca", "components": None}, "pca")]
    assert found[0].inputs == found[1].inputs == 18
    np.testing.assert_array_equal(*(f.transform(images) for f in found))


def test_zca_of_whitened_data_is_the_identity(images):
    white = fit([{"name": "pca", "components": 5}], images).transform(images)
    np.testing.assert_allclose(fit(["zca"], white).transform(white), white, atol=1e-4)


def test_zca_whitens_with_a_symmetric_matrix(images):
    zca = fit([{"name": "zca", "floor": 1e-6}], images)
    covariance = np.cov(zca.transform(images), rowvar=False, bias=True)
    np.testing.assert_allclose(covariance, np.eye(18), atol=1e-3)
    matrix = dict(zca.operations)["matmul"]
    np.testing.assert_allclose(matrix, matrix.T, atol=1e-6)


def test_rows_that_are_all_the_same_cannot_be_whitened():
    with pytest.raises(SettingsError, match="nothing to whiten"):
        fit(["zca"], np.ones((5, 2, 2), np.uint8))
