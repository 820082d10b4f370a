"""A small config, and the messages about it after a change."""

import copy

import pytest
import yaml

from configuration.schema import config_schema
from experiments import ConfigError
from experiments.plan import Plan

CONFIG = """
targets: [small]
datasets:
  digits:
    format: idx
    generator: sklearn_digits
    classes: ["0", "1"]
    shape: [8, 8]
    train_size: 100
    test_size: 20
    files:
      train_images: {file: a}
      train_labels: {file: b}
      test_images: {file: c}
      test_labels: {file: d}
  spiral: {format: spiral, classes: ["0", "1", "2"], points_per_class: 50}
experiments:
  small: {dataset: digits, split: {validation: 20}, training: {epochs: 3}}
"""


@pytest.fixture(scope="session")
def schema() -> dict:
    return config_schema()


@pytest.fixture
def config() -> dict:
    return yaml.safe_load(CONFIG)


@pytest.fixture
def plan(config, schema):
    """plan(split={...}, ...): the plan of the small config, its experiment with these settings."""

    def make(change=None, **settings) -> Plan:
        changed = copy.deepcopy(config)
        changed["experiments"]["small"].update(settings)
        if change:
            change(changed)
        return Plan(changed, schema)

    return make


@pytest.fixture
def experiment(plan):
    """experiment(sweep={...}, ...): the experiment of the small config with these settings."""
    return lambda **settings: plan(**settings).experiments["small"]


@pytest.fixture
def message(plan):
    """The message that a mistake ends in; arguments as `plan`."""

    def refused(change=None, **settings) -> str:
        with pytest.raises(ConfigError) as caught:
            plan(change, **settings)
        return str(caught.value)

    return refused
