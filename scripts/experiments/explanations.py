"""Say in one sentence what is wrong with a value of a config, and what is allowed."""

import datetime
import difflib
import json
import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import jsonschema

from components.addresses import redacted

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


def suggestion(word: Any, known: Iterable[Any]) -> str:
    """Return ``; did you mean 'x'?`` for the nearest of ``known``, or nothing."""
    lower = {str(k).lower(): str(k) for k in known}
    near = difflib.get_close_matches(str(word).lower(), lower, n=1)
    return f"; did you mean {lower[near[0]]!r}?" if near else ""


def explain(error: jsonschema.ValidationError, path: str = "", texts: Texts = NO_TEXTS) -> str:
    """Turn a jsonschema error into one sentence: the key, what was found, what is allowed."""
    error = _meant(error)
    parts = [path] * bool(path) + [part_of_path(part) for part in error.absolute_path]
    where = ".".join(parts) or "the file"
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
            return f"{where} {verb} {shown}; expected {error.schema['description']}"
        return f"{where} {verb} {shown}; expected {allowed}{_hint(found, allowed)}"
    if kind in LIMITS:
        return f"{where} is {_short(found)}; expected {LIMITS[kind].format(rule)}"
    if kind == "maxProperties":
        known = ", ".join(sorted(error.schema["properties"]))
        several = ", or a list of several" if where.endswith(".sweep") else ""
        return f"{where} is {_short(found)}; expected one of {known}{several}"
    if kind in ("pattern", "maxLength"):
        return f"{where} {verb} {shown}; expected {error.schema.get('description', rule)}"
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
    """A key or a number of a list, as a part of a path; what cannot be printed is escaped."""
    text = str(key)
    return text if text.isprintable() else repr(text)


def _short(found: Any) -> str:
    """A value as it is written in YAML, but for the middle of a long one."""
    if isinstance(found, datetime.date):  # and a datetime
        return str(found)
    text = redacted(json.dumps(found) if found is None or isinstance(found, bool) else repr(found))
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
