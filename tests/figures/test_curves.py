import io

import numpy as np
import pytest

from figures.curves import layer_scales, loss_history
from figures.learning_curves import learning_curves
from figures.style import write_figure


def history(epochs=5, scale=1.0, validation=True):
    epoch = np.arange(epochs + 1)
    nothing = [None] * len(epoch)
    loss, accuracy = scale * np.exp(-epoch / 3), 1 - np.exp(-(epoch + 1) / 3)
    return {
        "epoch": epoch.tolist(),
        "training_loss": loss.tolist(),
        "training_accuracy": accuracy.tolist(),
        "validation_loss": (loss + 0.1).tolist() if validation else nothing,
        "validation_accuracy": (accuracy - 0.05).tolist() if validation else nothing,
    }


def panels(figure):
    loss, accuracy = figure.axes
    return loss.get_lines(), accuracy.get_lines()


def legend(figure):
    return [text.get_text() for text in figure.legends[0].get_texts()] if figure.legends else []


def assert_it_can_be_drawn(figure):
    write_figure(figure, io.BytesIO(), io.BytesIO())


def test_axes_are_labelled():
    loss, accuracy = learning_curves({"run": [history()]}).axes
    assert (loss.get_xlabel(), loss.get_ylabel()) == ("epoch", "loss")
    assert (accuracy.get_xlabel(), accuracy.get_ylabel()) == ("epoch", "accuracy (%)")


def test_training_is_dashed_and_validation_solid():
    one = history()
    (training, validation), (training_accuracy, _) = panels(learning_curves({"run": [one]}))
    assert (training.get_linestyle(), validation.get_linestyle()) == ("--", "-")
    assert training.get_xydata().tolist() == [
        list(p) for p in zip(one["epoch"], one["training_loss"], strict=True)
    ]
    assert validation.get_ydata().tolist() == one["validation_loss"]
    assert training_accuracy.get_ydata() == pytest.approx(100 * np.array(one["training_accuracy"]))


def test_the_best_run_is_the_widest_line_on_top():
    figure = learning_curves({name: [history()] for name in "abc"}, best="b")
    widths = [line.get_linewidth() for line in panels(figure)[1]]
    assert widths[-1] == widths[-2] == max(widths) > widths[0]
    assert legend(figure) == ["a", "b (best)", "c", "training", "validation"]


def test_a_configuration_is_the_mean_of_its_runs_and_a_band():
    figure = learning_curves({"a": [history(), history(scale=3)], "b": [history()]})
    (training, validation, *_), _ = panels(figure)
    one = np.array(history()["training_loss"])
    assert training.get_ydata() == pytest.approx(2 * one)
    assert validation.get_ydata() == pytest.approx(2 * one + 0.1)
    (band,) = figure.axes[0].collections  # one run has none
    heights = band.get_paths()[0].vertices[:, 1]
    assert (heights.max(), heights.min()) == pytest.approx((3.1, one[-1] + 0.1))
    assert legend(figure) == [
        "a", "b", "training", "validation", "validation, lowest to highest run",
    ]  # fmt: skip


def test_the_mean_is_over_the_runs_that_reached_the_epoch():
    (_, mean), _ = panels(learning_curves({"a": [history(5), history(2, scale=3)]}))
    one = np.array(history(5)["training_loss"])
    expected = np.where(np.arange(6) < 3, 2 * one, one) + 0.1
    assert mean.get_ydata() == pytest.approx(expected)


def test_only_the_best_of_four_configurations_shows_training():
    figure = learning_curves({name: [history()] for name in "abcd"}, best="c")
    styles = [line.get_linestyle() for line in panels(figure)[0]]
    assert styles == ["-", "-", "-", "--", "-"]


def test_all_but_the_best_of_45_configurations_are_grey():
    figure = learning_curves({f"rate={i}": [history()] for i in range(45)}, best="rate=7")
    training, validation = panels(figure)[0]
    (others,) = figure.axes[0].collections
    one = history()
    expected = np.column_stack([one["epoch"], one["validation_loss"]])  # no training
    assert [line.tolist() for line in others.get_segments()] == 44 * [expected.tolist()]
    assert len(others.get_color()) == 1
    assert training.get_color() == validation.get_color()
    assert others.get_zorder() <= validation.get_zorder()
    assert legend(figure) == [
        "rate=7 (best)", "44 other configurations (validation)", "training", "validation",
    ]  # fmt: skip


def test_without_a_validation_split_only_training_is_drawn():
    figure = learning_curves({"run": [history(validation=False)]})
    assert [len(lines) for lines in panels(figure)] == [1, 1]
    assert legend(figure) == ["run", "training"]
    crowd = learning_curves({f"run{i}": [history(validation=False)] for i in range(9)})
    assert [len(axes.collections[0].get_segments()) for axes in crowd.axes] == [9, 9]


def test_grey_losses_over_decades_have_a_log_axis():
    runs = {f"run{i}": [history(epochs=40, scale=10.0**-i)] for i in range(9)}
    loss, accuracy = learning_curves(runs).axes
    assert (len(loss.get_lines()), len(loss.collections)) == (0, 1)  # one artist for all
    assert (loss.get_yscale(), accuracy.get_yscale()) == ("linear", "linear")  # 0.1 to 10.1
    for run in runs.values():
        run[0]["validation_loss"] = run[0]["training_loss"]
    figure = learning_curves(runs)
    assert figure.axes[0].get_yscale() == "log"
    write_figure(figure, io.BytesIO())
    assert figure.axes[0].yaxis.get_major_formatter()(0.01) == "0.01"


def test_missing_numbers_leave_out_points():
    run = history()
    run["validation_loss"][2:4] = [None, float("nan")]
    validation = panels(learning_curves({"run": [run]}))[0][1]
    assert validation.get_xdata().tolist() == [0, 1, 4, 5]


def test_a_best_configuration_without_a_history_is_left_out():
    assert "c (best)" not in legend(learning_curves({"a": [history()]}, best="c"))
    crowd = learning_curves({f"run{i}": [history()] for i in range(9)}, best="c")
    assert legend(crowd)[0] == "9 other configurations (validation)"


def test_a_single_epoch_is_a_visible_point():
    figure = learning_curves({"run": [history(epochs=0)]})
    assert all(line.get_marker() == "o" for line in panels(figure)[0])
    assert_it_can_be_drawn(figure)


def test_a_run_that_crashed_at_once_has_no_line_but_is_named():
    figure = learning_curves({"run": [{"epoch": [], "training_loss": []}]})
    assert [len(lines) for lines in panels(figure)] == [0, 0]
    assert "no loss was recorded" in [text.get_text() for text in figure.axes[0].texts]
    assert legend(figure) == ["run"]
    assert_it_can_be_drawn(figure)


def test_a_diverging_loss_has_a_log_axis_accuracy_never():
    run = history(40)
    run["training_loss"][3] = 1e9
    loss, accuracy = learning_curves({"run": [run], "other": [history()]}).axes
    assert loss.get_yscale() == "log"
    assert accuracy.get_yscale() == "linear"
    assert learning_curves({"run": [history(5)]}).axes[0].get_yscale() == "linear"


def test_loss_history_shows_every_iteration_and_the_running_mean():
    losses = np.arange(200.0, 0.0, -1.0)
    (axes,) = loss_history(losses).axes
    raw, smooth = axes.get_lines()
    assert (axes.get_xlabel(), axes.get_ylabel()) == ("iteration", "objective")
    assert np.array_equal(raw.get_ydata(), losses)
    # the first mean of 4: 200 199 198 197, in the middle of iterations 0 to 3
    assert (smooth.get_xdata()[0], smooth.get_ydata()[0]) == (1.5, 198.5)
    assert smooth.get_ydata()[-1] == pytest.approx(2.5)
    assert len(smooth.get_ydata()) == 197


def test_loss_history_of_a_few_iterations_has_one_line():
    assert len(loss_history(np.ones(20)).axes[0].get_lines()) == 1
    assert_it_can_be_drawn(loss_history([1.0]))


def test_a_long_loss_history_keeps_its_extremes_in_a_small_file():
    losses = np.random.default_rng(0).random(100_000)
    losses[54_321], losses[77_777] = 7.0, -3.0
    raw = loss_history(losses).axes[0].get_lines()[0]
    assert len(raw.get_ydata()) == 3000
    assert (raw.get_ydata().max(), raw.get_ydata().min()) == (7.0, -3.0)
    assert abs(raw.get_xdata()[raw.get_ydata().argmax()] - 54_321) < 100


def test_a_diverged_loss_history_marks_the_iteration():
    figure = loss_history([3.0, 2.0, 5.0, np.inf, np.nan, 1.0])
    raw, mark = figure.axes[0].get_lines()
    assert raw.get_ydata().tolist() == [3.0, 2.0, 5.0]
    assert mark.get_label() == "not finite from iteration 3"
    assert_it_can_be_drawn(figure)


@pytest.mark.parametrize("losses", [[], [np.nan, 1.0]])
def test_a_loss_history_without_a_loss(losses):
    figure = loss_history(losses)
    assert [text.get_text() for text in figure.axes[0].texts] == ["no loss was finite"]
    assert_it_can_be_drawn(figure)


def test_layer_scales_have_a_line_for_each_layer():
    epochs = np.array([1, 2, 4])
    figure = layer_scales(epochs, np.ones((3, 2)), np.full((3, 2), 0.25), np.ones((3, 3)))
    _, dead, _ = figure.axes
    assert [len(axes.get_lines()) for axes in figure.axes] == [2, 2, 3]
    assert dead.get_lines()[0].get_ydata().tolist() == [25, 25, 25]
    assert legend(figure) == ["layer 1", "layer 2", "output layer"]
    assert_it_can_be_drawn(figure)


def test_layer_scales_name_both_factors_of_a_bottleneck():
    epochs = np.array([1, 2, 4])
    gradient = np.tile([1.0, 2, 3, 4, 5], (3, 1))
    figure = layer_scales(epochs, np.ones((3, 2)), np.ones((3, 2)), gradient)
    assert legend(figure) == [
        "layer 1, bottleneck", "layer 1", "layer 2, bottleneck", "layer 2", "output layer"
    ]  # fmt: skip
    activations, _, gradients = (axes.get_lines() for axes in figure.axes)
    assert [line.get_label() for line in activations] == ["layer 1", "layer 2"]
    assert [line.get_ydata()[0] for line in gradients] == [1, 2, 3, 4, 5]
    colours = [line.get_color() for line in activations]
    assert [line.get_color() for line in gradients[:4]] == [c for c in colours for _ in range(2)]
    assert_it_can_be_drawn(figure)


def test_without_hidden_layers_only_gradients_are_drawn():
    figure = layer_scales(np.array([1]), np.ones((1, 0)), np.ones((1, 0)), np.ones((1, 1)))
    assert [axes.get_ylabel() for axes in figure.axes] == ["root mean square of gradients"]
    assert_it_can_be_drawn(figure)
