"""Preparation as a chain: fitted on the training rows, fused, saved, in the type of its output."""

import io

import numpy as np
import pytest

from components.errors import SettingsError
from inputs import preparation
from inputs.preparation import Preparation

EVERY = [
    ["identity"],
    ["unit"],
    [{"name": "range", "low": -1, "high": 1}],
    [{"name": "binarize", "threshold": 99}],
    ["mean_image"],
    ["standardize"],
    [{"name": "standardize", "per": "channel"}],
    [{"name": "pca", "components": 5}],
    ["zca"],
    ["unit", {"name": "pca", "components": 6, "exponent": 0}, "standardize", "zca"],
]


@pytest.fixture
def images():
    rng = np.random.default_rng(3)
    light = rng.integers(0, 200, (60, 1, 1, 1))  # makes the pixels of an image correlated
    return (light + rng.integers(0, 56, (60, 2, 3, 3))).astype(np.uint8)


def fit(components, images, rows=None):
    return Preparation.fit(components, images, np.arange(len(images)) if rows is None else rows)


def test_the_second_step_is_fitted_on_the_output_of_the_first(images):
    binary = [{"name": "binarize", "threshold": 120}]
    chained = fit([*binary, "mean_image"], images).transform(images)
    pixels = fit(binary, images).transform(images)
    np.testing.assert_allclose(chained, pixels - pixels.mean(axis=0), atol=1e-6)
    np.testing.assert_allclose(
        fit(["unit", "mean_image"], images).transform(images),
        (images.reshape(60, -1) - images.reshape(60, -1).mean(axis=0)) / images.max(),
        atol=1e-6,
    )


def test_fused_steps_compute_what_the_separate_ones_do(images):
    fused = fit(["mean_image", {"name": "range", "low": 1, "high": 3}], images)
    centred = images.reshape(60, -1) - images.reshape(60, -1).mean(axis=0)
    expected = 1 + 2 * (centred - centred.min()) / np.ptp(centred)
    np.testing.assert_allclose(fused.transform(images), expected, atol=1e-5)


def test_elementwise_steps_fuse_to_scale_and_offset(images):
    fused = fit(["unit", "mean_image", "standardize"], images)
    assert [name for name, _ in fused.operations] == ["multiply", "add"]
    assert [name for name, _ in fit(["unit"], images).operations] == ["multiply"]
    assert [name for name, _ in fit(["mean_image"], images).operations] == ["add"]


@pytest.mark.parametrize("components", EVERY)
def test_fitted_on_the_training_rows_alone(components, images):
    rows = np.arange(1, 60, 2)
    changed = images.copy()
    changed[::2] = 255 - changed[::2]
    expected = fit(components, images, rows).transform(images)
    np.testing.assert_array_equal(fit(components, changed, rows).transform(images), expected)


@pytest.mark.parametrize("components", EVERY)
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_a_saved_state_transforms_to_the_same_bytes(components, dtype, images):
    fitted = fit(components, images)
    file = io.BytesIO()
    np.savez(file, **fitted.state())
    file.seek(0)
    with np.load(file, allow_pickle=False) as saved:
        loaded = Preparation.from_state(components, saved)
    assert loaded.inputs == fitted.inputs
    out = [np.empty((60, p.inputs), dtype) for p in (fitted, loaded)]
    assert fitted.transform(images, out[0]).tobytes() == loaded.transform(images, out[1]).tobytes()


@pytest.mark.parametrize("components", EVERY)
def test_dtypes_agree_and_smaller_batches_reuse_buffers(components, images):
    fitted = fit(components, images)
    exact = fitted.transform(images, np.empty((60, fitted.inputs), np.float64))
    np.testing.assert_allclose(fitted.transform(images), exact, atol=2e-3)
    np.testing.assert_allclose(fitted.transform(images[:7]), exact[:7], atol=2e-3)
    assert fitted.transform(images[:0]).shape == (0, fitted.inputs)


@pytest.mark.parametrize("components", EVERY)
def test_no_operand_makes_a_float32_batch_float64(components, images, monkeypatch):
    seen = []

    class Recorder:
        def __init__(self, ufunc):
            self.ufunc = ufunc

        def __call__(self, x, operand, out=None):
            seen.append(self.ufunc(x, operand).dtype)  # without out: the type of the arithmetic
            return self.ufunc(x, operand, out=out)

    fitted = fit(components, images)
    recorders = {
        name: ufunc if name == "matmul" else Recorder(ufunc)
        for name, ufunc in preparation.OPERATIONS.items()
    }
    monkeypatch.setattr(preparation, "OPERATIONS", recorders)
    fitted._typed.clear()
    fitted.transform(images)
    assert np.float64 not in seen


def test_memory_mapped_images(images, tmp_path):
    np.save(tmp_path / "images.npy", images)
    mapped = np.load(tmp_path / "images.npy", mmap_mode="r")
    expected = fit(["standardize"], images).transform(images)
    np.testing.assert_array_equal(fit(["standardize"], mapped).transform(mapped), expected)


@pytest.mark.parametrize(
    ("components", "message"),
    [
        (["normalise"], "unknown preparation step 'normalise'; known: identity, unit"),
        ([{"name": "range", "low": 0}], r"range: found the arguments \(low\), .*\(low, high\)"),
        ([{"name": "unit", "high": 2}], r"unit: found the arguments \(high\), expected \(\)"),
        ([{"name": "standardize", "per": "pixel"}], "per is 'pixel', expected feature or channel"),
        ([{"name": "pca", "components": 19}], "components is 19, expected 1 to 18"),
        ([{"name": "pca", "floor": 0}], "pca: floor is 0, expected a number above 0 and at most 1"),
        (["pca", {"name": "standardize", "per": "channel"}], "needs images"),
    ],
)
def test_mistakes_are_named(components, message, images):
    with pytest.raises(SettingsError, match=message):
        fit(components, images)


def test_no_training_rows():
    with pytest.raises(SettingsError, match="no training rows"):
        fit(["unit"], np.ones((5, 2, 2), np.uint8), [])


def test_a_state_of_other_steps_is_refused(images):
    with pytest.raises(SettingsError, match=r"has steps \['unit'\], expected \['mean_image'\]"):
        Preparation.from_state(["mean_image"], fit(["unit"], images).state())


@pytest.mark.parametrize(
    "components",
    [
        ["unit"],
        ["standardize", {"name": "pca", "components": 5, "exponent": 0.5}],
        ["unit", {"name": "pca", "components": 6}, "standardize"],
        ["zca"],
    ],
)
def test_the_linear_part_of_a_chain(components):
    images = np.random.default_rng(0).normal(size=(40, 3, 4))
    preparation = Preparation.fit(components, images, np.arange(40))
    wide = np.empty((40, preparation.inputs))
    constant = preparation.transform(np.zeros((1, 3, 4)), np.empty((1, preparation.inputs)))
    expected = images.reshape(40, 12) @ preparation.linear() + constant
    np.testing.assert_allclose(preparation.transform(images, wide), expected, atol=1e-6)


def test_binarized_inputs_have_no_linear_part():
    preparation = Preparation.fit([{"name": "binarize", "threshold": 1}], np.eye(3), np.arange(3))
    with pytest.raises(SettingsError, match="binarize is not linear"):
        preparation.linear()


def test_axes_are_those_of_pca_whatever_the_scale():
    images = np.random.default_rng(0).normal(size=(60, 3, 4)) * np.arange(1, 13).reshape(3, 4)
    rows = np.arange(60)
    spread = np.cov(images.reshape(60, 12), rowvar=False)
    expected = np.abs(np.linalg.eigh(spread)[1][:, :-6:-1])
    for exponent in (0, 0.3, 1):
        step = {"name": "pca", "components": 5, "exponent": exponent}
        for steps in ([step], [step, "standardize"]):
            axes = Preparation.fit(steps, images, rows).axes()
            np.testing.assert_allclose(np.abs(axes), expected, atol=1e-5)
            np.testing.assert_allclose(axes.T @ axes, np.eye(5), atol=1e-6)


@pytest.mark.parametrize("step", ["identity", "standardize", "zca"])
def test_inputs_that_are_pixels_have_no_other_axes(step):
    images = np.random.default_rng(0).normal(size=(60, 3, 4))
    assert Preparation.fit([step], images, np.arange(60)).axes() is None


def standardized(values):
    """The values of a column (n,), standardized in float64 after a shift that is exact."""
    shifted = values - values[0]
    return ((shifted - shifted.mean()) / shifted.std()).astype(np.float32)


LARGE = {
    "milliseconds since 1970": 1_700_000_000_000 + np.arange(0, 120_000, 300.0),
    "ids": 1e8 + np.arange(400.0),
    "julian dates": 2_460_000.5 + np.arange(400) / 1440,  # minutes of a day
    "a spread of 1e-7 of the mean": 3.0 + 3e-7 * np.arange(400) / 400,
    "nanoseconds since 1970": 1.7e18 + 1e6 * np.arange(400.0),
    "far below 0": -5e9 + np.arange(400.0),
}


@pytest.mark.parametrize("name", LARGE)
@pytest.mark.parametrize("steps", [["standardize"], ["unit", "standardize"]])
def test_a_small_spread_around_a_large_mean_keeps_its_digits(name, steps):
    table = np.column_stack([LARGE[name], np.arange(400.0)])
    fitted = fit(steps, table)
    for each in (fitted, Preparation.from_state(steps, fitted.state())):
        found = each.transform(table)
        assert found.dtype == np.float32
        if len(steps) == 1 or name == "ids":  # of one range for both columns little is left
            np.testing.assert_allclose(found[:, 0], standardized(LARGE[name]), atol=2e-5)
        assert len(np.unique(found[:, 1])) == 400


@pytest.mark.parametrize("steps", [["mean_image"], ["pca"], ["zca"], ["unit"]])
def test_every_step_subtracts_before_it_rounds(steps):
    column = LARGE["milliseconds since 1970"]
    found = fit(steps, column[:, None]).transform(column[:, None])[:, 0]
    ranks = np.argsort(np.argsort(found))
    assert len(np.unique(found)) == 400 and np.array_equal(ranks, np.arange(400))
    assert np.corrcoef(found, column - column[0])[0, 1] > 0.999999


def test_a_threshold_is_compared_before_rounding():
    table = np.array([[1_700_000_000_000.0], [1_700_000_000_001.0]])
    binary = fit([{"name": "binarize", "threshold": 1_700_000_000_000}], table)
    assert binary.transform(table).tolist() == [[0], [1]]


@pytest.mark.parametrize("dtype", [np.int64, np.uint64])
def test_integers_beyond_float32_are_not_rounded_first(dtype):
    table = (2**40 + np.arange(50))[:, None]
    fitted = fit(["standardize"], table.astype(np.float64))
    found = fitted.transform(table.astype(dtype))[:, 0]
    np.testing.assert_allclose(found, standardized(np.arange(50.0)), atol=1e-6)


def test_values_whose_squares_are_0_count_as_constant():
    table = np.array([[1e-170, 1.0], [3e-170, 2.0]])
    np.testing.assert_array_equal(fit(["standardize"], table).transform(table), [[0, -1], [0, 1]])


def test_8_bit_pictures_need_one_scale_and_one_offset(images):
    """As the published experiments are, whose bytes do not change."""
    pixels = images.reshape(60, -1).astype(np.float64)
    scale = 1 / pixels.std(axis=0)
    expected = pixels.astype(np.float32)
    expected *= scale.astype(np.float32)
    expected += (-pixels.mean(axis=0) * scale).astype(np.float32)
    found = fit(["standardize"], images).transform(images)
    np.testing.assert_allclose(found, expected, atol=1e-6)
    assert [name for name, _ in fit(["standardize"], images).operations] == ["multiply", "add"]
