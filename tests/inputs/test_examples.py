"""Examples: the right rows, prepared, with and without the cache, and with augmentation."""

import gc
import weakref

import numpy as np
import pytest

from components.randomness import PURPOSES, generator_of
from inputs import examples as module
from inputs.augmentation import Augmentation
from inputs.examples import Examples
from inputs.preparation import Preparation

ROWS = np.array([7, 2, 11, 5, 0, 19])


@pytest.fixture(params=[np.uint8, np.float64], ids=["pixels", "floats"])
def images(request):
    return np.random.default_rng(1).integers(0, 256, (20, 3, 4)).astype(request.param)


LABELS = (np.arange(20) % 10).astype(np.uint8)


def build(images, **options):
    preparation = Preparation.fit(["mean_image"], images, ROWS)
    return Examples(images, LABELS, ROWS, preparation, **options)


@pytest.mark.parametrize("cache_bytes", [0, 2**20], ids=["gathered", "cached"])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_a_batch_is_the_prepared_rows_and_their_labels(images, cache_bytes, dtype):
    examples = build(images, cache_bytes=cache_bytes, dtype=dtype)
    assert len(examples) == 6 and examples.inputs == 12
    expected = images[ROWS].reshape(6, 12) - images[ROWS].reshape(6, 12).mean(axis=0)
    for positions in (np.array([3, 0, 3]), np.array([5]), slice(1, 4), slice(4, 900)):
        x, y = examples.load(positions)
        assert x.dtype == dtype and y.dtype == np.intp
        np.testing.assert_allclose(x, expected[positions], rtol=1e-5, atol=1e-4)
        np.testing.assert_array_equal(y, LABELS[ROWS[positions]])


@pytest.mark.parametrize("cache_bytes", [0, 2**20], ids=["gathered", "cached"])
def test_batches_of_positions_share_a_buffer(images, cache_bytes):
    examples = build(images, cache_bytes=cache_bytes)
    first, _ = examples.load(np.array([0, 1, 2]))
    second, _ = examples.load(np.array([3, 4]))
    assert np.shares_memory(first, second)


def test_cached_slices_are_views_of_one_array_prepared_once(images, monkeypatch):
    monkeypatch.setattr(module, "BLOCK_ROWS", 4)
    examples = build(images)
    first, second = examples.load(slice(0, 6))[0], examples.load(slice(2, 5))[0]
    assert np.shares_memory(first, second)
    assert not first.flags.writeable
    monkeypatch.setattr(examples.preparation, "transform", None)  # not needed again
    np.testing.assert_array_equal(examples.load(np.array([4]))[0], first[4:5])


def test_a_part_is_cached_only_when_it_fits(images):
    whole = 6 * 12 * 4
    for cache_bytes, fits in ((whole, True), (whole - 1, False)):
        examples = build(images, cache_bytes=cache_bytes)
        views = [examples.load(slice(i, i + 2))[0] for i in (0, 2)]
        assert np.shares_memory(*views) != fits  # gathered ones are in the same buffer


def test_augmentation_precedes_preparation_and_is_optional(images):
    augmentation = Augmentation([{"name": "horizontal_flip", "probability": 1}], 0, 10)
    examples = build(images, augmentation=augmentation)
    mirrored = examples.preparation.transform(images[ROWS][:, :, ::-1])
    np.testing.assert_allclose(examples.load(np.arange(6))[0], mirrored, atol=1e-4)
    plain = examples.preparation.transform(images[ROWS])
    np.testing.assert_allclose(examples.load(slice(0, 6), augment=False)[0], plain, atol=1e-4)


def test_augmentation_leaves_the_data_set_alone(images):
    before = images.copy()
    augmentation = Augmentation(["horizontal_flip", "affine", "shift"], 0, 10)
    build(images, augmentation=augmentation).load(np.arange(6))
    np.testing.assert_array_equal(images, before)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_mixup_gives_soft_targets_in_the_type_of_the_examples(images, dtype):
    augmentation = Augmentation([{"name": "mixup", "alpha": 1}], 0, 10)
    examples = build(images, augmentation=augmentation, dtype=dtype)
    x, y = examples.load(np.arange(6))
    assert x.dtype == y.dtype == dtype and y.shape == (6, 10)
    # blended in that type: these float64 values hold to its last digits
    rng = generator_of(0, PURPOSES["augmentation"], *b"mixup")
    partner, rest = rng.permutation(6), rng.beta(1, 1, (6, 1))
    one_hot = np.eye(10)[examples.labels]
    digit = np.finfo(dtype).eps
    mixed = (1 - rest) * one_hot + rest * one_hot[partner]
    np.testing.assert_allclose(y, mixed, rtol=0, atol=2 * digit)
    rows = images[ROWS].reshape(6, -1)
    blended = ((1 - rest) * rows + rest * rows[partner]).reshape(images[ROWS].shape)
    expected = examples.preparation.transform(blended, np.empty(x.shape))
    np.testing.assert_allclose(x, expected, rtol=0, atol=2 * 256 * digit)


def test_memory_mapped_data(images, tmp_path):
    np.save(tmp_path / "images.npy", images)
    np.save(tmp_path / "labels.npy", LABELS)
    mapped, labels = (
        np.load(tmp_path / f"{name}.npy", mmap_mode="r") for name in ("images", "labels")
    )
    preparation = Preparation.fit(["unit"], mapped, ROWS)
    x, y = Examples(mapped, labels, ROWS, preparation, cache_bytes=0).load(np.arange(6))
    np.testing.assert_allclose(x, preparation.transform(images[ROWS]))
    assert type(y) is np.ndarray


def test_operations_to_prepare_an_example_at_each_load(images):
    rows, preparation = np.arange(len(images)), [{"name": "pca", "components": 3}]
    fitted = Preparation.fit(preparation, images, rows)
    values = images[0].size
    options = [
        ({}, 0),  # prepared once
        ({"cache_bytes": 0}, 2 * 3 * values),
        ({"augmentation": Augmentation(["shift"], 0, 2)}, 2 * 3 * values),
        ({"augmentation": Augmentation(["affine_bank"], 0, 2)}, 2 * 3 * values),
    ]
    for given, expected in options:
        assert Examples(images, rows % 2, rows, fitted, **given).operations() == expected
    bank = Augmentation(["affine_bank"], 0, 2)
    plain = Preparation.fit(["unit"], images, rows)
    found = Examples(images, rows % 2, rows, plain, augmentation=bank).operations()
    assert found == 2 * values**2  # a matrix instead of none


def test_prepared_rows_are_freed_with_their_last_user(images):
    """Without waiting for the garbage collector: the next training needs the memory."""
    examples = build(images)
    examples.twins(3)[2].load(slice(0, 2))
    kept = weakref.ref(examples.twins(3)[2])
    gc.disable()
    try:
        del examples
        assert kept() is None
    finally:
        gc.enable()
