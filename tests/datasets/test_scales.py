"""Columns of numbers with a few other texts: categories where that is sure, otherwise a question."""

import csv
import random
import re

import pytest
import yaml
from small_tables import read

from datasets import DatasetError

SCALES = {
    "doors of a car": ["2", "3", "4", "5more"],
    "persons in a car": ["2", "4", "more"],
    "live children": ["0", "1", "2", "3+"],
    "hours": ["<1", "1", "2", "3", "4", "5+"],
    "an end at the last number": ["1", "2", "3", ">3"],
    "ages": ["under 18", "18", "19", "20", "21 and over"],
    "cigarettes": ["0", "1", "2", "more than 2"],
    "chromosomes": [*map(str, range(1, 23)), "X", "Y", "MT"],
    "sizes": ["36", "38", "40", "XL"],
    "more sizes": ["36", "38", "S", "M", "L", "XL"],
}
QUESTIONS = {
    "a missing mark": ["1", "2", "3", "4", "5", "unknown"],
    "a remark": ["1", "2", "3", "see note"],
    "refused": ["0", "1", "2", "refused", "don't know"],
    "a letter": ["1", "2", "3", "4", "5", "X"],
    "M for missing": ["1", "2", "3", "4", "5", "M", "X"],
    "two letters": ["1", "2", "S", "M"],
    "traces": ["0", "0.25", "0.5", "T"],
    "below a limit of detection": ["0.5", "0.7", "1.5", "<0.5"],
    "a number of many with a plus": [*map(str, range(20)), "20+"],
    "an end amid the numbers": ["1", "2", "3", "2+"],
    "an end on the wrong side": ["1", "2", "3", "<3"],
    "negative numbers": ["-1", "0", "1", "2+"],
    "a slip": ["10", "11", "12", "1o"],
}


def write(path, cells, n=300, name="v"):
    """A table whose column has these cells in turn, with two rows of each third line."""
    chance = random.Random(0)
    with open(path, "w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow([name, "q", "kind"])
        writer.writerows(
            [cells[i % len(cells)], f"{chance.random():.4f}", chance.choice("ab")] for i in range(n)
        )
    return str(path)


@pytest.mark.parametrize("scale", SCALES)
def test_a_scale_is_categories_with_a_note(tmp_path, scale):
    cells = SCALES[scale]
    parsed = read(write(tmp_path / "t.csv", cells))
    assert set(parsed.about["inputs"]) == {f"v={cell}" for cell in cells} | {"q"}
    (note,) = [note for note in parsed.notes if "'v'" in note and "each becomes" not in note]
    (text,) = re.fullmatch(
        r"column 'v': its numbers are categories, because of texts such as '(.*)'; list it under "
        "`numeric` if it is a quantity",
        note,
    ).groups()
    assert text in cells and not text.isdigit()
    inputs = parsed.splits["train"][0]
    assert (inputs[:, :-1].sum(axis=1) == 1).all()


@pytest.mark.parametrize("scale", ["doors of a car", "chromosomes"])
def test_a_scale_is_found_where_its_text_comes_late(tmp_path, scale):
    cells = sorted(SCALES[scale] * 200)
    assert len(read(write(tmp_path / "t.csv", cells, len(cells))).about["inputs"]) == 1 + len(
        SCALES[scale]
    )


def test_a_quantity_below_a_limit_is_asked_about_where_it_is_said_to_be_one(tmp_path):
    path = write(tmp_path / "t.csv", ["<5", "5", "6", "7", "10", "12"])
    with pytest.raises(DatasetError, match="'<5' and 49 more.*; correct them, or list the texts"):
        read(path, numeric=["v"])
    parsed = read(path, numeric=["v"], missing_values=["", "<5"], missing="median")
    assert parsed.about["inputs"] == ["v", "q"]
    assert read(path, categorical=["v"]).notes == ()


@pytest.mark.parametrize("question", QUESTIONS)
def test_the_lines_of_a_question_work(tmp_path, question):
    cells = QUESTIONS[question]
    path = write(tmp_path / "t.csv", cells, name="v, in total")
    with pytest.raises(DatasetError) as error:
        read(path)
    said = str(error.value)
    assert "column 'v, in total': has numbers and " in said and "\n" not in said
    missing, fill, category = map(
        yaml.safe_load, re.findall(r"`(missing_values: .*?|missing: .*?|categorical: .*?)`", said)
    )
    parsed = read(path, **missing, **fill)
    assert parsed.about["inputs"] == ["v, in total", "q"]
    numbers = [cell for cell in cells if re.fullmatch(r"-?[\d.]+", cell)]
    assert set(parsed.splits["train"][0][:, 0].tolist()) - {float("nan")} >= set(
        map(float, numbers)
    )
    assert len(read(path, **category).about["inputs"]) == 1 + len(cells)


def test_the_lines_keep_what_the_config_and_the_table_have(tmp_path):
    path = write(tmp_path / "t.csv", ["1", "2", "NA", "3", "", "unknown"])
    with pytest.raises(DatasetError) as error:
        read(path, categorical=["q"], missing="mean")
    said = str(error.value)
    assert 'set `missing_values: ["", "NA", "unknown"]` if they mean missing values' in said
    assert 'set `categorical: ["q", "v"]` if the column has categories' in said
    assert read(path, missing_values=["", "NA", "unknown"], missing="mean").about["inputs"] == [
        "v",
        "q",
    ]
    with pytest.raises(DatasetError) as error:
        read(path, missing_values=["", "na", "?"], missing="mean")
    assert '`missing_values: ["", "na", "?", "unknown"]` if' in str(error.value)


@pytest.mark.parametrize("digits", [400, 5000])  # too many for a float, and for int()
def test_an_end_with_very_many_digits_is_a_scale(tmp_path, digits):
    parsed = read(write(tmp_path / "t.csv", ["1", "2", "3", "9" * digits + "+"]))
    assert len(parsed.about["inputs"]) == 5


def test_too_many_texts_for_a_line_are_not_listed(tmp_path):
    cells = [*"123456789", *"123456789", "?a", "?b", "?c", "?d", "?e", "?f"]
    with pytest.raises(
        DatasetError, match="correct them, list them under `missing_values` if they"
    ):
        read(write(tmp_path / "t.csv", cells))
