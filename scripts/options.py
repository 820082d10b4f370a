"""Print every key of a config and every component, with types, limits, defaults and a description.

    python scripts/options.py                  all of them
    python scripts/options.py patience         the keys, components and arguments of this name
    python scripts/options.py training.l2 adam several names; a dotted name is a key in its section

All of it comes from the schema that checks configs: its descriptions, the signatures of components,
the first line of a component's docstring, and the section "Args" for its arguments.
"""

import argparse
import ast
import inspect
import re
import textwrap
from collections.abc import Iterable, Iterator
from functools import cache
from typing import Any, NamedTuple

import yaml

import cli
import inputs
import nn
from components import SettingsError, arguments_of
from configuration.schema import config_schema
from experiments import own_data
from experiments.explanations import suggestion
from experiments.schema import fill_defaults

WIDTH = 100
TYPES = {
    "object": "mapping",
    "array": "list",
    "string": "text",
    "number": "number",
    "integer": "whole number",
    "boolean": "true or false",
    "null": "null",
}
LIMITS = {"minimum": ">=", "exclusiveMinimum": ">", "maximum": "<=", "exclusiveMaximum": "<"}
WORDS = ("", "required", "optional")  # instead of a default
# Names without arguments, which a key chooses from a list.
NAMED = {"normalization": nn.NORMALIZATIONS, "batches": inputs.BATCHES}
HEADER = """# Every key and component

Generated from the schema and the code by

```sh
.venv/bin/python scripts/options.py --markdown > docs/reference.md
```

`scripts/options.py NAME` prints the entries of one name, such as `patience`, `adam` or `training.l2`.

Keys of an experiment are written as a sweep names them: `training.l2` is the key `l2` in the section
`training`. Choose a component by its name, `optimizer: adam`, or with arguments,
`optimizer: {name: adam, beta1: 0.8}`; the last sections list the arguments. "Own data" are the formats
image_folder, csv and npz; if they have two defaults, [the data decide](own_data.md#defaults).
[Configuring](configuring.md) explains how keys work together.
"""


class Option(NamedTuple):
    """A key, a component or an argument of one."""

    section: str
    path: tuple[str, ...]
    allowed: str
    default: str
    description: str
    own: str = ""  # the default for own data, if it is another one

    @property
    def name(self) -> str:
        return ".".join(self.path)


def options() -> list[Option]:
    """Return all of them, section by section."""
    schema = config_schema()
    defs = schema["$defs"]
    found = [*_keys(schema, schema, "The config file"), *_datasets(schema)]
    found += _keys(defs["file"], schema, "A file of a dataset", ("files", "ROLE"))
    own = _own_defaults(schema)
    experiment = [
        option._replace(own=own.get(option.name, ""))
        for option in _keys(defs["experiment"], schema, "An experiment")
    ]
    for option in experiment:
        if len(option.path) == 1:
            found.append(option)
    for option in experiment:
        if len(option.path) > 1:
            found.append(option._replace(section=f"An experiment: {option.path[0]}"))
    found += _keys(defs["distribution"], schema, "A distribution of sweep.random.values")
    found += _named(schema)
    for kind, registry in (inputs.REGISTRIES | nn.REGISTRIES).items():
        for name, component in registry.items():
            found += _component(kind, name, component, schema)
    return found


def _keys(
    rule: dict[str, Any], schema: dict[str, Any], section: str, path: tuple[str, ...] = ()
) -> Iterator[Option]:
    """Yield the keys that a rule allows, and those inside of them."""
    rule = _resolved(rule, schema)
    for branch in rule.get("anyOf", ()):
        yield from _keys(branch, schema, section, path)
    for key, part in rule.get("properties", {}).items():
        default = "required" if key in rule.get("required", ()) else _default(part)
        allowed = _allowed(part, schema)
        place = *path, key
        yield Option(section, place, allowed, default, part.get("description", ""))
        if part.get("$ref") != "#/$defs/file":  # a section of its own has these
            yield from _keys(part, schema, section, place)


def _own_defaults(schema: dict[str, Any]) -> dict[str, str]:
    """Return the defaults that differ for own data, by key: of few and many rows and pictures."""
    settings = fill_defaults({"dataset": "mine"}, schema["$defs"]["experiment"], schema)
    found: dict[str, list[str]] = {}
    for shape in ([4], [8, 8]):
        for size in (own_data.FEW - 1, 100 * own_data.FEW):
            dataset = {"shape": shape, "train_size": size}
            completed = own_data.completed({}, settings, dataset)
            parts = {"preparation": completed["preparation"]}
            for section in ("split", "training"):
                parts |= {f"{section}.{key}": value for key, value in completed[section].items()}
            for key, value in parts.items():
                found.setdefault(key, []).append(_written(value))
    plain = {
        option.name: option.default for option in _keys(schema["$defs"]["experiment"], schema, "")
    }
    either = {key: _either(dict.fromkeys(values)) for key, values in found.items()}
    return {
        key: text for key, text in either.items() if text not in (plain[key], f"[{plain[key]}]")
    }


def _datasets(schema: dict[str, Any]) -> Iterator[Option]:
    """Yield the keys of datasets: one section for all formats that have a key."""
    formats: dict[Option, list[str]] = {}
    for name, rule in schema["$defs"]["dataset"]["variants"].items():
        for option in _keys(rule, schema, ""):
            formats.setdefault(option, []).append(name)
    groups = dict.fromkeys(map(tuple, formats.values()))
    for group in sorted(groups, key=len, reverse=True):
        every = len(group) == len(schema["formats"])
        section = "A dataset" if every else f"A dataset, format {_either(group)}"
        for option, names in formats.items():
            if tuple(names) == group:
                yield option._replace(section=section)


def _named(schema: dict[str, Any]) -> Iterator[Option]:
    """Yield the names that keys choose from lists, with the code behind them."""
    readers = {name: kind.read for name, kind in schema["formats"].items()}
    for kind, registry in ({"format": readers} | NAMED).items():
        for name, code in registry.items():
            yield Option(f"Names for {kind}", (kind, name), "", "", _texts(code)[0])


def _component(kind: str, name: str, component: Any, schema: dict[str, Any]) -> Iterator[Option]:
    """Yield a component and its arguments."""
    section = f"Components: {kind}"
    description, arguments = _texts(component)
    yield Option(section, (kind, name), "", "", description)
    for option in _keys(arguments_of(component), schema, section, (kind, name)):
        yield option._replace(description=arguments.get(option.path[-1], ""))


@cache
def _texts(component: Any) -> tuple[str, dict[str, str]]:
    """Return the first line of a component's docstring, and the description of each argument."""
    arguments: dict[str, str] = {}
    bases = inspect.getmro(component)[:-1] if inspect.isclass(component) else (component,)
    for code in bases:
        # From the source, because `python -OO` drops docstrings.
        parsed = ast.parse(textwrap.dedent(inspect.getsource(code))).body[0]
        text = ast.get_docstring(parsed) or ""
        if code is component:
            first = text.partition("\n")[0]
        _, _, section = text.partition("\nArgs:\n")
        arguments = dict(re.findall(r"^    (\w+): (.+)$", section, re.MULTILINE)) | arguments
    return first, arguments


def _resolved(rule: dict[str, Any], schema: dict[str, Any]) -> dict[str, Any]:
    if "$ref" in rule:
        return {**_resolved(schema["$defs"][rule["$ref"].rpartition("/")[2]], schema), **rule}
    return rule


def _allowed(rule: dict[str, Any], schema: dict[str, Any]) -> str:
    """Say which values a rule allows."""
    rule = _resolved(rule, schema)
    if "component" in rule:
        names = schema["components"][rule["component"]]
        forms = [*names, *["null"] * rule.get("nullable", False)]
    elif "enum" in rule:
        forms = [_written(value) for value in rule["enum"]]
    elif "anyOf" in rule:
        forms = [_allowed(branch, schema) for branch in rule["anyOf"]]
    else:
        types = [rule["type"]] if isinstance(rule["type"], str) else rule["type"]
        forms = [_form(name, rule, schema) for name in types]
    return _either(dict.fromkeys(forms))


def _form(name: str, rule: dict[str, Any], schema: dict[str, Any]) -> str:
    """Say which values of a type a rule allows."""
    if name in ("integer", "number"):
        limits = [f"{sign} {rule[key]}" for key, sign in LIMITS.items() if key in rule]
        return " ".join([TYPES[name], ", ".join(limits)]).strip()
    if name == "array" and "items" in rule:
        size = f" {rule['minItems']}" if rule.get("minItems", 0) == rule.get("maxItems") else ""
        return f"list of{size} ({_allowed(rule['items'], schema)})"
    return TYPES[name]


def _default(rule: dict[str, Any]) -> str:
    return _written(rule["default"]) if "default" in rule else "optional"


def _written(value: Any) -> str:
    """Return a value as YAML writes it in one line."""
    if value is None or value == "":
        return "null" if value is None else '""'
    text = yaml.safe_dump(value, default_flow_style=True, width=1000)
    return text.removesuffix("...\n").strip()


def _either(words: Iterable[str]) -> str:
    *first, last = words
    return f"{', '.join(first)} or {last}" if first else last


def matching(name: str, known: list[Option]) -> list[Option]:
    """Return the options whose path has this name, or these parts in a row.

    Raises:
        SettingsError: none has it; the message suggests the nearest name.
    """
    parts = name.lower().split(".")
    found = [
        option
        for option in known
        for words in [option.name.lower().split(".")]
        if any(words[i : i + len(parts)] == parts for i in range(len(words)))
    ]
    if not found:
        words = {option.name for option in known} | {part for o in known for part in o.path}
        hint = suggestion(name, sorted(words))
        raise SettingsError(f"no key, component or argument is named {name!r}{hint}")
    return found


def plain(found: Iterable[Option]) -> str:
    """Lay options out for a terminal of WIDTH columns."""
    lines, section = [], None
    for option in found:
        if option.section != section:
            section = option.section
            lines += ["", section, "-" * len(section)]
        head = option.name
        if option.allowed:
            default = option.default if option.default in WORDS else f"default {option.default}"
            own = f", for own data {option.own}" if option.own else ""
            head += f": {option.allowed}; {default}{own}"
        lines += textwrap.wrap(head, WIDTH, subsequent_indent="    ", break_on_hyphens=False)
        lines += textwrap.wrap(
            option.description, WIDTH, initial_indent="    ", subsequent_indent="    "
        )
    return "\n".join(lines[1:])


def markdown(found: Iterable[Option]) -> str:
    """Return docs/reference.md."""
    lines, section = [HEADER.rstrip()], None
    for option in found:
        if option.section != section:
            section = option.section
            lines += [
                "",
                f"## {section}",
                "",
                "| name | values | default | meaning |",
                "|---|---|---|---|",
            ]
        default = f"`{option.default}`" if option.default not in WORDS else option.default
        default += f"; own data: `{option.own}`" if option.own else ""
        cells = f"`{option.name}`", option.allowed, default, option.description
        lines.append(f"| {' | '.join(_cell(cell) for cell in cells)} |")
    return "\n".join(lines) + "\n"


def _cell(text: str) -> str:
    """Return a text for a cell of a Markdown table, which has signs of its own outside of code."""
    parts = re.split(r"(`[^`]*`)", text)
    return "".join(p if p.startswith("`") else re.sub(r"([|]|<(?=\w))", r"\\\1", p) for p in parts)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("names", nargs="*", metavar="NAME", help="print only what has this name")
    parser.add_argument("--markdown", action="store_true", help="print docs/reference.md")
    chosen = parser.parse_args()
    known = options()
    if chosen.names:
        wanted = [option for name in chosen.names for option in matching(name, known)]
        known = list(dict.fromkeys(wanted))
    print(markdown(known) if chosen.markdown else plain(known), end="" if chosen.markdown else "\n")


if __name__ == "__main__":
    cli.run(main)
