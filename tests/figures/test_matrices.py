import io

import numpy as np

from figures.matrices import confusion_matrix, sweep_heatmap
from figures.style import write_figure

RATES, DECAYS = [0.001, 0.0012], [0.0001, 0.001, 0.01]
SCORES = np.ma.array([[49.9, 51.1, np.nan], [52.8, 50.7, 51.2]])
NAMES = ("learning_rate", "l2", "validation accuracy (%)")


def texts(axes):
    return {(t.get_position()[1], t.get_position()[0]): t.get_text() for t in axes.texts}


def test_heatmap_cells_hold_their_scores_and_failures_are_labelled():
    figure = sweep_heatmap(SCORES, RATES, DECAYS, *NAMES)
    axes, bar = figure.axes
    assert texts(axes) == {
        (0, 0): "49.90", (0, 1): "51.10", (0, 2): "failed",
        (1, 0): "52.80", (1, 1): "50.70", (1, 2): "51.20",
    }  # fmt: skip
    assert axes.get_title() == "highest (framed): 52.80, 1 failed (hatched)"
    assert bar.get_ylabel() == "validation accuracy (%)"


def test_heatmap_axes_name_the_swept_values():
    axes = sweep_heatmap(SCORES, RATES, DECAYS, *NAMES).axes[0]
    assert (axes.get_ylabel(), axes.get_xlabel()) == ("learning_rate", "l2")
    assert [t.get_text() for t in axes.get_yticklabels()] == ["0.001", "0.0012"]
    assert [t.get_text() for t in axes.get_xticklabels()] == ["0.0001", "0.001", "0.01"]


def test_heatmap_hatches_the_failed_and_frames_the_highest():
    hatched, framed = sweep_heatmap(SCORES, RATES, DECAYS, *NAMES).axes[0].patches
    assert hatched.get_hatch()
    assert hatched.get_xy() == (1.5, -0.5)
    assert framed.get_xy() == (-0.5, 0.5)


def test_heatmap_leaves_untried_cells_empty():
    scores = np.ma.array(SCORES, mask=[[False, True, False], [True, False, False]])
    axes = sweep_heatmap(scores, RATES, DECAYS, *NAMES).axes[0]
    assert sorted(texts(axes)) == [(0, 0), (0, 2), (1, 1), (1, 2)]
    assert axes.get_title() == "highest (framed): 51.20, 1 failed (hatched)"


def test_heatmap_of_nothing_but_failures():
    figure = sweep_heatmap(np.ma.array([[np.nan, np.nan]]), [1], [2, 3], *NAMES)
    assert figure.axes[0].get_title() == "no run survived, 2 failed (hatched)"
    assert len(figure.axes) == 1  # no colours to explain
    write_figure(figure, io.BytesIO(), io.BytesIO())


def test_a_large_heatmap_has_no_numbers_in_its_cells():
    figure = sweep_heatmap(np.ma.ones((30, 21)), range(30), range(21), *NAMES)
    assert not figure.axes[0].texts


def test_confusion_shows_counts_and_colours_by_share():
    figure = confusion_matrix([[8, 2, 0], [0, 5, 0], [0, 0, 0]], ["cat", "dog", "ship"])
    axes, bar = figure.axes
    assert {k: v for k, v in texts(axes).items() if v} == {(0, 0): "8", (0, 1): "2", (1, 1): "5"}
    assert axes.get_images()[0].get_array().tolist() == [[80, 20, 0], [0, 100, 0], [0, 0, 0]]
    assert (axes.get_ylabel(), axes.get_xlabel()) == ("true class", "predicted class")
    assert axes.get_title() == "13 of 15 correct"
    assert bar.get_ylabel() == "share of the true class (%),\non a square-root scale"


def test_confusion_of_100_classes_has_room_for_its_labels():
    axes = confusion_matrix(np.eye(100, dtype=int), [f"class {k}" for k in range(100)]).axes[0]
    assert len(axes.get_xticklabels()) <= 40
    assert axes.get_yticklabels()[1].get_text() == "class 3"
    assert not axes.texts
