"""Checks of datasets: their files, checksums, sizes and classes."""

import shlex
from collections.abc import Callable
from typing import Any
from unicodedata import normalize

from components.addresses import shown

from ..errors import ConfigError

ROOM_FOR_DATA = 5000  # characters of a message with a line for each column of a table


def raw_files(dataset: dict[str, Any], kind: Any, folder: str) -> dict[str, str]:
    """Return the raw files of a dataset, or its places on this machine, by their roles."""
    if kind.places:
        return {role: dataset[key] for role, key in kind.places.items() if dataset[key]}
    return {role: f"{folder}/{entry['file']}" for role, entry in dataset["files"].items()}


def with_sizes(name: str, dataset: dict, kind: Any, sizes: Callable[..., dict]) -> dict:
    """Return a dataset with the sizes and classes that ``sizes`` finds in its data."""
    where = f"config: datasets.{name}"
    if kind.places:
        dataset = dataset | {"files": {}, "generator": None}
    elif problem := _problem(dataset, kind):  # a wrong key is reported before a missing file
        raise ConfigError(f"{where}.files{problem}")
    try:
        if kind.check and dataset.get("path"):
            kind.check(raw_files(dataset, kind, dataset["path"]))
        found = sizes(name, dataset, kind)
    except UnicodeEncodeError as error:
        wrong = f"{error.object!a} has letters that this locale cannot write: set PYTHONUTF8=1"
        raise ConfigError(f"{where}: {wrong}") from None
    except (ValueError, OSError) as error:
        lines = (f"{where}: {line}" for line in str(error).split("\n"))
        raise ConfigError("\n".join(lines), ROOM_FOR_DATA) from None
    declared = dataset.get("classes")
    if "classes" in found and isinstance(declared, list):  # Unicode has several forms of a letter
        declared = [normalize("NFC", str(name)) for name in declared]
        if declared != found["classes"]:
            has = f"but the data has {found['classes']}; remove the key"
            raise ConfigError(f"{where}.classes is {declared}, {has}")
        if kind.places:
            found = found | {"classes_listed": True}  # `found` lists them in any case
    return dataset | found


def _problem(dataset: dict[str, Any], kind: Any) -> str:
    """Return a sentence on files that are missing, or have no use; an empty text if there are none."""
    needed = {*kind.files, *(kind.test_files if dataset["test_size"] else ())}
    if missing := sorted(needed - dataset["files"].keys()):
        needs = f"which the format {dataset['format']!r} needs; name each with sha256 and mirrors"
        return f" lacks {', '.join(missing)}, {needs}"
    extra = sorted(set(kind.test_files) & dataset["files"].keys())
    if extra and not dataset["test_size"]:
        return f" has {', '.join(extra)}, but test_size is 0; set it, or remove them"
    for role, entry in dataset["files"].items():
        if dataset["path"] and entry["mirrors"]:
            return f".{role} has mirrors, but the files are in {dataset['path']}; remove one"
    return ""


def check_checksums(datasets: dict[str, Any]) -> None:
    """Raise a ConfigError that lists all files to fetch without a sha256, and how to find it."""
    lines = []
    for name, dataset in datasets.items():
        for role, entry in dataset["files"].items():
            mirrors = entry["mirrors"]
            if entry["sha256"] or dataset["path"] or (dataset["generator"] and not mirrors):
                continue
            find = f"sha256sum {shlex.quote(entry['file'])}"
            if mirrors:
                url = mirrors[0] + (entry["file"] if mirrors[0].endswith("/") else "")
                find = f"curl -fL {shlex.quote(shown(url))} | sha256sum"
            lacks = "mirrors but no" if mirrors else "neither mirrors nor"
            lines.append(
                f"config: datasets.{name}.files.{role} has {lacks} sha256; add it: `{find}` prints it"
            )
    if lines:
        advice = (
            "compare it with the publisher's checksum if there is one; other files will be refused"
        )
        raise ConfigError("\n".join([*lines, advice]))
