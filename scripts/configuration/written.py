"""The text of config files, to quote it before YAML converts it: 010, on, 1:30, 2020-01-01."""

import re
from collections.abc import Iterable, Iterator, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

import yaml

from experiments.explanations import Texts

from .config_files import Document, document

NUMBERS = ("tag:yaml.org,2002:int", "tag:yaml.org,2002:float")
OCTAL = re.compile(r"[-+]?0[0-7_]+")


class Written(Texts):
    """The texts of some files, the most important first: the first file with a key gave its value."""

    def __init__(self, sources: Iterable[str | Path]):
        self.sources = list(sources)

    @cached_property
    def files(self) -> list[Document]:
        return [found for found in map(document, self.sources) if found.node]

    def value(self, path: Sequence[Any], found: Any) -> str | None:
        for file in self.files:
            if entry := _entry(file.node, path):
                return _text(entry[1], file.lines) if _is(entry[1], found) else None
        return None

    def key(self, path: Sequence[Any], found: Any) -> str | None:
        for file in self.files:
            if entry := _entry(file.node, [*path, found]):
                return _text(entry[0], file.lines)
        return None

    def has(self, path: Sequence[Any]) -> bool:
        """Does a file itself have a value at this path, and not only inherit it (`<<: *name`)?"""
        return any(_entry(file.node, path, inherited=False) for file in self.files)

    def misread(self) -> Iterator[tuple[Sequence[Any], str, Any]]:
        for file in self.files:
            yield from _misread(file.node, (), set())


def _entry(
    node: yaml.Node, path: Sequence[Any], inherited: bool = True
) -> tuple[yaml.Node, yaml.Node] | None:
    """Return key and value at a path of keys and indices of lists; for an element, itself twice."""
    key = node
    for part in path:
        entries = ()
        if isinstance(node, yaml.SequenceNode) and part in range(len(node.value)):
            entries = [(node.value[part], node.value[part])]
        elif isinstance(node, yaml.MappingNode):
            first = 0 if inherited else node.start_mark.index  # what it inherits stands before it
            entries = [entry for entry in node.value if entry[0].start_mark.index >= first]
            entries = [entry for entry in entries if _is(entry[0], part)]
        if not entries:
            return None
        key, node = entries[-1]
    return key, node


def _is(node: yaml.Node, found: Any) -> bool:
    """Is this the text of a value that was found?"""
    return isinstance(node, yaml.ScalarNode) and repr(_value(node)) == repr(found)


def _value(node: yaml.ScalarNode) -> Any:
    return yaml.constructor.SafeConstructor().construct_object(node)


def _text(node: yaml.ScalarNode, lines: list[str]) -> str:
    """Return the text of a value; for `label: #id`, the text that YAML reads as a comment."""
    if not node.value:
        rest = lines[node.start_mark.line][node.start_mark.column :].strip()
        return rest if re.match(r"#\S", rest) else ""
    return node.value


def _misread(
    node: yaml.Node, path: tuple[Any, ...], seen: set[yaml.Node]
) -> Iterator[tuple[Sequence[Any], str, Any]]:
    if node in seen:  # an alias
        return
    seen.add(node)
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            yield from _misread(value, (*path, _value(key)), seen)
    elif isinstance(node, yaml.SequenceNode):
        for number, value in enumerate(node.value):
            yield from _misread(value, (*path, number), seen)
    elif node.tag in NUMBERS and (":" in node.value or OCTAL.fullmatch(node.value)):
        value = _value(node)
        if ":" in node.value or int(node.value.replace("_", "")) != value:
            yield path, node.value, value
