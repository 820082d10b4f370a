"""Columns of a table: numbers, categories, or names of the rows."""

import numpy as np
import pytest
from small_tables import HEAD, ROWS, column, read, refused, rows_of, spread


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


def test_codes_with_underscores_are_categories(table):
    parsed = read(table(*column([f"{1 + i % 3}_{i % 4}" for i in range(12)])))
    codes = [f"v={a}_{b}" for a in (1, 2, 3) for b in range(4)]
    assert parsed.about["inputs"] == [*codes, "q"]
    assert parsed.notes == ("column 'v': texts such as '1_0' are categories, not numbers",)


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


def test_quantities_that_are_all_different_by_chance_are_not_noted(table):
    amounts = np.random.default_rng(0).integers(9000, 900_000, 40)
    assert len(set(amounts)) == 40 and not read(table(*column(list(map(str, amounts))))).notes
    numbers = [str(310_000 + 977 * i) for i in range(40)]  # of customers
    assert "all different" in read(table(*column(numbers))).notes[0]


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


def test_zero_width_characters_around_a_text_are_left_out(table):
    parsed = read(table(*column(["red", "red\u200b", "\ufeffblue", "blue"])))
    assert parsed.about["inputs"] == ["v=blue", "v=red", "q"]


def test_columns_with_one_note_share_a_sentence(table):
    rows = [[*"00000000", f"{i / 7:.2f}", "ab"[i % 2]] for i in range(20)]
    (note,) = read(table([*"pqrstuvw", "x", "kind"], *rows)).notes
    assert note == "columns 'p', 'q', 'r', 's', 't' and 3 more: have the same value in all rows"


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
