"""Components: parts that settings choose by name, or by a mapping of name and arguments."""

import inspect
import operator
import sys
from collections.abc import Mapping, Sequence
from functools import cache
from numbers import Integral, Real
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from .errors import SettingsError

TYPES = {bool: "boolean", int: "integer", float: "number", str: "string", NoneType: "null"}
# the classes of each type, and its name in messages
CLASSES = {
    "boolean": (bool, "true or false"),
    "integer": (Integral, "a whole number"),
    "number": (Real, "a number"),
    "string": (str, "a text"),
    "null": (NoneType, "null"),
    "array": (list | tuple, "a list"),
    "object": (Mapping, "a mapping"),
}
LARGEST = sys.float_info.max
LIMITS = {
    "minimum": (operator.ge, "at least"),
    "exclusiveMinimum": (operator.gt, "above"),
    "maximum": (operator.le, "at most"),
    "exclusiveMaximum": (operator.lt, "below"),
}


def component_name(component: str | Mapping) -> str:
    """Return the name of a component: `relu` and `{"name": "relu"}` both name relu."""
    return component if isinstance(component, str) else component["name"]


def lookup(registry: Mapping[str, Any], component: str | Mapping, what: str) -> tuple[Any, dict]:
    """Return the registry's entry of the component's name, and the component's arguments.

    `what` is the kind of component, for the message. Raises SettingsError for an unknown name, for
    missing or unknown arguments, and for a value that the annotation of its parameter excludes.
    The positional-only parameters of a function are not settings.
    """
    name = component_name(component)
    if name not in registry:
        raise SettingsError(f"unknown {what} {name!r}; known: {', '.join(registry)}")
    arguments = {} if isinstance(component, str) else {**component}
    arguments.pop("name", None)
    known = _settings(registry[name])
    required = {p.name for p in known if p.default is p.empty}
    if not required <= set(arguments) <= {p.name for p in known}:
        raise SettingsError(
            f"{what} {name}: found the arguments ({', '.join(arguments)}), expected "
            f"({', '.join(str(p.replace(annotation=p.empty)) for p in known)})"
        )
    for p in known:
        rule = _rule(p.annotation)
        if p.name in arguments and not _allows(rule, arguments[p.name]):
            raise SettingsError(
                f"{what} {name}: {p.name} is {arguments[p.name]!r}, expected {_described(rule)}"
            )
    return registry[name], arguments


def arguments_of(component: Any) -> dict[str, Any]:
    """Return the JSON schema of the arguments that a registered function or class takes.

    Types, limits and defaults are those of its signature, see `arguments`.
    """
    parameters = _settings(component)
    return {
        "type": "object",
        "additionalProperties": False,
        "required": [p.name for p in parameters if p.default is p.empty],
        "properties": {
            p.name: _rule(p.annotation) | ({} if p.default is p.empty else {"default": p.default})
            for p in parameters
        },
    }


@cache
def _settings(component: Any) -> list[inspect.Parameter]:
    parameters = inspect.signature(component).parameters.values()
    return [p for p in parameters if p.kind is not p.POSITIONAL_ONLY]


def _rule(annotation: Any) -> dict[str, Any]:
    """Return the JSON schema of an annotation."""
    origin, parts = get_origin(annotation), get_args(annotation)
    if origin is Annotated:
        return _rule(parts[0]) | dict(parts[1:])
    if origin is Literal:
        return {"enum": list(parts)}
    if origin in (Union, UnionType):
        rules = [_rule(part) for part in parts if part is not NoneType]
        if len(rules) > 1:
            return {"anyOf": [{"type": "string"} | r for r in rules] + [{"type": "null"}]}
        return rules[0] | {"type": [rules[0]["type"], "null"]}
    if origin is Sequence:
        return {"type": "array", "items": _rule(parts[0])}
    if origin is Mapping:
        return {"type": "object", "additionalProperties": _rule(parts[1])}
    return {"type": TYPES[annotation]}


def _allows(rule: Mapping, value: Any) -> bool:
    """Return whether a schema of `_rule` allows a value; numbers have to be finite floats."""
    if "anyOf" in rule:
        return any(_allows(part, value) for part in rule["anyOf"])
    if "enum" in rule:
        return isinstance(value, str) and value in rule["enum"]
    kinds = ["boolean"] if isinstance(value, bool) else CLASSES  # True is an int to Python
    if not any(kind in kinds and isinstance(value, CLASSES[kind][0]) for kind in _kinds(rule)):
        return False
    if isinstance(value, Real):
        limits = [(test, rule[key]) for key, (test, _) in LIMITS.items() if key in rule]
        return abs(value) <= LARGEST and all(test(value, limit) for test, limit in limits)
    if isinstance(value, Mapping):
        return all(_allows(rule["additionalProperties"], part) for part in value.values())
    return not isinstance(value, list | tuple) or all(_allows(rule["items"], v) for v in value)


def _kinds(rule: Mapping) -> list[str]:
    return rule["type"] if isinstance(rule["type"], list) else [rule["type"]]


def _described(rule: Mapping) -> str:
    """Describe the values that a rule allows."""
    if "anyOf" in rule:
        return " or ".join(map(_described, rule["anyOf"]))
    if "enum" in rule:
        return " or ".join(map(str, rule["enum"]))
    words = [" or ".join(CLASSES[kind][1] for kind in reversed(_kinds(rule)))]
    inner = rule.get("items", rule.get("additionalProperties"))
    if inner:
        words.append(f"of ({_described(inner)})")
    limits = [f"{than} {rule[key]:g}" for key, (_, than) in LIMITS.items() if key in rule]
    if limits:
        words.append(" and ".join(limits))
    return " ".join(words)
