"""The label of a table: which of its texts are classes."""

from small_tables import read, refused, rows_of, spread


def test_values_that_are_equal_as_numbers_are_one_category_and_one_class(table):
    rows = [["7", "5"], ["07", "5.0"], ["7.0", "10"], ["x", "10"]]
    parsed = read(table(["v", "kind"], *rows), categorical=["v"])
    assert parsed.classes == ["5", "10"] and parsed.about["inputs"] == ["v=7", "v=x"]
    assert rows_of(parsed) == {((1, 0), "5"): 2, ((1, 0), "10"): 1, ((0, 1), "10"): 1}
    equal = "are equal as numbers, and count as one"
    assert set(parsed.notes[:2]) == {f"column 'kind': '5' and '5.0' {equal}",
                                 f"column 'v': '07' and '7' and '7.0' {equal}"}  # fmt: skip


def test_a_class_named_like_the_label_is_not_noted(table):
    rows = [[str(i / 7), ["kind", "other"][i % 3 > 0]] for i in range(40)]
    assert not read(table(["v", "kind"], *rows)).notes


def test_a_label_that_differs_in_each_row_is_refused(table):
    rows = [[f"{i / 7:.2f}", f"name {i}"] for i in range(20)]
    said = refused(table(["v", "kind"], *rows))
    assert said.startswith("label 'kind': has a different value in each row ('name 0', 'name 1'")
    assert said.endswith("is it the right column?")


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


def test_a_class_that_may_mean_a_missing_label_is_noted(table):
    rows = spread(v=lambda i: i % 7)
    rows = [[*row[:-1], "unknown"] if i % 9 == 5 else row for i, row in enumerate(rows)]
    parsed = read(table(*rows))
    assert parsed.notes == (
        "column 'kind': 'unknown' is a class; if it means a missing value, list it under `missing_values`",
    )
    assert read(table(*rows), missing_values=["unknown"], missing="row").classes == ["a", "b"]
