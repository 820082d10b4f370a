import numpy as np
from matplotlib.colors import to_rgb

from figures.boundary import boundary_over_training, decision_boundary

POINTS = np.array([[0.0, 0.0], [1.0, 0.5], [0.2, 0.9]])
X, Y = np.linspace(-1, 1, 5), np.linspace(0, 2, 3)
PREDICTED = np.array([[0, 0, 1, 1, 2]] * 3)
PLANE = POINTS, np.array([0, 1, 1]), X, Y, ["zero", "one", "two"]


def test_the_picture_covers_the_grid_cell_by_cell():
    axes = decision_boundary(PREDICTED, *PLANE).axes[0]
    (picture,) = axes.get_images()
    colours = picture.get_array()
    assert colours.shape == (3, 5, 3)
    assert picture.origin == "lower"
    assert picture.get_extent() == [-1.25, 1.25, -0.5, 2.5]  # half a cell around the outer places
    assert np.array_equal(colours[0, 0], colours[2, 1])
    assert len({tuple(c) for c in colours[0]}) == 3


def test_points_have_the_full_colour_of_their_class():
    axes = decision_boundary(PREDICTED, *PLANE).axes[0]
    zero, one, two = axes.collections
    assert one.get_offsets().tolist() == POINTS[1:].tolist()
    assert len(two.get_offsets()) == 0
    background = axes.get_images()[0].get_array()[0, 0] / 255
    full = np.array(to_rgb(zero.get_facecolor()[0]))
    assert np.allclose(1 - background, 0.4 * (1 - full), atol=1 / 255)


def test_axes_and_classes_are_named():
    figure = decision_boundary(PREDICTED, *PLANE)
    assert (figure.axes[0].get_xlabel(), figure.axes[0].get_ylabel()) == ("input 1", "input 2")
    assert [text.get_text() for text in figure.legends[0].get_texts()] == ["zero", "one", "two"]


def test_each_moment_of_the_training_has_a_panel():
    titles = [f"iteration {k}" for k in range(5)]
    figure = boundary_over_training([PREDICTED] * 5, titles, *PLANE)
    drawn = [axes for axes in figure.axes if axes.get_images()]
    assert [axes.get_title() for axes in drawn] == titles
    assert [text.get_text() for text in figure.legends[0].get_texts()] == ["zero", "one", "two"]
