"""What a config says of a mistake, word for word: the table mistakes.yaml.

`<kind>` in the table is the list of the names of that kind: `<activation>`, `<format>`, `<metric>`.
"""

from pathlib import Path

import pytest
import yaml

from evaluation import SELECTABLE
from experiments import ConfigError
from experiments.plan import Plan

TABLE = yaml.safe_load(Path(__file__).with_name("mistakes.yaml").read_text(encoding="utf-8"))


def merged(value, change):
    """`value` with the keys of `change` put in, and without the key `gone`."""
    if not isinstance(value, dict) or not isinstance(change, dict):
        return change
    kept = {key: part for key, part in value.items() if key != change.get("gone")}
    return kept | {
        key: merged(kept.get(key), part) for key, part in change.items() if key != "gone"
    }


@pytest.mark.parametrize("number", range(len(TABLE)))
def test_each_mistake_has_the_message_of_the_table(number, config, schema):
    change, said = dict(TABLE[number]["change"]), TABLE[number]["said"]
    if "small" in change:
        small = change.pop("small")
        config["experiments"]["small"] = merged(config["experiments"]["small"], small)
    with pytest.raises(ConfigError) as caught:
        Plan(merged(config, change), schema)
    known = schema["components"] | {"format": schema["formats"], "metric": SELECTABLE}
    for kind, names in known.items():
        said = [line.replace(f"<{kind}>", ", ".join(names)) for line in said]
    assert str(caught.value) == "\n".join(said)


def test_names_that_are_too_long_for_a_file_are_refused(message):
    name = "a" * 101
    assert message(lambda config: config["experiments"].update({name: {"dataset": "digits"}})) == (
        f"config: experiments has the key '{'a' * 49} ... {'a' * 19}'; expected a name of "
        "letters, digits and _ that starts with a letter, at most 100 characters"
    )


def test_more_than_a_thousand_layers_are_refused(message):
    def change(config):
        config["experiments"]["small"]["network"] = {"hidden": [4] * 1001}

    assert message(change).endswith("; expected a list of length at most 1000")


def test_names_of_many_layers_and_preparations_are_valid_file_names(experiment):
    made = experiment(network={"hidden": [100] * 200}, preparation=["unit", "standardize"] * 30)
    for name in (*made.prepared, *made.architectures):
        assert len(f".{name}.0123abcd.npz") <= 255
    other = experiment(network={"hidden": [100] * 201}, preparation=["unit", "standardize"] * 31)
    assert other.prepared != made.prepared and other.architectures != made.architectures
