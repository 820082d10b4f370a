"""Pages for the report: Markdown tables as HTML that stands alone."""

import html
import re

PAGE = """<!doctype html>
<meta charset="utf-8">
<title>{title}</title>
<style>
body {{ font: 14px sans-serif; margin: 1.5em; color: #222 }}
table {{ border-collapse: collapse; margin-bottom: 2em }}
th, td {{ border-bottom: 1px solid #ccc; padding: 0.35em 0.7em; text-align: left; vertical-align: top }}
th {{ border-bottom: 2px solid #666 }}
.number {{ white-space: nowrap }}
</style>
<h1>{title}</h1>
{body}
"""


def as_html(title: str, tables: list[str]) -> str:
    """Write Markdown tables as a page that stands alone, for the report."""
    body = []
    for table in tables:
        head, _, *lines = (
            [cell.strip() for cell in line.strip("|").split("|")] for line in table.split("\n")
        )
        cells = [f"<tr>{''.join(f'<th>{cell}</th>' for cell in head)}</tr>"]
        cells += [f"<tr>{''.join(map(in_html, line))}</tr>" for line in lines]
        body.append("<table>\n" + "\n".join(cells) + "\n</table>")
    return PAGE.format(title=title, body="\n".join(body))


def in_html(cell: str) -> str:
    """Write a Markdown cell (a number, code, links) as a cell of HTML."""
    kind = ' class="number"' if re.fullmatch(r"[-+]?\d\S*( %)?", cell) else ""
    cell = html.escape(cell)
    cell = re.sub(r"`([^`]*)`", r"<code>\1</code>", cell)
    cell = re.sub(r"\[([^]]*)\]\(([^)]*)\)", r'<a href="\2">\1</a>', cell)
    return f"<td{kind}>{cell}</td>"
