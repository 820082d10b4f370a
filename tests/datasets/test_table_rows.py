"""New rows for a model of a table, encoded as its training table was."""

from datetime import date, datetime
from decimal import Decimal

import numpy as np
import pytest
from small_tables import HEAD, ROWS, read, spread

from datasets import DatasetError, new_rows


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
