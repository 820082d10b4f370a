"""Components: parts chosen in the settings by name, or by a mapping of name and arguments."""

import inspect
from collections.abc import Mapping
from typing import Any

from .errors import SettingsError


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
    parameters = inspect.signature(registry[name]).parameters.values()
    known = [p for p in parameters if p.kind is not p.POSITIONAL_ONLY]
    required = {p.name for p in known if p.default is p.empty}
    if not required <= set(arguments) <= {p.name for p in known}:
        raise SettingsError(
            f"{what} {name}: found the arguments ({', '.join(arguments)}), expected "
            f"({', '.join(str(p.replace(annotation=p.empty)) for p in known)})"
        )
    return registry[name], arguments
