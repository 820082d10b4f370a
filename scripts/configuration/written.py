"""Quote values as a config file writes them, before YAML converts 010, on, 1:30 or 2020-01-01."""

import re
from collections.abc import Iterable, Iterator, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any, NamedTuple

import yaml

from .config_files import document

NUMBERS = ("tag:yaml.org,2002:int", "tag:yaml.org,2002:float")
OCTAL = re.compile(r"[-+]?0[0-7_]+")
KEY = "key"  # before the name of a key in a path


class Entry(NamedTuple):
    """A scalar of a config file: its path of keys and indices, its YAML node, and its line."""

    path: tuple[Any, ...]
    node: yaml.ScalarNode
    line: str

    @property
    def value(self) -> Any:
        return yaml.constructor.SafeConstructor().construct_object(self.node)

    @property
    def text(self) -> str:
        """The text as written; for `label: #id`, the text that YAML reads as a comment."""
        rest = self.line[self.node.start_mark.column :].strip()
        return self.node.value or (rest if re.match(r"#\S", rest) else "")


class Written:
    """The texts of some files, the most important first: the first file with a key gave its value."""

    def __init__(self, sources: Iterable[str | Path]):
        self.sources = list(sources)

    @cached_property
    def entries(self) -> dict[str, Entry]:
        """All scalars by their paths: repr distinguishes True from 1."""
        found = {}
        for file in map(document, reversed(self.sources)):
            found |= {repr(each.path): each for each in _entries(file.node, (), file.lines)}
        return found

    def value(self, path: Sequence[Any], found: Any) -> str | None:
        """Return the text that became the value ``found`` at a path, if known."""
        entry = self.entries.get(repr((*path,)))
        return entry.text if entry and repr(entry.value) == repr(found) else None

    def key(self, path: Sequence[Any], found: Any) -> str | None:
        """Return the text that became the key ``found`` of the mapping at a path, if known."""
        entry = self.entries.get(repr((*path, KEY, found)))
        return entry.text if entry else None

    def misread(self) -> Iterator[tuple[Sequence[Any], str, Any]]:
        """Yield path, text and value of numbers that people read in another way: 010, 1:30."""
        seen = set()  # aliases share a node
        for entry in self.entries.values():
            path, node, text = entry.path, entry.node, entry.node.value
            if node in seen or node.tag not in NUMBERS or path[-2:-1] == (KEY,):
                continue
            seen.add(node)
            octal = OCTAL.fullmatch(text) and int(text.replace("_", "")) != entry.value
            if ":" in text or octal:
                yield path, text, entry.value


def _entries(node: yaml.Node | None, path: tuple[Any, ...], lines: list[str]) -> Iterator[Entry]:
    if isinstance(node, yaml.ScalarNode):
        yield Entry(path, node, lines[node.start_mark.line] if lines else "")
    elif isinstance(node, yaml.SequenceNode):
        for number, value in enumerate(node.value):
            yield from _entries(value, (*path, number), lines)
    elif node:
        for key, value in node.value:
            if isinstance(key, yaml.ScalarNode):
                name = Entry((), key, "").value
                yield from _entries(key, (*path, KEY, name), lines)
                yield from _entries(value, (*path, name), lines)
