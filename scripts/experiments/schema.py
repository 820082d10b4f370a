"""Validation against the JSON schema, in words for the person who wrote the config, and defaults."""

import copy
import difflib
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
    check(config, schema)
    return fill_defaults(config, schema, schema)


def check(value: Any, schema: dict[str, Any], path: str = "") -> None:
    """Raise a ConfigError that lists all violations of ``schema`` by ``value``, found at ``path``."""
    errors = jsonschema.Draft202012Validator(schema).iter_errors(value)
    messages = [
        explain(error, path) for error in sorted(errors, key=lambda e: list(map(str, e.path)))
    ]
    if messages:
        raise ConfigError("\n".join(f"config: {message}" for message in dict.fromkeys(messages)))


def fill_defaults(value: Any, schema: dict[str, Any], root: dict[str, Any]) -> Any:
    """Copy a valid ``value``, with the defaults of ``schema`` for the keys it does not have."""
    if "$ref" in schema:
        schema = {**root["$defs"][schema["$ref"].removeprefix("#/$defs/")], **schema}
    if not isinstance(value, dict):
        return copy.deepcopy(value)
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
    near = difflib.get_close_matches(str(word), [str(k) for k in known], n=1)
    return f"; did you mean {near[0]!r}?" if near else ""


def explain(error: jsonschema.ValidationError, path: str = "") -> str:
    """Turn a jsonschema error into one sentence: the key, what was found, what is allowed."""
    error = _innermost(error)
    where = (
        ".".join([path] * bool(path) + [str(part) for part in error.absolute_path]) or "the file"
    )
    kind, rule, found = error.validator, error.validator_value, error.instance
    if kind == "additionalProperties":
        known = sorted(error.schema.get("properties", {}))
        unknown = sorted(set(found) - set(known), key=str)
        hints = suggestion(unknown[0], known)
        return f"{where} has the unknown key {unknown[0]!r}; known: {', '.join(known)}{hints}"
    if kind == "required":
        missing = next(key for key in rule if key not in found)
        return f"{where} lacks the key {missing!r}"
    if kind in ("enum", "const"):
        allowed = rule if kind == "enum" else [rule]
        hints = suggestion(found, allowed)
        return f"{where} is {found!r}; allowed: {', '.join(map(str, allowed))}{hints}"
    if kind == "type":
        allowed = " or ".join(TYPES[name] for name in ([rule] if isinstance(rule, str) else rule))
        return f"{where} is {found!r}; expected {allowed}{_number_hint(found)}"
    if kind == "anyOf":
        forms = []
        for branch in rule:
            names = branch.get("type", [])
            forms += [TYPES[name] for name in ([names] if isinstance(names, str) else names)]
            forms += branch.get("enum", [])
        allowed = " or ".join(map(str, dict.fromkeys(forms)))
        return f"{where} is {found!r}; expected {allowed}{_number_hint(found)}"
    if kind in LIMITS:
        return f"{where} is {found!r}; expected {LIMITS[kind]} {rule}"
    if kind == "pattern":
        return f"{where} is {found!r}; {error.schema.get('description', f'expected {rule}')}"
    return f"{where}: {error.message}"


def _innermost(error: jsonschema.ValidationError) -> jsonschema.ValidationError:
    """Follow the alternative that the user meant: of the right type and, if it has one, the name."""
    while error.validator == "anyOf":
        branches: dict[int, list[jsonschema.ValidationError]] = {}
        for inner in error.context:
            branches.setdefault(inner.schema_path[0], []).append(inner)
        meant = [found for found in branches.values() if not any(map(_of_another_kind, found))]
        if not meant and isinstance(error.instance, dict) and "name" in error.instance:
            names = [_name_rule(branch) for branch in error.validator_value]
            known = [name for rule in names for name in rule]
            hints = suggestion(error.instance["name"], known)
            error.message = (
                f"unknown name {error.instance['name']!r}; known: {', '.join(known)}{hints}"
            )
            error.validator = "name"
            return error
        if not meant:
            return error
        error = meant[0][0]
    return error


def _name_rule(branch: dict[str, Any]) -> list[str]:
    rule = branch.get("properties", {}).get("name", {})
    return rule.get("enum", [rule["const"]] if "const" in rule else [])


def _of_another_kind(error: jsonschema.ValidationError) -> bool:
    """Is this error a sign that the user did not mean this alternative?"""
    top = len(error.relative_path) == 0
    wrong_type = error.validator == "type" and top
    word_for_mapping = error.validator == "enum" and top and not isinstance(error.instance, str)
    other_name = error.validator in ("enum", "const") and list(error.relative_path) == ["name"]
    return wrong_type or word_for_mapping or other_name


def _number_hint(found: Any) -> str:
    if isinstance(found, str) and re.fullmatch(r"[-+]?\d+[eE][-+]?\d+", found):
        mantissa, exponent = re.split("[eE]", found)
        sign = exponent if exponent[0] in "+-" else f"+{exponent}"
        return f" (YAML reads {found} as text: write {mantissa}.0e{sign})"
    return ""
