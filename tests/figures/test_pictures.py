import io

import numpy as np
import pytest

from figures.pictures import first_layer_weights, samples, surest_mistakes
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


IMAGES = np.arange(5 * 4, dtype=np.uint8).reshape(5, 2, 2)
TRUE = np.array([0, 1, 2, 0, 1])
PREDICTED = np.array([0, 2, 1, 1, 0])  # 1 to 4 are mistakes
SURE = np.array([0.99, 0.5, 0.9, 0.5, 0.7])
NAMES = ["cat", "dog", "ship"]


def test_mistakes_are_labelled_and_in_order():
    shown = [2, 4, 1]
    figure = surest_mistakes(IMAGES[shown], TRUE[shown], PREDICTED[shown], SURE[shown], NAMES, 4, 5)
    (axes,) = figure.axes
    assert axes.texts[0].get_text() == "true: ship\npredicted: dog\nprobability: 0.900"
    assert len(axes.get_images()) == len(axes.texts) == 3
    for image, text in zip(axes.get_images(), axes.texts, strict=True):
        left, right, _, top = image.get_extent()
        assert left < text.get_position()[0] < right and text.get_position()[1] > top  # above it
    assert figure.get_suptitle().startswith("the 3 surest of the 4 mistakes among 5 images")


def test_bytes_keep_their_meaning_and_floats_and_few_greys_are_stretched():
    def clim(images):
        figure = surest_mistakes(images, TRUE[:1], PREDICTED[1:2], SURE[:1], NAMES, 1, 5)
        return figure.axes[0].get_images()[0]

    bright = np.full((1, 4, 4), 200, np.uint8)
    assert np.all(clim(bright).get_array() == 200 / 255)
    floats = bright * np.linspace(0, 1, 16).reshape(1, 4, 4) - 7.5
    few = np.arange(16, dtype=np.uint8).reshape(1, 4, 4)  # as scikit-learn's digits have
    for images in (floats, few):
        pixels = clim(images).get_array()
        assert (pixels.min(), pixels.max()) == (0, 1)


def test_colour_images_and_an_incomplete_last_row():
    images = np.zeros((7, 4, 4, 3), np.uint8)
    figure = surest_mistakes(images, np.zeros(7, int), np.ones(7, int), np.ones(7), NAMES, 7, 7)
    (axes,) = figure.axes
    places = [image.get_extent() for image in axes.get_images()]
    assert len({left for left, *_ in places}) == 5  # columns
    assert [bottom == places[0][2] for *_, bottom, _ in places] == 5 * [True] + 2 * [False]
    assert figure.get_suptitle().startswith("the 7 mistakes among 7 images")


def test_no_mistakes():
    figure = surest_mistakes(IMAGES[:0], TRUE[:0], TRUE[:0], SURE[:0], NAMES, 0, 5)
    assert [text.get_text() for text in figure.texts] == ["no mistakes among 5 images"]
    write_figure(figure, io.BytesIO(), io.BytesIO())


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
