"""Settings: defaults filled in, names turned into what they stand for."""

from collections.abc import Mapping

from components.errors import SettingsError
from components.registry import lookup


def complete(settings: Mapping, defaults: Mapping, choices: Mapping, section: str) -> dict:
    """The settings with defaults filled in. Raises SettingsError for unknown keys and choices."""
    for key in settings:
        if key not in defaults:
            raise SettingsError(f"{section}: unknown key {key!r}; known are {', '.join(defaults)}")
    settings = {**defaults, **settings}
    for key, allowed in choices.items():
        if settings[key] not in allowed:
            raise SettingsError(
                f"{section}.{key}: found {settings[key]!r}, expected one of {', '.join(allowed)}"
            )
    return settings


def make(registry: Mapping, component: str | Mapping, what: str):
    """The registry's entry of this name, called with the arguments of the component."""
    factory, arguments = lookup(registry, component, what)
    return factory(**arguments)
