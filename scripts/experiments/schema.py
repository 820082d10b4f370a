"""Validation against the JSON schema, in words for the person who wrote the config, and defaults."""

import copy
import datetime
import difflib
import json
import math
import re
from collections.abc import Iterable, Iterator, Sequence
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
# A number to most readers, but text to YAML, which wants a point and a sign: 1.0e-3.
EXPONENT = re.compile(r"[-+]?([0-9]+\.?[0-9]*|\.[0-9]+)[eE][-+]?[0-9]+")


class Texts:
    """The text of config files before YAML converts it to values. This class knows no files."""

    def value(self, path: Sequence[Any], found: Any) -> str | None:
        """Return the text that became the value ``found`` at a path, if known."""
        return None

    def key(self, path: Sequence[Any], found: Any) -> str | None:
        """Return the text that became the key ``found`` of the mapping at a path, if known."""
        return None

    def misread(self) -> Iterator[tuple[Sequence[Any], str, Any]]:
        """Yield path, text and value of each number that people read differently, such as 010 or 1:30."""
        yield from ()


NO_TEXTS = Texts()


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
            where = ".".join(map(_part, path))
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


def _leaves(
    errors: Iterable[jsonschema.ValidationError],
) -> Iterator[jsonschema.ValidationError]:
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
            filled[key] = fill_defaults(
                value[key], others if isinstance(others, dict) else {}, root
            )
    return filled


def suggestion(word: Any, known: Iterable[Any]) -> str:
    """Return ``; did you mean 'x'?`` for the nearest of ``known``, or nothing."""
    lower = {str(k).lower(): str(k) for k in known}
    near = difflib.get_close_matches(str(word).lower(), lower, n=1)
    return f"; did you mean {lower[near[0]]!r}?" if near else ""


def explain(error: jsonschema.ValidationError, path: str = "", texts: Texts = NO_TEXTS) -> str:
    """Turn a jsonschema error into one sentence: the key, what was found, what is allowed."""
    error = _meant(error)
    where = (
        ".".join([path] * bool(path) + [_part(part) for part in error.absolute_path]) or "the file"
    )
    kind, rule, found = error.validator, error.validator_value, error.instance
    is_key = "propertyNames" in error.absolute_schema_path
    verb = "has the key" if is_key else "is"
    text = (texts.key if is_key else texts.value)(error.absolute_path, found)
    shown = _shown(found, text)
    if kind == "additionalProperties":
        known = sorted(error.schema.get("properties", {}))
        unknown = min(set(found) - set(known), key=str)
        shown = _shown(unknown, texts.key(error.absolute_path, unknown))
        hints = suggestion(unknown, known)
        return f"{where} has the unknown key {shown}; known: {', '.join(known)}{hints}"
    if kind == "required":
        missing = next(key for key in rule if key not in found)
        about = error.schema.get("properties", {}).get(missing, {}).get("description")
        return f"{where} lacks the key {missing!r}{f': {about}' if about else ''}"
    if kind == "enum":
        allowed = ", ".join(word if isinstance(word, str) else _short(word) for word in rule)
        if error.parent is not None and error.parent.validator == "anyOf":
            others = [branch for branch in error.parent.validator_value if "enum" not in branch]
            allowed += f", or {' or '.join(_forms(others))}"
        return f"{where} is {shown}; allowed: {allowed}{suggestion(found, rule)}"
    if kind in ("type", "anyOf") and error.message != "expected a finite number":
        rules = [error.schema] if kind == "type" else rule
        allowed = " or ".join(_forms(rules))
        if text and shown != _short(found) and any(map(_takes_text, rules)):
            if re.search(error.schema.get("pattern", ""), text):
                return f'{where} {verb} {shown}; write "{text}", in quotes'
            return f"{where} {verb} {shown}; {error.schema['description']}"
        return f"{where} {verb} {shown}; expected {allowed}{_hint(found, allowed)}"
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
        return f"{where} {verb} {shown}; {about}"
    if kind in ("component", "type"):
        return f"{where} is {shown}; {error.message}"
    return f"{where}: {error.message}"


def _meant(error: jsonschema.ValidationError) -> jsonschema.ValidationError:
    """Return the error for the form that a value has the type of, if several forms are allowed."""
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
    if isinstance(found, datetime.date):  # and a datetime
        return str(found)
    text = json.dumps(found) if found is None or isinstance(found, bool) else repr(found)
    return text if len(text) <= 100 else f"{text[:50]} ... {text[-20:]}"


def _shown(found: Any, text: str | None) -> str:
    """Return the text of a value in its config file, and the value that YAML reads if it differs."""
    if text is None or isinstance(found, (str, list, dict)):
        return _short(found)
    if not text:
        return "empty"
    if isinstance(found, datetime.date):
        return f"{text}, which YAML reads as a date"
    if text == _short(found):
        return text
    is_number = isinstance(found, (int, float)) and not isinstance(found, bool)
    return f"{text}, which YAML reads as {'the number ' * is_number}{_short(found)}"


def _takes_text(rule: dict[str, Any]) -> bool:
    """May the value be free text?"""
    return "string" in rule.get("type", ()) and not {"enum", "component"} & rule.keys()


def _hint(found: Any, allowed: str) -> str:
    """How a number, or a text that looks like one, is written."""
    if allowed == "text" and isinstance(found, (bool, int, float, datetime.date)):
        return f' (write "{_short(found)}", in quotes)'
    is_number = isinstance(found, str) and EXPONENT.fullmatch(found)
    if is_number and allowed.startswith("a whole number") and float(found).is_integer():
        return f" (write {int(float(found))})"
    return ""
