"""Names of runs: readable, safe in a path, and made of the values that the sweep varies."""

import hashlib
import json
import re
from collections.abc import Callable
from functools import wraps
from typing import Any


def as_json(settings: Any, sort: bool = True) -> str:
    """Write settings as one line of JSON; ``sort`` the keys unless their order matters, as in a sweep."""
    return json.dumps(settings, sort_keys=sort, separators=(",", ":"))


def once(function: Callable[..., Any]) -> Callable[..., Any]:
    """Cache a function of runs or of parts of settings by their identity.

    Several rules ask the same of each run, and thousands of runs share parts. No code changes either in
    place, and the cache keeps them alive, so no other object gets their identity.
    """
    known: dict[tuple[int, ...], tuple[Any, Any]] = {}

    @wraps(function)
    def cached(*parts: Any) -> Any:
        key = tuple(map(id, parts))
        if key not in known:
            known[key] = parts, function(*parts)
        return known[key][1]

    return cached


def digest(content: Any, digits: int = 8) -> str:
    """Return hexadecimal digits of the SHA-256 of ``content`` as canonical JSON."""
    return hashlib.sha256(as_json(content).encode()).hexdigest()[:digits]


def short_keys(keys: list[str]) -> dict[str, str]:
    """Map each dotted key to its last part, or to itself if two keys have the same last part."""
    last = {key: key.rpartition(".")[2] for key in keys}
    return {
        key: name if list(last.values()).count(name) == 1 else key for key, name in last.items()
    }


def text_of(value: Any) -> str:
    """Write a swept value for a file name: ``0.001``, ``64-32``, ``adam-beta1=0.8``."""
    if type(value) in (int, float):
        return repr(value)
    if isinstance(value, dict):
        parts = [str(value["name"])] if "name" in value else []
        parts += [f"{key}={text_of(part)}" for key, part in value.items() if key != "name"]
        return "-".join(parts)
    if isinstance(value, list):
        return "-".join(map(text_of, value)) or "none"
    return re.sub(r"[^A-Za-z0-9_.+-]", "_", json.dumps(value).strip('"'))


def joined(*parts: str) -> str:
    """Join the parts of a name that are not empty, as ``l2=0.01__seed=0``.

    Without commas, at which Snakemake splits --target-jobs (Snakemake issue 2366).
    """
    return "__".join(filter(None, parts))


def configuration_name(change: dict[str, Any], names: dict[str, str]) -> str:
    """Name a configuration by its changes, as ``learning_rate=0.001__l2=0.01``."""
    return joined(*(f"{names[key]}={text_of(value)}" for key, value in change.items()))
