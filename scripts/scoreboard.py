"""Copy the scoreboard of results/summary.md into a document between its marks.

    python scripts/scoreboard.py README.md

Rows of experiments that are not in summary.md stay in the document.
"""

import re
from pathlib import Path

import cli
from files import artifacts
from tables.scoreboard import BEGIN, END


def merged(old: str, new: str) -> tuple[str, int]:
    """Replace the rows of a table by those of another table with the same figure and command.

    Returns the table and the number of old rows that stayed.
    """
    rows = {}
    for text in (old, new):
        for line in text.splitlines():
            cells = [cell.strip() for cell in line.strip("|").split(" | ")]
            if len(cells) == 7 and "---" not in line:
                rows[cells[1], cells[6]] = line
    added = [line for line in rows.values() if line in new.splitlines()]
    head = new.splitlines()[1:3]
    body = [line for line in rows.values() if line != head[0]]
    return "\n".join([BEGIN, *head, *body, END]), len(rows) - len(added)


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
    rows, kept = merged(between.search(text)[0], found[0])
    artifacts.write_text(options.document, between.sub(lambda _: rows, text))
    if kept:
        print(f"{kept} rows of experiments that were not built stay unchanged")


if __name__ == "__main__":
    cli.run(main)
