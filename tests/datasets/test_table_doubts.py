"""Cells that people may read in several ways: units, signs, decimal commas, separated thousands."""

import pytest
from small_tables import HEAD, column, read, refused, rows_of, spread

AMBIGUOUS = {
    "decimal commas": (["3,14", "2,71", "1,5", "10"], 'set `decimal: ","`'),
    "thousands separators or decimal commas": (
        ["1,234", "5,678"],
        "or list the column under `numeric`",
    ),
    "thousands separators": (["1,234", "1,234,567"], "list it under `numeric`"),
    "thousands separators ": (["1 234", "5 678"], "list it under `numeric`"),
    "thousands separators  ": (["1'234", "5'678"], "list it under `numeric`"),
    "thousands separators   ": (["1\u00a0234", "5\u202f678"], "list it under `numeric`"),
    "thousands separators and decimal commas": (["1.234,5", "2.345,6"], 'set `decimal: ","` and'),
    "percentages": (["12%", "3.5 %"], "list it under `numeric`"),
    "currency": (["$5", "$6.50"], "list it under `numeric`"),
    "currency ": (["5 €", "6 €"], "list it under `numeric`"),
    "currency  ": (["5 EUR", "6 EUR"], "list it under `numeric`"),
    "currency   ": (["5,99 €", "1,25 €"], 'set `decimal: ","` and list the column under `numeric`'),
    "unsigned exponents": (["12E3", "13e4"], "list it under `numeric`"),
    "exponents of Fortran": (
        ["1.5D+03", "-.2d-1", "3.D0"],
        "write E instead of D (1.5E+03), or list",
    ),
    "digits of another alphabet": (["١٢", "٣٤"], "list it under `numeric`"),
    "digits of another alphabet ": (["１２", "３４"], "list it under `numeric`"),
    "numbers with the minus sign −": (["−1.5", "−2", "0.5"], "list it under `numeric`"),
    "negative numbers in brackets": (["(5)", "(6)", "7"], "list it under `numeric`"),
    "dates": (["2024-01-02", "2024-02-03"], "list it under `dates`"),
    "dates ": (["1.2.2024", "2.2.2024"], 'give the format, `dates: {v: "%d.%m.%Y"}`, or'),
    "dates  ": (["3 Jan 2024", "Feb 4, 2024"], "no format fits all of them"),
    "dates   ": (["3/4/2024 1:05 PM", "5/6/2024 11:00 AM"], '"%d/%m/%Y %I:%M %p"}` or `"%m/%d'),
    "dates    ": (["2024-01", "2023-12"], '`dates: {v: "%Y-%m"}`'),
    "dates     ": (["31-Jan-24", "1-feb-24"], '`dates: {v: "%d-%b-%y"}`'),
    "times": (["10:30", "11:45"], '`dates: {v: "%H:%M"}`'),
    "times ": (["10:30", "31:45"], "convert durations to numbers, or"),
    "hexadecimal numbers": (["0x1f", "0x20"], "list it under `categorical` or `ignore`"),
    "infinite numbers": (["inf", "1.5", "2.5"], "correct them, or count them as missing"),
}


@pytest.mark.parametrize("form", AMBIGUOUS)
def test_ambiguous_numbers_are_asked_about(table, form):
    cells, advice = AMBIGUOUS[form]
    said = refused(table(*column(cells)))
    assert said.startswith("column 'v': ") and f"{form.strip()} (row" in said and advice in said
    assert "\n" not in said and repr(next(c for c in cells if c != "10"))[1:3] in said
    parsed = read(table(*column(cells)), categorical=["v"])
    assert len(parsed.about["inputs"]) == len(cells) + 1


@pytest.mark.parametrize("odd", ["unknown", "3+", "<5", "12.5.1", "n.d.", "1 2", "ca. 7"])
def test_one_odd_cell_does_not_turn_numbers_into_categories(table, odd):
    rows = column([f"{i / 7:.3f}" for i in range(40)])
    rows[18][0] = odd
    said = refused(table(*rows))
    assert said.startswith(f"column 'v': has numbers and 1 other cell (row 19: {odd!r}); correct")
    assert "`missing_values: " in said and "`categorical: " in said
    parsed = read(table(*rows), missing_values=["", odd.upper()], missing="row")
    assert parsed.splits["train"][0].shape == (39, 2)


def test_numbers_among_many_equal_texts_are_no_categories(table):
    cells = ["unknown"] * 3 + [f"{i / 7:.3f}" for i in range(15)] + ["unknown"] * 22
    assert "has numbers and 25 other cells (row 2: 'unknown' and 24 more)" in refused(
        table(*column(cells))
    )


def test_numbers_as_people_write_them(table):
    cells = ["$1,234.50", "(5)", "$7", "-$3.2", "12", "1e3", "−4", "１２", "$1'000", "2 500"]
    values = [1234.5, -5, 7, -3.2, 12, 1000, -4, 12, 1000, 2500]
    parsed = read(table(*column(cells)), numeric=["v"])
    assert {row[0] for row, _ in rows_of(parsed)} == set(values)
    parsed = read(table(*column(["1.234,5 €", "7 €", "0,25 €"])), numeric=["v"], decimal=",",
                  ignore=["q"])  # fmt: skip
    assert {row[0] for row, _ in rows_of(parsed)} == {1234.5, 7, 0.25}
    for cells, units in (
        (["5 %", "0.05"], "'%' and none"),
        (["5 kg", "300 g"], "'g' and 'kg'"),
        (["5k", "300"], "'k' and none"),
        (["$5k", "$300"], "'$' and '$k'"),
    ):
        said = refused(table(*column(cells)), numeric=["v"])
        assert said.startswith(
            f"column 'v': has numbers with different units ({units}); convert them"
        )
    assert {row[0] for row, _ in rows_of(read(table(*column(["5 kg", "7"])), numeric=["v"]))} == {
        5,
        7,
    }
    for cell in ("0,125", "1,5"):  # with a decimal point: neither is a number with thousands
        assert "has 40 cells that are not numbers" in refused(table(*column([cell])), numeric=["v"])
    said = refused(table(*column(["5", "x"])), numeric=["v"])
    assert said.startswith("column 'v': has 20 cells that are not numbers (row 3: 'x' and 19 more)")


def test_units_are_asked_about_if_there_are_many_categories(table):
    cells = [f"{i} kg" for i in range(15)]
    assert "looks like numbers with the unit 'kg'" in refused(table(*column(cells)))
    parsed = read(table(*column(cells)), numeric=["v"])
    assert {row[0] for row, _ in rows_of(parsed)} == set(range(15))
    assert len(read(table(*column(["36 months", "60 months"]))).about["inputs"]) == 3


def test_decimal_commas(table):
    path = table(
        HEAD, ["1,5", "red", "a"], ["2", "blue", "b"], ["-0,25", "red", "a"], delimiter=";"
    )
    parsed = read(path, decimal=",")
    assert {row[0] for row, _ in rows_of(parsed)} == {1.5, 2, -0.25}
    assert not parsed.notes
    path = table(HEAD, ["1,5", "red", "a"], ["1.234", "blue", "b"], delimiter=";")
    assert "decimal points or thousands separators (row 3: '1.234')" in refused(path, decimal=",")


def test_points_that_seem_to_separate_thousands_are_asked_about(table):
    path = table(*column(["850", "1.234", "12.500", ""]))
    said = refused(path, missing="mean")
    assert said.startswith("column 'v': has numbers such as 1.234 and 850: if the points separate")
    parsed = read(table(*column(["850", "1.234"])), decimal=",", numeric=["v"], ignore=["q"])
    assert {row[0] for row, _ in rows_of(parsed)} == {850, 1234}
    for cells in (["1.234", "850", "1.5"], ["0.125", "7"], ["1.234", "2.345"], ["1.234", "1850"]):
        assert read(table(*column(cells))).about["inputs"] == ["v", "q"]


def test_units_and_signs_around_numbers_are_asked_about(table):
    said = refused(table(*column([f"{i} {('kg', 'lb')[i % 2]}" for i in range(40)])))
    assert said.startswith(
        "column 'v': looks like numbers with the units 'kg' and 'lb' (row 2: '0 kg'"
    )
    assert "convert it to one unit, or list it under `categorical` or `ignore`" in said
    assert "the units 'g' and 'l'" in refused(
        table(*column([f"{i} {'gl'[i % 2]}" for i in range(40)]))
    )
    for form in ('="{}"', "'{}", "~{}", "<{}", "{}*", "{}.5±0.1", "5'{}\"", "{} +/- 2"):
        cells = [form.format(i) for i in range(20)]
        said = refused(table(*column(cells)))
        assert said.startswith("column 'v': looks like numbers with signs around them (row 2: ")
        assert len(read(table(*column(cells)), categorical=["v"]).about["inputs"]) == 21
    assert not read(table(*column(["<5", ">5", "5*"]))).notes  # few texts may be categories


def test_units_that_change_late_in_a_table_are_seen(table):
    cells = [f"{i % 90} %" for i in range(10_000)] + [f"0.{i % 90}" for i in range(20_000)]
    said = refused(table(*column(cells, 30_000)), numeric=["v"])
    assert said.startswith("column 'v': has numbers with different units ('%' and none); convert")


def test_decimal_commas_next_to_other_numbers_are_shown_by_their_kinds(table):
    cells = ["3,14", "1.234,5", "12", "1.234", "2,5", "n.k."]
    said = refused(table(*spread(v=lambda i: cells[i % 6])))
    assert said == (
        "column 'v': looks like decimal commas (row 2: '3,14', row 6: '2,5' and 18 more), next to "
        "thousands separators and decimal commas (row 3: '1.234,5' and 9 more), numbers (row 4: '12' and "
        "19 more) and texts (row 7: 'n.k.' and 9 more); set `decimal: \",\"` and list the column under "
        "`numeric`, or list it under `categorical` or `ignore`"
    )
    path = table(*spread(v=lambda i: cells[i % 5]))
    parsed = read(path, decimal=",", numeric=["v"], ignore=["q"])
    assert {row[0] for row, _ in rows_of(parsed)} == {3.14, 1234.5, 12, 1234, 2.5}
    plain = refused(table(*spread(v=lambda i: ["3,14", "12", "1.5"][i % 3])))
    assert 'set `decimal: ","`, or list the column under `categorical`' in plain


def test_points_that_may_separate_thousands_are_noted_where_commas_are_decimal_signs(table):
    rows = spread(people=lambda i: f"{1 + i}.{100 + 13 * i}")
    assert not read(table(*rows)).notes
    semicolons = table(*rows, delimiter=";")
    (note,) = read(semicolons).notes
    assert note.startswith(
        "column 'people': all numbers have three decimals, such as 1.100: if the poi"
    )
    parsed = read(semicolons, decimal=",", numeric=["people"], categorical=["q"])
    assert min(row[0] for row, _ in rows_of(parsed)) == 1100
    assert not read(semicolons, numeric=["people"]).notes


def test_missing_values_among_numbers_with_three_decimals_are_asked_about(table):
    path = table(*spread(v=lambda i: -999 if i % 9 == 0 else f"{1 + i / 7.3:.3f}"))
    assert "if -999 means a missing value, list it under `missing_values`" in refused(path)
    assert len(read(path, missing_values=[-999], missing="row").splits["train"][1]) == 53


@pytest.mark.parametrize(
    ("cells", "kind"),
    [
        (["12.50-", "3.25", "10-"], "numbers with the minus sign at the end"),
        (["01FEB2023", "12JAN2022"], "dates"),
    ],
)
def test_numbers_and_dates_of_old_systems_are_asked_about(table, cells, kind):
    path = table(*spread(v=lambda i: cells[i % len(cells)]))
    assert refused(path).startswith(f"column 'v': looks like {kind} (row 2: {cells[0]!r}")


def test_numbers_with_the_minus_sign_at_the_end_can_be_read(table):
    cells = ["12.50-", "3.25", "1,234-"]
    parsed = read(table(*spread(v=lambda i: cells[i % 3])), numeric=["v"])
    assert {row[0] for row, _ in rows_of(parsed)} == {-12.5, 3.25, -1234}
    grades = read(table(*spread(v=lambda i: ["1+", "1-", "2-", "A"][i % 4])))
    assert (
        grades.about["inputs"][:4] == ["v=A", "v=1+", "v=1-", "v=2-"]
        or len(grades.about["inputs"]) == 5
    )
