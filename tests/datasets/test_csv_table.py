"""Tables in CSV: columns under several keys, and the split of the rows."""

import random
from collections import Counter

import numpy as np
import pytest
from small_tables import HEAD, ROWS, column, read, refused, spread

from datasets import DatasetError


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


def survey(n=900):
    """Rows with few different inputs, and labels that do not depend on them: 80 % stay."""
    rng = random.Random(4)
    body = [["123"[rng.randrange(3)], "mw"[rng.randrange(2)], "stays" if rng.random() < 0.8 else "leaves"]
            for _ in range(n)]  # fmt: skip
    return [["grade", "sex", "kind"], *body]


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
