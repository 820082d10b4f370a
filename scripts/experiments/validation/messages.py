"""Explain a wrong value of a config in one sentence, with the allowed values."""

import datetime
import json
import re
from typing import Any

import jsonschema

from components.addresses import redacted

from ..errors import suggestion

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
    "minimum": "at least {}",
    "exclusiveMinimum": "more than {}",
    "maximum": "at most {}",
    "exclusiveMaximum": "less than {}",
    "minItems": "a list of length at least {}",
    "maxItems": "a list of length at most {}",
    "uniqueItems": "each value once",
    "minProperties": "keys with their values",
}
SINGLE = re.compile(r"[-+.\w]{1,40}")  # a word or a number
# A number to most readers, but text to YAML, which needs a point and a sign: 1.0e-3.
EXPONENT = re.compile(r"[-+]?([0-9]+\.?[0-9]*|\.[0-9]+)[eE][-+]?[0-9]+")


def explain(error: jsonschema.ValidationError, path: str = "") -> str:
    """Return one sentence on a jsonschema error: the key, its value and the allowed values."""
    error = _meant(error)
    parts = [path, *map(part_of_path, error.absolute_path)]
    where, found = ".".join(filter(None, parts)) or "the file", error.instance
    if error.validator == "additionalProperties":
        known = sorted(error.schema.get("properties", {}))
        unknown = min(set(found) - set(known), key=str)
        hints = suggestion(unknown, known)
        return f"{where} has the unknown key {_short(unknown)}; known: {', '.join(known)}{hints}"
    if error.validator == "required":
        missing = next(key for key in error.validator_value if key not in found)
        about = error.schema.get("properties", {}).get(missing, {}).get("description")
        return f"{where} lacks the key {missing!r}{f': {about}' if about else ''}"
    verb = "has the key" if "propertyNames" in error.absolute_schema_path else "is"
    return f"{where} {verb} {_short(found)}; {_expected(error)}"


def _expected(error: jsonschema.ValidationError) -> str:
    """Say which values are allowed."""
    kind, rule, found = error.validator, error.validator_value, error.instance
    if kind == "enum":
        allowed = ", ".join(word if isinstance(word, str) else _short(word) for word in rule)
        if error.parent is not None and error.parent.validator == "anyOf":
            others = [branch for branch in error.parent.validator_value if "enum" not in branch]
            allowed += f", or {' or '.join(_forms(others))}"
        return f"allowed: {allowed}{suggestion(found, rule)}"
    if kind in ("type", "anyOf") and error.message != "expected a finite number":
        rules = [error.schema] if kind == "type" else rule
        allowed = " or ".join(_forms(rules))
        hint = ""
        if allowed == "text" and isinstance(found, (bool, int, float, datetime.date)):
            hint = " (put it in quotes, as you wrote it)"  # YAML reads 1.10 as 1.1
        elif allowed.startswith("a whole number") and isinstance(found, str):
            whole = EXPONENT.fullmatch(found) and float(found).is_integer()
            hint = f" (write {int(float(found))})" if whole else ""
        elif allowed.startswith("a list") and type(found) in (int, float, str):
            one = kind == "type" and error.schema.get("minItems", 1) == 1
            if one and SINGLE.fullmatch(str(found)):
                allowed = allowed.replace("a list", f"a list as [{found}]")
        elif list(error.absolute_path)[-1:] == ["test"] and str(found).endswith(
            (".csv", ".tsv", ".txt")
        ):
            hint = ", the share of the rows for the test; set `test_path` for a table of its own"
        return f"expected {allowed}{hint}"
    if kind in LIMITS:
        return f"expected {LIMITS[kind].format(rule)}"
    if kind == "maxProperties":
        several = ", or a list of several" if list(error.absolute_path)[-1:] == ["sweep"] else ""
        return f"expected one of {', '.join(sorted(error.schema['properties']))}{several}"
    if kind in ("pattern", "maxLength"):
        return f"expected {error.schema.get('description', rule)}"
    return error.message


def _meant(error: jsonschema.ValidationError) -> jsonschema.ValidationError:
    """Return the error for the form that a value has the type of, if several forms are allowed."""
    while error.validator == "anyOf":
        inner = [
            found
            for number, branch in enumerate(error.validator_value)
            for found in error.context
            if found.schema_path[0] == number
            and jsonschema.Draft202012Validator({"type": branch["type"]}).is_valid(error.instance)
        ]
        if not inner:
            return error
        error = inner[0]
    return error


def _forms(rules: list[dict[str, Any]]) -> list[str]:
    """Name the types and words that some rules allow."""
    forms = []
    for rule in rules:
        types = [rule["type"]] if isinstance(rule["type"], str) else rule["type"]
        forms += rule.get("enum") or [TYPES[name] for name in types]
    return list(dict.fromkeys(map(str, forms)))


def part_of_path(key: Any) -> str:
    """Return a key or an index as a part of a path, with unprintable characters escaped."""
    text = str(key)
    return text if text.isprintable() else repr(text)


def _short(found: Any) -> str:
    """Return a value as YAML writes it, without the middle of a long one."""
    if isinstance(found, datetime.date):  # and a datetime
        return str(found)
    text = redacted(json.dumps(found) if found is None or isinstance(found, bool) else repr(found))
    return text if len(text) <= 100 else f"{text[:50]} ... {text[-20:]}"
