"""Read config files before Snakemake does: its own errors name neither the file nor the line."""

import argparse
import copy
import json
import os
import shlex
import sys
from collections.abc import Sequence
from functools import cache
from itertools import chain
from pathlib import Path
from typing import Any, NamedTuple

import yaml

from components.addresses import redacted
from experiments import ConfigError

LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # the fast one, if it was built
EXPECTED = "expected a mapping, such as `targets: [digits_mlp]`"
DEEPEST = 100  # levels
LARGEST = 2_000_000  # bytes of a file; also what its aliases stand for
MOST_VALUES, OF_A_VALUE = 100_000, 20  # each value behind an alias counts 20 more
MERGE = "tag:yaml.org,2002:merge"  # of the key <<
LONGEST_NUMBER, LONGEST_KEY = 1000, 20  # characters; longer integers can have equal hashes
SHOWN = 200  # characters of a file that a message quotes
KINDS = {list: "a list", str: "text", bool: "true or false", int: "a number", float: "a number"}


class Document(NamedTuple):
    """The content of a config file, its YAML nodes (None if the file is no YAML), and its lines."""

    content: Any
    node: yaml.Node | None
    lines: list[str]


# libyaml's composer overflows the stack at 10^5 levels, so Python's composes the nodes.
class Loader(*[yaml.composer.Composer] * yaml.__with_libyaml__, LOADER):
    """Limits depth and size, and refuses repeated keys and values that contain themselves."""

    def __init__(self, text: str):
        LOADER.__init__(self, text)
        yaml.composer.Composer.__init__(self)
        self.depth = 0
        self.sizes: dict[yaml.Node, int] = {}  # with all aliases expanded
        self.aliased = 0

    def compose_node(self, parent: yaml.Node | None, index: Any) -> yaml.Node:
        event = self.peek_event()
        where = f", line {event.start_mark.line + 1}"
        if self.depth == DEEPEST and isinstance(event, yaml.CollectionStartEvent):
            raise ConfigError(f"{where}: more than {DEEPEST} levels deep")
        self.depth += 1
        node = super().compose_node(parent, index)
        self.depth -= 1
        if not isinstance(event, yaml.AliasEvent):
            parts = chain(*node.value) if isinstance(node, yaml.MappingNode) else node.value
            text = isinstance(node, yaml.ScalarNode)
            size = len(parts) if text else sum(self.sizes[part] for part in parts)
            self.sizes[node] = size + OF_A_VALUE
        elif node not in self.sizes:
            raise ConfigError(
                f"{where}: *{event.anchor} refers to the value that contains it; remove it"
            )
        else:
            self.aliased += self.sizes[node]
        if len(self.sizes) + len(self.anchors) > MOST_VALUES:
            raise ConfigError(f"{where}: more than {MOST_VALUES} keys, values and anchors so far")
        if self.aliased > LARGEST:
            raise ConfigError(f"{where}: aliases so far stand for more than {LARGEST} bytes")
        return node

    def compose_mapping_node(self, anchor: str | None) -> yaml.MappingNode:
        node = super().compose_mapping_node(anchor)
        keys: dict[Any, yaml.Node] = {}
        for key in (key for key, _ in node.value if isinstance(key, yaml.ScalarNode)):
            if key.tag.endswith(":int") and len(key.value) > LONGEST_KEY:
                where = f", line {key.start_mark.line + 1}"
                raise ConfigError(
                    f"{where}: the number {key.value[:SHOWN]!r} is too long for a key; quote it"
                )
            merges = key.tag == MERGE
            first = keys.setdefault(MERGE if merges else self.construct_object(key), key)
            if first is not key:  # readers silently take the last value
                name, other = (redacted(each.value)[:SHOWN] for each in (first, key))
                again = "" if name == other else f" as {other!r}"
                advice = "write one, as <<: [*a, *b]" if merges else "remove one of them"
                lines = [each.start_mark.line + 1 for each in (first, key)]
                raise ConfigError(
                    f": the key {name!r} is in line {lines[0]} and{again} in line {lines[1]}; {advice}"
                )
        return node

    def construct_object(self, node: yaml.Node, deep: bool = False) -> Any:
        try:
            if node.tag.endswith((":int", ":float")) and len(node.value) > LONGEST_NUMBER:
                raise ValueError  # hours of arithmetic for 1:59:59:... of some megabytes
            return super().construct_object(node, deep)
        except ConfigError:
            raise
        except (ArithmeticError, AttributeError, LookupError, TypeError, ValueError):
            kind, text = node.tag.rpartition(":")[2], redacted(str(node.value))[:SHOWN]
            raise ConfigError(
                f", line {node.start_mark.line + 1}: {text!r} is read as a YAML {kind}, which it is "
                "not; correct it, or put it in quotes"
            ) from None


def document(path: str | Path) -> Document:
    """Read a config file.

    Raises ConfigError if it is unreadable, too large, not a mapping, or repeats a key.
    """
    try:
        if Path(path).is_fifo():
            raise ConfigError(": is a pipe, which can be read only once; write it to a file")
        with open(path, "rb") as file:
            content = file.read(LARGEST + 1)
        if len(content) > LARGEST:
            raise ConfigError(f": more than {LARGEST} bytes; put data into files of their own")
        return _parsed(content.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        line, byte = error.object.count(b"\n", 0, error.start) + 1, error.object[error.start]
        wrong = f", line {line}: the byte {byte:#04x} is not UTF-8; save the file as UTF-8"
    except OSError as error:
        wrong = f": {error.strerror}; expected a config file in YAML or JSON"
    except ConfigError as error:
        wrong = str(error)
    raise ConfigError(f"{path}{wrong}") from None


@cache  # a run of `snakemake` asks several times for the same file
def _parsed(text: str) -> Document:
    try:
        is_json, content = True, json.loads(text)
    except (ValueError, RecursionError):
        is_json, content = False, None
    try:
        loader = Loader(text)
        node = loader.get_single_node()
        if node and not is_json:
            content = loader.construct_document(node)
    except yaml.YAMLError as error:
        if not is_json:
            raise ConfigError(_in_words(text, error)) from None
        node = None  # such as JSON indented with tabs
    if not isinstance(content, dict):
        found = "is empty" if content is None else f"is {KINDS.get(type(content), 'one value')}"
        raise ConfigError(f": {found}, {EXPECTED}")
    return Document(content, node, text.splitlines())


def content_of(path: str | Path) -> dict[str, Any]:
    """Return a copy of a config file's content, as Snakemake reads it."""
    return copy.deepcopy(document(path).content)


def _in_words(text: str, error: Exception) -> str:
    """Turn an error of the YAML reader into a sentence with the line."""
    if isinstance(error, yaml.reader.ReaderError):
        line = text.count("\n", 0, error.position) + 1
        return f", line {line}: a control character; remove it, or save the file as UTF-8"
    line, lines = error.problem_mark.line, text.splitlines()
    content = lines[line] if line < len(lines) else ""
    if "\t" in content[: len(content) - len(content.lstrip())]:
        return f", line {line + 1}: indented with a tab; use spaces"
    content = redacted(content)
    where = f"in {content.strip()[:SHOWN]!r}" if content.strip() else "at the end of the file"
    problem = " ".join(part[:SHOWN] for part in (error.context, error.problem) if part)
    advice = "check the indentation, brackets, quotes and colons up to there"
    special = (yaml.scanner.ScannerError, yaml.composer.ComposerError)
    if isinstance(error, (*special, yaml.constructor.ConstructorError)):
        advice += "; a text that begins with one of !%@`*&= needs quotes"
    return f", line {line + 1}: not YAML, {where}: {problem}; {advice}"


def default_config(root: str) -> str:
    """Return the config.yaml of the working directory, else that of the workflow's folder.

    Raises WorkflowError if it cannot be read.
    """
    from snakemake.exceptions import WorkflowError

    path = "config.yaml" if os.path.exists("config.yaml") else f"{root}/config.yaml"
    try:
        if os.path.exists(path):
            document(path)
    except ConfigError as error:
        raise WorkflowError(str(error)) from None
    return path


def _given(arguments: Sequence[str]) -> dict[str, list[list[str]]]:
    """Return the values of each --configfile and each --config among Snakemake's arguments."""
    parser = argparse.ArgumentParser(add_help=False, allow_abbrev=False)
    files = ["--configf", "--configfi", "--configfil", "--configfile", "--configfiles"]
    for flag, names in (("--configfile", files), ("--config", ["--config", "-C"])):
        parser.add_argument(*names, dest=flag, nargs="*", action="append", default=[])
    return vars(parser.parse_known_args(arguments)[0])


def no_option(key: str, value: str) -> str | None:
    """Return advice if --config cannot set a key, because it is not of the top level; else None."""
    from .schema import config_schema  # which imports this module

    schema = config_schema()
    if key in schema["properties"]:
        return None
    known, sections = schema["$defs"]["experiment"]["properties"], schema["$defs"]
    experiment, parts = "EXPERIMENT", key.split(".")
    in_full = len(parts) > 2 and parts[0] == "experiments"
    if in_full or (len(parts) > 1 and parts[0] not in known and parts[1] in known):
        experiment, *parts = parts[in_full:]
    for section in ("training", "network", "split"):
        if parts[0] not in known and parts[0] in sections[section]["properties"]:
            parts.insert(0, section)
            break
    if len(parts) == 1 and parts[0] not in known:
        return None  # the check of the config suggests a key
    given = shlex.quote(f"{'.'.join(parts)}={value}")
    return (
        f"--config sets keys of the top level ({', '.join(schema['properties'])}); for a value of an "
        f"experiment run `scripts/run.py {experiment} --set {given}`"
    )


def refuse(arguments: Sequence[str]) -> None:
    """Exit with one message if a config file or value cannot be read, or a flag is given twice.

    profiles/default calls this with Snakemake's arguments: Snakemake reads the files of --configfile
    before the Snakefile, and silently ignores all but the last of several flags of one name.
    """
    given = _given(arguments)
    for flag, values in given.items():
        if len(values) > 1:
            said = f"{flag} {shlex.join(chain(*values))}"
            sys.exit(f"error: two {flag} flags: Snakemake uses only the last; write {said}")
    for value in chain(*given["--config"]):
        if "=" not in value:
            sys.exit(f"error: --config {value}: expected NAME=VALUE; put targets before --config")
        if wrong := no_option(*value.split("=", 1)):
            sys.exit(f"error: --config {value}: {wrong}")
    for path in chain(filter(os.path.exists, ["config.yaml"]), *given["--configfile"]):
        try:
            document(path)
        except ConfigError as error:
            missing = "" if os.path.exists(path) else "; put targets before --configfile"
            sys.exit(f"error: {error}{missing}")
