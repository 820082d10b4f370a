"""Dates in a table: days since 1970, and messages with the format that fits."""

import pytest
from small_tables import column, read, refused, rows_of, spread


def test_dates_are_days_since_1970(table):
    cells = ["1970-01-03", "2024-01-01T12:00", "1969-12-31", "1970-01-01T01:00+01:00"]
    parsed = read(table(*column(cells)), dates=["v"])
    assert {row[0] for row, _ in rows_of(parsed)} == {2, 19723.5, -1, 0}
    path = table(*column(["03.01.1970", "31.12.1969"]))
    said = refused(path, dates=["v"])
    assert said.startswith(
        "column 'v': has 40 cells that are not dates in ISO 8601 (2024-12-31) (row"
    )
    assert 'give the format, `dates: {v: "%d.%m.%Y"}`, or list it under' in said
    parsed = read(path, dates={"v": "%d.%m.%Y"})
    assert {row[0] for row, _ in rows_of(parsed)} == {2, -1}
    assert "'%Q': 'Q' is a bad directive" in refused(path, dates={"v": "%Q"})


def test_dates_without_separators_are_noted(table):
    cells = [f"2024{1 + i % 12:02d}{1 + i % 28:02d}" for i in range(40)]
    (note,) = read(table(*column(cells))).notes
    assert note.startswith(
        "column 'v': numbers such as 20241224 look like dates; list it under `dates`"
    )
    parsed = read(table(*column(["20240101", "20240131"])), dates=["v"])
    assert {row[0] for row, _ in rows_of(parsed)} == {19723, 19753} and not parsed.notes
    assert not read(table(*column(cells)), numeric=["v"]).notes
    assert not read(table(*column([str(20242000 + i // 2) for i in range(40)]))).notes


@pytest.mark.parametrize(
    ("cell", "form"),
    [
        (lambda i: f"{1 + i % 28}.{1 + i % 12}.2023", "%d.%m.%Y"),
        (lambda i: f"{1 + i % 12}/{1 + i % 28}/23", "%m/%d/%y"),
        (lambda i: f"{1 + i % 28:02}.01.2023 {i % 24:02}:15", "%d.%m.%Y %H:%M"),
        (lambda i: f"{1 + i % 12}/{1 + i % 28}/2023 {1 + i % 12}:05:00 PM", "%m/%d/%Y %I:%M:%S %p"),
        (lambda i: f"{1 + i % 28} {'Jan' if i % 2 else 'Mar'} 2023", "%d %b %Y"),
        (lambda i: f"{'January' if i % 2 else 'March'} {1 + i % 28}, 2023", "%B %d, %Y"),
        (lambda i: f"{1 + i % 12:02}/2023", "%m/%Y"),
    ],
)
def test_one_message_has_the_format_of_dates(table, cell, form):
    path = table(*spread(**{"day: local": cell}))
    asked = f'give the format, `dates: {{"day: local": "{form}"}}`, or list it under'
    assert asked in refused(path)
    assert asked in refused(path, dates=["day: local"])
    assert read(path, dates={"day: local": form}).about["inputs"][0] == "day: local"


def test_dates_that_no_format_fits(table):
    mixed = table(*spread(v=lambda i: "2023-01-02" if i % 2 else f"1/{1 + i % 28}/2023"))
    for settings in ({}, {"dates": ["v"]}, {"dates": {"v": "%d.%m.%Y"}}):
        said = refused(mixed, **settings)
        assert "no format fits all of them: convert them to one, such as 2024-12-31" in said
    long = table(*spread(v=lambda i: f"{i}:10:00"))
    assert "convert durations to numbers" in refused(long)
    assert "convert durations to numbers" in refused(long, dates={"v": "%H:%M:%S"})


@pytest.mark.parametrize(
    ("cell", "way"),
    [
        (lambda i: f"2024{1 + i % 12:02}{1 + i % 28:02}", "list it under `dates` to use"),
        (lambda i: f"2024{1 + i % 12:02}1{i % 8}1030", 'write `dates: {v: "%Y%m%d%H%M"}` to'),
        (lambda i: f"2024{1 + i % 12:02}1{i % 8}103059", 'write `dates: {v: "%Y%m%d%H%M%S"}` to'),
        (lambda i: f"20{i % 20 + 10}{1 + i % 12:02}", 'write `dates: {v: "%Y%m"}` to'),
    ],
)
def test_numbers_that_are_dates_are_noted(table, cell, way):
    (note,) = read(table(*spread(v=cell))).notes
    assert "look like dates" in note and way in note


def test_few_wrong_dates_are_corrected_and_a_decimal_comma_is_named(table):
    path = table(*spread(v=lambda i: "2023-02-31" if i == 5 else f"2023-02-{1 + i % 28:02}"))
    said = refused(path, dates=["v"])
    assert (
        "1 cell that is not a date in ISO 8601 (2024-12-31) (row 7: '2023-02-31'); correct" in said
    )
    said = refused(table(*spread(v=lambda i: f"{i},5 %")), numeric=["v"])
    assert said.endswith('set `decimal: ","`, or correct them')
