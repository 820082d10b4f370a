"""Transforms folded into the preparation are the transforms of pixels, prepared."""

import itertools

import numpy as np
import pytest

from components.errors import SettingsError
from inputs import Augmentation, Examples, Preparation
from inputs.affine_bank import AffineBank, Folding, reflected
from inputs.color import linear_factors, recoloured
from inputs.distortions import affine
from inputs.whole_pixels import shift

STEPS = {
    "pca": [{"name": "pca", "components": 6, "exponent": 0.5}],
    "scaled": ["standardize"],
    "both": ["unit", {"name": "pca", "components": 5}, "standardize"],
}
STILL = [0, 0, 0, 0, 1, 0, 1, 1, 1]  # the parameters of the transform that changes nothing


@pytest.fixture(params=[(), (3,)], ids=["grey", "colour"])
def images(request):
    return np.random.default_rng(0).integers(0, 256, (60, 7, 6, *request.param), np.uint8)


def fit(images, steps="pca"):
    return Preparation.fit(STEPS[steps], images, np.arange(len(images)))


def folded(images, preparation, border="black", **changed):
    """The images under one transform, prepared by its matrix."""
    names = ("mirrored", "down", "right", "rotation", "scale", "shear")
    names += ("brightness", "contrast", "saturation")
    parameters = [changed.get(name, still) for name, still in zip(names, STILL, strict=True)]
    folding = Folding(preparation, images.shape[1:], np.float64)
    matrix = folding.under(np.array(parameters), AffineBank(border=border))
    return images.reshape(len(images), -1) @ matrix + folding.constant


def prepared(images, preparation):
    return preparation.transform(images, np.empty((len(images), preparation.inputs)))


@pytest.mark.parametrize("border", ["black", "reflect"])
@pytest.mark.parametrize("steps", STEPS)
def test_no_change_is_the_preparation(images, steps, border):
    preparation = fit(images, steps)
    found = folded(images, preparation, border)
    np.testing.assert_allclose(found, prepared(images, preparation), atol=1e-4)


def test_flip_and_shift(images):
    preparation, ones = fit(images), np.ones(60, int)
    flipped = images[:, :, ::-1]
    found = folded(images, preparation, mirrored=1)
    np.testing.assert_allclose(found, prepared(flipped, preparation), atol=1e-4)
    moved = shift(images, 2 * ones, -ones)
    found = folded(images, preparation, down=2, right=-1)
    np.testing.assert_allclose(found, prepared(moved, preparation), atol=1e-4)
    # the flip comes before the shift to the right
    found = folded(images, preparation, mirrored=1, right=1.5)
    expected = shift(flipped, 0 * ones, ones) / 2.0 + shift(flipped, 0 * ones, 2 * ones) / 2.0
    np.testing.assert_allclose(found, prepared(expected, preparation), atol=1e-4)


def test_bank_transforms_match_affine_and_color(images):
    preparation, ones = fit(images), np.ones(60)
    colours = images[..., None] if images.ndim == 3 else images
    changed = recoloured(colours.astype(float), *linear_factors(1.2 * ones, 0.7 * ones, 1.3 * ones))
    changed = affine(changed.reshape(images.shape), 12 * ones, 0.9 * ones, 0.1 * ones)
    found = folded(
        images, preparation, rotation=12, scale=0.9, shear=0.1,
        brightness=1.2, contrast=0.7, saturation=1.3,
    )  # fmt: skip
    np.testing.assert_allclose(found, prepared(changed, preparation), rtol=1e-3, atol=1e-3)


def test_a_reflecting_border_by_hand():
    assert reflected(np.arange(-5, 10), 4).tolist() == [3, 3, 2, 1, 0, 0, 1, 2, 3, 3, 2, 1, 0, 0, 1]
    image = np.array([[[1, 2, 3]]] * 2, np.uint8)
    preparation = Preparation.fit(["identity"], image, np.arange(2))
    np.testing.assert_allclose(folded(image, preparation, "reflect", right=2)[0], [2, 1, 1])
    np.testing.assert_allclose(folded(image, preparation, "black", right=2)[0], [0, 0, 1])
    np.testing.assert_allclose(folded(image, preparation, "reflect", right=-0.5)[0], [1.5, 2.5, 3])


def examples(images, shards=1, **settings):
    augmentation = Augmentation([{"name": "affine_bank", **settings}], 5, 2, shards)
    labels = np.arange(len(images)) % 2
    return Examples(images, labels, np.arange(len(images)), fit(images), np.float64, augmentation)


def test_transforms_share_a_batch_and_the_oldest_is_replaced(images):
    batch = examples(images, transforms=3, uses=50)
    (bank,) = batch.augmentation.banks.values()
    seen = []
    for _ in range(5):
        x, y = batch.load(np.arange(50, 10, -1))
        np.testing.assert_array_equal(y, np.arange(50, 10, -1) % 2)
        seen.append(bank.parameters.copy())
        for transform, rows in enumerate((slice(0, 13), slice(13, 26), slice(26, 40))):
            matrix = bank.folding.under(bank.parameters[transform], bank.settings)
            raw = images[50:10:-1][rows].reshape(rows.stop - rows.start, -1)
            np.testing.assert_allclose(x[rows], raw @ matrix + bank.folding.constant, atol=1e-9)
    # 40 images a batch: the transforms of batches 3, 4 and 5 are new by one each, from the oldest on
    changes = [
        np.flatnonzero((before != after).any(axis=1)).tolist()
        for before, after in itertools.pairwise(seen)
    ]
    assert changes == [[], [0], [1], [2]]


@pytest.mark.parametrize(("rows", "uses"), [(1, 12), (3, 10), (7, 1), (7, 100), (5, 3)])
def test_small_batches_use_all_transforms_equally(images, rows, uses):
    batch = examples(images, transforms=8, uses=uses)
    (bank,) = batch.augmentation.banks.values()
    used = {}  # transform -> the images that it was applied to
    for _ in range(8 * uses):
        x, _ = batch.load(np.arange(rows))
        for row, prepared_row in zip(images[:rows].reshape(rows, -1), x, strict=True):
            found = [
                tuple(parameters)
                for parameters, matrix in zip(bank.parameters, bank._matrices, strict=True)
                if matrix is not None
                and np.allclose(row @ matrix + bank.folding.constant, prepared_row, atol=1e-9)
            ]
            (transform,) = found
            used[transform] = used.get(transform, 0) + 1
    counts = np.array(list(used.values()))
    newest = {tuple(parameters) for parameters in bank.parameters}
    replaced = [count for transform, count in used.items() if transform not in newest][8:]
    # 8 * uses * rows images are 8 * rows lives of a transform, each about `uses` images long
    assert len(used) == pytest.approx(8 * rows, abs=8)
    assert all(abs(count - uses) <= rows for count in replaced)
    assert counts.sum() == 8 * uses * rows


def test_transforms_are_drawn_within_their_limits():
    settings = AffineBank(flip=0.25, shift=3, rotation=10, scale=0.2, shear=0.1, brightness=0.3)
    rng = np.random.default_rng(0)
    drawn = np.array([settings.draw(rng) for _ in range(3000)])
    assert drawn[:, 0].mean() == pytest.approx(0.25, abs=0.03)
    spread = np.array([3, 3, 10, 0.2, 0.1, 0.3, 0, 0])
    centre = np.array([0, 0, 0, 1, 0, 1, 1, 1])
    within = (drawn[:, 1:] - centre) / np.where(spread, spread, 1)
    np.testing.assert_allclose(within.max(axis=0), spread > 0, atol=0.01)
    np.testing.assert_allclose(within.min(axis=0), -1.0 * (spread > 0), atol=0.01)


def test_shards_divide_the_transforms_and_have_their_own(images):
    batch = examples(images, shards=2, transforms=5)
    first, second = batch.augmentation.banks.values()
    assert len(first.parameters) == len(second.parameters) == 3
    assert not np.isin(first.parameters[:, 1], second.parameters[:, 1]).any()


def test_a_restored_state_continues_with_the_same_bytes(images):
    first, second = (examples(images, transforms=3, uses=40) for _ in range(2))
    for _ in range(3):
        first.load(np.arange(30))
    state = {name: array.copy() for name, array in first.augmentation.state().items()}
    expected = [first.load(np.arange(30))[0].tobytes() for _ in range(4)]
    second.load(np.arange(30))  # its matrices are others
    second.augmentation.restore(state)
    assert [second.load(np.arange(30))[0].tobytes() for _ in range(4)] == expected


def test_batches_of_few_or_no_images_work(images):
    batch = examples(images, transforms=8)
    assert batch.load(np.arange(0))[0].shape == (0, 6)
    assert np.isfinite(batch.load(np.arange(3))[0]).all()


def test_evaluations_are_not_augmented(images):
    batch = examples(images)
    x, _ = batch.load(np.arange(4), augment=False)
    np.testing.assert_allclose(x, prepared(images[:4], batch.preparation))


def test_mixup_before_it(images):
    mixed = [{"name": "mixup", "alpha": 0.5}, {"name": "affine_bank", "transforms": 2}]
    rows = np.arange(60)
    one = Examples(images, rows % 2, rows, fit(images), augmentation=Augmentation(mixed, 0, 2))
    x, y = one.load(np.arange(10))
    assert x.dtype == y.dtype == np.float32 and x.shape == (10, 6) and y.shape == (10, 2)
    blended, targets = Augmentation(mixed[:1], 0, 2)(images[:10], rows[:10] % 2)
    np.testing.assert_array_equal(y, targets)
    bank = one.augmentation.banks["affine_bank"]
    for part, parameters in zip((slice(5), slice(5, 10)), bank.parameters, strict=True):
        matrix = bank.folding.under(parameters, bank.settings)
        expected = blended[part].reshape(5, -1) @ matrix + bank.folding.constant
        np.testing.assert_allclose(x[part], expected, atol=1e-4)


def test_a_preparation_that_is_not_linear(images):
    binary = Preparation.fit([{"name": "binarize", "threshold": 99}], images, np.arange(60))
    with pytest.raises(SettingsError, match="binarize is not linear"):
        Examples(images, np.zeros(60, int), np.arange(60), binary,
                 augmentation=Augmentation(["affine_bank"], 0, 2))  # fmt: skip
