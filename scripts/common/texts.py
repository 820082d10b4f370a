"""The text of config files, to quote it before YAML converts it: 010, on, 1:30, 2020-01-01."""

import re
from collections.abc import Iterable, Iterator, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

import yaml

from experiments.explanations import Texts

from .configfiles import LOADER

MERGE = "tag:yaml.org,2002:merge"
NUMBERS = ("tag:yaml.org,2002:int", "tag:yaml.org,2002:float")
OCTAL = re.compile(r"[-+]?0[0-7_]+")


class Written(Texts):
    """The texts of some files, the most important first: the first file with a key gave its value."""

    def __init__(self, sources: Iterable[str | Path]):
        self.sources = list(sources)

    @cached_property
    def files(self) -> list[tuple[list[str], yaml.Node]]:
        """The lines and the content of each file."""
        found = []
        for source in self.sources:
            text = Path(source).read_text(encoding="utf-8-sig")
            try:
                node = yaml.compose(text, Loader=LOADER)
            except yaml.YAMLError:  # JSON that is no YAML: indented with tabs
                continue
            if node is not None:
                found.append((text.splitlines(), node))
        return found

    def value(self, path: Sequence[Any], found: Any) -> str | None:
        for lines, node in self.files:
            value = _at(node, path)
            if value is not None:
                return _text(value, lines) if _is(value, found) else None
        return None

    def key(self, path: Sequence[Any], found: Any) -> str | None:
        for lines, node in self.files:
            entry = _entry(_at(node, path), found)
            if entry is not None:
                return _text(entry[0], lines)
        return None

    def has(self, path: Sequence[Any]) -> bool:
        """Does a file itself have a value at this path, and not only inherit it (`<<: *name`)?"""
        return any(_at(node, path, inherited=False) is not None for _, node in self.files)

    def misread(self) -> Iterator[tuple[Sequence[Any], str, Any]]:
        for _, node in self.files:
            yield from _misread(node, (), set())


def _at(node: yaml.Node, path: Sequence[Any], inherited: bool = True) -> yaml.Node | None:
    """Return the node at a path of keys and indices of lists."""
    for part in path:
        entry = _entry(node, part, inherited)
        if entry is None:
            return None
        node = entry[1]
    return node


def _entry(
    node: yaml.Node | None, part: Any, inherited: bool = True, within: tuple[yaml.Node, ...] = ()
) -> tuple[yaml.Node, yaml.Node] | None:
    """Return key and value of an entry of a mapping; for a list, the element as both."""
    if isinstance(node, yaml.SequenceNode) and part in range(len(node.value)):
        return node.value[part], node.value[part]
    if not isinstance(node, yaml.MappingNode) or node in within:  # a mapping may inherit itself
        return None
    bases: list[yaml.Node] = []
    for key, value in node.value:
        if key.tag == MERGE:
            bases += value.value if isinstance(value, yaml.SequenceNode) else [value]
        elif _is(key, part):
            return key, value
    entries = (_entry(base, part, within=(*within, node)) for base in bases if inherited)
    return next((entry for entry in entries if entry), None)


def _is(node: yaml.Node, found: Any) -> bool:
    """Is this the text of a value that was found?"""
    return isinstance(node, yaml.ScalarNode) and repr(_value(node)) == repr(found)


def _value(node: yaml.ScalarNode) -> Any:
    try:
        return yaml.constructor.SafeConstructor().construct_object(node)
    except (yaml.YAMLError, ValueError):  # an unknown tag
        return None


def _text(node: yaml.ScalarNode, lines: list[str]) -> str:
    """Return the text of a value; for `label: #id`, the text that YAML reads as a comment."""
    if not node.value:
        rest = lines[node.start_mark.line][node.start_mark.column :].strip()
        return rest if re.match(r"#\S", rest) else ""
    return node.value


def _misread(
    node: yaml.Node, path: tuple[Any, ...], seen: set[yaml.Node]
) -> Iterator[tuple[Sequence[Any], str, Any]]:
    if node in seen:  # an alias, which may contain itself
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
