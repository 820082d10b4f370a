import io

import numpy as np
import pytest

from figures import FigureError, marginals, parallel_coordinates, write_figure

COLUMNS = {
    "learning_rate": [0.0001, 0.001, 0.01, 0.1],
    "hidden": [[100], [100, 50], [100], [100]],
    "batch": [32, 64, 64, 128],
}
SCORES = [0.5, 0.9, None, 0.7]


def runs(axes):
    """The heights of each run's line, as they are drawn: the last one lies on top."""
    return [line[:, 1].tolist() for many in axes.collections for line in many.get_segments()]


def test_each_run_passes_its_values_on_axes_from_0_to_1():
    axes = parallel_coordinates(COLUMNS, SCORES).axes[0]
    failed, *lines = runs(axes)
    # ascending scores: runs 0, 3, 1; rate in decades, hidden by first use, batch linear, score
    expected = [[0, 0, 0, 0], [1, 0, 1, 0.5], [1 / 3, 1, 1 / 3, 1]]
    assert lines == [pytest.approx(e) for e in expected]
    assert failed == pytest.approx([2 / 3, 0, 1 / 3])  # no score to go to
    dotted, solid = (many.get_linestyle() for many in axes.collections)
    assert dotted[0][1] is not None and solid[0][1] is None  # the pattern of dashes


def test_the_best_run_is_the_widest_line():
    widths = parallel_coordinates(COLUMNS, SCORES).axes[0].collections[-1].get_linewidth()
    assert len(widths) == 3 and np.argmax(widths) == 2


def test_of_equally_good_runs_the_first_is_the_best():
    lines = runs(parallel_coordinates({"a": [1, 2, 3], "b": [3, 2, 1]}, [0.9, 0.5, 0.9]).axes[0])
    assert lines[-1] == [0, 1, 1]


def test_parallel_axes_are_named_and_carry_the_values():
    axes = parallel_coordinates(COLUMNS, SCORES, "training accuracy").axes[0]
    names = [t.get_text() for t in axes.get_xticklabels()]
    assert names == ["learning_rate", "hidden", "batch", "training accuracy"]
    assert axes.get_title() == "4 runs, 1 failed (dotted)"
    ticks = {(t.xy[0], t.get_text()): t.xy[1] for t in axes.texts}
    assert ticks[0, "0.01"] == pytest.approx(2 / 3)
    assert ticks[1, "[100, 50]"] == 1
    assert ticks[2, "64"] == pytest.approx(1 / 3)


def test_marginals_have_a_panel_a_value_with_log_axes_where_they_span_decades():
    panels = marginals(COLUMNS, SCORES).axes
    assert [axes.get_xlabel() for axes in panels] == list(COLUMNS)
    assert [axes.get_xscale() for axes in panels] == ["log", "linear", "linear"]
    assert panels[0].get_ylabel() == "validation accuracy (%)"
    offsets = panels[0].collections[0].get_offsets().tolist()
    assert offsets == [[0.0001, 0.5], [0.001, 0.9], [0.1, 0.7]]
    assert [t.get_text() for t in panels[1].get_xticklabels()] == ["[100]", "[100, 50]"]


@pytest.mark.parametrize(
    ("values", "scale"),
    [
        (np.geomspace(0.012, 0.9, 20), "log"),  # a loguniform draw, not quite two decades
        (np.linspace(0.012, 0.48, 20), "linear"),  # a uniform one over as many
        (np.geomspace(1, 8, 20), "linear"),  # less than a decade
        ([0.03, 0.1, 0.3], "log"),
        ([100, 200, 300], "linear"),
    ],
)
def test_an_axis_is_logarithmic_where_the_values_are_even_in_decades(values, scale):
    axes = marginals({"value": list(values)}, np.linspace(0, 1, len(values))).axes[0]
    assert axes.get_xscale() == scale


def test_a_few_bad_runs_leave_the_good_ones_their_colours():
    columns = {"a": [1, 2, 3, 4], "b": [1, 2, 3, 4]}
    (lines,) = parallel_coordinates(columns, [0.1, 0.97, 0.98, 0.99]).axes[0].collections
    greens = lines.get_color()[:, 1]
    assert np.diff(greens).max() < -0.1  # each one clearly darker than the one before


def test_failed_runs_are_crosses():
    (cross,) = [x for x in marginals(COLUMNS, SCORES).axes[0].get_lines() if x.get_marker() == "x"]
    assert cross.get_xdata().tolist() == [0.01]


def test_shared_values_show_their_mean():
    axes = marginals({"l2": [1, 1, 2, 2, 3, 3]}, [0.1, 0.3, 0.5, 0.7, 0.2, None]).axes[0]
    assert not [line for line in axes.get_lines() if line.get_marker() == "_"]  # 5 runs, 3 values
    axes = marginals({"l2": [1, 1, 2, 2]}, [0.1, 0.3, 0.5, 0.7]).axes[0]
    (mean,) = axes.get_lines()
    assert mean.get_xydata().tolist() == pytest.approx(np.array([[1, 0.2], [2, 0.6]]))


def test_zero_and_small_numbers_are_evenly_spaced():
    axes = marginals({"l2": [0.01, 0.0, 0.0001]}, [0.1, 0.2, 0.3]).axes[0]
    assert [t.get_text() for t in axes.get_xticklabels()] == ["0", "0.0001", "0.01"]
    assert axes.collections[0].get_offsets()[:, 0].tolist() == [2, 0, 1]


def test_many_numbers_with_a_zero_stay_linear():
    axes = marginals({"dropout": list(np.linspace(0, 0.5, 20))}, np.linspace(0, 1, 20)).axes[0]
    assert axes.get_xscale() == "linear"


def test_booleans_and_none_are_categories():
    axes = marginals({"bias": [True, None, False]}, [0.1, 0.2, 0.3]).axes[0]
    assert [t.get_text() for t in axes.get_xticklabels()] == ["True", "None", "False"]


def test_more_than_four_values_wrap():
    columns = {f"value{i}": [1, 2] for i in range(5)}
    visible = [axes for axes in marginals(columns, [0.1, 0.2]).axes if axes.get_visible()]
    assert len(visible) == 5


@pytest.mark.parametrize("draw", [parallel_coordinates, marginals])
@pytest.mark.parametrize("scores", [[0.5, 0.5], [np.nan, None]])
def test_equal_scores_equal_values_and_only_failures_can_be_drawn(draw, scores):
    figure = draw({"learning_rate": [0.1, 0.1], "name": ["a", "b"]}, scores)
    write_figure(figure, io.BytesIO(), io.BytesIO())


@pytest.mark.parametrize("draw", [parallel_coordinates, marginals])
@pytest.mark.parametrize(
    ("columns", "scores"), [({}, [0.5]), ({"a": [1, 2]}, [0.5]), ({"a": []}, [])]
)
def test_columns_of_other_lengths_are_refused(draw, columns, scores):
    with pytest.raises(FigureError, match="one value for each of the scores"):
        draw(columns, scores)
