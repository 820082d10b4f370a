"""Validation of a config against the JSON schema, and its defaults."""

import copy
import math
from collections.abc import Iterable, Iterator
from typing import Any

import jsonschema

from .errors import ConfigError
from .explanations import EXPONENT, NO_TEXTS, Texts, explain, part_of_path, suggestion


def resolve(
    config: dict[str, Any], schema: dict[str, Any], texts: Texts = NO_TEXTS
) -> dict[str, Any]:
    """Validate ``config`` and return a copy in which every default of ``schema`` is filled in.

    Raises:
        ConfigError: listing each key that is wrong, its value and what is allowed.
    """
    errors = list(validator(schema, schema).iter_errors(config))
    numbers = with_numbers(config, errors)
    if numbers is not config:
        config, errors = numbers, list(validator(schema, schema).iter_errors(numbers))
    errors.sort(key=lambda error: list(map(str, error.path)))
    messages = [explain(error, texts=texts) for error in errors]
    said = {tuple(error.absolute_path) for error in errors}
    for path, text, value in texts.misread():
        if tuple(path) not in said:
            where = ".".join(map(part_of_path, path))
            messages.append(
                f'{where} is {text}, which YAML reads as the number {value}; write {value}, or "{text}" '
                "in quotes for a text"
            )
    if messages:
        raise ConfigError("\n".join(f"config: {message}" for message in dict.fromkeys(messages)))
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
    whole = {None: copy.deepcopy(value)}
    for path in paths:
        place, last = whole, None
        for part in path:
            place, last = place[last], part
        place[last] = float(place[last])
    return whole[None]


def _leaves(errors: Iterable) -> Iterator[jsonschema.ValidationError]:
    """Yield errors, and those of each allowed form of a value."""
    for error in errors:
        yield error
        yield from _leaves(error.context)


def validator(rule: dict[str, Any], schema: dict[str, Any]) -> jsonschema.protocols.Validator:
    """Return a validator of one rule of the schema, which knows its definitions and components.

    The rule ``component: KIND`` allows a name of that kind, or a mapping with `name` and the
    arguments that it takes; with ``nullable`` null as well. Numbers have to be finite.
    """

    plain = jsonschema.Draft202012Validator

    def component(validator, kind, value, rule):
        if value is None and rule.get("nullable"):
            return
        known, given = schema["components"][kind], {} if isinstance(value, str) else value
        if not isinstance(given, dict):
            yield jsonschema.ValidationError(f"expected a name or a mapping: {', '.join(known)}")
            return
        name = value if isinstance(value, str) else given.get("name")
        if not isinstance(name, str) or name not in known:
            say = (
                f"unknown name {name!r}; known"
                if "name" in given
                else "lacks the key 'name'; known"
            )
            say = "allowed" if isinstance(value, str) else say
            hints = f"{', '.join(known)}{suggestion(name, known)}"
            yield jsonschema.ValidationError(f"{say}: {hints}")
            return
        arguments = {key: value for key, value in given.items() if key != "name"}
        yield from validator.descend(arguments, known[name])

    def finite(validator, types, value, rule):
        is_float = isinstance(value, float)
        if is_float and not math.isfinite(value) and "string" not in types:
            yield jsonschema.ValidationError("expected a finite number")
        elif is_float and "number" not in types and "integer" in types:
            yield jsonschema.ValidationError("expected a whole number")
        else:
            yield from plain.VALIDATORS["type"](validator, types, value, rule)

    def variants(validator, rules, value, rule):
        """The key that ``variant`` names says by which of the rules a mapping goes."""
        name = value.get(rule["variant"]) if isinstance(value, dict) else None
        if isinstance(name, str) and name in rules:
            yield from validator.descend(value, rules[name])
        elif isinstance(value, dict) and rule["variant"] in value:
            yield from validator.descend(name, {"enum": list(rules)}, path=rule["variant"])

    extended = jsonschema.validators.extend(
        plain,
        {"component": component, "type": finite, "variants": variants},
        # JSON has one type of numbers, but 10.0 is no number of epochs in Python.
        type_checker=plain.TYPE_CHECKER.redefine("integer", lambda _, value: type(value) is int),
    )
    return extended({**rule, "$defs": schema["$defs"]})


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
            given = default  # null switches a section off that another file has
        if key in value or "default" in part:
            filled[key] = fill_defaults(given, part, root)
    for key in value:
        if key not in known:
            rule = others if isinstance(others, dict) else {}
            filled[key] = fill_defaults(value[key], rule, root)
    return filled
