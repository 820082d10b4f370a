"""Random views and their dependencies. Moved views: tests/nn/test_inference.py."""

import numpy as np
import pytest

from components.errors import SettingsError
from inputs import Augmentation, Examples, Preparation, random_views

IMAGES = np.random.default_rng(0).integers(0, 256, (40, 7, 6, 3), np.uint8)
ROWS = np.arange(40)
AFFINE = {"name": "affine", "rotation": 20}
BANK = {"name": "affine_bank", "border": "black", "brightness": 0.2}


def examples(steps=("unit",)):
    preparation = Preparation.fit(list(steps), IMAGES, ROWS)
    return Examples(IMAGES, ROWS % 2, ROWS, preparation)


def seen(components, count=3, seed=0, blocks=(slice(0, 25), slice(25, 40))):
    e = examples()
    return [
        np.concatenate([view(e, block).copy() for block in blocks])
        for view in random_views(e, components, count, seed)
    ]


@pytest.mark.parametrize("components", [[AFFINE, "color"], ["shift", BANK], [BANK]])
def test_views_differ_and_repeat(components):
    first, again = seen(components), seen(components, count=2)
    assert [view.tobytes() for view in again] == [view.tobytes() for view in first[:2]]
    assert len({view.tobytes() for view in first}) == 3
    assert seen(components, seed=1)[0].tobytes() != first[0].tobytes()


@pytest.mark.parametrize("components", [[AFFINE], [BANK]])
def test_the_order_of_blocks_does_not_matter(components):
    e = examples()
    blocks = slice(0, 25), slice(25, 40)
    for forward, backward in zip(*(random_views(e, components, 2, 0) for _ in "ab"), strict=True):
        expected = [forward(e, block).copy() for block in blocks]
        found = [backward(e, block).copy() for block in reversed(blocks)]
        assert [x.tobytes() for x in expected] == [x.tobytes() for x in reversed(found)]


def test_each_block_has_draws_of_its_own():
    images = np.repeat(IMAGES[:1], 40, axis=0)
    e = Examples(images, ROWS % 2, ROWS, Preparation.fit(["unit"], images, ROWS))
    (view,) = random_views(e, [AFFINE], 1, 0)
    assert not np.array_equal(view(e, slice(0, 20)).copy(), view(e, slice(20, 40)))


def test_views_draw_other_numbers_than_training():
    e = examples(["identity"])
    first, _ = Augmentation([AFFINE], 5, 2)(IMAGES[:10].copy(), ROWS[:10] % 2)
    (view,) = random_views(e, [AFFINE], 1, 5)
    assert not np.array_equal(view(e, slice(0, 10)), first.reshape(10, -1))


def test_a_view_that_changes_nothing_is_the_example():
    still = {"name": "affine_bank", "flip": 0, "shift": 0, "rotation": 0, "scale": 0, "shear": 0}
    for component in (still, {"name": "horizontal_flip", "probability": 0}):
        (view,) = seen([component], count=1)
        np.testing.assert_allclose(view, IMAGES.reshape(40, -1) / 255, atol=1e-6)


def test_a_view_of_a_bank_is_one_transform_of_all_examples():
    mirror = {"name": "affine_bank", "shift": 0, "rotation": 0, "scale": 0, "shear": 0}
    plain, flipped = (x.reshape(40, -1) / 255 for x in (IMAGES, IMAGES[:, :, ::-1]))
    kinds = {
        next(i for i, kind in enumerate((plain, flipped)) if np.allclose(view, kind, atol=1e-6))
        for view in seen([mirror], count=8)
    }
    assert kinds == {0, 1}


@pytest.mark.parametrize(
    ("components", "said"),
    [
        ([{"name": "mixup", "alpha": 1}], "mixup blends examples"),
        (["rotate"], "unknown augmentation 'rotate'"),
        (["affine_bank", "shift"], "move affine_bank to the end"),
    ],
)
def test_mistakes_are_named(components, said):
    with pytest.raises(SettingsError, match=said):
        random_views(examples(), components, 1, 0)


@pytest.mark.parametrize("component", ["shift", "affine_bank"])
def test_inputs_that_are_not_images(component):
    points = np.zeros((5, 2))
    rows = np.arange(5)
    e = Examples(points, rows, rows, Preparation.fit(["identity"], points, rows))
    with pytest.raises(SettingsError, match="needs images"):
        random_views(e, [component], 1, 0)[0](e, slice(0, 5))
