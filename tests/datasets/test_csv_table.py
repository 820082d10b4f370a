"""Tables in CSV: the meaning of cells, refusals and notes, and new rows for a model."""

import csv
import json
import random
import sys
from collections import Counter
from datetime import date, datetime
from decimal import Decimal

import numpy as np
import pytest

import parse
from datasets import DatasetError, as_examples, describe, new_rows
from datasets.csv_table import CSV, csv_sizes, parse_csv

HEAD = ["length", "colour", "kind"]
ROWS = [["1.5", "red", "a"], ["-2", "blue", "b"], ["3e+2", "red", "a"], ["0", " green", "b"]]


@pytest.fixture
def table(tmp_path):
    def write(*rows, name="table.csv", encoding="utf-8", **form):
        path = tmp_path / name
        with open(path, "w", newline="", encoding=encoding) as file:
            csv.writer(file, **form).writerows(rows)
        return str(path)

    return write


@pytest.fixture
def text(tmp_path):
    def write(content, name="table.csv"):
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return str(path)

    return write


def read(path, **settings):
    """What a table is read as; `sizes` has to agree."""
    defaults = {key: rule["default"] for key, rule in CSV.settings.items() if "default" in rule}
    settings = {**defaults, "label": "kind", "path": path, **settings}
    files = {role: settings[key] for role, key in CSV.places.items() if settings[key]}
    parsed, sizes = parse_csv(settings, files), csv_sizes(settings)
    assert sizes == {
        "classes": parsed.classes,
        "shape": list(parsed.splits["train"][0].shape[1:]),
        "train_size": len(parsed.splits["train"][1]),
        "test_size": len(parsed.splits.get("test", ((), ()))[1]),
    }
    again, _ = parse_csv({**settings, **sizes}, files), None  # as a workflow calls it
    assert (again.classes, again.notes) == (parsed.classes, parsed.notes)
    return parsed


def refused(path, **settings):
    with pytest.raises(DatasetError) as error:
        read(path, **settings)
    return str(error.value).removeprefix(f"{path}: ")


def rows_of(parsed, split="train"):
    """The rows of a split with the names of their classes, in any order."""
    images, labels = parsed.splits[split]
    names = [parsed.classes[label] for label in labels]
    return Counter(zip(map(tuple, images.tolist()), names, strict=True))


def column(cells, n=40):
    """A table whose column `v` has some cells, again and again."""
    numbers = np.random.default_rng(0).random(n)
    body = [
        [cells[i % len(cells)], f"{numbers[i]:.5f}", "ab"[int(numbers[i] > 0.5)]] for i in range(n)
    ]
    return [["v", "q", "kind"], *body]


# ------------------------------------------------------------------ numbers and categories


def test_a_table_becomes_numbers_and_one_hot_categories(table):
    parsed = read(table(HEAD, *ROWS))
    assert parsed.classes == ["a", "b"] and not parsed.notes
    assert parsed.about["inputs"] == ["length", "colour=blue", "colour=green", "colour=red"]
    assert parsed.about["one_hot"] == [[1, 4]] and "missing" not in parsed.about
    assert rows_of(parsed) == {
        ((1.5, 0, 0, 1), "a"): 1,
        ((-2.0, 1, 0, 0), "b"): 1,
        ((300.0, 0, 0, 1), "a"): 1,
        ((0.0, 0, 1, 0), "b"): 1,
    }
    assert parsed.splits["train"][0].dtype == np.float64


@pytest.mark.parametrize(
    "cell", ["-1.5", "+2", ".5", "1e-05", "1.0E10", "1.", "1.e3", " 7 ", "\u00a07", "-0", "1E+3"]
)
def test_plain_decimals_are_numbers(table, cell):
    parsed = read(table(*column([cell, "0.25"])))
    assert {row[0] for row, _ in rows_of(parsed)} == {float(cell), 0.25}
    assert parsed.about["inputs"] == ["v", "q"]


def test_time_stamps_keep_their_precision(table):
    start = 1_700_000_000_000
    parsed = read(table(*column([str(start + 7 * i) for i in range(30)], 60)))
    assert {row[0] - start for row, _ in rows_of(parsed)} == {7.0 * i for i in range(30)}


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


def test_codes_with_underscores_are_categories(table):
    parsed = read(table(*column([f"{1 + i % 3}_{i % 4}" for i in range(12)])))
    codes = [f"v={a}_{b}" for a in (1, 2, 3) for b in range(4)]
    assert parsed.about["inputs"] == [*codes, "q"]
    assert parsed.notes == ("column 'v': texts such as '1_0' are categories, not numbers",)


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


def test_a_few_numbers_among_texts_are_noted(table):
    parsed = read(table(*column(["S", "M", "L", "10"])))
    assert parsed.about["inputs"] == ["v=10", "v=L", "v=M", "v=S", "q"]
    assert parsed.notes == (
        "column 'v': some categories look like numbers: row 5: '10' and 9 more",
    )


def test_a_column_that_turns_to_text_late_is_read_again(table):
    cells = [str(i % 3) for i in range(9_000)] + [f"t{i % 5}" for i in range(21_000)]
    parsed = read(table(*column(cells, 30_000)))
    assert parsed.about["inputs"] == [
        *(f"v={c}" for c in ("0", "1", "2", "t0", "t1", "t2", "t3", "t4")),
        "q",
    ]
    assert parsed.splits["train"][0][:, :8].sum(axis=0).tolist() == [3000] * 3 + [4200] * 5


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


def test_values_that_are_equal_as_numbers_are_one_category_and_one_class(table):
    rows = [["7", "5"], ["07", "5.0"], ["7.0", "10"], ["x", "10"]]
    parsed = read(table(["v", "kind"], *rows), categorical=["v"])
    assert parsed.classes == ["5", "10"] and parsed.about["inputs"] == ["v=7", "v=x"]
    assert rows_of(parsed) == {((1, 0), "5"): 2, ((1, 0), "10"): 1, ((0, 1), "10"): 1}
    equal = "are equal as numbers, and count as one"
    assert set(parsed.notes[:2]) == {f"column 'kind': '5' and '5.0' {equal}",
                                 f"column 'v': '07' and '7' and '7.0' {equal}"}  # fmt: skip


def test_codes_that_float64_cannot_tell_apart_stay_different(table):
    codes = ["9007199254740992", "9007199254740993"]
    parsed = read(table(["v", "kind"], *([c, f"1{c}"] for c in codes * 3)), categorical=["v"])
    assert parsed.classes == [f"1{c}" for c in codes] and not parsed.notes
    assert parsed.about["inputs"] == [f"v={c}" for c in codes]


def test_names_are_compared_in_one_form(table):
    rows = [["É", "ä"], ["E\u0301", "a\u0308"], ["e", "o"]]
    parsed = read(table(["v\u0308", "kind"], *rows), categorical=["v̈"])
    assert parsed.classes == ["o", "ä"] and len(parsed.about["inputs"]) == 2
    notes = read(table(*column(["Red", "red", "blue"]))).notes
    assert notes == ("column 'v': 'Red' and 'red' differ only in upper and lower case, and count as "
                     "different",)  # fmt: skip


def test_many_texts_are_asked_about_or_noted(table):
    names = [f"name {i // 2}" for i in range(300)]
    said = refused(table(*column(names, 300)))
    assert (
        said.startswith("column 'v': has 150 different texts (row 2: 'name 0', ")
        and "`ignore`" in said
    )
    parsed = read(table(*column(names, 60)))
    assert len(parsed.about["inputs"]) == 31
    assert parsed.notes == (
        "column 'v': has 30 different texts, and each becomes an input; list it under `ignore` if they are "
        "only names",
    )


def test_too_many_categories_are_refused(table):
    rows = [[str(i), "red", "ab"[i % 2]] for i in range(1001)]
    parsed = read(table(HEAD, *rows[:1000]), categorical=["length"])
    assert parsed.splits["train"][0].shape == (1000, 1001)
    said = refused(table(HEAD, *rows), categorical=["length"])
    assert "has 1001 different texts" in said and "at most 1000: list it under `ignore`" in said


@pytest.mark.parametrize(
    ("cells", "note"),
    [
        (["7"], "has the same value in all rows"),
        (["x"], "has the same value in all rows"),
        (["01234", "4567"], "some numbers have leading zeros, as codes have; list it under `categ"),
        (["-999", "1.5", "2.5", "3"], "10 cells are -999: if it means a missing value"),
        ([str(10**18 + 1000 * i) for i in range(20)], "has whole numbers beyond 2**53, which are rounded"),
        ([str(11 * i) for i in range(40)], "whole numbers, all different: if they only name"),
    ],
)  # fmt: skip
def test_peculiar_columns_are_noted(table, cells, note):
    parsed = read(table(*column(cells)))
    (found,) = parsed.notes
    assert found.startswith(f"column 'v': {note}") and parsed.about["inputs"][-1] == "q"


def test_a_word_for_missing_in_several_columns_is_one_note(table):
    rows = spread(
        v=lambda i: -999 if i % 9 == 0 else i % 7, w=lambda i: -999 if i % 7 == 0 else i % 5
    )
    (note,) = read(table(*rows)).notes
    assert note.startswith("columns 'v' and 'w': 16 cells are -999: if it means a missing value")


def test_quantities_that_are_all_different_by_chance_are_not_noted(table):
    amounts = np.random.default_rng(0).integers(9000, 900_000, 40)
    assert len(set(amounts)) == 40 and not read(table(*column(list(map(str, amounts))))).notes
    numbers = [str(310_000 + 977 * i) for i in range(40)]  # of customers
    assert "all different" in read(table(*column(numbers))).notes[0]


def test_a_class_named_like_the_label_is_not_noted(table):
    rows = [[str(i / 7), ["kind", "other"][i % 3 > 0]] for i in range(40)]
    assert not read(table(["v", "kind"], *rows)).notes


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


def test_numbers_too_large_to_compute_with_are_refused(table):
    said = refused(table(*column(["1e+200", "-3e+200", "5.5"])))
    assert said.startswith("column 'v': has numbers up to 3e+200; expected at most 1e+100")
    assert not read(table(*column(["1e-200", "3e-200", "5e+99"]))).notes[1:]


def test_a_border_of_pixels_is_not_noted(table):
    rows = [
        ["0", "7", *(f"{(i * j) % 17}" for j in range(60)), str(i // 2), "ab"[i % 2]]
        for i in range(1, 41)
    ]
    (note,) = read(table([*(f"p{j}" for j in range(63)), "kind"], *rows)).notes
    assert note == "column 'p1': has the same value in all rows"


def test_a_label_that_differs_in_each_row_is_refused(table):
    rows = [[f"{i / 7:.2f}", f"name {i}"] for i in range(20)]
    said = refused(table(["v", "kind"], *rows))
    assert said.startswith("label 'kind': has a different value in each row ('name 0', 'name 1'")
    assert said.endswith("is it the right column?")


def test_zero_width_characters_around_a_text_are_left_out(table):
    parsed = read(table(*column(["red", "red\u200b", "\ufeffblue", "blue"])))
    assert parsed.about["inputs"] == ["v=blue", "v=red", "q"]


def test_lines_above_the_column_names_are_explained(text):
    for above in ("# made in May", "Report,,", "one column"):
        said = refused(text(f"{above}\nv,w,kind\n1.5,2,a\n2.5,3,b\n"))
        assert said.endswith("set `separator`, otherwise delete the lines above it")
    assert refused(text("v w kind\n1.5 2 a\n")).endswith("delete the lines above it")


def test_columns_with_one_note_share_a_sentence(table):
    rows = [[*"00000000", f"{i / 7:.2f}", "ab"[i % 2]] for i in range(20)]
    (note,) = read(table([*"pqrstuvw", "x", "kind"], *rows)).notes
    assert note == "columns 'p', 'q', 'r', 's', 't' and 3 more: have the same value in all rows"


# ------------------------------------------------------------------ index columns


@pytest.mark.parametrize(
    ("name", "cells", "why"),
    [
        ("", range(40), "it has no name"),
        ("Unnamed: 0", range(7, 47), "it has no name"),
        ("", [f"car {i}" for i in range(40)], "it has no name"),
        ("sample", range(39, -1, -1), "it counts the rows"),
        ("sample", range(1, 41), "it counts the rows"),
        ("PassengerId", range(10, 450, 11), "its name is that of an identifier"),
        ("patient_id", range(10, 450, 11), "its name is that of an identifier"),
        ("name", [f"name {i}" for i in range(40)], "all its texts are different"),
    ],
)
def test_a_column_that_numbers_or_names_the_rows_is_left_out(table, name, cells, why):
    rows = column(["0.5", "0.25", "7"])
    rows = [[cell, *row] for cell, row in zip([name, *cells], rows, strict=False)]
    parsed = read(table(*rows))
    assert parsed.about["inputs"] == ["v", "q"]
    assert (
        len(parsed.notes) == 1 and "left out, because" in parsed.notes[0] and why in parsed.notes[0]
    )
    name = name or "column 1"
    key = "numeric" if isinstance(cells, range) else "categorical"
    assert len(read(table(*rows), **{key: [name]}).about["inputs"]) > 2


def test_names_of_more_rows_than_are_surveyed_are_left_out(table):
    parsed = read(table(["name", *HEAD], *([f"name {i}", *ROWS[i % 2]] for i in range(10_010))))
    assert "all its texts are different" in parsed.notes[0]


def test_row_names_of_r_have_no_name(text):
    body = "".join(f'"row {i}",{i % 7}.5,{"ab"[i % 2]}\n' for i in range(20))
    assert read(text('"v","kind"\n' + body)).about["inputs"] == ["v"]


# ------------------------------------------------------------------ the label


def test_the_text_none_can_be_a_class(table):
    rows = [[f"{6 + i / 50}", ("None", "Apnea")[i % 2]] for i in range(50)]
    path = table(["hours", "kind"], *rows)
    said = refused(path)
    assert said.startswith(
        "label 'kind': row 2: 'None' counts as missing, and so do 24 more cells; if it is"
    )
    assert "`classes`, 'None' among them" in said and "`missing_values`" in said
    for settings in ({"classes": ["None", "Apnea"]}, {"missing_values": [""]}):
        parsed = read(path, **settings)
        assert sorted(parsed.classes) == ["Apnea", "None"] and len(parsed.splits["train"][1]) == 50
    assert parsed.classes == ["Apnea", "None"]


def test_labels_that_look_like_a_quantity_must_be_declared_as_classes(table):
    path = table(["v", "kind"], *([f"{i / 7}", ["0.5", "1.5"][i % 2]] for i in range(20)))
    assert "it seems to be a quantity" in refused(path) and "under `classes`" in refused(path)
    parsed = read(path, classes=["1.5", "0.50"])
    assert parsed.classes == ["1.5", "0.50"] and parsed.splits["train"][1].sum() == 10
    assert "row 3: '1.5' and 9 more not among the `classes`" in refused(path, classes=["0.5", "2"])
    path = table(["v", "kind"], ["0.5", "b"], ["1", "a"], ["2", ""], ["3", "c"], ["4", "b"])
    said = refused(path, classes=["a", "d"], missing="row")
    assert "row 2: 'b', row 5: 'c' and 1 more not among the `classes` a and d" in said
    path = table(["v", "kind"], *([f"{i / 7}", f"{i},5"] for i in range(20)))
    assert "label 'kind': looks like decimal commas" in refused(path)
    path = table(["v", "kind"], *([f"{i / 7}", i % 30] for i in range(60)))
    assert "has 30 different numbers, and each is a class" in read(path).notes[0]
    path = table(["v", "kind"], *([f"{i / 7}", i] for i in range(300)))
    assert "has 300 different values, such as '0': it seems to be a quantity" in refused(path)


def test_rows_without_a_label(table):
    path = table(["v", "kind"], *([f"{i / 7}", ["yes", "no", ""][i % 3]] for i in range(30)))
    said = refused(path, missing="mean")
    assert said.startswith("label 'kind': no value in rows 4, 7, 10, 13, 16 and 5 more; fill it in")
    parsed = read(path, missing="row")
    assert parsed.classes == ["no", "yes"] and len(parsed.splits["train"][1]) == 20
    assert parsed.notes == ("10 rows with missing values are left out",)


@pytest.mark.parametrize(
    "cells",
    [
        [f"{i}{seat}" for i in range(1, 9) for seat in "ABC"],
        ["1st", "2nd", "3rd", *(f"{i}th" for i in range(4, 16))],
        [f"{i}xx" for i in range(190, 205)],
        [f"{year}/{(year + 1) % 100:02}" for year in range(2005, 2016)],
    ],
)
def test_names_with_numbers_are_categories(table, cells):
    parsed = read(table(*column(cells, 60)))
    assert parsed.about["inputs"] == [*(f"v={cell}" for cell in sorted(cells)), "q"]
    assert all("and each becomes an input" in note for note in parsed.notes)


# ------------------------------------------------------------------ missing values


def gaps(table):
    rows = column(["0.5", "1.5", "2.5"])
    rows[0].insert(1, "c")
    for number, row in enumerate(rows[1:]):
        row.insert(1, "xy"[number // 20])
    rows[3][0], rows[9][0], rows[5][1] = "#N/A", "", "<NA>"
    return table(*rows)


def test_missing_values_are_refused_with_their_rows_and_the_key(table):
    said = refused(gaps(table)).splitlines()
    assert said[0] == "2 problems:" and len(said) == 3
    assert said[1] == (
        "  column 'v': no value in rows 4 and 10 ('#N/A' counts as missing; see `missing_values`); fill "
        "it in, or set `missing` to mean, median, most_frequent or row"
    )
    assert said[2].startswith("  column 'c': no value in row 6 ('<NA>' counts as missing")


@pytest.mark.parametrize("strategy", ["mean", "median", "most_frequent"])
def test_missing_values_stay_open_until_the_preparation_fills_them(table, strategy):
    parsed = read(gaps(table), missing=strategy, missing_indicator=True)
    assert parsed.about["missing"] == strategy and parsed.about["one_hot"] == [[1, 3]]
    assert parsed.about["inputs"] == ["v", "c=x", "c=y", "q", "v is missing", "c is missing"]
    images, labels = parsed.splits["train"]
    assert np.isnan(images).sum(axis=0).tolist() == [2, 1, 1, 0, 0, 0]
    assert (np.isnan(images[:, 0]) == images[:, 4]).all()
    assert (np.isnan(images[:, 1]) == images[:, 5]).all()
    assert parsed.notes == (f"columns 'v' and 'c': missing values are filled in ({strategy})",)
    assert as_examples(images, "x", missing=True) is images
    with pytest.raises(DatasetError, match="expected finite numbers"):
        as_examples(images, "x")
    assert describe(images, labels, 2)["maximum"] == 2.5
    plain = read(gaps(table), missing=strategy)
    assert plain.about["inputs"] == ["v", "c=x", "c=y", "q"]


def test_rows_with_missing_values_can_be_left_out(table):
    parsed = read(gaps(table), missing="row")
    assert parsed.splits["train"][0].shape == (37, 4) and "missing" not in parsed.about
    assert parsed.notes == ("3 rows with missing values are left out",)
    assert "missing_indicator: needs `missing: mean`" in refused(
        gaps(table), missing_indicator=True
    )


@pytest.mark.parametrize(
    "word", ["-", ".", "NULL", "n/a", "nil", "NaN", "?", "--", "#NULL!", "\\N"]
)
def test_words_for_missing_values(table, word):
    rows = column(["0.5", "1.5"])
    rows[7][0] = word
    assert f"no value in row 8 ({word!r} counts as missing" in refused(table(*rows))


def test_missing_values_replace_the_usual_words(table):
    rows = column(["0.5", "-999.0", "-", "7"])
    said = refused(table(*rows), missing_values=[-999])
    assert "has numbers and 10 other cells (row 4: '-' and 9 more)" in said
    parsed = read(table(*rows), missing_values=["-999", "-"], missing="row")
    assert {row[0] for row, _ in rows_of(parsed)} == {0.5, 7}


def test_a_column_without_values(table):
    path = table(*column([""]))
    assert refused(path) == "column 'v': has no values; list it under `ignore`"
    assert "has no values" in refused(path, missing="mean")
    assert read(path, ignore=["v"]).about["inputs"] == ["q"]


# ------------------------------------------------------------------ files


def plain_text(separator=",", end="\n"):
    rows = [["1.5", "red", "a"], ["-2", "blue", "ä"], ["7", "red", "a"]]
    return end.join(separator.join(row) for row in [HEAD, *rows]) + end


@pytest.mark.parametrize(
    "content",
    [
        plain_text(),
        plain_text(";"),
        plain_text("\t"),
        plain_text("|"),
        plain_text(end="\r\n"),
        plain_text(end="\r"),
        "sep=;\n" + plain_text(";"),
        "\n\n" + plain_text() + "\n,,\n\n",
        plain_text().replace("\n", ",\n"),
        plain_text().replace("\n", ",\n").replace("kind,", "kind"),
        plain_text().replace("kind", "kind,"),
        plain_text().replace(",", ", "),
        plain_text().encode("utf-8-sig"),
        plain_text().encode("utf-16"),
        b"\xfe\xff" + plain_text().encode("utf-16-be"),
    ],
)
def test_forms_of_csv(text, content):
    parsed = read(text(content))
    assert parsed.about["inputs"] == ["length", "colour=blue", "colour=red"]
    assert rows_of(parsed) == {((1.5, 0, 1), "a"): 1, ((-2, 1, 0), "ä"): 1, ((7, 0, 1), "a"): 1}


def test_encodings_other_than_unicode_must_be_named(text):
    path = text(plain_text().encode("cp1252"))
    said = refused(path)
    assert said == (
        "line 3: the byte 0xe4 is not UTF-8; save it as UTF-8, or set the key `encoding`, for example "
        "`encoding: cp1252`"
    )
    assert read(path, encoding="cp1252").classes == ["a", "ä"]
    assert "'klingon' is not a known text encoding" in refused(path, encoding="klingon")
    assert "'base64' is not a known text encoding" in refused(path, encoding="base64")
    assert "line 1 has a NUL byte" in refused(text(plain_text().encode("utf-16-le")))
    assert read(text(plain_text().encode("utf-16-le")), encoding="utf-16-le").classes == ["a", "ä"]
    assert "the byte 0xc3 is not UTF-8" in refused(text(b"v,kind\n1,\xc3"))


@pytest.mark.parametrize(
    ("start", "what"),
    [(b"PK\x03\x04", "Excel"), (b"\x1f\x8b", "gzip"), (b"\n<!DOCTYPE html>", "web page"),
     (b'[{"a": 1}]', "JSON")],
)  # fmt: skip
def test_other_files_are_named(text, start, what):
    assert "is not a CSV file but" in refused(text(start)) and what in refused(text(start))


def test_a_first_line_of_numbers_is_not_a_header(text):
    body = "".join(f"{i % 17},{i % 5},{i % 3}\n" for i in range(30))
    said = refused(text(body))
    assert said.startswith(
        "has no line of column names: its first line is 0, 0 and 0; add one, or set"
    )
    parsed = read(text(body), header=False, label="column 3")
    assert (
        parsed.about["inputs"] == ["column 1", "column 2"] and len(parsed.splits["train"][1]) == 30
    )
    assert read(text("0,1,2\n" + body), label="2").about["inputs"] == ["0", "1"]  # names of pandas
    assert "`header: false`" in refused(text("5.1,3.5,setosa\n4.9,3,setosa\n6,2,virginica\n"))


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ([HEAD, *ROWS, ["1", "red"], ["1"]], "rows 6 (2) and 7 (1) have the wrong number of cells"),
        # blank rows count, as in an editor; a cell of two lines is in one row
        ([HEAD, ROWS[0], [], [], ["", "red", "a"]], "column 'length': no value in row 5;"),
        ([HEAD, ["1", "a\nb", "a"], [], ["inf", "red", "a"]], "(row 4: 'inf')"),
        ([HEAD, [], *ROWS, ["1", "red"]], "row 7 (2) has the wrong number of cells"),
        ([HEAD], "has no rows below its column names"),
        ([["a", "a", "kind"], *ROWS], "two columns have the same name: 'a'; rename one"),
        ([["length", "colour", "kin"], *ROWS], "has no column 'kind' (label); it has length, colour and "
         "kin; did you mean 'kin'?"),
        ([["kind"], ["a"], ["b"]], "has no column except the label 'kind'; expected at least one input"),
        ([HEAD, *([*row[:2], "a"] for row in ROWS)], "label 'kind': has only one value ('a')"),
    ],
)  # fmt: skip
def test_unusable_tables_are_refused(table, rows, message):
    assert message in refused(table(*rows))


def test_a_missing_file_is_named(tmp_path, text):
    assert "no such file, expected a table in CSV" in refused(str(tmp_path / "x.csv"))
    assert "is a folder, expected a table in CSV" in refused(str(tmp_path))
    assert "row 5: a quote is not closed" in refused(text('a,kind\n1,x\n2,y\n1,x\n"3,y\n'))
    assert refused(text("")).startswith("has no rows")


def test_a_column_is_listed_under_one_key(table):
    path = table(HEAD, *ROWS)
    for one, two in (("categorical", "ignore"), ("numeric", "dates"), ("ignore", "categorical")):
        assert "the column 'colour' is listed under" in refused(
            path, **{one: ["colour"], two: ["colour"]}
        )
    assert "has no column 'Colour' (ignore)" in refused(path, ignore=["Colour"])
    assert "the column 'kind' is listed under group and label" in refused(path, group="kind")


def test_one_message_has_a_line_for_each_column_with_a_problem(table):
    names = [f"c{i}" for i in range(32)]
    rows = [[f"{i},5" for _ in names] + ["ab"[i % 2]] for i in range(20)]
    said = refused(table([*names, "kind"], *rows)).splitlines()
    assert said[0] == "32 problems:" and len(said) == 22
    assert all(line.startswith(f"  column 'c{i}': looks like") for i, line in enumerate(said[1:21]))
    assert said[21] == "  ... and 12 more columns"


# ------------------------------------------------------------------ splits


def survey(n=900):
    """Rows with few different inputs, and labels that do not depend on them: 80 % stay."""
    rng = random.Random(4)
    body = [["123"[rng.randrange(3)], "mw"[rng.randrange(2)], "stays" if rng.random() < 0.8 else "leaves"]
            for _ in range(n)]  # fmt: skip
    return [["grade", "sex", "kind"], *body]


@pytest.mark.parametrize("settings", [{}, {"group": "v"}, {"missing": "row"}])
def test_the_row_of_each_test_example_is_known(table, settings):
    body = column(["1", "2", "3", "4", "5", "" if "missing" in settings else "6"], 60)
    body.insert(30, [])
    path = table(*body)
    other = {} if "group" in settings else {"test_path": path}
    for source in ({"test": 0.4}, other or {"test": 0.5}):
        parsed = read(path, **settings, **source)
        inputs = parsed.splits["test"][0]
        cells = [body[row - 1][1] for row in parsed.test_sources]  # row 1 is the header
        assert [f"{value:.5f}" for value in inputs[:, -1]] == cells and len(cells) > 5


def test_held_out_rows_do_not_depend_on_their_labels(table):
    rows = survey()
    parsed = read(table(*rows), test=0.25, categorical=["grade"])
    shares = {}
    for split in ("train", "test"):
        labels = parsed.splits[split][1]
        shares[split] = labels.mean()
    assert len(parsed.splits["test"][1]) == pytest.approx(225, abs=45)
    assert shares["train"] == pytest.approx(0.8, abs=0.06) == shares["test"]
    tail = parsed.splits["train"]
    assert tail[1][-100:].mean() == pytest.approx(0.8, abs=0.13)
    assert len({tuple(row) for row in tail[0][-100:].tolist()}) == 6
    other = [[*row[:2], "leaves" if row[2] == "stays" else "stays"] for row in rows[1:]]
    again = read(table(rows[0], *other), test=0.25, categorical=["grade"])
    assert (again.splits["test"][0] == parsed.splits["test"][0]).all()
    assert (again.splits["test"][1] != parsed.splits["test"][1]).all()


@pytest.mark.parametrize("seed", range(5))
def test_added_or_shuffled_rows_stay_in_their_split(table, seed):
    rng = random.Random(seed)
    body = [[f"{rng.random():.9f}", rng.choice("xyz"), rng.choice("ab")] for _ in range(150)]
    few = [[rng.choice(["1.5", "2.5"]), "x", rng.choice("ab")] for _ in range(50)]
    before = read(table(HEAD, *body, *few), test=0.3)
    more = [[f"{rng.random():.9f}", rng.choice("vwxyz"), rng.choice("ab")] for _ in range(80)] + few
    after = read(table(HEAD, *body, *few, *more), test=0.3)
    n = before.splits["train"][0].shape[1]
    assert before.about["inputs"] == ["length", "colour=x", "colour=y", "colour=z"]
    assert after.about["inputs"][-3:] == ["colour=x", "colour=y", "colour=z"]

    def known(parsed, split):
        images, labels = parsed.splits[split]
        return Counter((row[0], *row[1 - n :], label) for row, label in zip(
            images.tolist(), labels.tolist(), strict=True))  # fmt: skip

    for split in ("train", "test"):
        assert not known(before, split) - known(after, split)
    shuffled = rng.sample(body, len(body))
    once, again = read(table(HEAD, *body), test=0.3), read(table(HEAD, *shuffled), test=0.3)
    for split in ("train", "test"):
        for left, right in zip(once.splits[split], again.splits[split], strict=True):
            assert (left == right).all()


def test_the_share_is_met_up_to_chance(table):
    path = table(*survey(4000))
    for share in (0.1, 0.25, 0.5):
        parsed = read(path, test=share)
        assert len(parsed.splits["test"][1]) / 4000 == pytest.approx(share, abs=0.03)
    assert "leaves none for the test split" in refused(table(HEAD, *ROWS), test=1e-9)


def test_groups_stay_together(table):
    rng = random.Random(0)
    body = [[f"p{rng.randrange(40)}", f"{rng.random():.9f}", rng.choice("ab")] for _ in range(400)]
    parsed = read(table(["patient", "v", "kind"], *body), test=0.25, group="patient")
    assert parsed.about["inputs"] == ["v"] and not parsed.notes
    patients = {float(v): patient for patient, v, _ in body}
    train = [patients[v] for v in parsed.splits["train"][0][:, 0]]
    test = {patients[v] for v in parsed.splits["test"][0][:, 0]}
    assert not test & set(train) and test
    assert sum(parsed.groups) == len(train) and len(parsed.groups) == len(set(train))
    start = 0
    for size in parsed.groups:
        assert len(set(train[start : start + size])) == 1
        start += size
    more = [*body, *([f"new{i % 9}", f"{i}.5", "a"] for i in range(90))]
    after = read(table(["patient", "v", "kind"], *more), test=0.25, group="patient")
    assert set(parsed.splits["test"][0][:, 0]) <= set(after.splits["test"][0][:, 0])


def test_a_test_table_with_groups_of_the_training_table_is_noted(table):
    head = ["patient", "v", "kind"]
    train = table(head, *([f"p{i % 20}", str(i / 7), "ab"[i % 2]] for i in range(100)))
    body = [[f"p{15 + i % 10}", str(i / 3), "ab"[i % 2]] for i in range(30)]
    test = table(head, *body, name="test.csv")
    assert read(train, test_path=test, group="patient").notes[-1] == (
        "group: 15 of 30 rows of the test table have a value of 'patient' that the training table has "
        "too, so the test score may be too good"
    )
    apart = table(head, *([f"q{i}", *row[1:]] for i, row in enumerate(body)), name="test.csv")
    assert not read(train, test_path=apart, group="patient").notes
    without = table(head[1:], *(row[1:] for row in body), name="test.csv")
    (note,) = read(train, test_path=without, group="patient").notes
    assert note.startswith("the test table: has no column 'patient', so its groups may be in the")


def test_few_and_large_groups_are_noted(table):
    body = [["p1" if i < 60 else f"p{i % 4}", f"{i}.25", "ab"[i % 2]] for i in range(100)]
    notes = read(table(["patient", "v", "kind"], *body), group="patient").notes
    assert notes[0] == "group: 70 of 100 rows have the patient 'p1', and stay together"
    assert notes[1].startswith("group: the column 'patient' has 4 different values")
    body[4][0] = ""
    said = refused(table(["patient", "v", "kind"], *body), group="patient")
    assert said.startswith("group 'patient': no value in row 6; fill it in")


def test_a_second_table_is_the_test_split(table):
    train = table(HEAD, *ROWS)
    test = table(["kind", "colour", "more", "length"], ["b", "blue", "x", "7"], name="test.csv")
    parsed = read(train, test_path=test)
    assert parsed.splits["test"][0].tolist() == [[7, 1, 0, 0]]
    assert parsed.splits["test"][1].tolist() == [1]
    ignored = "ignored, because the training table does not have it"
    assert parsed.notes == (f"the test table: column 'more': {ignored}",)
    strange = table(HEAD, ["7", "pink", "b"], ["8", "pink", "a"], name="strange.csv")
    parsed = read(train, test_path=strange)
    assert sorted(parsed.splits["test"][0].tolist()) == [[7, 0, 0, 0], [8, 0, 0, 0]]
    assert parsed.notes[0].startswith(
        "the test table: column 'colour': 2 cells have categories that"
    )
    wrong = table(HEAD, ["x", "red", "c"], ["", "red", "b"], name="wrong.csv")
    with pytest.raises(DatasetError) as error:
        read(train, test_path=wrong)
    said = str(error.value).splitlines()
    assert (
        said[0] == f"{wrong}: 3 problems:" and "1 cell that is not a number (row 2: 'x')" in said[1]
    )
    assert "no value in row 3" in said[2] and "'c' in row 2 is not in the training table" in said[3]
    with pytest.raises(
        DatasetError, match="`test_path` and a share, `test`, are both set; remove one"
    ):
        read(train, test_path=train, test=0.2)
    lacking = table(["length"], ["7"], name="lacking.csv")
    with pytest.raises(
        DatasetError, match="lacks the columns 'colour' and 'kind'; it has 'length'"
    ):
        read(train, test_path=lacking)


def test_a_test_table_with_missing_values(table):
    train = table(HEAD, *ROWS)
    test = table(HEAD, ["", "red", "a"], ["7", "?", "b"], ["8", "red", "b"], name="test.csv")
    parsed = read(train, test_path=test, missing="row")
    assert parsed.splits["test"][0].tolist() == [[8, 0, 0, 1]]
    assert parsed.notes == ("the test table: 2 of 3 rows have missing values and are left out",)
    parsed = read(train, test_path=test, missing="median")
    assert np.isnan(parsed.splits["test"][0]).sum() == 4


# ------------------------------------------------------------------ new rows


@pytest.fixture
def known(table):
    rows = [["1.5", "red", "2024-01-01", "5 %", "a"], ["2", "blue", "2024-01-02", "7 %", "b"]] * 5
    path = table(["length", "colour", "day", "part", "kind"], *rows)
    parsed = read(path, dates=["day"], numeric=["part"])
    return parsed.about["table"]


def test_new_rows_are_encoded_as_the_training_table_was(known, table):
    path = table(
        ["day", "part", "remark", "colour", "length"],
        ["1970-01-02", "9 %", "?", " red ", "3"], [], ["1970-01-03", "1 %", "x", "pink", "-.5"],
        name="new.csv", delimiter=";", encoding="utf-16",
    )  # fmt: skip
    found = new_rows(path, known)
    assert found.numbers.tolist() == [2, 4] and found.usable.all()
    assert known["inputs"] == ["length", "colour=blue", "colour=red", "day", "part"]
    assert found.inputs.tolist() == [[3, 0, 1, 1, 9], [-0.5, 0, 0, 2, 1]]
    assert found.notes == [
        "column 'remark': ignored, because the training table does not have it",
        "column 'colour': 1 cell has a category that the training table does not have ('pink'), "
        "treated as unknown",
    ]


def test_new_rows_in_another_unit_are_noted(known):
    row = {"length": 3, "colour": "red", "day": "1970-01-02"}
    assert not new_rows([{**row, "part": "9 %"}], known).notes
    said = "column 'part': has numbers without unit; the training table has '%'"
    assert new_rows([{**row, "part": 0.09}], known).notes == [said]
    said = "column 'part': has numbers with the unit '$'; the training table has '%'"
    assert new_rows([{**row, "part": "$9"}], known).notes == [said]


def test_new_rows_can_be_python_objects(known):
    row = {"length": 3, "colour": "red", "day": "1970-01-02", "part": 9.0, "kind": "b"}
    expected = [[3, 0, 1, 1, 9]]
    assert new_rows([row], known).inputs.tolist() == expected
    assert new_rows({key: [value] for key, value in row.items()}, known).inputs.tolist() == expected
    assert new_rows({k: np.array([v]) for k, v in row.items()}, known).inputs.tolist() == expected
    with pytest.raises(DatasetError, match="column 'length': no value in row 2; fill it in"):
        new_rows([row, {**row, "length": None}, row], known)
    with pytest.raises(DatasetError, match="lacks the columns 'length' and 'day'"):
        new_rows([{"colour": "red", "part": 1}], known)
    with pytest.raises(DatasetError, match="different lengths: 1 and 2"):
        new_rows({"length": [1, 2], "colour": ["red"], "day": [""], "part": [1]}, known)
    decimal_comma = {**known, "decimal": ","}
    assert new_rows([{**row, "length": 2.5}], decimal_comma).inputs[0, 0] == 2.5


def test_new_rows_with_missing_values(known):
    row = {"length": 3, "colour": "red", "day": "1970-01-02", "part": "9 %"}
    gap = {**row, "length": float("nan")}
    found = new_rows([row, gap], {**known, "missing": "row"})
    assert found.usable.tolist() == [True, False] and len(found.inputs) == 1
    assert found.notes == ["1 of 2 rows have missing values and are left out"]
    found = new_rows([row, gap], {**known, "missing": "mean", "indicators": ["length"],
                                  "inputs": [*known["inputs"], "length is missing"]})  # fmt: skip
    assert np.isnan(found.inputs[:, 0]).tolist() == [False, True]
    assert found.inputs[:, 5].tolist() == [0, 1]


def test_new_rows_of_a_table_without_a_header(text):
    body = "".join(f"{i % 7}.5,{'ab'[i % 2]},{i % 5}.25\n" for i in range(30))
    parsed = read(text(body), header=False, label="column 2")
    assert new_rows(text("1.5,a,9\n"), parsed.about["table"]).inputs.tolist() == [[1.5, 9]]
    assert new_rows(text("1.5,9\n"), parsed.about["table"]).inputs.tolist() == [[1.5, 9]]


def test_a_cell_that_is_neither_true_nor_false_has_no_value(table):
    class Unknown:  # as pandas.NA
        def __ne__(self, other):
            return self

        def __bool__(self):
            raise TypeError("boolean value of NA is ambiguous")

    found = read(table(HEAD, *ROWS), missing="mean", missing_values=["?"]).about["table"]
    inputs = new_rows({"length": [Unknown(), 2.5], "colour": ["red", "blue"]}, found).inputs
    assert np.isnan(inputs[0, 0]) and inputs[1].tolist() == [2.5, 1, 0, 0]


def test_one_new_row_may_be_a_dict_of_its_cells(table):
    found = read(table(HEAD, *ROWS)).about["table"]
    for row in ({"length": "15", "colour": "red"}, {"length": 15.0, "colour": "red"}):
        assert new_rows(row, found).inputs.tolist() == [[15, 0, 0, 1]]
    for nothing in ([], {}):
        with pytest.raises(DatasetError, match="the table: has no rows"):
            new_rows(nothing, found)


def test_units_that_change_late_in_a_table_are_seen(table):
    cells = [f"{i % 90} %" for i in range(10_000)] + [f"0.{i % 90}" for i in range(20_000)]
    said = refused(table(*column(cells, 30_000)), numeric=["v"])
    assert said.startswith("column 'v': has numbers with different units ('%' and none); convert")


def test_parse_leaves_missing_values_open_and_says_so(table, tmp_path, monkeypatch, capsys):
    settings = json.dumps({"format": "csv", "label": "kind", "missing": "mean"})
    arguments = ["--settings", settings, "--raw", f"train_table={gaps(table)}"]
    monkeypatch.setattr(sys, "argv", ["parse.py", *arguments, "--output-folder", str(tmp_path)])
    parse.main()
    info = json.loads((tmp_path / "info.json").read_text())
    images = np.load(tmp_path / "train_images.npy", allow_pickle=False)
    assert np.isnan(images).sum() == 4 and info["missing"] == "mean" and info["format"] == "csv"
    assert (info["splits"]["train"]["minimum"], info["splits"]["train"]["maximum"]) == (0, 2.5)
    assert info["table"]["inputs"] == info["inputs"] == ["v", "c=x", "c=y", "q"]
    note = "columns 'v' and 'c': missing values are filled in (mean)"
    assert info["notes"] == [note] and f"warning: {note}" in capsys.readouterr().out


# ------------------------------------------------------------------ what looks fine and is not


def spread(**columns):
    """A table of 60 rows: columns of functions of the row, numbers `q`, and classes by chance."""
    numbers = np.random.default_rng(1).random(60)
    kinds = ["ab"[int(number > 0.5)] for number in numbers]
    body = [[str(of(i)) for of in columns.values()] for i in range(60)]
    rows = [[*row, f"{q:.5f}", kind] for row, q, kind in zip(body, numbers, kinds, strict=True)]
    return [[*columns, "q", "kind"], *rows]


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


@pytest.mark.parametrize(
    ("cell", "note"),
    [
        (
            lambda i: -1 if i % 6 == 0 else 20 + i % 7,
            "10 cells are -1: if it means a missing value",
        ),
        (lambda i: [1234, 501, 90210][i % 3], "has the name of a code; if its numbers are codes"),
        (
            lambda i: ["very good", "very  good", "bad"][i % 3],
            "'very  good' and 'very good' differ on",
        ),
        (
            lambda i: "AB\u0410"[i % 3],
            "'A' and '\u0410' look alike but have Latin and Cyrillic letters",
        ),
    ],
)
def test_values_that_mislead_are_noted(table, cell, note):
    notes = read(table(*spread(**{"zip code": cell}))).notes
    assert notes[-1].startswith(f"column 'zip code': {note}")


def test_a_line_of_names_that_is_repeated_or_is_a_row_is_noted(table):
    rows = [
        ["colour", "size", "kind"],
        *([*"rg"[i % 2], "sml"[i % 3], "ab"[i % 5 > 2]] for i in range(40)),
    ]
    for repeated in ([*rows, rows[0]], rows[2:]):
        (note, *_) = read(table(*repeated), label=repeated[0][2]).notes
        assert "the name is also a value: if the first line is a row, set `header: false`" in note
    smoker = [
        ["smoker", "kind"],
        *([["smoker", "never"][i % 2], "ab"[i % 5 > 2]] for i in range(40)),
    ]
    assert not any("also a value" in note for note in read(table(*smoker)).notes)


def test_numbers_that_merely_resemble_misleading_ones_are_not_noted(table):
    columns = {
        "level": lambda i: i % 3 - 1,
        "celsius": lambda i: i % 14 - 1,
        "code": lambda i: i % 2,
        "year": lambda i: 1990 + i % 12,
        "month": lambda i: 1 + i % 12,
        "article": lambda i: f"100{i % 3}-0{i % 3}",
        "status": lambda i: ["valid", "invalid"][i % 2],
        "trial": lambda i: ["test", "control"][i % 2],
        "part": lambda i: ["1/2", "3/4"][i % 2],
    }
    assert not read(table(*spread(**columns))).notes


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


def test_a_copy_of_the_label_is_noted(table):
    rows = spread()
    for copy in ({"a": "1", "b": "2"}, {"a": "yes", "b": "no"}, {"a": "0.5", "b": "0.25"}):
        (note,) = read(table(["v", *rows[0]], *([copy[row[-1]], *row] for row in rows[1:]))).notes
        assert note.startswith(
            "column 'v': each value occurs with one class only: list it under `ignore`"
        )
    patients = [[f"P{i // 5}", *row[:-1], "ab"[i // 5 % 2]] for i, row in enumerate(rows[1:])]
    (note,) = read(table(["person", *rows[0]], *patients)).notes
    assert "set `group` to it" in note
    rare = [[str(i % 9), *row[:-1], "ab"[i == 0]] for i, row in enumerate(rows[1:])]
    assert not read(table(["v", *rows[0]], *rare)).notes


def test_decimal_commas_without_quotes_are_no_names_of_rows(text):
    numbers = [f"{1 + i % 9},{10 + i}" for i in range(40)]
    body = "".join(f"{number},{i % 7},{'ab'[i % 3 == 0]}\n" for i, number in enumerate(numbers))
    said = refused(text("v,w,kind\n" + body))
    assert said.startswith(
        "column 'row names': the rows have one cell more than the line of column na"
    )
    missing = "".join(f"{i / 7:.2f},{i % 7},{'ab'[i % 3 == 0]}\n" for i in range(40))
    assert "add the missing column name" in refused(text("w,kind\n" + missing))
    assert read(text(",w,kind\n" + missing)).about["inputs"] == ["column 1", "w"]
    places = "".join(f"{'xyz'[i % 3]},{i % 7},{'ab'[i % 4 == 0]}\n" for i in range(40))
    assert read(text(",w,kind\n" + places)).about["inputs"][0] == "column 1=x"


def test_copies_of_rows_are_counted_and_can_stay_together(table):
    rows = spread(v=lambda i: i % 7)
    path = table(*rows, *rows[1:21], *rows[1:11])
    parsed = read(path, test=0.3)
    said = (
        "30 of 90 rows have the same inputs as an earlier row, and a split may separate them; write"
    )
    assert parsed.notes[-1].startswith(said) and parsed.groups is None
    both = rows_of(parsed) & rows_of(parsed, "test")
    assert both
    together = read(path, test=0.3, copies="together")
    assert not rows_of(together) & rows_of(together, "test") and not together.notes
    assert sum(together.groups) == len(together.splits["train"][1])
    assert rows_of(together) + rows_of(together, "test") == rows_of(parsed) + rows_of(
        parsed, "test"
    )
    single = read(table(*rows), test=0.3, copies="together")
    plain = read(table(*rows), test=0.3)
    assert np.array_equal(single.splits["test"][0], plain.splits["test"][0])
    assert set(single.groups) == {1}
    assert "are both set; keep one" in refused(path, copies="together", group="q")


def test_rows_that_are_equal_by_chance_are_no_copies(table):
    numbers = np.random.default_rng(3).integers(0, [20, 3], (300, 2))
    rows = [[*row, "ab"[i % 2]] for i, row in enumerate(numbers.tolist())]
    assert len(np.unique(numbers, axis=0)) == 60
    assert not read(table(["v", "w", "kind"], *rows)).notes
    assert not read(table(["v", "kind"], *([v, kind] for v, _, kind in rows))).notes


def test_cells_of_a_new_table_are_explained_to_the_person_who_predicts(table):
    day = {"day": lambda i: f"{1 + i % 28}.1.2024"}
    rows = spread(v=lambda i: f"{i % 11},5", **day)
    meaning = read(table(*rows), decimal=",", dates={"day": "%d.%m.%Y"}, ignore=["q"]).about[
        "table"
    ]
    new = table(["v", "day"], ["1,5", "3.1.2024"], ["1.5", "2024-01-03"], ["x", ""], name="new.csv")
    with pytest.raises(DatasetError) as error:
        new_rows(new, meaning)
    wanted = "as in the training table; correct"
    assert str(error.value).splitlines() == [
        f"{new}: 3 problems:",
        "  column 'v': has 2 cells that are not numbers (row 3: '1.5' and row 4: 'x'); expected numbers "
        f"such as 1,5, {wanted} them",
        "  column 'day': has 1 cell that is not a date in the format '%d.%m.%Y' (row 3: '2024-01-03'); "
        f"expected dates in this format, {wanted} it",
        "  column 'day': no value in row 4; fill it in (the model was trained without missing values)",
    ]
    meaning["missing"] = "mean"
    with pytest.raises(
        DatasetError, match="training table, or empty cells for missing values; corr"
    ):
        new_rows(new, meaning)
    with pytest.raises(
        DatasetError, match="is a folder, expected a table in CSV; name the files in it"
    ):
        new_rows(str(new).removesuffix("new.csv"), meaning)


def test_a_test_table_in_other_units_is_noted(table):
    size = np.random.default_rng(2).normal(170, 9, 60)
    metres = spread(size=lambda i: f"{size[i] / 100:.2f}", place=lambda i: "xy"[i % 2])
    train = table(*spread(size=lambda i: f"{size[i]:.1f}", place=lambda i: "xy"[i % 2]))
    (note,) = read(train, test_path=table(*metres, name="metres.csv")).notes
    assert note == (
        "the test table: 'size': values far from those of the training table; expected the same units"
    )
    assert not read(train, test_path=train).notes
    constant = spread(size=lambda i: 7, place=lambda i: "xy"[i % 2])
    assert not read(table(*constant, name="c.csv"), test_path=train).notes[1:]


def test_a_new_table_of_one_column_with_decimal_commas(table, text):
    rows = spread(v=lambda i: f"{i % 11},{i % 7}5")
    meaning = read(table(*rows), decimal=",", ignore=["q"]).about["table"]
    assert new_rows(text("v\n1,25\n2,5\n", name="new.csv"), meaning).inputs.tolist() == [
        [1.25],
        [2.5],
    ]
    assert new_rows(text("v;\n1,25;\n2,5;\n", name="new.csv"), meaning).inputs.tolist() == [
        [1.25],
        [2.5],
    ]
    for content in ("q,v\n3,1,25\n4,2,5\n", "v,q\n1,25,3\n2,5,4\n"):
        with pytest.raises(
            DatasetError, match="its rows have one cell more than the line of column na"
        ):
            new_rows(text(content, name="new.csv"), meaning)
    named = read(text("v,kind\n" + "".join(f"r{i},{i / 8},{'ab'[i % 3 > 0]}\n" for i in range(30))))
    new = text("v,kind\nr1,2.5,a\n", name="new.csv")
    assert new_rows(new, named.about["table"]).inputs.tolist() == [[2.5]]


@pytest.mark.parametrize(
    ("cell", "settings", "note"),
    [
        (lambda i: ["train", "Test", "val"][i % 3], {}, "its texts name splits, and are an input"),
        (lambda i: "co\u00adop" if i % 2 else "coop", {}, "'coop' and 'co\\xadop' differ only in spaces"),
        (lambda i: "9999-12-31" if i % 9 == 0 else f"2023-01-{1 + i % 28:02}", {"dates": ["v"]},
         "7 cells are 9999-12-31: if it means a missing value"),
        (lambda i: "1900-01-01" if i % 9 == 0 else f"2023-01-{1 + i % 28:02}", {"dates": ["v"]},
         "7 cells are 1900-01-01: if it means a missing value"),
        (lambda i: "-999" if i % 9 == 0 else f"{i} %", {"numeric": ["v"]}, ""),
        (lambda i: "-999 kg" if i % 9 == 0 else f"{i} kg", {"numeric": ["v"]}, "7 cells are -999: if it"),
    ],
)  # fmt: skip
def test_more_values_that_mislead_are_noted(table, cell, settings, note):
    path = table(*spread(v=cell))
    if not note:
        assert "different units" in refused(path, **settings)
        return
    (found,) = sorted(set(read(path, **settings).notes))
    assert found.startswith("column 'v': ") and note in found


def test_a_class_that_may_mean_a_missing_label_is_noted(table):
    rows = spread(v=lambda i: i % 7)
    rows = [[*row[:-1], "unknown"] if i % 9 == 5 else row for i, row in enumerate(rows)]
    parsed = read(table(*rows))
    assert parsed.notes == (
        "column 'kind': 'unknown' is a class; if it means a missing value, list it under `missing_values`",
    )
    assert read(table(*rows), missing_values=["unknown"], missing="row").classes == ["a", "b"]


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


def test_few_wrong_dates_are_corrected_and_a_decimal_comma_is_named(table):
    path = table(*spread(v=lambda i: "2023-02-31" if i == 5 else f"2023-02-{1 + i % 28:02}"))
    said = refused(path, dates=["v"])
    assert (
        "1 cell that is not a date in ISO 8601 (2024-12-31) (row 7: '2023-02-31'); correct" in said
    )
    said = refused(table(*spread(v=lambda i: f"{i},5 %")), numeric=["v"])
    assert said.endswith('set `decimal: ","`, or correct them')


@pytest.mark.parametrize(
    ("content", "settings"),
    [
        ("size,kind\n1,€5\n2,x\n3,x\n".encode("cp1252"), {"encoding": "latin-1"}),
        ("size,kind\n1,süß\n2,x\n3,x\n".encode().decode("latin-1").encode(), {}),
        ("size,kind\n1,s\ufffd\n2,x\n3,x\n".encode(), {}),
    ],
)
def test_letters_that_another_encoding_would_show_are_noted(text, content, settings):
    (note,) = read(text(content), **settings).notes
    assert (
        "it has characters such as '\\x80': its" in note or "'\\x9f'" in note or "'\\ufffd'" in note
    )
    assert not read(text("size,kind\n1,süß €5\n2,x\n3,x\n"), **{}).notes


def test_dates_decimals_and_bytes_of_python_are_read(table):
    rows = spread(
        v=lambda i: f"{i % 11},5",
        day=lambda i: f"{1 + i % 28}.1.2023",
        city=lambda i: ["Ulm", "Köln"][i % 2],
    )
    parsed = read(table(*rows), decimal=",", dates={"day": "%d.%m.%Y"}, ignore=["q"])
    meaning = parsed.about["table"]
    expected = new_rows([{"v": "2,5", "day": "3.1.2023", "city": "Köln"}], meaning).inputs.tolist()
    for given in (
        {"v": Decimal("2.5"), "day": date(2023, 1, 3), "city": "Köln".encode()},
        {"v": 2.5, "day": datetime(2023, 1, 3), "city": "Köln"},
    ):
        assert new_rows([given], meaning).inputs.tolist() == expected
