"""Every figure is drawn from the files that the workflow gives it, and from no others."""

from types import SimpleNamespace

import numpy as np
import pytest
from matplotlib.text import Text

import plot
import select_best
from components import streams
from experiments import layout
from figures import FIGURES, FILES, Results, style
from files import artifacts
from files.models import Model
from nn import build_network

write = style.write_figure


@pytest.mark.parametrize("figure", FIGURES)
def test_a_figure_needs_no_more_than_its_inputs(finished, figure, monkeypatch):
    experiment = finished("points" if "boundary" in figure else "swept")
    assert figure in experiment.figures
    drawn, reasons = [], []
    monkeypatch.setattr(style, "empty", reasons.append)
    monkeypatch.setattr(
        plot, "write_figure", lambda *given: drawn.append(given[0]) or write(*given)
    )
    png, svg = experiment.draw(figure)
    assert reasons == []
    assert png.read_bytes().startswith(b"\x89PNG") and b"<svg" in svg.read_bytes()
    assert_it_can_be_read(*drawn)


def assert_it_can_be_read(figure):
    """Letters have 7 points at least, and every colour has a key."""
    texts = [text for text in figure.findobj(Text) if text.get_visible() and text.get_text()]
    assert texts and min(text.get_fontsize() for text in texts) >= 7
    for axes in figure.axes:
        for image in axes.get_images():
            is_coloured = image.get_array().ndim == 2 and image.get_cmap().name != "gray"
            assert image.colorbar or not is_coloured
        assert figure.legends or not axes.get_legend_handles_labels()[1]


@pytest.mark.parametrize("name", ["lost", "lost_swept", "lost_halved"])
def test_every_figure_of_an_experiment_that_failed_can_be_drawn(finished, name):
    lost = finished(name)
    assert len(lost.figures) >= 4
    for figure in lost.figures:
        png, _ = lost.draw(figure)
        assert png.read_bytes().startswith(b"\x89PNG"), figure


@pytest.mark.parametrize(
    ("figure", "reason"),
    [
        ("learning_curves", "no run reached its first evaluation"),
        ("loss_history", "no network survived"),
        ("first_layer_weights", "no network survived"),
        ("confusion_matrix", "no network survived"),
    ],
)
def test_an_empty_figure_gives_the_reason(finished, monkeypatch, figure, reason):
    said = []
    original = style.empty
    monkeypatch.setattr(style, "empty", lambda text: said.append(text) or original(text))
    finished("lost").draw(figure)
    assert said == [f"{figure.replace('_', ' ')}: {reason}"]


def test_the_network_shown_is_that_of_the_first_seed_that_survived(finished):
    bad, good = (finished(name).folder / "final/seed=0/model.npz" for name in ("lost", "plain"))
    later = finished("plain").folder / "final/seed=1/model.npz"
    model = Results({"models": [bad, good, later]}, None).final_model
    assert (model.config["status"], model.config["seed"]) == ("completed", 0)
    assert Results({"models": [later, good]}, None).final_model.config["seed"] == 1


@pytest.mark.parametrize("bottleneck", [None, 2])
def test_the_first_layer_is_shown_with_a_picture_for_each_unit(bottleneck):
    settings = {"hidden": [5, 3], "bottleneck": bottleneck}
    network = build_network(settings, 6, 2, streams(0))
    network.parameters[:] = 1
    results = SimpleNamespace(final_model=Model(network, None, {"shape": [2, 3]}))
    weights, shape = FIGURES["first_layer_weights"].read(results)
    assert shape == (2, 3)
    np.testing.assert_array_equal(weights, np.full((6, 5), bottleneck or 1))


def test_learning_curves_are_drawn_if_the_best_run_has_none(built):
    """Halving may leave a best run that failed at once, among others that have a history."""
    swept = built("swept")
    rows = swept.read("histories.csv")
    best = swept.read("selection.json")["best_run"]
    left = [row for row in rows if row["run"] != best]
    artifacts.write_csv(swept.folder / "histories.csv", list(rows[0]), left)
    png, _ = swept.draw("learning_curves")
    assert png.exists()


def test_the_same_results_are_the_same_picture(built):
    swept = built("swept")
    first = [path.read_bytes() for path in swept.draw("configurations")]
    assert [path.read_bytes() for path in swept.draw("configurations")] == first


def test_figures_that_an_experiment_no_longer_has_are_removed(built):
    swept = built("swept")
    earlier = swept.draw("sweep_heatmap")
    own = swept.folder / "figures/of_mine.png"
    own.touch()
    png, svg = swept.draw("configurations")
    assert png.exists() and svg.exists() and own.exists()
    assert not any(path.exists() for path in earlier)


def test_a_figure_needs_only_files_that_are_known(small_plan):
    experiment = small_plan.experiments["swept"]
    for name, figure in FIGURES.items():
        assert set(figure.needs) <= FILES.keys(), name
        assert layout.shown(experiment, figure.needs).keys() == set(figure.needs)


def test_a_figure_has_a_caption():
    assert all(len(figure.caption) > 20 for figure in FIGURES.values())


def test_each_experiment_has_its_figures(small_plan):
    def figures_of(name):
        experiment = small_plan.experiments[name]
        return {name for name, figure in FIGURES.items() if figure.when(experiment)}

    assert "decision_boundary" in figures_of("points")
    assert "first_layer_weights" not in figures_of("points")
    assert "configurations" in figures_of("swept")
    assert "confusion_matrix" in figures_of("swept")


@pytest.mark.parametrize(
    ("metric", "axis", "factor"),
    [("loss", "-validation loss", -1), ("macro_f1", "validation macro F1 (%)", 100)],
)
def test_scores_are_drawn_so_that_more_is_better(built, monkeypatch, metric, axis, factor):
    swept = built("swept")
    monkeypatch.setitem(swept.experiment.settings, "selection", {"metric": metric})
    swept.choose(select_best, swept.folder / "bundles", swept.folder / "selection.json")
    results = Results({"selection": [swept.folder / "selection.json"]}, None)
    assert results.criterion == axis
    assert results.scaled([0.25, None]) == [0.25 * factor, None]
    means = [row[f"validation_{metric}"] for row in results.selection["configurations"]]
    drawn = [results.scaled(mean) for mean in means if mean is not None]
    assert drawn == sorted(drawn, reverse=True) and len(drawn) == 3
    for figure in ("configurations", "sweep_heatmap", "marginals"):
        assert swept.draw(figure)[0].exists()


def test_the_interval_of_a_configuration_is_around_its_mean_score(built):
    results = Results({"selection": [built("swept").folder / "selection.json"]}, None)
    scores, intervals, *_ = FIGURES["configurations"].read(results)
    drawn = {name: ends for name, ends in intervals.items() if ends}
    assert intervals.keys() == scores.keys() and len(drawn) == 3  # the others failed
    for name, (low, high) in drawn.items():
        assert 0 <= low < np.mean(scores[name]) < high <= 100
        assert high - low > 1
