"""Tables for people: the same cells as Markdown and, in the report, as HTML."""

from typing import NamedTuple

RULES = {"text": "---", "number": "---:", "code": "---"}


class MarkdownTable(NamedTuple):
    """Cells under titles; ``columns`` maps each title to the kind of its cells: text, number, code."""

    columns: dict[str, str]
    rows: list[list[str]]

    def content(self) -> dict[str, list]:
        """The table for a JSON file, with its columns in order."""
        return {"columns": list(self.columns.items()), "rows": self.rows}

    def markdown(self) -> str:
        """Write the table as Markdown."""
        kinds = list(self.columns.values())
        lines = [list(self.columns), [RULES[kind] for kind in kinds]]
        for row in self.rows:
            lines.append([_cell(c, kind) for c, kind in zip(row, kinds, strict=True)])
        return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _cell(text: str, kind: str) -> str:
    """Write a cell so that Markdown shows it in one line and one column."""
    text = " ".join(str(text).splitlines()).replace("|", r"\|")
    if kind != "code" or not text:
        return text
    return f"`` {text} ``" if "`" in text else f"`{text}`"
