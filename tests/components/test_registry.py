"""Components of the settings: looked up by name, their arguments checked."""

from collections.abc import Sequence
from typing import Literal

import pytest

from components.arguments import ClassWeights, Count, Share
from components.errors import SettingsError
from components.registry import component_name, lookup


def plain():
    pass


def ramp(given, /, slope: float, offset: float = 0.5):
    pass


def checked(
    count: Count = 1,
    share: Share = 1,
    side: Literal["left", "right"] = "left",
    exact: bool = False,
    most: Count | None = None,
    places: Sequence[float] = (),
    weights: ClassWeights = None,
):
    pass


REGISTRY = {"plain": plain, "ramp": ramp, "checked": checked}


def test_a_name_and_a_mapping():
    assert lookup(REGISTRY, "plain", "step") == (plain, {})
    assert lookup(REGISTRY, {"name": "ramp", "slope": 2}, "step") == (ramp, {"slope": 2})
    assert component_name({"name": "ramp", "slope": 2}) == "ramp" == component_name("ramp")


def test_the_settings_stay_unchanged():
    component = {"name": "ramp", "slope": 2}
    lookup(REGISTRY, component, "step")
    assert component == {"name": "ramp", "slope": 2}


@pytest.mark.parametrize(
    ("component", "message"),
    [
        ("ramps", r"unknown step 'ramps'; known: plain, ramp, checked"),
        ("ramp", r"step ramp: found the arguments \(\), expected \(slope, offset=0.5\)"),
        ({"name": "ramp", "slope": 1, "given": 1}, r"found the arguments \(slope, given\)"),
        ({"name": "plain", "slope": 1}, r"step plain: .* expected \(\)"),
    ],
)
def test_wrong_names_and_arguments_are_reported(component, message):
    with pytest.raises(SettingsError, match=message):
        lookup(REGISTRY, component, "step")


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        ({"count": 0}, "count is 0, expected a whole number at least 1"),
        ({"count": 1.0}, "count is 1.0, expected a whole number"),
        ({"count": True}, "count is True, expected a whole number"),
        ({"share": float("nan")}, "share is nan, expected a number above 0 and at most 1"),
        ({"share": 1.1}, "share is 1.1, expected a number above 0 and at most 1"),
        ({"share": "1"}, "share is '1', expected a number"),
        ({"places": [10**400]}, r"expected a list of \(a number\)"),
        ({"side": "up"}, "side is 'up', expected left or right"),
        ({"side": ["left"]}, r"side is \['left'\], expected left or right"),
        ({"exact": 1}, "exact is 1, expected true or false"),
        ({"most": 0}, "most is 0, expected null or a whole number at least 1"),
        ({"places": [1, "2"]}, r"expected a list of \(a number\)"),
        ({"weights": [-1]}, r"expected balanced or a mapping of \(a number at least 0\) or a list"),
    ],
)
def test_a_value_outside_its_annotation_is_reported(arguments, expected):
    with pytest.raises(SettingsError, match=f"step checked: .*{expected}"):
        lookup(REGISTRY, {"name": "checked", **arguments}, "step")


def test_values_inside_their_annotations_pass():
    arguments = {"count": 2, "share": 1, "side": "right", "exact": True, "most": None}
    arguments |= {"places": [1, 2.5], "weights": {"a": 1}}
    assert lookup(REGISTRY, {"name": "checked", **arguments}, "step")[1] == arguments
    for weights in ("balanced", [1, 2.0], None):
        lookup(REGISTRY, {"name": "checked", "weights": weights}, "step")
