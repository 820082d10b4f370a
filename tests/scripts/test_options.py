"""options.py and docs/reference.md: every key, component and argument, each with a description."""

import re
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import jsonschema
import pytest

import inputs
import nn
import options as program
from components import SettingsError
from configuration import options as room
from configuration.schema import config_schema
from datasets import FORMATS

REGISTRIES = inputs.REGISTRIES | nn.REGISTRIES
KNOWN = program.options()
# What a rule of the schema may have; anything else is a slip, such as a comma in an unquoted description.
OWN = {"$schema", "$defs", "default", "description", "component", "nullable", "variant", "variants"}
KEYWORDS = OWN | jsonschema.Draft202012Validator.VALIDATORS.keys()


def rules(rule: Any) -> Iterator[dict[str, Any]]:
    """Yield a rule of the schema and all rules inside of it."""
    yield rule
    named = [rule.get(key) or {} for key in ("properties", "$defs", "variants")]
    inner = [part for parts in named for part in parts.values()]
    inner += [
        rule[key] for key in ("items", "additionalProperties", "propertyNames") if key in rule
    ]
    for part in (*inner, *rule.get("anyOf", ())):
        if isinstance(part, dict):
            yield from rules(part)


@pytest.fixture(scope="module")
def schema() -> dict[str, Any]:
    made = config_schema()
    return {key: part for key, part in made.items() if key not in ("components", "formats")}


@pytest.fixture(scope="module")
def reference(root) -> str:
    return (root / "docs/reference.md").read_text(encoding="utf-8")


def test_every_option_has_a_description_of_one_line():
    for option in KNOWN:
        assert option.description, option.name
        assert 8 <= len(option.description) <= 96, option.name
        assert option.description.isprintable(), option.name


def test_arguments_are_described_under_their_names():
    """An argument that was renamed, and is still described under its old name."""
    for kind, registry in REGISTRIES.items():
        for name, component in registry.items():
            taken = {option.path[-1] for option in KNOWN if option.path[:-1] == (kind, name)}
            assert room._texts(component)[1].keys() == taken, f"{kind} {name}"


def test_rules_have_the_keywords_of_a_schema(schema):
    for rule in rules(schema):
        assert rule.keys() <= KEYWORDS, rule


def test_every_key_and_component_is_an_option(schema):
    parts = {part for option in KNOWN for part in option.path}
    keys = {key for rule in rules(schema) for key in rule.get("properties", {})}
    assert len(keys) > 90 and keys <= parts
    for kind, registry in REGISTRIES.items():
        assert {(kind, name) for name in registry} <= {option.path for option in KNOWN}
    names = {*FORMATS, *nn.NORMALIZATIONS, *inputs.BATCHES}
    assert names <= parts


def test_types_limits_and_defaults_match_the_schema():
    shown = {option.name: (option.allowed, option.default) for option in KNOWN}
    assert shown["training.learning_rate"] == ("number > 0", "0.1")
    assert shown["training.patience"] == ("whole number >= 1 or null", "null")
    assert shown["training.ema"] == ("number >= 0, < 1", "0.0")
    assert shown["training.shards"] == ("whole number >= 1, <= 64", "1")
    assert shown["training.batch_size"] == ("whole number >= 1 or full", "64")
    assert shown["training.optimizer"] == (room._either(nn.OPTIMIZERS), "sgd")
    assert shown["split.take"] == ("first, last, random or stratified", "last")
    assert shown["network.hidden"] == ("list of (whole number >= 1)", "[100]")
    assert shown["optimizer.adamw.beta2"] == ("number >= 0, < 1", "0.999")  # Adam's argument
    assert shown["optimizer.adam.epsilon"] == ("number > 0", "1.0e-08")
    assert shown["augmentation.cutout.size"] == ("whole number >= 1", "required")
    assert shown["size"] == ("list of 2 (whole number >= 1, <= 1024)", "required")
    assert shown["format"] == (room._either(FORMATS), "required")


@pytest.mark.parametrize(
    ("name", "found"),
    [
        ("patience", ["training.patience"]),
        ("Patience", ["training.patience"]),
        ("ema", ["training.ema"]),
        ("training.learning_rate", ["training.learning_rate"]),
        ("adam", ["optimizer.adam", *(f"optimizer.adam.{a}" for a in ("beta1", "beta2", "epsilon"))]),
        ("exponential.decay", ["schedule.exponential.decay"]),
    ],
)  # fmt: skip
def test_a_name_finds_its_entries(name, found):
    assert [option.name for option in program.matching(name, KNOWN)] == found


def test_a_section_finds_its_keys():
    found = [option.name for option in program.matching("split", KNOWN)]
    assert found[0] == "split" and {"split.validation", "split.take", "split.seed"} <= set(found)
    assert all(name.startswith("split") for name in found)


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ("patiense", "did you mean 'patience'?"),
        ("training.patiense", "did you mean 'training.patience'?"),
        ("smoothing", "did you mean 'label_smoothing'?"),
        ("nothing_like_it", "is named 'nothing_like_it'"),
        ("", "is named ''"),
    ],
)
def test_a_near_miss_gets_a_suggestion(name, hint):
    with pytest.raises(SettingsError, match=re.escape(hint)):
        program.matching(name, KNOWN)


def test_lines_fit_into_a_terminal():
    lines = program.plain(KNOWN).splitlines()
    assert max(map(len, lines)) <= program.WIDTH
    place = lines.index("training.patience: whole number >= 1 or null; default null")
    assert lines[place + 1].startswith("    stop after")


def test_docstrings_are_found_even_if_python_drops_them(root):
    said = [
        subprocess.run(
            [sys.executable, *flag, str(root / "scripts/options.py"), "adamw", "mixup"],
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for flag in ([], ["-OO"])
    ]
    assert said[0] == said[1] and "Blend every image" in said[0]


def test_the_reference_is_current(reference):
    """After a change: scripts/options.py --markdown > docs/reference.md."""
    assert reference == program.markdown(KNOWN) + "\n"


def test_the_reference_has_every_name(schema, reference):
    written = set(re.split(r"[`.]", reference))
    keys = {key for rule in rules(schema) for key in rule.get("properties", {})}
    components = {name for registry in REGISTRIES.values() for name in registry}
    assert not (keys | components | FORMATS.keys()) - written


def test_rows_of_the_reference_have_four_cells(reference):
    rows = [line for line in reference.splitlines() if line.startswith("|")]
    assert len(rows) > len(KNOWN)
    for row in rows:
        assert len(re.findall(r"(?<!\\)\|", row)) == 5, row


def test_the_reference_is_linked(root):
    for document in ("README.md", "docs/configuring.md"):
        assert "reference.md)" in (root / document).read_text(encoding="utf-8")
