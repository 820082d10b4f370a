"""Components: parts that settings choose by name, or by a mapping of name and arguments."""

import inspect
from collections.abc import Mapping, Sequence
from functools import cache
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from .errors import SettingsError

TYPES = {bool: "boolean", int: "integer", float: "number", str: "string", NoneType: "null"}


def component_name(component: str | Mapping) -> str:
    """`relu` and `{"name": "relu"}` both name relu."""
    return component if isinstance(component, str) else component["name"]


def lookup(registry: Mapping[str, Any], component: str | Mapping, what: str) -> tuple[Any, dict]:
    """What the registry holds under the component's name, and the component's arguments.

    `what` is the kind of component, for the message. Raises SettingsError for an unknown name and
    for arguments that the registered function or class does not take or lacks; the positional-only
    parameters of a function are not settings.
    """
    name = component_name(component)
    if name not in registry:
        raise SettingsError(f"{what} {name!r} is not known; known are: {', '.join(registry)}")
    arguments = {} if isinstance(component, str) else {**component}
    arguments.pop("name", None)
    known = _settings(registry[name])
    required = {p.name for p in known if p.default is p.empty}
    if not required <= set(arguments) <= {p.name for p in known}:
        raise SettingsError(
            f"{what} {name}: found the arguments ({', '.join(arguments)}), expected "
            f"({', '.join(str(p.replace(annotation=p.empty)) for p in known)})"
        )
    return registry[name], arguments


def arguments_of(component: Any) -> dict[str, Any]:
    """The JSON schema of the arguments that a registered function or class takes.

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
    """The JSON schema of an annotation."""
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
