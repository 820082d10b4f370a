"""Words that YAML reads in another way than people do: 010, 1:30, no, dates, and `label: #id`."""

import re
from collections.abc import Callable, Iterable
from typing import Any

import yaml

from components.addresses import redacted
from experiments import ConfigError

KINDS = ("bool", "float", "int", "null", "timestamp")  # of values that are no texts
OCTAL = re.compile(r"[-+]?0[0-7_]+")
COMMENT = re.compile(r"\s*(#\S+)")
SHOWN = 200  # characters of a file that a message quotes
MOST = 10  # words in a message


def refuse_misread(
    nodes: Iterable[yaml.ScalarNode], value_of: Callable[[yaml.Node], Any], text: str
) -> None:
    """Raise ConfigError with a line for each such word, at most ten, for the nodes of a file's text."""
    lines, wrong = [*text.splitlines(), ""], []
    for node in nodes:
        kind = node.tag.rpartition(":")[2]
        if kind not in KINDS:
            continue
        number = node.start_mark.line
        word, reading = node.value, _reading(kind, node.value, value_of(node))
        comment = COMMENT.match(lines[number], node.start_mark.column)
        if kind == "null" and not word and comment:
            word, reading = redacted(comment[1]), "a comment; put a space after #, or write"
        if reading:
            word = word[:SHOWN]
            wrong.append(f', line {number + 1}: {word} is read as {reading} "{word}" in quotes')
    if len(wrong) > MOST:
        wrong[MOST:] = [f": and {len(wrong) - MOST} more"]
    if wrong:
        raise ConfigError("\n".join(wrong), room=10_000)


def _reading(kind: str, word: str, value: Any) -> str | None:
    """Say how YAML reads a word, and what to write; None if people read it alike."""
    read = str(value).lower()
    if kind == "timestamp":
        return "a date; write"
    if kind == "bool" and word.lower() != read:
        return f"{read}; write {read}, or"
    if kind in ("int", "float") and (":" in word or OCTAL.fullmatch(word)):
        return f"the number {read}; write {read}, or"
    return None
