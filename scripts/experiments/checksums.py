"""Every file that is fetched needs a checksum; one message tells of all that lack it, and what it is."""

import shlex
from collections.abc import Callable
from typing import Any

from components.addresses import shown

from .errors import ConfigError

# (dataset, file) -> the place of a copy on this machine and its sha256, or None
Copies = Callable[[str, str], tuple[str, str] | None]


def check_checksums(datasets: dict[str, Any], copies: Copies) -> None:
    """Raise a ConfigError where files that are fetched have no sha256, with those of their copies."""
    lines = [
        f"config: datasets.{name}.files.{role} has {found} sha256; {_help(name, entry, copies)}"
        for name, dataset in datasets.items()
        for role, entry in dataset["files"].items()
        if (found := _lacks(dataset, entry))
    ]
    if lines:
        lines.append(
            "add the checksum of each published file, so that no other file is ever taken for it; where "
            "the publisher names it, compare"
        )
        raise ConfigError("\n".join(lines))


def _lacks(dataset: dict[str, Any], entry: dict[str, Any]) -> str | None:
    """What a file that is fetched has, if no sha256; None of others."""
    if entry["sha256"] or dataset["path"] or (dataset["generator"] and not entry["mirrors"]):
        return None
    return "mirrors but no" if entry["mirrors"] else "neither mirrors nor"


def _help(name: str, entry: dict[str, Any], copies: Copies) -> str:
    copy = copies(name, entry["file"])
    if copy:
        place, sha256 = copy
        return f"of {place} it is\n    sha256: {sha256}"
    place = f"data/raw/{name}/{entry['file']}"
    if not entry["mirrors"]:
        return f"put the file at {place}, and call again to read it here"
    url = entry["mirrors"][0] + entry["file"] * entry["mirrors"][0].endswith("/")
    command = shlex.join(["curl", "-fL", "--create-dirs", "-o", place, shown(url)])
    return f"to read it here, call again after\n    {command}"
