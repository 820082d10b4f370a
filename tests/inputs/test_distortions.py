"""Affine and elastic distortions against hand-worked pictures."""

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from inputs.distortions import Affine, Elastic, affine, gaussian
from inputs.resampling import bilinear


@pytest.fixture(params=[(), (3,)], ids=["grey", "colour"])
def images(request):
    return np.random.default_rng(5).integers(1, 256, (40, 7, 6, *request.param), dtype=np.uint8)


def test_affine_with_zeros_is_the_identity(images):
    unchanged = Affine(rotation=0, scale=0, shear=0)(images.copy(), np.random.default_rng(0))
    np.testing.assert_array_equal(unchanged, images)


def test_a_rotation_of_90_degrees_turns_anticlockwise():
    square = np.array([[[1, 2, 3], [4, 5, 6], [7, 8, 9]]], np.uint8)
    one, nothing = np.ones(1), np.zeros(1)
    turned = affine(square, np.array([90.0]), one, nothing)
    np.testing.assert_array_equal(turned[0], [[3, 6, 9], [2, 5, 8], [1, 4, 7]])


def test_affine_scale_and_shear_by_hand():
    picture = np.zeros((1, 5, 5), np.uint8)
    picture[0, 1, 2] = picture[0, 2, 3] = 100  # one above the centre, one to its right
    nothing, one = np.zeros(1), np.ones(1)
    doubled = affine(picture, nothing, 2 * one, nothing)
    assert doubled[0, 0, 2] == doubled[0, 2, 4] == 100
    sheared = affine(picture, nothing, one, one)  # every row up moves one to the right
    assert sheared[0, 1, 3] == sheared[0, 2, 3] == 100
    assert sheared.sum() == 200


def test_affine_uses_the_parameters_of_each_image(images):
    angles, factors, shears = np.random.default_rng(0).uniform(0.8, 1.2, (3, 40))
    together = affine(images, 20 * angles, factors, shears)
    for i in (0, 17, 39):
        alone = affine(images[i : i + 1], *(a[i : i + 1] for a in (20 * angles, factors, shears)))
        np.testing.assert_array_equal(together[i], alone[0])


def test_bilinear_by_hand():
    picture = np.array([[[10.0, 20.0], [30.0, 40.0]]])
    rows = np.array([[[0.5, 0.0], [-0.5, 1.0]]])
    columns = np.array([[[0.5, 0.25], [0.0, 2.0]]])
    # centre: mean of all; a quarter of the way from 10 to 20; half of 10 faded; one pixel outside.
    np.testing.assert_allclose(bilinear(picture, rows, columns), [[[25, 12.5], [5, 0]]])


def test_bilinear_rounds_8_bit_pixels_to_nearest():
    picture = np.array([[[10, 13]]], np.uint8)
    read = bilinear(picture, np.zeros((1, 1, 2)), np.array([[[0.9, 0.1]]]))  # 12.7 and 10.3
    assert read.tolist() == [[[13, 10]]]


def test_elastic_with_alpha_0_is_the_identity(images):
    unchanged = Elastic(alpha=0, sigma=2)(images.copy(), np.random.default_rng(0))
    np.testing.assert_array_equal(unchanged, images)


def test_elastic_moves_pixels_as_far_as_its_docstring_says():
    # The picture of the column numbers shows the displacement itself, away from the borders.
    ramp = np.broadcast_to(np.arange(60.0), (30, 60, 60)).copy()
    moved = Elastic(34, 4)(ramp.copy(), np.random.default_rng(0))
    displacement = (moved - ramp)[:, 16:-16, 16:-16]
    assert displacement.std() == pytest.approx(1.4, abs=0.15)
    assert abs(np.diff(displacement, axis=1)).max() < 1.5  # smooth: neighbours move together


def test_gaussian_smooths_a_point_to_the_bell():
    matrix = gaussian(21, 2.0)
    assert matrix[10].sum() == pytest.approx(1, abs=1e-5)
    assert matrix[10, 12] / matrix[10, 10] == pytest.approx(np.exp(-0.5), rel=1e-5)
    np.testing.assert_array_equal(matrix, matrix.T)


@pytest.mark.parametrize("distortion", [Affine(), Elastic(34, 4)])
def test_a_batch_larger_than_a_block_is_distorted_to_its_end(distortion):
    images = np.random.default_rng(0).integers(1, 256, (30, 28, 28), dtype=np.uint8)
    distorted = distortion(images.copy(), np.random.default_rng(0))
    assert (distorted != images).any(axis=(1, 2)).all()


def interpolated(images: np.ndarray, rows: np.ndarray, columns: np.ndarray) -> np.ndarray:
    """The definition in float64: the four neighbours of each point, 0 outside of the image."""
    n, height, width = rows.shape
    result = np.zeros(images.shape)
    for place in np.ndindex(n, height, width):
        top, left = int(np.floor(rows[place])), int(np.floor(columns[place]))
        for row in (top, top + 1):
            for column in (left, left + 1):
                if 0 <= row < height and 0 <= column < width:
                    near = 1 - abs(rows[place] - row), 1 - abs(columns[place] - column)
                    result[place] += near[0] * near[1] * images[place[0], row, column]
    return result


@pytest.mark.parametrize("spread", [0.5, 4, 1e6])
@pytest.mark.parametrize("shape", [(3, 9, 8), (2, 5, 6, 3), (4, 1, 7), (4, 7, 1), (3, 1, 1, 4)])
def test_bytes_are_read_as_their_definition_says(shape, spread):
    """To a grey level: points are taken to the nearest 1/256 of a pixel, and results rounded."""
    rng = np.random.default_rng(0)
    images = rng.choice(np.array([0, 255], np.uint8), (*shape[1:], shape[0]))
    images = np.moveaxis(images, -1, 0)  # not contiguous
    places = np.meshgrid(np.arange(shape[1]), np.arange(shape[2]), indexing="ij")
    rows, columns = (p + spread * rng.standard_normal(shape[:3]) for p in places)
    found = bilinear(images, rows, columns)
    kept = found.copy()
    assert np.abs(found - np.rint(interpolated(images, rows, columns))).max() <= 1
    bilinear(255 - images, columns, rows)  # writes to no earlier result
    np.testing.assert_array_equal(found, kept)


def test_threads_distort_at_the_same_time(images):
    def distorted(seed: int) -> bytes:
        rng = np.random.default_rng(seed)
        batches = [images[:n].copy() for n in rng.integers(1, 41, 20)]
        return b"".join(Elastic(30, 2)(Affine()(b, rng), rng).tobytes() for b in batches)

    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(distorted, range(12))) == [distorted(seed) for seed in range(12)]
