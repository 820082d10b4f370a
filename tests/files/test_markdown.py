"""Tables: the same cells for Markdown and for a page."""

import json

import pytest

from files.markdown import MarkdownTable

TABLE = MarkdownTable(
    {"net": "text", "error": "number", "formula": "code"}, [["a", "1", "x"], ["b", "2", ""]]
)


def test_markdown():
    assert TABLE.markdown().split("\n") == [
        "| net | error | formula |",
        "| --- | ---: | --- |",
        "| a | 1 | `x` |",
        "| b | 2 |  |",
    ]


def test_a_cell_stays_in_its_line_and_column():
    table = MarkdownTable({"text": "text", "code": "code"}, [["a|b\nc", "x|`y`"]])
    assert table.markdown().split("\n")[2] == r"| a\|b c | `` x\|`y` `` |"


def test_a_row_has_a_cell_for_each_column():
    with pytest.raises(ValueError):
        MarkdownTable(TABLE.columns, [["a"]]).markdown()


def test_columns_keep_their_order_in_json():
    content = json.loads(json.dumps(TABLE.content(), sort_keys=True))
    assert [title for title, _ in content["columns"]] == ["net", "error", "formula"]
    assert content["rows"] == TABLE.rows
