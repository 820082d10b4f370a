"""Validation of a config against the JSON schema, and its defaults."""

import copy
import math
from collections.abc import Iterable, Iterator
from typing import Any

import jsonschema

from ..errors import ConfigError, suggestion
from .messages import EXPONENT, explain

LARGEST = 2**63 - 1  # arrays of integers hold no larger one


def resolve(config: dict[str, Any], schema: dict[str, Any]) -> dict[str, Any]:
    """Validate ``config`` and return a copy in which every default of ``schema`` is filled in."""
    errors = list(validator(schema, schema).iter_errors(config))
    numbers = with_numbers(config, errors)
    if numbers is not config:
        config, errors = numbers, list(validator(schema, schema).iter_errors(numbers))
    errors.sort(key=lambda error: list(map(str, error.path)))
    if errors:
        messages = dict.fromkeys(f"config: {explain(error)}" for error in errors)
        raise ConfigError("\n".join(messages))
    return fill_defaults(config, schema, schema)


def with_numbers(value: Any, errors: Iterable[jsonschema.ValidationError]) -> Any:
    """Return ``value`` with texts such as 1e-3 as numbers, if its ``errors`` demand a number."""
    paths = [
        error.absolute_path
        for error in _leaves(errors)
        if error.validator == "type" and "number" in error.validator_value
        if isinstance(error.instance, str) and EXPONENT.fullmatch(error.instance)
    ]
    if not paths:
        return value
    root = {None: copy.deepcopy(value)}
    for path in paths:
        place, last = root, None
        for part in path:
            place, last = place[last], part
        place[last] = float(place[last])
    return root[None]


def _leaves(errors: Iterable) -> Iterator[jsonschema.ValidationError]:
    """Yield errors, and those of each allowed form of a value."""
    for error in errors:
        yield error
        yield from _leaves(error.context)


def validator(rule: dict[str, Any], schema: dict[str, Any]) -> jsonschema.protocols.Validator:
    """Return a validator of one rule of the schema, with the schema's definitions and components.

    The rule ``component: KIND`` allows a name of that kind, or a mapping with `name` and the
    component's arguments; with ``nullable`` null as well. The rule ``variants`` chooses the schema of
    a mapping by the value of its key ``variant``. Numbers have to be finite, and integers of 64 bits.
    """
    extended = jsonschema.validators.extend(
        PLAIN,
        {
            "component": lambda *arguments: _component(schema["components"], *arguments),
            "items": _items,
            "type": _finite,
            "variants": _variants,
        },
        # JSON has one type of numbers, but 10.0 is no number of epochs in Python.
        type_checker=PLAIN.TYPE_CHECKER.redefine("integer", lambda _, value: type(value) is int),
    )
    return extended({**rule, "$defs": schema["$defs"]})


PLAIN = jsonschema.Draft202012Validator
Errors = Iterator[jsonschema.ValidationError]


def _component(components: dict, validator: Any, kind: str, value: Any, rule: dict) -> Errors:
    if value is None and rule.get("nullable"):
        return
    known, names = components[kind], ", ".join(components[kind])
    if not isinstance(value, str | dict):
        yield jsonschema.ValidationError(f"expected a name or a mapping: {names}")
        return
    given = {"name": value} if isinstance(value, str) else value
    name = given.get("name")
    if isinstance(name, str) and name in known:
        arguments = {key: value for key, value in given.items() if key != "name"}
        yield from validator.descend(arguments, known[name])
        return
    problem = f"unknown name {name!r}; known" if "name" in given else "lacks the key 'name'; known"
    problem = "allowed" if isinstance(value, str) else problem
    yield jsonschema.ValidationError(f"{problem}: {names}{suggestion(name, known)}")


def _finite(validator: Any, types: Any, value: Any, rule: dict) -> Errors:
    is_float = isinstance(value, float)
    if is_float and not math.isfinite(value) and "string" not in types:
        yield jsonschema.ValidationError("expected a finite number")
    elif is_float and "number" not in types and "integer" in types:
        yield jsonschema.ValidationError("expected a whole number")
    elif ("integer" in types or "number" in types) and type(value) is int and abs(value) > LARGEST:
        kind, limit = ("maximum", LARGEST) if value > 0 else ("minimum", -LARGEST)
        if not any(key.lower().endswith(kind) for key in rule):  # else that limit is reported
            yield jsonschema.ValidationError("", validator=kind, validator_value=limit)
    else:
        yield from PLAIN.VALIDATORS["type"](validator, types, value, rule)


def _items(validator: Any, items: Any, value: Any, rule: dict) -> Errors:
    most = rule.get("maxItems", math.inf)  # checking the items of a longer list takes seconds
    if not isinstance(value, list) or len(value) <= most:
        yield from PLAIN.VALIDATORS["items"](validator, items, value, rule)


def _variants(validator: Any, rules: dict, value: Any, rule: dict) -> Errors:
    name = value.get(rule["variant"]) if isinstance(value, dict) else None
    if isinstance(name, str) and name in rules:
        yield from validator.descend(value, rules[name])
    elif isinstance(value, dict) and rule["variant"] in value:
        yield from validator.descend(name, {"enum": list(rules)}, path=rule["variant"])


def fill_defaults(value: Any, schema: dict[str, Any], root: dict[str, Any]) -> Any:
    """Copy a valid ``value``, with the defaults of ``schema`` for the keys it does not have."""
    if "$ref" in schema:
        schema = {**root["$defs"][schema["$ref"].removeprefix("#/$defs/")], **schema}
    if not isinstance(value, dict):
        return copy.deepcopy(value)
    if "variants" in schema:
        schema = schema["variants"][value[schema["variant"]]]
    known = schema.get("properties", {})
    others = schema.get("additionalProperties", {})
    filled = {}
    for key, part in known.items():
        default = part.get("default")
        given = value.get(key, default)
        if given is None and isinstance(default, (dict, list)):
            given = default  # null switches off a section that another file has
        if key in value or "default" in part:
            filled[key] = fill_defaults(given, part, root)
    for key in [key for key in value if key not in known]:
        rule = others if isinstance(others, dict) else {}
        filled[key] = fill_defaults(value[key], rule, root)
    return filled
