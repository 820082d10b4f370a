"""Validation against the JSON schema, in words for the person who wrote the config, and defaults."""

import copy
import difflib
import json
import math
import re
from collections.abc import Iterable
from typing import Any

import jsonschema

from .errors import ConfigError

TYPES = {
    "object": "a mapping",
    "array": "a list",
    "string": "text",
    "number": "a number",
    "integer": "a whole number",
    "boolean": "true or false",
    "null": "null",
}
LIMITS = {
    "minimum": "at least",
    "exclusiveMinimum": "more than",
    "maximum": "at most",
    "exclusiveMaximum": "less than",
    "minItems": "a list of length at least",
    "maxItems": "a list of length at most",
}


def resolve(config: dict[str, Any], schema: dict[str, Any]) -> dict[str, Any]:
    """Validate ``config`` and return a copy in which every default of ``schema`` is filled in.

    Raises:
        ConfigError: listing each key that is wrong, its value and what is allowed.
    """
    errors = validator(schema, schema).iter_errors(config)
    messages = [explain(error) for error in sorted(errors, key=lambda e: list(map(str, e.path)))]
    if messages:
        raise ConfigError("\n".join(f"config: {message}" for message in dict.fromkeys(messages)))
    return fill_defaults(config, schema, schema)


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
        if isinstance(value, float) and not math.isfinite(value):
            yield jsonschema.ValidationError("expected a finite number")
        elif isinstance(value, float) and "number" not in types and "integer" in types:
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
    filled = {
        key: fill_defaults(value.get(key, part.get("default")), part, root)
        for key, part in known.items()
        if key in value or "default" in part
    }
    for key in value:
        if key not in known:
            filled[key] = fill_defaults(
                value[key], others if isinstance(others, dict) else {}, root
            )
    return filled


def suggestion(word: Any, known: Iterable[Any]) -> str:
    """Return ``; did you mean 'x'?`` for the nearest of ``known``, or nothing."""
    lower = {str(k).lower(): str(k) for k in known}
    near = difflib.get_close_matches(str(word).lower(), lower, n=1)
    return f"; did you mean {lower[near[0]]!r}?" if near else ""


def explain(error: jsonschema.ValidationError, path: str = "") -> str:
    """Turn a jsonschema error into one sentence: the key, what was found, what is allowed."""
    error = _meant(error)
    where = (
        ".".join([path] * bool(path) + [_part(part) for part in error.absolute_path]) or "the file"
    )
    kind, rule, found = error.validator, error.validator_value, error.instance
    verb = "has the key" if "propertyNames" in error.absolute_schema_path else "is"
    if kind == "additionalProperties":
        known = sorted(error.schema.get("properties", {}))
        unknown = sorted(set(found) - set(known), key=str)
        hints = suggestion(unknown[0], known)
        return f"{where} has the unknown key {unknown[0]!r}; known: {', '.join(known)}{hints}"
    if kind == "required":
        missing = next(key for key in rule if key not in found)
        about = error.schema.get("properties", {}).get(missing, {}).get("description")
        return f"{where} lacks the key {missing!r}{f': {about}' if about else ''}"
    if kind == "enum":
        allowed = ", ".join(word if isinstance(word, str) else _short(word) for word in rule)
        if error.parent is not None and error.parent.validator == "anyOf":
            others = [branch for branch in error.parent.validator_value if "enum" not in branch]
            allowed += f", or {' or '.join(_forms(others))}"
        return f"{where} is {_short(found)}; allowed: {allowed}{suggestion(found, rule)}"
    if kind in ("type", "anyOf") and error.message != "expected a finite number":
        allowed = " or ".join(_forms([error.schema] if kind == "type" else rule))
        return f"{where} {verb} {_short(found)}; expected {allowed}{_hint(found, allowed)}"
    if kind in LIMITS:
        return f"{where} is {_short(found)}; expected {LIMITS[kind]} {rule}"
    if kind == "uniqueItems":
        return f"{where} is {_short(found)}; expected each value once"
    if kind == "minProperties":
        return f"{where} is {_short(found)}; expected keys with their values"
    if kind == "maxProperties":
        known = ", ".join(sorted(error.schema["properties"]))
        several = ", or a list of several" if where.endswith(".sweep") else ""
        return f"{where} is {_short(found)}; expected one of {known}{several}"
    if kind in ("pattern", "maxLength"):
        about = error.schema.get("description", f"expected {rule}")
        return f"{where} {verb} {_short(found)}; {about}"
    if kind in ("component", "type"):
        return f"{where} is {_short(found)}; {error.message}"
    return f"{where}: {error.message}"


def _meant(error: jsonschema.ValidationError) -> jsonschema.ValidationError:
    """Of a value that may have several forms, follow the form whose type it has."""
    while error.validator == "anyOf":
        inner = [
            found
            for number, branch in enumerate(error.validator_value)
            for found in error.context
            if found.schema_path[0] == number and _has_type(error.instance, branch["type"])
        ]
        if not inner:
            return error
        error = inner[0]
    return error


def _has_type(value: Any, types: str | list[str]) -> bool:
    names = [types] if isinstance(types, str) else types
    return jsonschema.Draft202012Validator({"type": names}).is_valid(value)


def _forms(rules: list[dict[str, Any]]) -> list[str]:
    """Name the types and words that some rules allow."""
    forms = []
    for rule in rules:
        types = [rule["type"]] if isinstance(rule["type"], str) else rule["type"]
        forms += rule.get("enum") or [TYPES[name] for name in types]
    return list(dict.fromkeys(map(str, forms)))


def _part(key: Any) -> str:
    """A key or a number of a list, as a part of a path; what cannot be printed is escaped."""
    text = str(key)
    return text if text.isprintable() else repr(text)


def _short(found: Any) -> str:
    """A value as it is written in YAML, but for the middle of a long one."""
    text = json.dumps(found) if found is None or isinstance(found, bool) else repr(found)
    return text if len(text) <= 100 else f"{text[:50]} ... {text[-20:]}"


def _hint(found: Any, allowed: str) -> str:
    """How a number, or a text that looks like one, is written."""
    if allowed == "text" and isinstance(found, (bool, int, float)):
        return f' (write "{_short(found)}", in quotes)'
    if isinstance(found, str) and re.fullmatch(r"[-+]?\d+[eE][-+]?\d+", found):
        mantissa, exponent = re.split("[eE]", found)
        sign = exponent if exponent[0] in "+-" else f"+{exponent}"
        return f" (YAML reads {found} as text: write {mantissa}.0e{sign})"
    return ""
