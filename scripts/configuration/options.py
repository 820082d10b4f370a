"""The options of a config: every key and component, with allowed values, default and description."""

import ast
import inspect
import re
import textwrap
from collections.abc import Iterable, Iterator
from functools import cache
from typing import Any, NamedTuple

import yaml

import inputs
import nn
from components import arguments_of
from experiments.validation import messages

from .schema import config_schema

TYPES = {name: words.removeprefix("a ") for name, words in messages.TYPES.items()}
LIMITS = {"minimum": ">=", "exclusiveMinimum": ">", "maximum": "<=", "exclusiveMaximum": "<"}
# Names without arguments, which a key chooses from a list.
NAMED = {"normalization": nn.NORMALIZATIONS, "batches": inputs.BATCHES}


class Option(NamedTuple):
    """A key, a component or an argument of one."""

    section: str
    path: tuple[str, ...]
    allowed: str
    default: str
    description: str

    @property
    def name(self) -> str:
        return ".".join(self.path)


def options() -> list[Option]:
    schema = config_schema()
    defs = schema["$defs"]
    found = [*_keys(schema, schema, "The config file"), *_datasets(schema)]
    found += _keys(defs["file"], schema, "A file of a dataset", ("files", "ROLE"))
    experiment = list(_keys(defs["experiment"], schema, "An experiment"))
    found += [option for option in experiment if len(option.path) == 1]
    inner = [option for option in experiment if len(option.path) > 1]
    found += [option._replace(section=f"An experiment: {option.path[0]}") for option in inner]
    found += _keys(defs["distribution"], schema, "A distribution of sweep.random.values")
    found += _named(schema)
    for kind, registry in (inputs.REGISTRIES | nn.REGISTRIES).items():
        for name, component in registry.items():
            found += _component(kind, name, component, schema)
    return found


def _keys(rule: dict, schema: dict, section: str, path: tuple[str, ...] = ()) -> Iterator[Option]:
    """Yield the keys that a rule allows, and those inside of them."""
    rule = _resolved(rule, schema)
    for branch in rule.get("anyOf", ()):
        yield from _keys(branch, schema, section, path)
    for key, part in rule.get("properties", {}).items():
        default = _written(part["default"]) if "default" in part else "optional"
        default = "required" if key in rule.get("required", ()) else default
        allowed = _allowed(part, schema)
        place = *path, key
        yield Option(section, place, allowed, default, part.get("description", ""))
        if part.get("$ref") != "#/$defs/file":  # a section of its own has these
            yield from _keys(part, schema, section, place)


def _datasets(schema: dict[str, Any]) -> Iterator[Option]:
    """Yield the keys of datasets: one section for all formats that have a key."""
    formats: dict[Option, list[str]] = {}
    for name, rule in schema["$defs"]["dataset"]["variants"].items():
        for option in _keys(rule, schema, ""):
            formats.setdefault(option, []).append(name)
    groups = dict.fromkeys(map(tuple, formats.values()))
    for group in sorted(groups, key=len, reverse=True):
        every = len(group) == len(schema["formats"])
        section = "A dataset" if every else f"A dataset, format {_either(group)}"
        for option, names in formats.items():
            if tuple(names) == group:
                yield option._replace(section=section)


def _named(schema: dict[str, Any]) -> Iterator[Option]:
    """Yield the names that keys choose from lists, with the code behind them."""
    readers = {name: kind.read for name, kind in schema["formats"].items()}
    for kind, registry in ({"format": readers} | NAMED).items():
        for name, code in registry.items():
            yield Option(f"Names for {kind}", (kind, name), "", "", _texts(code)[0])


def _component(kind: str, name: str, component: Any, schema: dict[str, Any]) -> Iterator[Option]:
    section = f"Components: {kind}"
    description, arguments = _texts(component)
    yield Option(section, (kind, name), "", "", description)
    for option in _keys(arguments_of(component), schema, section, (kind, name)):
        yield option._replace(description=arguments.get(option.path[-1], ""))


@cache
def _texts(component: Any) -> tuple[str, dict[str, str]]:
    """Return the first line of a component's docstring, and the description of each argument."""
    arguments: dict[str, str] = {}
    bases = inspect.getmro(component)[:-1] if inspect.isclass(component) else (component,)
    for code in bases:
        # From the source, because `python -OO` drops docstrings.
        parsed = ast.parse(textwrap.dedent(inspect.getsource(code))).body[0]
        text = ast.get_docstring(parsed) or ""
        if code is component:
            first = text.partition("\n")[0]
        _, _, section = text.partition("\nArgs:\n")
        arguments = dict(re.findall(r"^    (\w+): (.+)$", section, re.MULTILINE)) | arguments
    return first, arguments


def _resolved(rule: dict[str, Any], schema: dict[str, Any]) -> dict[str, Any]:
    if "$ref" in rule:
        return {**_resolved(schema["$defs"][rule["$ref"].rpartition("/")[2]], schema), **rule}
    return rule


def _allowed(rule: dict[str, Any], schema: dict[str, Any]) -> str:
    """Say which values a rule allows."""
    rule = _resolved(rule, schema)
    if "component" in rule:
        names = schema["components"][rule["component"]]
        forms = [*names, "null"] if rule.get("nullable") else list(names)
    elif "enum" in rule:
        forms = [_written(value) for value in rule["enum"]]
    elif "anyOf" in rule:
        forms = [_allowed(branch, schema) for branch in rule["anyOf"]]
    else:
        types = [rule["type"]] if isinstance(rule["type"], str) else rule["type"]
        forms = [_form(name, rule, schema) for name in types]
    return _either(dict.fromkeys(forms))


def _form(name: str, rule: dict[str, Any], schema: dict[str, Any]) -> str:
    """Say which values of a type a rule allows."""
    if name in ("integer", "number"):
        limits = [f"{sign} {rule[key]}" for key, sign in LIMITS.items() if key in rule]
        return " ".join([TYPES[name], ", ".join(limits)]).strip()
    if name == "array" and "items" in rule:
        size = f" {rule['minItems']}" if rule.get("minItems", 0) == rule.get("maxItems") else ""
        return f"list of{size} ({_allowed(rule['items'], schema)})"
    return TYPES[name]


def _written(value: Any) -> str:
    """Return a value as YAML writes it in one line."""
    if value is None or value == "":
        return "null" if value is None else '""'
    text = yaml.safe_dump(value, default_flow_style=True, width=1000)
    return text.removesuffix("...\n").strip()


def _either(words: Iterable[str]) -> str:
    *first, last = words
    return f"{', '.join(first)} or {last}" if first else last
