import io

import numpy as np
import pytest

from figures import FigureError, seed_spread, write_figure

SCORES = {"a": [0.50, 0.52, 0.54], "b": [0.60, None, float("nan")], "c": [None]}
INTERVALS = {"a": (0.47, 0.57), "b": None, "c": None}


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


def test_seeds_means_and_intervals_lie_in_the_row_of_their_configuration():
    axes = seed_spread(SCORES, INTERVALS).axes[0]
    rows = drawn(axes)
    assert rows[0] == [[0.47, 0.57], [0.50, 0.52, 0.54], [pytest.approx(0.52)]]
    assert rows[1] == [[0.60], [0.60]]  # one survivor: no interval
    assert 2 not in rows
    assert axes.yaxis_inverted()  # the first configuration is on top


def test_the_legend_says_what_would_be_new():
    for over in ("trainings and examples", "examples"):
        legend = seed_spread(SCORES, INTERVALS, interval_over=over).legends[0]
        assert f"its 95 % interval for new {over}" in [t.get_text() for t in legend.get_texts()]


def test_names_say_how_many_failed():
    axes = seed_spread(SCORES, INTERVALS).axes[0]
    assert [t.get_text() for t in axes.get_yticklabels()] == ["a", "b (2 failed)", "c (1 failed)"]
    assert [t.get_text() for t in axes.texts] == ["failed"]


def test_the_published_figure_is_a_dashed_line_within_the_axis():
    figure = seed_spread(SCORES, INTERVALS, published=0.7, score_name="test accuracy")
    axes = figure.axes[0]
    (line,) = [line for line in axes.get_lines() if line.get_linestyle() == "--"]
    assert set(line.get_xdata()) == {0.7}
    low, high = axes.get_xlim()
    assert low < 0.47
    assert high > 0.7
    assert axes.get_xlabel() == "test accuracy"
    assert "published 0.7" in [t.get_text() for t in figure.legends[0].get_texts()]


def test_the_legend_has_no_interval_where_none_is_drawn():
    figure = seed_spread({"a": [0.5]}, {"a": None})
    assert [t.get_text() for t in figure.legends[0].get_texts()] == ["mean over seeds", "one seed"]


def test_the_legend_says_folds_where_the_interval_is_over_them():
    figure = seed_spread({"a": [0.5, 0.7]}, {"a": (0.4, 0.8)}, interval_over="folds")
    said = {t.get_text() for t in figure.legends[0].get_texts()}
    assert said == {"mean over folds", "its 95 % interval over folds", "one run"}


def test_of_50_configurations_40_are_shown_and_it_is_said():
    scores = {f"configuration{i}": [i / 50] for i in range(50)}
    axes = seed_spread(scores, {}).axes[0]
    assert axes.get_title() == "the first 40 of 50 configurations"
    assert len(axes.get_yticklabels()) == 40


def test_nothing_survived_and_nothing_at_all():
    figure = seed_spread({"a": [np.nan]}, {})
    write_figure(figure, io.BytesIO(), io.BytesIO())
    with pytest.raises(FigureError, match="no scores"):
        seed_spread({}, {})
