"""The total of the losses that a training with single images sums up as it goes."""

import numpy as np
import pytest

from validate import EPSILON, online_loss

PLAIN = {
    "network": {"loss": "softmax_cross_entropy"},
    "training": {"batch_size": 1, "l2": 0.0, "augmentation": []},
}


def changed(part: str, **values) -> dict:
    return {**PLAIN, part: {**PLAIN[part], **values}}


def test_the_first_epoch_is_summed_with_and_without_the_guard():
    losses = np.array([1.0, 2.0, 100.0, 5.0, 5.0, 5.0])  # two epochs of three images
    total = online_loss(PLAIN, losses, 3)
    assert total["exact"] == 103
    assert total["guarded"] == pytest.approx(3 - np.log(EPSILON))
    assert total["epsilon"] == EPSILON


@pytest.mark.parametrize(
    "config",
    [
        changed("training", batch_size=2),
        changed("training", batch_size="full"),
        changed("training", l2=0.1),
        changed("training", augmentation=[{"name": "mixup", "alpha": 0.2}]),
        changed("network", loss="squared_error"),
        changed("network", loss={"name": "softmax_cross_entropy", "label_smoothing": 0.1}),
    ],
)
def test_there_is_none_where_the_losses_are_something_else(config):
    assert online_loss(config, np.ones(3), 3) is None


def test_a_component_without_arguments_is_its_name():
    config = changed("network", loss={"name": "softmax_cross_entropy"})
    assert online_loss(config, np.ones(3), 3)["exact"] == 3
