"""Helpers of the rules: patterns of names, and options of commands."""

import os
import re
import shlex
from collections.abc import Iterable, Mapping
from typing import Any

# Braces are wildcards to Snakemake and <word> a variable; it writes names as UTF-8 in lines.
UNNAMEABLE = re.compile(r"[{}<>\x00-\x1f\x7f\ud800-\udfff]")


class Aside(dict):
    """A part of a command that changes no result: its JSON, which Snakemake's cache compares, is empty."""

    def __init__(self, text: str):
        super().__init__()
        self.text = text

    def __str__(self) -> str:
        return self.text


def any_of(names: Iterable[str]) -> str:
    """Return a pattern that matches one of the names, or nothing without names."""
    return "|".join(names) or "$^"


def flags(**options: str | Iterable[str]) -> str:
    """Return the options of a command, without those that have no values."""
    words: list[str] = []
    for name, given in options.items():
        values = [given] if isinstance(given, str) else list(given)
        if values:
            words += [f"--{name.replace('_', '-')}", *values]
    return shlex.join(words)


def raw_flag(places: Mapping[str, str], files: Any) -> str:
    """Return the option --raw: by role, an input of the job or a folder."""
    inputs = {role: p if os.path.isdir(p) else files.get(role, p) for role, p in places.items()}
    return shlex.join(["--raw", *(f"{role}={file}" for role, file in inputs.items())])


def nameable(files: Iterable[str]) -> list[str]:
    """Return the files that Snakemake accepts as inputs; a digest of all files watches the others."""
    return [file for file in files if not UNNAMEABLE.search(file)]
