"""The section of an experiment: its small curve, and cells as JSON has them."""

import pytest

from configuration.schema import config_schema
from page import section

CURVES = [
    {"configuration": name, "epoch": [1.0, 2.0, 4.0], "validation_accuracy": values}
    for name, values in [("a", [0.5, 0.7, None]), ("a", [0.7, 0.9, 1.0]), ("b", [0.0, 0.0, 0.0])]
]


def test_the_small_curve_is_the_mean_of_the_best_configuration():
    found = section.spark(CURVES, "a", "validation_accuracy")
    # 0.6, 0.8 and 1.0 (of one run) at the epochs 1, 2 and 4, in 120 by 30 with two at each edge
    assert found["points"] == "2.0,28.0 40.7,15.0 118.0,2.0"
    assert found["ends"] == ["60", "100"]
    assert section.spark(CURVES[:1], "b", "validation_accuracy") is None


def test_the_defaults_of_a_split_match_the_schema():
    rules = config_schema()["$defs"]["split"]["properties"]
    defaults = {key: rule["default"] for key, rule in rules.items() if "default" in rule}
    assert defaults == section.SPLIT_DEFAULTS | {"validation": 0}
    assert rules.keys() - defaults.keys() == {"folds", "repeats"}  # without folds there is neither


@pytest.mark.parametrize(
    ("cell", "value"), [("", None), ("1.5", 1.5), ("inf", None), ("nan", None), ("[64]", "[64]")]
)
def test_cells_become_what_json_has(cell, value):
    assert section.number_or_text(cell) == value
