"""The schema of config.yaml combines the schema file and the declarations in the code."""

import jsonschema
import pytest
import yaml

import inputs
import nn
from configuration import schema as made
from configuration.schema import config_schema
from datasets import FORMATS

COMPONENTS = [
    (kind, name)
    for kind, registry in (inputs.REGISTRIES | nn.REGISTRIES).items()
    for name in registry
]


@pytest.fixture(scope="module")
def schema() -> dict:
    return config_schema()


@pytest.mark.parametrize("kind, name", COMPONENTS)
def test_every_component_is_offered_with_rules_that_allow_its_own_defaults(schema, kind, name):
    rule = schema["components"][kind][name]
    jsonschema.Draft202012Validator.check_schema(rule)
    defaults = {k: part["default"] for k, part in rule["properties"].items() if "default" in part}
    given = defaults | dict.fromkeys(rule["required"], [1] if name == "step" else 1)
    jsonschema.Draft202012Validator(rule).validate(given)


def test_defaults_are_those_of_the_library(schema):
    """Save for the length of a training: a config has to state either epochs or iterations."""
    for section, expected in (
        ("network", nn.NETWORK_DEFAULTS),
        ("training", {**nn.TRAINING_DEFAULTS, "epochs": None}),
    ):
        properties = schema["$defs"][section]["properties"]
        assert {key: rule["default"] for key, rule in properties.items()} == expected


def test_choices_are_those_of_the_library(schema):
    assert schema["$defs"]["network"]["properties"]["normalization"]["enum"] == [
        "none",
        *nn.NORMALIZATIONS,
    ]
    assert set(schema["$defs"]["training"]["properties"]["batches"]["enum"]) == set(inputs.BATCHES)


def test_a_key_of_the_library_that_the_file_lacks_is_an_error(monkeypatch):
    defaults = {**nn.NETWORK_DEFAULTS, "momentum": 0.9}
    monkeypatch.setitem(made.SECTIONS, "network", (defaults, {}))
    with pytest.raises(KeyError, match="differ in the keys of network: momentum"):
        config_schema()


def test_every_format_is_offered_with_its_own_settings(schema):
    variants = schema["$defs"]["dataset"]["variants"]
    assert variants.keys() == FORMATS.keys()
    assert "noise" in variants["spiral"]["properties"]
    assert "noise" not in variants["idx"]["properties"]
    for name, kind in FORMATS.items():
        if kind.places:
            assert variants[name]["properties"].keys() == {
                "format",
                "classes",
                "remark",
                *kind.settings,
            }
            continue
        assert variants[name]["properties"]["files"]["properties"].keys() == {
            *kind.files,
            *kind.test_files,
        }


def test_every_component_named_in_config_yaml_exists(root):
    from experiments.plan import Plan

    Plan(yaml.safe_load((root / "config.yaml").read_text()), config_schema())
