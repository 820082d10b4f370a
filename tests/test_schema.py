"""The schema of config.yaml offers what the network library has: names, arguments, defaults."""

import inspect

import pytest
import yaml

import nn

REGISTRIES = {
    "activation": nn.ACTIVATIONS,
    "initializer": nn.INITIALIZERS,
    "loss": nn.LOSSES,
    "optimizer": nn.OPTIMIZERS,
    "schedule": nn.SCHEDULES,
    "augmentation": nn.AUGMENTATIONS,
    "step": nn.PREPARATION_STEPS,
}
COMPONENTS = [(kind, name) for kind, registry in REGISTRIES.items() for name in registry]


@pytest.fixture(scope="module")
def definitions(root) -> dict:
    text = (root / "workflow" / "schemas" / "config.schema.yaml").read_text(encoding="utf-8")
    return yaml.safe_load(text)["$defs"]


def plain_names(definition: dict) -> set[str]:
    """The names that may stand alone."""
    return {name for branch in definition["anyOf"] for name in branch.get("enum", [])}


def mappings(definition: dict) -> dict[str, tuple[set[str], set[str]]]:
    """By name: the arguments that a mapping may have, and those that it must have."""
    found = {}
    for branch in definition["anyOf"]:
        if "properties" not in branch:
            continue
        rule = branch["properties"]["name"]
        arguments = branch["properties"].keys() - {"name"}
        assert branch.get("additionalProperties") is False or branch.get("maxProperties") == 1
        for name in rule.get("enum", [rule.get("const")]):
            assert name not in found
            found[name] = arguments, set(branch["required"]) - {"name"}
    return found


def arguments(component) -> tuple[set[str], set[str]]:
    """The arguments that a function or class takes, and those without a default."""
    parameters = inspect.signature(component).parameters.values()
    settings = [p for p in parameters if p.kind is not p.POSITIONAL_ONLY]
    return {p.name for p in settings}, {p.name for p in settings if p.default is p.empty}


@pytest.mark.parametrize("kind", REGISTRIES)
def test_names_are_those_of_the_registry(definitions, kind):
    found = plain_names(definitions[kind]) | mappings(definitions[kind]).keys()
    assert found == REGISTRIES[kind].keys()


@pytest.mark.parametrize("kind, name", COMPONENTS)
def test_arguments_are_those_of_the_component(definitions, kind, name):
    taken, required = arguments(REGISTRIES[kind][name])
    offered, demanded = mappings(definitions[kind])[name]
    assert offered == taken
    assert demanded == required
    assert (name in plain_names(definitions[kind])) == (not required)


def test_choices_are_those_of_the_library(definitions):
    network, training = (definitions[part]["properties"] for part in ("network", "training"))
    assert network["normalization"]["enum"] == ["none", *nn.NORMALIZATIONS]
    assert set(training["batches"]["enum"]) == nn.BATCHES.keys()


def defaults(definition: dict) -> dict:
    return {key: part["default"] for key, part in definition["properties"].items()}


def test_defaults_of_a_network_are_those_of_the_library(definitions):
    assert defaults(definitions["network"]) == nn.NETWORK_DEFAULTS


def test_defaults_of_a_training_are_those_of_the_library(definitions):
    """Save for its length: a config has to state either epochs or iterations."""
    assert defaults(definitions["training"]) == {**nn.TRAINING_DEFAULTS, "epochs": None}
