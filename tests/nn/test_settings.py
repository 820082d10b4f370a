import pytest

from components import SettingsError
from nn.settings import complete

DEFAULTS, CHOICES = {"kind": "a", "size": 1}, {"kind": ("a", "b")}


def test_defaults_fill_what_is_left_out():
    assert complete({"kind": "b"}, DEFAULTS, CHOICES, "part") == {"kind": "b", "size": 1}


def test_an_unknown_key_lists_the_known():
    with pytest.raises(SettingsError, match="part: unknown key 'sise'; known: kind, size"):
        complete({"sise": 2}, DEFAULTS, CHOICES, "part")


def test_an_unknown_choice_lists_the_known():
    with pytest.raises(SettingsError, match="part.kind: found 'c', expected one of a, b"):
        complete({"kind": "c"}, DEFAULTS, CHOICES, "part")
