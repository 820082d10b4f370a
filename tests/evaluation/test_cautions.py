"""What is said of networks whose accuracy is worth nothing."""

import numpy as np
import pytest

from evaluation import cautions, measure_classes

RARE = np.repeat([0, 1], [88, 12])


def network(predicted, labels=RARE):
    return {f"test_{name}": x for name, x in measure_classes(np.array(predicted), labels).items()}


NEVER, ALWAYS = network([0] * 100), network([1] * 100)
GOOD = network([0] * 85 + [1] * 15)  # 97 %
POOR = network([0] * 80 + [1] * 10 + [0] * 10)  # 82 %: two of twelve, and eight false alarms


def worse(accuracy, balanced):
    return (
        f"test accuracy is {accuracy:.2f} %, no better than the 88.00 % of always answering the most "
        f"frequent test class (balanced accuracy is {balanced:.2f} %)"
    )


def test_a_network_that_sees_both_classes_gets_no_caution():
    assert cautions([GOOD, GOOD], "test") == cautions([], "test") == []


def test_a_network_with_one_answer_is_named():
    assert cautions([NEVER], "test") == [
        "the network predicts one class only",
        worse(88, 50),
    ]
    assert cautions([GOOD, ALWAYS, GOOD], "test") == [
        "1 of 3 networks predicts one class only",
        worse((97 + 97 + 12) / 3, (2 * 100 * (85 / 88 + 1) / 2 + 50) / 3),
    ]
    assert cautions([NEVER, GOOD, ALWAYS], "test")[0] == "2 of 3 networks predict one class only"
    assert cautions([GOOD] * 20 + [NEVER], "test") == ["1 of 21 networks predicts one class only"]


def test_a_network_worse_than_the_majority_is_named():
    assert cautions([POOR], "test") == [worse(82, 50 * (80 / 88 + 2 / 12))]
    assert cautions([POOR], "validation") == []  # it was not measured there


def test_the_accuracy_of_one_class_alone_says_nothing():
    alone = network([0, 0, 1], np.zeros(3, int))
    expected = ["the test examples are all of one class, so their accuracy says nothing"]
    assert cautions([alone], "test") == expected


@pytest.mark.parametrize("missing", ["test_accuracy", "test_majority_rate"])
def test_networks_without_numbers_are_left_out(missing):
    assert cautions([{**NEVER, missing: None}], "test") == []


def test_only_the_means_of_folds_count():
    """A fold of one class, or of one row, says nothing of the network."""
    networks = [
        {"validation_accuracy": 0.9, "validation_balanced_accuracy": 0.9, "fold": fold,
         "validation_majority_rate": rate, "validation_classes_predicted": 1}
        for fold, rate in enumerate([1.0, 0.5, 0.6])
    ]  # fmt: skip
    assert cautions(networks, "validation") == []
    poor = [network | {"validation_accuracy": 0.7} for network in networks]
    assert len(cautions(poor, "validation")) == 1
