import io

import numpy as np
import pytest

from figures.style import write_figure
from figures.sweeps import configurations, marginals

COLUMNS = {
    "learning_rate": [0.0001, 0.001, 0.01, 0.1],
    "hidden": [[100], [100, 50], [100], [100]],
    "batch": [32, 64, 64, 128],
}
SCORES = [0.5, 0.9, None, 0.7]


def drawn_marginals(columns, scores):
    return marginals(columns, scores, "validation accuracy (%)")


def test_marginals_have_a_panel_for_each_value_and_log_axes_over_decades():
    panels = drawn_marginals(COLUMNS, SCORES).axes
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
def test_an_axis_is_logarithmic_if_values_are_even_in_decades(values, scale):
    axes = drawn_marginals({"value": list(values)}, np.linspace(0, 1, len(values))).axes[0]
    assert axes.get_xscale() == scale


def test_failed_runs_are_crosses():
    (cross,) = [
        x for x in drawn_marginals(COLUMNS, SCORES).axes[0].get_lines() if x.get_marker() == "x"
    ]
    assert cross.get_xdata().tolist() == [0.01]


def test_shared_values_show_their_mean():
    axes = drawn_marginals({"l2": [1, 1, 2, 2, 3, 3]}, [0.1, 0.3, 0.5, 0.7, 0.2, None]).axes[0]
    assert not [line for line in axes.get_lines() if line.get_marker() == "_"]  # 5 runs, 3 values
    axes = drawn_marginals({"l2": [1, 1, 2, 2]}, [0.1, 0.3, 0.5, 0.7]).axes[0]
    (mean,) = axes.get_lines()
    assert mean.get_xydata().tolist() == pytest.approx(np.array([[1, 0.2], [2, 0.6]]))


def test_zero_and_small_numbers_are_evenly_spaced():
    axes = drawn_marginals({"l2": [0.01, 0.0, 0.0001]}, [0.1, 0.2, 0.3]).axes[0]
    assert [t.get_text() for t in axes.get_xticklabels()] == ["0", "0.0001", "0.01"]
    assert axes.collections[0].get_offsets()[:, 0].tolist() == [2, 0, 1]


def test_many_numbers_with_a_zero_stay_linear():
    axes = drawn_marginals({"dropout": list(np.linspace(0, 0.5, 20))}, np.linspace(0, 1, 20)).axes[
        0
    ]
    assert axes.get_xscale() == "linear"


def test_booleans_and_none_are_categories():
    axes = drawn_marginals({"bias": [True, None, False]}, [0.1, 0.2, 0.3]).axes[0]
    assert [t.get_text() for t in axes.get_xticklabels()] == ["True", "None", "False"]


def test_more_than_four_values_wrap():
    columns = {f"value{i}": [1, 2] for i in range(5)}
    visible = [axes for axes in drawn_marginals(columns, [0.1, 0.2]).axes if axes.get_visible()]
    assert len(visible) == 5


@pytest.mark.parametrize("scores", [[0.5, 0.5], [np.nan, None]])
def test_equal_scores_and_failures_only_can_be_drawn(scores):
    figure = drawn_marginals({"learning_rate": [0.1, 0.1], "name": ["a", "b"]}, scores)
    write_figure(figure, io.BytesIO(), io.BytesIO())


SEEDS = {"a": [0.50, 0.52, 0.54], "b": [0.60, None, float("nan")], "c": [None]}
INTERVALS = {"a": (0.47, 0.57), "b": None, "c": None}


def drawn_of(scores, intervals, published=None, over="trainings and examples"):
    return configurations(scores, intervals, published, "test accuracy", over)


def drawn(axes):
    """The artists with data, by their row."""
    rows = {}
    for line in axes.get_lines():
        if len(line.get_xdata()) and line.get_linestyle() != "--":
            of_line = {}
            for x, y in line.get_xydata()[~np.isnan(line.get_xdata())]:
                of_line.setdefault(float(y), []).append(float(x))
            for row, scores in of_line.items():
                rows.setdefault(row, []).append(scores)
    return rows


def test_runs_means_and_intervals_are_in_the_row_of_their_configuration():
    axes = drawn_of(SEEDS, INTERVALS).axes[0]
    rows = drawn(axes)
    assert rows[0] == [[pytest.approx(0.52)], [0.47, 0.57], [0.50, 0.52, 0.54]]
    assert rows[1] == [[0.60], [0.60]]  # one survivor: no interval
    assert 2 not in rows
    assert axes.yaxis_inverted()  # the first configuration is on top


def test_the_legend_says_what_would_be_new():
    for over in ("trainings and examples", "examples"):
        legend = drawn_of(SEEDS, INTERVALS, over=over).legends[0]
        assert f"its 95 % interval for new {over}" in [t.get_text() for t in legend.get_texts()]


def test_names_say_how_many_failed():
    axes = drawn_of(SEEDS, INTERVALS).axes[0]
    assert [t.get_text() for t in axes.get_yticklabels()] == ["a", "b (2 failed)", "c (1 failed)"]
    assert [t.get_text() for t in axes.texts] == ["failed"]


def test_the_published_figure_is_a_dashed_line_within_the_axis():
    figure = drawn_of(SEEDS, INTERVALS, published=0.7)
    axes = figure.axes[0]
    (line,) = [line for line in axes.get_lines() if line.get_linestyle() == "--"]
    assert set(line.get_xdata()) == {0.7}
    low, high = axes.get_xlim()
    assert low < 0.47
    assert high > 0.7
    assert axes.get_xlabel() == "test accuracy"
    assert "published 0.7" in [t.get_text() for t in figure.legends[0].get_texts()]


def test_the_legend_has_no_interval_if_none_is_drawn():
    figure = drawn_of({"a": [0.5]}, {"a": None})
    assert [t.get_text() for t in figure.legends[0].get_texts()] == ["mean over seeds", "one seed"]


def test_the_legend_says_folds_if_the_interval_is_over_folds():
    figure = drawn_of({"a": [0.5, 0.7]}, {"a": (0.4, 0.8)}, over="folds")
    said = {t.get_text() for t in figure.legends[0].get_texts()}
    assert said == {"mean over folds", "its 95 % interval over folds", "one run"}


def test_only_40_of_50_configurations_are_shown_and_the_title_says_so():
    scores = {f"configuration{i}": [i / 50] for i in range(50)}
    axes = drawn_of(scores, {}).axes[0]
    assert axes.get_title() == "the first 40 of 50 configurations"
    assert len(axes.get_yticklabels()) == 40


def test_configurations_can_be_drawn_if_none_survived():
    figure = drawn_of({"a": [np.nan]}, {})
    write_figure(figure, io.BytesIO(), io.BytesIO())
