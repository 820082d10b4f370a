import io

import numpy as np
import pytest

from figures.pictures import first_layer_weights, samples
from figures.style import write_figure


def sheet(figure):
    (image,) = figure.axes[0].get_images()
    return np.asarray(image.get_array())


def test_each_unit_has_its_own_place_and_range():
    weights = np.array([[0.0, 1.0, 2.0, 3.0], [-10.0, 0.0, 0.0, 10.0], [5.0, 5.0, 5.0, 5.0]]).T
    pixels = sheet(first_layer_weights(weights, (2, 2)))
    assert pixels.shape == (5, 5)  # 2 x 2 pictures of 2 x 2, one white pixel apart
    assert pixels[:2, :2].tolist() == [[0, 85], [170, 255]]
    assert pixels[:2, 3:].tolist() == [[0, 128], [128, 255]]
    assert pixels[3:, :2].tolist() == [[128, 128], [128, 128]]  # no range: grey
    assert (pixels[3:, 3:] == 255).all()  # no fourth unit
    assert (pixels[2] == 255).all()


def test_colours_share_one_range():
    weights = np.zeros((12, 1))
    weights[0], weights[1] = 1.0, -1.0  # red and green of the first pixel
    pixels = sheet(first_layer_weights(weights, (2, 2, 3)))
    assert pixels[0, 0].tolist() == [255, 0, 128]


@pytest.mark.parametrize(
    ("units", "title", "pictures"),
    [
        (1, "1 hidden unit", 1),
        (100, "100 hidden units", 10),
        (300, "first 100 of 300 hidden units", 10),
    ],
)
def test_the_title_says_how_many_of_how_many(units, title, pictures):
    weights = np.random.default_rng(0).normal(size=(16, units))
    figure = first_layer_weights(weights, (4, 4))
    assert figure.axes[0].get_title() == title
    assert sheet(figure).shape == (pictures * 5 - 1, pictures * 5 - 1)


def test_weights_of_a_diverged_network_are_grey():
    weights = np.ones((4, 2))
    weights[0, 1] = np.nan
    assert (sheet(first_layer_weights(weights, (2, 2)))[:, 3:] == 128).all()


NAMES = ["cat", "dog", "ship"]


def test_bytes_keep_their_meaning_and_floats_and_few_greys_are_stretched():
    def sheet_of(images):
        return sheet(samples(images, np.array([0]), NAMES[:1], each=1))

    bright = np.full((1, 4, 4), 200, np.uint8)
    assert np.all(sheet_of(bright) == 200)
    floats = bright * np.linspace(0, 1, 16).reshape(1, 4, 4) - 7.5
    few = np.arange(16, dtype=np.uint8).reshape(1, 4, 4)  # as scikit-learn's digits have
    for images in (floats, few):
        pixels = sheet_of(images)
        assert (pixels.min(), pixels.max()) == (0, 255)


def test_samples_are_the_first_of_each_class_a_row_a_class():
    images = np.arange(6 * 16, dtype=np.uint8).reshape(6, 4, 4) + 100
    figure = samples(images, np.array([1, 0, 1, 1, 0, 1]), NAMES, each=3)
    (axes,) = figure.axes
    sheet = axes.get_images()[0].get_array()
    assert sheet.shape == (3 * 5 - 1, 3 * 5 - 1)  # a pixel apart
    shown = {(row, column): sheet[5 * row : 5 * row + 4, 5 * column : 5 * column + 4]
             for row in range(3) for column in range(3)}  # fmt: skip
    for place, number in {(0, 0): 1, (0, 1): 4, (1, 0): 0, (1, 1): 2, (1, 2): 3}.items():
        np.testing.assert_array_equal(shown[place], images[number])
    for place in ((0, 2), (2, 0), (2, 1), (2, 2)):
        assert np.all(shown[place] == 255), "white"
    assert [label.get_text() for label in axes.get_yticklabels()] == NAMES
    write_figure(figure, io.BytesIO(), io.BytesIO())
