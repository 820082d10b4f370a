"""Augmentation: the effect of each component on known pixels, and its random streams."""

import numpy as np
import pytest

from components.errors import SettingsError
from inputs.augmentation import Augmentation
from inputs.mixup import Mixup
from inputs.resampling import blocks
from inputs.whole_pixels import shift

EVERY = [
    "horizontal_flip",
    "shift",
    "affine",
    {"name": "elastic", "alpha": 10, "sigma": 2},
    "color",
    {"name": "cutout", "size": 3},
    {"name": "mixup", "alpha": 0.4},
]


@pytest.fixture(params=[(), (3,)], ids=["grey", "colour"])
def images(request):
    return np.random.default_rng(5).integers(1, 256, (40, 7, 6, *request.param), dtype=np.uint8)


LABELS = np.arange(40) % 4


def augment(component, images, seed=0):
    return Augmentation([component], seed, 4)(images.copy(), LABELS[: len(images)])


def test_flip_mirrors_left_right_and_twice_is_the_identity(images):
    flip = {"name": "horizontal_flip", "probability": 1}
    once, labels = augment(flip, images)
    np.testing.assert_array_equal(once, images[:, :, ::-1])
    np.testing.assert_array_equal(labels, LABELS)
    np.testing.assert_array_equal(augment(flip, once)[0], images)


def test_a_flip_of_half_flips_about_half(images):
    many = np.repeat(images, 10, axis=0)
    flipped = Augmentation(["horizontal_flip"], 0, 4)(many.copy(), np.zeros(400, int))[0]
    kept = (flipped == many).reshape(400, -1).all(axis=1)
    mirrored = (flipped == many[:, :, ::-1]).reshape(400, -1).all(axis=1)
    assert (kept | mirrored).all()
    assert 150 < mirrored.sum() < 250  # 5 standard deviations


def test_shift_moves_pixels_exactly(images):
    down, right = np.array([2, -1, 0]), np.array([0, 3, -2])
    moved = shift(images[:3], down, right)
    np.testing.assert_array_equal(moved[0, 2:], images[0, :-2])
    np.testing.assert_array_equal(moved[0, :2], 0)
    np.testing.assert_array_equal(moved[1, :-1, 3:], images[1, 1:, :-3])
    np.testing.assert_array_equal(moved[1, -1], 0)
    np.testing.assert_array_equal(moved[1, :, :3], 0)
    np.testing.assert_array_equal(moved[2, :, :-2], images[2, :, 2:])


def test_shift_may_mirror_the_image_at_the_edge(images):
    (moved,) = shift(images[:1], np.array([2]), np.array([-1]), "reflect")
    expected = images[0][[1, 0, 0, 1, 2, 3, 4]][:, [1, 2, 3, 4, 5, 5]]
    np.testing.assert_array_equal(moved, expected)
    steps = ({"name": "shift", "border": border} for border in ("black", "reflect"))
    black, reflected = (augment(step, images)[0] for step in steps)
    assert (black == 0).any() and (reflected > 0).all()  # the images have no black pixel
    np.testing.assert_array_equal(reflected[black > 0], black[black > 0])


def test_shift_draws_every_offset_up_to_its_pixels():
    images = np.zeros((500, 7, 7), np.uint8)
    images[:, 3, 3] = 1
    moved = Augmentation([{"name": "shift", "pixels": 2}], 0, 2)(images, np.zeros(500, int))[0]
    seen = {tuple(place) for place in np.argwhere(moved)[:, 1:].tolist()}
    assert seen == {(row, column) for row in range(1, 6) for column in range(1, 6)}


def test_shift_by_more_than_the_image_is_black(images):
    assert not shift(images[:1], np.array([9]), np.array([-9])).any()


def test_cutout_blackens_one_square_and_nothing_else(images):
    cut = augment({"name": "cutout", "size": 3}, images)[0]
    black = cut == 0  # the images have no black pixel
    np.testing.assert_array_equal(cut[~black], images[~black])
    black = black.reshape(*black.shape[:3], -1)
    np.testing.assert_array_equal(black.any(axis=3), black.all(axis=3))  # all colours alike
    for hidden in black.all(axis=3):
        rows, columns = np.flatnonzero(hidden.any(axis=1)), np.flatnonzero(hidden.any(axis=0))
        assert hidden.sum() == len(rows) * len(columns)  # a rectangle
        assert np.ptp(rows) == len(rows) - 1 and np.ptp(columns) == len(columns) - 1
        assert 2 <= len(rows) <= 3 and 2 <= len(columns) <= 3  # clipped at a border: one less


def test_mixup_blends_images_and_targets_in_the_same_proportion():
    images = np.zeros((30, 2, 2), np.uint8)
    labels = np.arange(30) % 3
    images[labels == 1] = 100
    images[labels == 2] = 200
    mixed, targets = Augmentation([{"name": "mixup", "alpha": 1}], 0, 3)(images, labels)
    assert mixed.dtype == targets.dtype == np.float32
    assert targets.shape == (30, 3)
    np.testing.assert_allclose(targets.sum(axis=1), 1, rtol=1e-6)
    assert (targets >= 0).all() and ((targets > 0).sum(axis=1) == 2).any()
    np.testing.assert_allclose(mixed[:, 0, 0], targets @ [0, 100, 200], rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("dtype", [np.uint8, np.float64])
def test_mixup_of_more_images_than_a_block(dtype):
    images = np.random.default_rng(3).integers(0, 256, (60, 32, 32, 3)).astype(dtype)
    targets = np.eye(60)
    assert len(blocks(images)) > 2
    mixed, mixed_targets = Mixup(0.4)(images, targets, np.random.default_rng(0))
    rng = np.random.default_rng(0)
    partner, rest = rng.permutation(60), rng.beta(0.4, 0.4, 60)
    expected = np.einsum("i,i...->i...", 1 - rest, images)
    expected += np.einsum("i,i...->i...", rest, images[partner])
    np.testing.assert_allclose(mixed, expected, rtol=1e-5, atol=1e-4)
    np.testing.assert_allclose(
        mixed_targets, np.diag(1 - rest) + rest[:, None] * targets[partner], atol=1e-12
    )


@pytest.mark.parametrize("component", EVERY[:-1])
def test_8_bit_images_stay_8_bit(component, images):
    changed, labels = augment(component, images)
    assert changed.dtype == np.uint8 and changed.shape == images.shape
    assert (changed != images).any()
    np.testing.assert_array_equal(labels, LABELS)


@pytest.mark.parametrize("component", EVERY)
def test_another_component_does_not_change_the_draws(component, images):
    # With `before` doing nothing visible, the result must be that of the component alone.
    before = {"name": "horizontal_flip", "probability": 0}
    if component == "horizontal_flip":
        before = {"name": "color", "brightness": 0, "contrast": 0, "saturation": 0}
    alone = Augmentation([component], 7, 4)
    behind = Augmentation([before, component], 7, 4)
    for _ in range(2):
        expected, result = (a(images.copy(), LABELS) for a in (alone, behind))
        np.testing.assert_array_equal(result[0], expected[0])
        np.testing.assert_array_equal(result[1], expected[1])


def test_every_component_has_a_stream_of_its_own():
    states = {state.tobytes() for state in Augmentation(EVERY, 7, 4).state().values()}
    assert len(states) == len(EVERY)


def test_seeds_differ_and_repeat(images):
    results = [augment("shift", images, seed)[0].tobytes() for seed in (1, 1, 2)]
    assert results[0] == results[1] != results[2]


def test_a_restored_augmentation_continues_with_the_same_bytes(images):
    first, second = (Augmentation(EVERY, 3, 4) for _ in range(2))
    first(images.copy(), LABELS)
    state = {name: array.copy() for name, array in first.state().items()}
    assert all(array.dtype == np.uint64 for array in state.values())
    expected = first(images.copy(), LABELS)
    second.restore(state)
    result = second(images.copy(), LABELS)
    assert [a.tobytes() for a in result] == [a.tobytes() for a in expected]


@pytest.mark.parametrize("component", EVERY)
def test_an_empty_and_a_single_image(component, images):
    for n in (0, 1):
        changed, labels = augment(component, images[:n])
        assert changed.shape == images[:n].shape and len(labels) == n


def test_inputs_that_are_not_images():
    with pytest.raises(SettingsError, match=r"needs images .* found inputs of shape \(4, 2\)"):
        augment("shift", np.zeros((4, 2)))


@pytest.mark.parametrize(
    ("components", "message"),
    [
        (["rotate"], "unknown augmentation 'rotate'; known: horizontal_flip, shift"),
        (["cutout"], r"cutout: found the arguments \(\), expected \(size\)"),
        (["shift", {"name": "shift", "pixels": 1}], "shift: named twice"),
        ([{"name": "mixup", "alpha": 0}], "mixup: alpha is 0, expected a number above 0"),
        (
            ["affine_bank", "shift"],
            "shift: comes after affine_bank, .* move affine_bank to the end",
        ),
    ],
)
def test_mistakes_are_named(components, message):
    with pytest.raises(SettingsError, match=message):
        Augmentation(components, 0, 4)
