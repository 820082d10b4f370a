import io

import numpy as np
import pytest

from figures.bars import class_balance, per_class, reliability
from figures.style import write_figure


def heights(axes):
    return [[bar.get_height() for bar in group] for group in axes.containers]


def test_class_balance_has_a_bar_for_each_class_and_split():
    figure = class_balance({"training": [5, 7], "test": [1, 2]}, ["cat", "dog"])
    (axes,) = figure.axes
    assert heights(axes) == [[5, 7], [1, 2]]
    assert [t.get_text() for t in axes.get_xticklabels()] == ["cat", "dog"]
    assert [t.get_text() for t in figure.legends[0].get_texts()] == ["training", "test"]
    assert (axes.get_xlabel(), axes.get_ylabel()) == ("class", "examples")
    write_figure(figure, io.BytesIO(), io.BytesIO())


def test_per_class_is_in_percent_from_0_and_leaves_out_what_is_not_defined():
    rows = [
        {"precision": 0.5, "recall": 1.0, "f1": 2 / 3},
        {"precision": None, "recall": 0.0, "f1": 0},
    ]
    (axes,) = per_class(rows, ["a", "b"]).axes
    precision, recall, f1 = heights(axes)
    assert precision[0] == 50 and np.isnan(precision[1]) and recall == [100, 0]
    assert f1 == pytest.approx([200 / 3, 0]) and axes.get_ylim() == (0, 100)


def drawn(counts, confidence, accuracy, error=0.1):
    intervals = np.column_stack([np.zeros(len(counts)), np.ones(len(counts))])
    return reliability(np.array(counts), np.array(confidence), np.array(accuracy), error, intervals)


def test_reliability_shows_bins_with_examples_and_their_intervals():
    figure = drawn([0, 2, 8], [np.nan, 0.5, 0.9], [np.nan, 1.0, 0.75], 0.22)
    above, below = figure.axes
    diagonal, points = above.get_lines()
    assert points.get_xydata().tolist() == [[50, 100], [90, 75]]
    (intervals,) = above.collections
    assert [s.tolist() for s in intervals.get_segments()] == [[[x, 0], [x, 100]] for x in (50, 90)]
    assert above.get_title() == "ECE 22.00 %"
    assert [bar.get_height() for bar in below.patches] == [0, 2, 8]
    write_figure(figure, io.BytesIO(), io.BytesIO())


def test_the_log_axis_of_examples_has_plain_numbers():
    figure = drawn([3, 200], [0.4, 0.9], [0.5, 0.9])
    write_figure(figure, io.BytesIO())
    labels = [text.get_text() for text in figure.axes[1].get_yticklabels()]
    assert [label for label in labels if label] == ["0", "10", "100"]
