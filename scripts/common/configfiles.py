"""Check config files before Snakemake reads them: its own errors name neither the file nor the line."""

import argparse
import json
import os
import shlex
import sys
from collections.abc import Sequence
from functools import cache
from itertools import chain
from pathlib import Path
from typing import Any

import yaml

from components.addresses import redacted

LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # the fast one, where it was built
EXPECTED = "expected a mapping, as `targets: [digits_mlp]`"
DEEPEST = 100  # levels; a hundred thousand crash PyYAML with a segmentation fault
SHOWN = 200  # characters of a file that a message quotes
KINDS = {list: "a list", str: "text", bool: "true or false", int: "a number", float: "a number"}


def add_configfile(parser: argparse.ArgumentParser, what: str) -> None:
    """Add Snakemake's option --configfile to a program; `what` is its help."""
    parser.add_argument(
        "--configfile", nargs="*", action="extend", default=[], metavar="FILE", help=what
    )


def mistake_in(path: str | Path) -> str | None:
    """Describe the mistake in a config file that is unreadable, is not a mapping, or repeats a key.

    Returns None if there is none. `Plan` checks keys and values.
    """
    try:
        text = Path(path).read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        line = error.object.count(b"\n", 0, error.start) + 1
        byte = error.object[error.start]
        return f"{path}, line {line}: the byte {byte:#04x} is not UTF-8; save the file as UTF-8"
    except OSError as error:
        return f"{path}: {error.strerror}; expected a config file in YAML or JSON"
    return _mistake(path, text)


@cache  # a run of `snakemake` asks two or three times for the same file
def _mistake(path: str | Path, text: str) -> str | None:
    try:
        content = json.loads(text)
    except (ValueError, RecursionError):
        try:
            if line := _too_deep(text):
                return f"{path}, line {line}: more than {DEEPEST} levels deep; expected few"
            content = yaml.load(text, LOADER)
        except (yaml.YAMLError, ValueError) as error:
            return _in_words(path, text, error)
    if not isinstance(content, dict):
        found = "is empty" if content is None else f"is {KINDS.get(type(content), 'one value')}"
        return f"{path}: {found}, {EXPECTED}"
    return _repeated_key(path, text)


def content_of(path: str | Path) -> Any:
    """Return the content of a config file without a `mistake_in` it, as Snakemake reads it."""
    text = Path(path).read_text(encoding="utf-8-sig")
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return yaml.load(text, LOADER)


def _too_deep(text: str) -> int | None:
    """Return the line where YAML exceeds DEEPEST levels, None if none does."""
    depth = 0
    for event in yaml.parse(text, LOADER):
        depth += isinstance(event, yaml.CollectionStartEvent)
        depth -= isinstance(event, yaml.CollectionEndEvent)
        if depth > DEEPEST:
            return event.start_mark.line + 1
    return None


def _in_words(path: str | Path, text: str, error: Exception) -> str:
    """Turn an error of the YAML reader into a sentence with the line."""
    if text.count("\0") > len(text) // 3:
        return f"{path}: not UTF-8, but UTF-16; save the file as UTF-8"
    if isinstance(error, yaml.reader.ReaderError):
        line = text.count("\n", 0, error.position) + 1
        return f"{path}, line {line}: a control character; remove it"
    if not isinstance(error, yaml.MarkedYAMLError):
        return f"{path}: {error}"  # of a value, as the date 2001-99-99
    line = error.problem_mark.line
    lines = text.splitlines()
    content = lines[line] if line < len(lines) else ""
    if "\t" in content[: len(content) - len(content.lstrip())]:
        return f"{path}, line {line + 1}: indented with a tab; use spaces"
    content = redacted(content)
    where = f"in {content.strip()[:SHOWN]!r}" if content.strip() else "at the end of the file"
    problem = " ".join(part[:SHOWN] for part in (error.context, error.problem) if part)
    advice = "check the indentation, brackets, quotes and colons up to there"
    special = (yaml.scanner.ScannerError, yaml.composer.ComposerError)
    if isinstance(error, (*special, yaml.constructor.ConstructorError)):
        advice += "; a text that begins with one of !%@`*&= needs quotes"
    return f"{path}, line {line + 1}: not YAML, {where}: {problem}; {advice}"


def _repeated_key(path: str | Path, text: str) -> str | None:
    """Describe the first repeated key of a mapping, because readers silently take the last value."""

    seen: set[yaml.Node] = set()

    def first_in(node: yaml.Node) -> tuple[yaml.Node, yaml.Node] | None:
        parts = node.value if isinstance(node, yaml.CollectionNode) and node not in seen else []
        seen.add(node)  # a node may be in several places, or even in itself (&name, *name)
        known: dict[str, yaml.Node] = {}
        for part in parts:
            key, value = part if isinstance(part, tuple) else (None, part)
            if key is not None and key.value in known and isinstance(key, yaml.ScalarNode):
                return known[key.value], key
            if isinstance(key, yaml.ScalarNode):
                known[key.value] = key
            if found := first_in(value):
                return found
        return None

    try:
        node = yaml.compose(text, Loader=LOADER)
    except yaml.YAMLError:  # JSON that is no YAML: indented with tabs
        return None
    if found := first_in(node):
        one, two = (key.start_mark.line + 1 for key in found)
        name = redacted(found[0].value)[:SHOWN]
        return f"{path}: the key {name!r} is in line {one} and in line {two}; remove one of them"
    return None


def is_called() -> bool:
    """Is this process a run of the command `snakemake`, with the user's arguments in sys.argv?"""
    return Path(sys.argv[0]).name in ("snakemake", "__main__.py")


def default_config(root: str) -> str:
    """Return the config.yaml of the working directory, else that of the workflow's folder.

    Raises WorkflowError if it cannot be read; exits if a flag is given twice.
    """
    from snakemake.exceptions import WorkflowError

    path = "config.yaml" if os.path.exists("config.yaml") else f"{root}/config.yaml"
    if is_called() and (wrong := given_twice(_given(sys.argv[1:]))):
        sys.exit(f"error: {wrong}")
    if os.path.exists(path) and (wrong := mistake_in(path)):
        raise WorkflowError(wrong)
    return path


def _given(arguments: Sequence[str]) -> dict[str, list[list[str]]]:
    """Return the values of each --configfile and each --config among Snakemake's arguments."""
    parser = argparse.ArgumentParser(add_help=False, allow_abbrev=False)
    names = [
        "--configfiles"[:length] for length in range(len("--configf"), len("--configfiles") + 1)
    ]
    parser.add_argument(*names, dest="--configfile", nargs="*", action="append", default=[])
    parser.add_argument("--config", "-C", dest="--config", nargs="*", action="append", default=[])
    return vars(parser.parse_known_args(arguments)[0])


def given_twice(given: dict[str, list[list[str]]]) -> str | None:
    """Describe a flag that is given twice, because Snakemake ignores all but the last."""
    for flag, values in given.items():
        if len(values) > 1:
            joined = " ".join(shlex.quote(value) for each in values for value in each)
            return f"two {flag} flags: Snakemake counts the last alone; write {flag} {joined}"
    return None


def refuse(arguments: Sequence[str]) -> None:
    """Exit with one message if the config files or values of a run cannot be read.

    Called from profiles/default, because Snakemake reads the files of --configfile before the Snakefile.
    """
    given = _given(arguments)
    if wrong := given_twice(given):
        sys.exit(f"error: {wrong}")
    for value in chain(*given["--config"]):
        if "=" not in value:
            sys.exit(f"error: --config {value}: expected NAME=VALUE, as local_mirror=/data")
    for path in chain(*given["--configfile"]):
        if wrong := mistake_in(path):
            behind = "" if os.path.exists(path) else "; targets stand before --configfile"
            sys.exit(f"error: {wrong}{behind}")
