"""Print every key of a config and every component, with types, limits, defaults and a description.

Own data have other defaults for some keys: docs/own_data.md#defaults.

python scripts/options.py                  all of them
python scripts/options.py patience         the keys, components and arguments of this name
python scripts/options.py training.l2 adam several names; a dotted name is a key in its section
"""

import re
import textwrap
from collections.abc import Iterable

import cli
from components import SettingsError
from configuration.options import Option, options
from experiments import suggestion

WIDTH = 100
COLUMNS = ("| name | values | default | meaning |", "|---|---|---|---|")
WORDS = ("", "required", "optional")  # instead of a default
HEADER = """# Every key and component

Generated from the schema and the code by

```sh
.venv/bin/python scripts/options.py --markdown > docs/reference.md
```

`scripts/options.py NAME` prints the entries of one name, such as `patience`, `adam` or `training.l2`.

Keys of an experiment are written as a sweep names them: `training.l2` is the key `l2` in the section
`training`. Choose a component by its name, `optimizer: adam`, or with arguments,
`optimizer: {name: adam, beta1: 0.8}`; the last sections list the arguments. Own data (the formats
image_folder, csv and npz) have [other defaults](own_data.md#defaults) for some keys.
[Configuring](configuring.md) explains how keys work together.
"""


def matching(name: str, known: list[Option]) -> list[Option]:
    """Return the options whose path has this name, or these parts in a row; at least one."""
    part = f".{name.lower()}."
    found = [option for option in known if part in f".{option.name.lower()}."]
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
            head += f": {option.allowed}; {default}"
        lines += textwrap.wrap(head, WIDTH, subsequent_indent="    ", break_on_hyphens=False)
        lines += [f"    {line}" for line in textwrap.wrap(option.description, WIDTH - 4)]
    return "\n".join(lines[1:])


def markdown(found: Iterable[Option]) -> str:
    """Return docs/reference.md."""
    lines, section = [HEADER.rstrip()], None
    for option in found:
        if option.section != section:
            section = option.section
            lines += ["", f"## {section}", "", *COLUMNS]
        default = f"`{option.default}`" if option.default not in WORDS else option.default
        cells = f"`{option.name}`", option.allowed, default, option.description
        lines.append(f"| {' | '.join(_cell(cell) for cell in cells)} |")
    return "\n".join(lines)


def _cell(text: str) -> str:
    """Return a text for a cell of a Markdown table, which has signs of its own outside of code."""
    parts = re.split(r"(`[^`]*`)", text)
    return "".join(p if p.startswith("`") else re.sub(r"([|]|<(?=\w))", r"\\\1", p) for p in parts)


def main() -> None:
    parser = cli.parser(__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help="print only entries of this name")
    parser.add_argument("--markdown", action="store_true", help="print docs/reference.md")
    chosen = parser.parse_args()
    known = options()
    if chosen.names:
        known = dict.fromkeys(option for name in chosen.names for option in matching(name, known))
    print(markdown(known) if chosen.markdown else plain(known))


if __name__ == "__main__":
    cli.run(main)
