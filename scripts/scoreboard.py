"""Copy the scoreboard of results/summary.md into a document between its marks.

    python scripts/scoreboard.py README.md

Build all its experiments first: rows that summary.md lacks disappear from the document.
"""

import re
from pathlib import Path

import cli
from files import artifacts
from tables.scoreboard import BEGIN, END


def main() -> None:
    parser = cli.parser(__doc__)
    parser.add_argument("document", type=Path, help="Markdown with the marks of a scoreboard")
    default = Path("results/summary.md")
    parser.add_argument("--summary", type=Path, default=default, help="summary.md")
    options = parser.parse_args()
    between = re.compile(f"{BEGIN}.*?{END}", re.DOTALL)
    found = between.search(options.summary.read_text(encoding="utf-8"))
    text = options.document.read_text(encoding="utf-8")
    if not found or not between.search(text):
        place = options.document if found else options.summary
        raise OSError(f"{place} has no scoreboard: the lines {BEGIN} and {END} are missing")
    artifacts.write_text(options.document, between.sub(lambda _: found[0], text))


if __name__ == "__main__":
    cli.run(main)
