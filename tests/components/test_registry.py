"""Components of the settings: looked up by name, their arguments checked."""

import pytest

from components.errors import SettingsError
from components.registry import component_name, lookup


def plain():
    pass


def ramp(given, /, slope, offset=0.5):
    pass


REGISTRY = {"plain": plain, "ramp": ramp}


def test_a_name_and_a_mapping():
    assert lookup(REGISTRY, "plain", "step") == (plain, {})
    assert lookup(REGISTRY, {"name": "ramp", "slope": 2}, "step") == (ramp, {"slope": 2})
    assert component_name({"name": "ramp", "slope": 2}) == "ramp" == component_name("ramp")


def test_the_settings_are_left_as_they_are():
    component = {"name": "ramp", "slope": 2}
    lookup(REGISTRY, component, "step")
    assert component == {"name": "ramp", "slope": 2}


@pytest.mark.parametrize(
    ("component", "message"),
    [
        ("ramps", r"step 'ramps' is not known; known are: plain, ramp"),
        ("ramp", r"step ramp: found the arguments \(\), expected \(slope, offset=0.5\)"),
        ({"name": "ramp", "slope": 1, "given": 1}, r"found the arguments \(slope, given\)"),
        ({"name": "plain", "slope": 1}, r"step plain: .* expected \(\)"),
    ],
)
def test_mistakes_are_named(component, message):
    with pytest.raises(SettingsError, match=message):
        lookup(REGISTRY, component, "step")
