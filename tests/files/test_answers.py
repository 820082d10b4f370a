"""Answers of a network: their rows, objects and lines."""

import json

from files import answers

GOOD = {"file": "a.png", "classes": [("cat", 0.75), ("dog", 0.25)]}
BAD = {"file": "b.png", "classes": [], "reason": "is empty"}
WITHOUT = {"file": "c.csv", "row": 2, "classes": []}


def written(tmp_path, *found):
    answers.write_csv(tmp_path / "out.csv", found)
    return (tmp_path / "out.csv").read_text().splitlines()


def test_rows_have_a_column_for_reasons_if_there_are_any(tmp_path):
    assert written(tmp_path, GOOD) == [
        "file,class_1,value_1,class_2,value_2",
        "a.png,cat,0.75,dog,0.25",
    ]
    assert written(tmp_path, GOOD, BAD) == [
        "file,class_1,value_1,class_2,value_2,reason",
        "a.png,cat,0.75,dog,0.25,",
        "b.png,,,,,is empty",
    ]


def test_the_column_for_reasons_is_there_once_if_no_example_has_classes(tmp_path):
    found = written(tmp_path, BAD, {"file": "d.png", "classes": []})
    assert found == ["file,reason", "b.png,is empty", "d.png,"]


def test_objects(capsys):
    answers.print_json([GOOD, BAD], probabilities=False)
    first, second = json.loads(capsys.readouterr().out)
    assert first["classes"] == [{"class": "cat", "score": 0.75}, {"class": "dog", "score": 0.25}]
    assert second == BAD


def test_lines(capsys):
    answers.print_lines([GOOD, BAD, WITHOUT], probabilities=True)
    assert capsys.readouterr().out.splitlines() == [
        "a.png: cat 75.0%, dog 25.0%",
        "b.png: not classified (is empty)",
        "c.csv, row 2: not classified, its values are missing or too large",
    ]
