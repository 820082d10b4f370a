"""Read config files before Snakemake does: its own errors name neither the file nor the line."""

import copy
import json
from collections.abc import Iterable, Sequence
from contextlib import suppress
from functools import cache
from itertools import chain
from pathlib import Path
from typing import Any, NamedTuple

import yaml

from components.addresses import redacted
from experiments import ConfigError

from .words import SHOWN, refuse_misread

LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # the fast one, if it was built
EXPECTED = "expected a mapping, such as `targets: [digits_mlp]`"
DEEPEST = 100  # levels
LARGEST = 2_000_000  # bytes of a file; also what its aliases stand for
MOST_VALUES, OF_A_VALUE = 100_000, 20  # each value behind an alias counts 20 more
MERGE = "tag:yaml.org,2002:merge"  # of the key <<
LONGEST_NUMBER, LONGEST_KEY = 1000, 20  # characters; longer integers can have equal hashes


class Document(NamedTuple):
    """The content of a config file, and its YAML nodes (None if the file is no YAML)."""

    content: Any
    node: yaml.Node | None


# libyaml's composer overflows the stack at 10^5 levels, so Python's composes the nodes.
BASES = (yaml.composer.Composer, LOADER) if yaml.__with_libyaml__ else (LOADER,)


class Loader(*BASES):
    """Limits depth and size, and refuses repeated keys and values that contain themselves."""

    def __init__(self, text: str):
        LOADER.__init__(self, text)
        yaml.composer.Composer.__init__(self)
        self.depth = 0
        self.sizes: dict[yaml.Node, int] = {}  # with all aliases expanded
        self.aliased = 0

    def compose_node(self, parent: yaml.Node | None, index: Any) -> yaml.Node:
        event = self.peek_event()
        where = f", line {_line(event)}"
        if self.depth == DEEPEST and isinstance(event, yaml.CollectionStartEvent):
            raise ConfigError(f"{where}: more than {DEEPEST} levels deep")
        self.depth += 1
        node = super().compose_node(parent, index)
        self.depth -= 1
        if not isinstance(event, yaml.AliasEvent):
            self.sizes[node] = self.size_of(node)
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

    def size_of(self, node: yaml.Node) -> int:
        if isinstance(node, yaml.ScalarNode):
            return len(node.value) + OF_A_VALUE
        parts = chain(*node.value) if isinstance(node, yaml.MappingNode) else node.value
        return sum(self.sizes[part] for part in parts) + OF_A_VALUE

    def compose_mapping_node(self, anchor: str | None) -> yaml.MappingNode:
        node = super().compose_mapping_node(anchor)
        first: dict[Any, yaml.Node] = {}
        for key, _ in node.value:
            if not isinstance(key, yaml.ScalarNode):
                continue
            if key.tag.endswith(":int") and len(key.value) > LONGEST_KEY:
                long = f"the number {_quoted(key)} is too long for a key; quote it"
                raise ConfigError(f", line {_line(key)}: {long}")
            merges = key.tag == MERGE
            other = first.setdefault(MERGE if merges else self.construct_object(key), key)
            if other is not key:  # readers silently take the last value
                advice = "write one, as <<: [*a, *b]" if merges else "remove one of them"
                lines = f"line {_line(other)} and in line {_line(key)}"
                raise ConfigError(f": the key {_quoted(key)} is in {lines}; {advice}")
        return node

    def construct_object(self, node: yaml.Node, deep: bool = False) -> Any:
        try:
            if node.tag.endswith((":int", ":float")) and len(node.value) > LONGEST_NUMBER:
                raise ValueError  # hours of arithmetic for 1:59:59:... of some megabytes
            return super().construct_object(node, deep)
        except ConfigError:
            raise
        except (ArithmeticError, AttributeError, LookupError, TypeError, ValueError):
            kind = node.tag.rpartition(":")[2]
            raise ConfigError(
                f", line {_line(node)}: {_quoted(node)} is read as a YAML {kind}, which it is not; "
                "correct it, or put it in quotes"
            ) from None


def _line(part: yaml.Node | yaml.Event) -> int:
    return part.start_mark.line + 1


def _quoted(node: yaml.Node) -> str:
    return repr(redacted(str(node.value))[:SHOWN])


def document(path: str | Path) -> Document:
    """Read a config file.

    Raises ConfigError if it is unreadable, too large, ambiguous, not a mapping, or repeats a key.
    """
    try:
        if Path(path).is_fifo():
            raise ConfigError(": is a pipe, which can be read only once; write it to a file")
        with open(path, "rb") as file:
            content = file.read(LARGEST + 1)
        if len(content) > LARGEST:
            raise ConfigError(f": more than {LARGEST} bytes; put data into files of their own")
        return parsed(content.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        line, byte = error.object.count(b"\n", 0, error.start) + 1, error.object[error.start]
        wrong = f", line {line}: the byte {byte:#04x} is not UTF-8; save the file as UTF-8"
    except OSError as error:
        wrong = f": {error.strerror}; expected a config file in YAML or JSON"
    except ConfigError as error:
        wrong = str(error)
    lines = [f"{path}{line}" for line in wrong.split("\n")]
    raise ConfigError("\n".join(lines), room=10_000) from None


@cache  # a run of `snakemake` asks several times for the same file
def parsed(text: str) -> Document:
    """Read the text of a config file; the message of a ConfigError goes after a file's name."""
    content = node = None
    with suppress(ValueError, RecursionError):
        content = json.loads(text)
    is_json = content is not None
    try:
        loader = Loader(text)
        node = loader.get_single_node()
        words = (each for each in loader.sizes if isinstance(each, yaml.ScalarNode))
        refuse_misread(words, loader.construct_object, text)
        if node and not is_json:
            content = loader.construct_document(node)
    except yaml.YAMLError as error:
        if not is_json:
            raise ConfigError(_in_words(text, error)) from None
        _refuse_deep(content)
    if not isinstance(content, dict):
        found = "is empty" if content is None else "is a list or a single value"
        raise ConfigError(f": {found}, {EXPECTED}")
    return Document(content, node)


def _refuse_deep(content: Any) -> None:
    """Refuse too many levels in JSON that is no YAML, such as JSON indented with tabs."""
    level = [content]
    for _ in range(DEEPEST + 1):
        mappings = [value.values() for value in level if isinstance(value, dict)]
        lists = [value for value in level if isinstance(value, list)]
        level = list(chain(*mappings, *lists))
    if level:
        raise ConfigError(f": more than {DEEPEST} levels deep")


def content_of(path: str | Path) -> dict[str, Any]:
    """Return a copy of a config file's content, as Snakemake reads it."""
    return copy.deepcopy(document(path).content)


def text_at(sources: Iterable[str | Path], path: Sequence[str]) -> str | None:
    """Return a value as the first file with this path of keys writes it: 0.90, which is read as 0.9."""
    for source in sources:
        node = document(source).node
        for name in path:
            pairs = node.value if isinstance(node, yaml.MappingNode) else []
            node = next((value for key, value in reversed(pairs) if key.value == name), None)
        if isinstance(node, yaml.ScalarNode):
            return node.value
    return None


def _in_words(text: str, error: Exception) -> str:
    """Turn an error of the YAML reader into a sentence with the line."""
    if isinstance(error, yaml.reader.ReaderError):
        return ": has a control character; remove it, or save the file as UTF-8"
    line, lines = error.problem_mark.line, text.splitlines()
    content = lines[line] if line < len(lines) else ""
    if "\t" in content[: len(content) - len(content.lstrip())]:
        return f", line {line + 1}: indented with a tab; use spaces"
    content = redacted(content).strip()[:SHOWN]
    where = f"in {content!r}" if content else "at the end of the file"
    problem = " ".join(part[:SHOWN] for part in (error.context, error.problem) if part)
    return (
        f", line {line + 1}: not YAML, {where}: {problem}; check the indentation, brackets, quotes "
        "and colons up to there; a text that begins with one of !%@`*&= needs quotes"
    )
